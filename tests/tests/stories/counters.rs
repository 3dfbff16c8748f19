//! Counters under load: whatever the stream tells twice, and in whatever pieces, the counts are exact.
//!
//! The facts are written as processing writes them, by its own rules and its own transaction; taking each
//! action in over HTTP and hinting at it takes several times as long, and is told of elsewhere.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use proca::{
    action::{Action, CustomFields, Tracking},
    bundle::Bundle,
    campaign::Override,
    consent::{OptIn, Privacy},
    id::Id,
    intake::{Earlier, From, Idempotency, Intake, Submission},
    random::Random,
    refs::Refs,
    supporter::Supporter,
    table::{Beside, Table, TableError},
    transition::Transition,
    verdict::Verdict,
};
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Actions, in so many waves.
const ACTIONS: usize = 10_000;
const WAVES: usize = 10;

/// Of a hundred actions, so many are of somebody who signed before.
const DUPLICATES: usize = 20;

/// Of a hundred actions, so many are taken back by whose address it is.
const REJECTED: usize = 10;

/// Of a hundred actions, so many are shares by somebody who signs, and so many by nobody known.
const SHARES: usize = 4;

/// Sizes of the batches in which changes are told the first time, and the second.
const SPLITS: [[usize; 3]; 2] = [[100, 7, 61], [33, 1, 90]];

/// Writers at the same time.
const WRITERS: usize = 8;

const PAGES: [&str; 2] = [LEAD_PAGE, PARTNER_PAGE];
const AREAS: [&str; 3] = ["DE", "FR", "PL"];
const TYPES: [&str; 2] = ["petition", "register"];

/// One signature, and a share right after it.
#[derive(Debug, Clone)]
struct Signature {
    person: usize,
    /// Which of the person's it is.
    time: usize,
    page: usize,
    share: bool,
}

/// Writes facts.
struct Writer {
    table: Table,
    bundles: [Bundle; 2],
    refs: Refs,
    random: Random,
    now: Timestamp,
}

impl Writer {
    async fn new(world: &World) -> Self {
        Self {
            table: world.table.clone(),
            bundles: [world.bundle(LEAD_PAGE).await, world.bundle(PARTNER_PAGE).await],
            refs: world.system.env("AddAction").refs().unwrap(),
            random: Random::seeded(7),
            now: world.clock.now(),
        }
    }

    fn intake(&self, page: usize, action_type: &str, from: From) -> Intake {
        let tag = |text: &str| text.parse().unwrap();
        let submission = Submission {
            action_type: action_type.parse().unwrap(),
            custom_fields: CustomFields::default(),
            tracking: Tracking {
                source: tag("unknown"),
                medium: tag("unknown"),
                campaign: tag("unknown"),
                content: tag(""),
                location: None,
            },
            donation: None,
            testing: false,
        };
        let bundle = &self.bundles[page];
        let key = self.random.uuid().to_string();
        let idempotency = Idempotency::new(&self.refs, bundle, Some(&key), "", self.now);
        Intake::new(bundle, submission, from, idempotency, (&self.refs, &self.random, self.now)).unwrap()
    }

    async fn sign(&self, signature: Signature) -> (usize, Id<Supporter>) {
        let Signature { person, time, page, share } = signature;
        // Each time another spelling of the same mailbox.
        let email = format!("p{person}+{time}@gmail.com");
        let details = json!({ "firstName": "Bruce", "email": email, "country": AREAS[person % 3] });
        let details = Box::new(serde_json::from_value(details).unwrap());
        let privacy = Privacy { opt_in: OptIn::Yes, lead_opt_in: OptIn::Yes, ..Privacy::default() };
        let signed = self.intake(page, TYPES[person % 2], From::Contact { details, privacy, earlier: None });
        let supporter = Supporter { version: 0, ..signed.supporter.unwrap() };
        let mut actions = vec![Action { version: 0, ..signed.action }];
        if share {
            let shared = self.intake(page, "share", From::Supporter(supporter.id)).action;
            actions.push(Action { version: 0, ..shared });
        }
        let (id, bundle) = (supporter.id, &self.bundles[page]);
        loop {
            let case = self.table.case(supporter.clone(), actions.clone(), bundle, self.now).await.unwrap();
            let mut transition = Transition::of(case, bundle, &self.random, self.now).unwrap();
            // Nobody has taken the supporter in: it is written as it comes, where processing changes nothing of it.
            if !transition.changes_supporter {
                transition.changes_supporter = true;
                transition.supporter.version += 1;
            }
            match self.table.apply(&transition, &Beside::default()).await {
                Ok(()) => return (person, id),
                Err(TableError::Conflict) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// An action whose contact may still come.
    async fn share(&self, n: usize) {
        let widget_ref = format!("a-widgets-own-ref-{n}");
        let pending_ref = self.refs.pending(self.bundles[0].scope(), &widget_ref);
        let earlier = Earlier { pending_ref, taken: 0, actions: Vec::new() };
        let from = From::Pending { earlier, widget_ref: widget_ref.parse().unwrap() };
        self.table.take_in(&self.intake(0, "share", from), self.now).await.unwrap();
    }
}

/// Somebody who signed.
#[derive(Debug, Default)]
struct Person {
    page: usize,
    supporters: Vec<Id<Supporter>>,
    shares: u64,
    rejected: bool,
}

/// The campaign as it must be counted.
#[derive(Debug, Default)]
struct Crowd {
    people: Vec<Person>,
    /// Shares of people who are not known.
    shares: usize,
    /// Where the ids of what is told come from.
    random: proca::random::Random,
}

impl Crowd {
    /// One wave of everything: new people, people again, shares with a signature and without.
    async fn wave(&mut self, writer: &Arc<Writer>) {
        let actions = ACTIONS / WAVES;
        let known = self.people.len();
        let again = if known == 0 { 0 } else { actions * DUPLICATES / 100 };
        let shares = actions * SHARES / 100;
        let standing: Vec<_> = (0..known).filter(|person| !self.people[*person].rejected).collect();
        let mut signatures = Vec::new();
        for n in 0..again {
            // Half of them on the page where they signed, half on the other.
            let person = standing[n * 7 % standing.len()];
            let page = (self.people[person].page + n) % 2;
            let time = 1 + signatures.iter().filter(|s: &&Signature| s.person == person).count();
            signatures.push(Signature { person, time: time + known, page, share: false });
        }
        for n in 0..actions - again - 2 * shares {
            let (person, page, share) = (known + n, n / 2 % 2, n < shares);
            self.people.push(Person { page, shares: u64::from(share), ..Person::default() });
            signatures.push(Signature { person, time: 0, page, share });
        }
        let mut writers = JoinSet::new();
        for n in 0..WRITERS {
            let mine: Vec<_> = signatures.iter().skip(n).step_by(WRITERS).cloned().collect();
            let shares = self.shares + n..self.shares + shares;
            let writer = Arc::clone(writer);
            writers.spawn(async move {
                let mut written = Vec::new();
                for signature in mine {
                    written.push(writer.sign(signature).await);
                }
                for share in shares.step_by(WRITERS) {
                    writer.share(share).await;
                }
                written
            });
        }
        self.shares += shares;
        for (person, supporter) in writers.join_all().await.into_iter().flatten() {
            self.people[person].supporters.push(supporter);
        }
    }

    /// Some take back whatever there is of them.
    async fn take_back(&mut self, world: &World) {
        let (mut left, random) = (ACTIONS / WAVES * REJECTED / 100, self.random.clone());
        for person in self.people.iter_mut().rev().step_by(3).filter(|person| !person.rejected) {
            let actions = person.supporters.len() + usize::try_from(person.shares).unwrap();
            if actions > left {
                continue;
            }
            for supporter in &person.supporters {
                let now = world.clock.now();
                world.table.hear(*supporter, Verdict::Reject, world.lead, (&random, now)).await.unwrap();
            }
            person.rejected = true;
            left -= actions;
        }
        assert_eq!(left, 0, "as many are taken back as should be");
    }

    /// The counts as they must be, in the form of the API's answer.
    fn counts(&self, world: &World) -> Value {
        let orgs = [world.lead, world.partner].map(|org| org.to_string());
        let [mut by_org, mut by_area, mut by_type] = <[BTreeMap<&str, u64>; 3]>::default();
        let mut supporters = 0;
        for (n, person) in self.people.iter().enumerate().filter(|(_, person)| !person.rejected) {
            supporters += 1;
            *by_org.entry(&orgs[person.page]).or_default() += 1;
            *by_area.entry(AREAS[n % 3]).or_default() += 1;
            *by_type.entry(TYPES[n % 2]).or_default() += 1;
            *by_type.entry("share").or_default() += person.shares;
        }
        *by_type.entry("share").or_default() += u64::try_from(self.shares).unwrap();
        json!({
            "supporters": supporters, "extraSupporters": 0,
            "byOrg": by_org, "byArea": by_area, "byType": by_type,
        })
    }
}

/// Tells everything twice at the same time, in other batches, until nothing changes any more.
async fn tell_twice(world: &mut World) {
    loop {
        let changes = world.take_changes();
        if changes.is_empty() {
            return;
        }
        let [first, second] = SPLITS;
        tokio::join!(tell(world, &changes, &first), tell(world, &changes, &second));
    }
}

/// Tells the changes in order, in batches of these sizes; as Lambda does it, a failed batch comes again.
async fn tell(world: &World, mut changes: &[Value], sizes: &[usize]) {
    for size in sizes.iter().cycle() {
        let (batch, rest) = changes.split_at((*size).min(changes.len()));
        while world.system.tell(batch).await.is_err() {}
        changes = rest;
        if changes.is_empty() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_actions_are_counted_exactly_however_often_the_stream_tells_of_them() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    for org in [world.lead, world.partner] {
        world.change_org(org, |org| org.backends.push = None).await;
    }
    for page in PAGES {
        world.change_page(page, |page| page.thank_you_template = None).await;
    }
    let writer = Arc::new(Writer::new(&world).await);
    let mut crowd = Crowd::default();
    for _ in 0..WAVES {
        crowd.wave(&writer).await;
        tell_twice(&mut world).await;
        crowd.take_back(&world).await;
        tell_twice(&mut world).await;
    }
    let counted = world.stats().await;
    assert_eq!(counted, crowd.counts(&world));
    assert_eq!(counted, world.recount().await);
    // What the nightly recount reads says the same.
    let (clock, campaign) = (world.clock.clone(), world.campaign);
    assert_eq!(world.table.examine(campaign, || clock.now()).await.unwrap().drift, BTreeMap::new());
}
