//! Whole lives of small campaigns, made up by chance: whatever people, orgs and mail services do, in any order
//! and any number of times, the rules hold.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, links, signature};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};

/// Lives that are tried, or as many as `PROCA_SEEDS` says.
const LIVES: u32 = 12;

/// What the campaign and its orgs decided.
#[derive(Debug, Clone)]
struct Settings {
    confirm: bool,
    moderation: bool,
    force_delivery: bool,
    page_delivers: bool,
    only_opted_in: bool,
    lead_has_backend: bool,
}

/// What happens next.
#[derive(Debug, Clone)]
enum Happening {
    /// One of four people signs; the mail of two of them comes back or is complained of.
    Sign { person: usize, partner: bool, opt_in: Option<bool>, lead_opt_in: Option<bool>, testing: bool },
    /// Somebody presses a link of a mail, perhaps not for the first time.
    Press { mail: usize, link: usize },
    /// A moderator decides on all that waits.
    Moderate { partner: bool, accept: bool },
    /// An org erases a person.
    Erase { person: usize, partner: bool },
    /// An org has its messages sent again.
    Replay { partner: bool },
    /// What the stream and the queues hold is lost.
    Lose,
    /// Everything moves that can.
    Settle,
    /// Some minutes pass.
    Pass { minutes: i64 },
}

const PEOPLE: [&str; 4] = ["ann", "bob", "bounce", "complaint"];

fn settings() -> impl Strategy<Value = Settings> {
    any::<[bool; 6]>().prop_map(
        |[confirm, moderation, force_delivery, page_delivers, only_opted_in, lead_has_backend]| Settings {
            confirm,
            moderation,
            force_delivery,
            page_delivers,
            only_opted_in,
            lead_has_backend,
        },
    )
}

fn happening() -> impl Strategy<Value = Happening> {
    let answer = || any::<Option<bool>>();
    prop_oneof![
        6 => (0..PEOPLE.len(), any::<bool>(), answer(), answer(), prop::bool::weighted(0.1)).prop_map(
            |(person, partner, opt_in, lead_opt_in, testing)| {
                Happening::Sign { person, partner, opt_in, lead_opt_in, testing }
            }
        ),
        5 => (0..64_usize, 0..4_usize).prop_map(|(mail, link)| Happening::Press { mail, link }),
        2 => any::<[bool; 2]>().prop_map(|[partner, accept]| Happening::Moderate { partner, accept }),
        1 => (0..PEOPLE.len(), any::<bool>()).prop_map(|(person, partner)| Happening::Erase { person, partner }),
        1 => any::<bool>().prop_map(|partner| Happening::Replay { partner }),
        1 => Just(Happening::Lose),
        4 => Just(Happening::Settle),
        2 => (1..30_i64).prop_map(|minutes| Happening::Pass { minutes }),
    ]
}

#[test]
fn the_rules_hold_in_every_life() {
    let lives = std::env::var("PROCA_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(LIVES);
    let config =
        Config { cases: lives, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let life = (settings(), prop::collection::vec(happening(), 6..24));
    let lived = runner.run(&life, |(settings, happenings)| {
        runtime.block_on(async {
            let mut life = Life::begin(&settings).await;
            for happening in &happenings {
                life.go_on(happening).await?;
            }
            life.end().await
        })
    });
    if let Err(failure) = lived {
        panic!("{failure}");
    }
}

/// One signature, and which orgs may have it.
#[derive(Debug, Clone)]
struct Signature {
    email: String,
    person: usize,
    receivers: BTreeSet<Side>,
    /// Whether the page's org may thank for it.
    thanked: bool,
}

/// One of the two orgs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Lead,
    Partner,
}

impl Side {
    fn of(partner: bool) -> Self {
        if partner { Self::Partner } else { Self::Lead }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Partner => "partner",
        }
    }
}

struct Life {
    world: World,
    settings: Settings,
    tokens: BTreeMap<Side, String>,
    signatures: Vec<Signature>,
    /// What an org erased, with how many messages it had been sent until then.
    erased: Vec<(Side, String, usize)>,
    /// How actions and supporters stood.
    stood: BTreeMap<String, String>,
}

impl Life {
    async fn begin(settings: &Settings) -> Self {
        let mut world = World::new().await;
        let over = |on| if on { Override::On } else { Override::Off };
        world
            .change_campaign(|campaign| {
                campaign.supporter_confirm = over(settings.confirm);
                campaign.moderation = over(settings.moderation);
                campaign.force_delivery = settings.force_delivery;
            })
            .await;
        world.change_page(PARTNER_PAGE, |page| page.delivery = settings.page_delivers).await;
        for org in [world.lead, world.partner] {
            let keeps = org == world.lead && !settings.lead_has_backend;
            world
                .change_org(org, |org| {
                    org.thank_you_only_opted_in = settings.only_opted_in;
                    org.backends.event = org.backends.push;
                    org.backends.push = org.backends.push.take().filter(|_| !keeps);
                })
                .await;
        }
        let tokens = BTreeMap::from([
            (Side::Lead, world.token(world.lead, Role::Owner).await),
            (Side::Partner, world.token(world.partner, Role::Owner).await),
        ]);
        let (signatures, erased, stood) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { world, settings: settings.clone(), tokens, signatures, erased, stood }
    }

    async fn go_on(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
        match *happening {
            Happening::Sign { person, partner, opt_in, lead_opt_in, testing } => {
                self.sign(person, partner, (opt_in, lead_opt_in), testing).await;
            }
            Happening::Press { mail, link } => {
                let mails = self.world.mails();
                let links = mails.get(mail % mails.len().max(1)).map(links).unwrap_or_default();
                if let Some(link) = links.get(link % links.len().max(1)) {
                    self.world.press(link).await;
                }
            }
            Happening::Moderate { partner, accept } => self.moderate(Side::of(partner), accept).await,
            Happening::Erase { person, partner } => self.erase(person, Side::of(partner)).await,
            Happening::Replay { partner } => {
                let body = json!({ "since": "2026-07-01T00:00:00Z", "states": ["done", "dead", "kept"] });
                self.staff(Side::of(partner), "POST", "deliveries/replay", Some(body)).await;
            }
            Happening::Lose => {
                self.world.lose_changes();
                self.world.system.sqs.drop_everything();
            }
            Happening::Settle => self.world.settle().await,
            Happening::Pass { minutes } => self.world.pass(SignedDuration::from_mins(minutes)).await,
        }
        self.states_only_move_on().await
    }

    async fn sign(
        &mut self,
        person: usize,
        partner: bool,
        (opt_in, lead_opt_in): (Option<bool>, Option<bool>),
        testing: bool,
    ) {
        // Gmail takes what follows the plus for the same mailbox, so each signature has an address of its own.
        let email = format!("{}+n{}n@gmail.com", PEOPLE[person], self.signatures.len());
        let mut body = signature(&email, opt_in, lead_opt_in.filter(|_| partner));
        body["testing"] = testing.into();
        body["customFields"] = json!({ "comment": email });
        let page = if partner { PARTNER_PAGE } else { LEAD_PAGE };
        let answer = self.world.post(page, &body).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        let receivers = self.receivers(partner, opt_in, lead_opt_in);
        let thanked =
            receivers.contains(&Side::of(partner)) && (opt_in == Some(true) || !self.settings.only_opted_in);
        self.signatures.push(Signature { email, person, receivers, thanked });
    }

    /// Who may have the data, spelled once more from the rule.
    fn receivers(&self, partner: bool, opt_in: Option<bool>, lead_opt_in: Option<bool>) -> BTreeSet<Side> {
        if !partner {
            return BTreeSet::from([Side::Lead]);
        }
        let page_delivers = self.settings.page_delivers;
        let mut receivers = BTreeSet::new();
        if page_delivers || opt_in == Some(true) {
            receivers.insert(Side::Partner);
        }
        if !page_delivers || self.settings.force_delivery || lead_opt_in == Some(true) {
            receivers.insert(Side::Lead);
        }
        receivers
    }

    async fn staff(&self, side: Side, method: &str, path: &str, body: Option<Value>) -> (u16, Value, String) {
        let path = format!("/v1/orgs/{}/{path}", side.name());
        let answer = self.world.staff(&self.tokens[&side], method, &path, body).await;
        assert!(answer.status < 500, "{method} {path}: {}", answer.text);
        (answer.status, answer.body, answer.text)
    }

    async fn moderate(&self, side: Side, accept: bool) {
        let (_, list, _) = self.staff(side, "GET", "moderation", None).await;
        let entry = |item: &Value| json!({ "supporter": item["supporter"], "action": item["action"] });
        let waiting: Vec<_> = list["items"].as_array().unwrap().iter().map(entry).collect();
        if !waiting.is_empty() {
            let verb = if accept { "moderation/accept" } else { "moderation/reject" };
            self.staff(side, "POST", verb, Some(json!({ "actions": waiting }))).await;
        }
    }

    async fn erase(&mut self, person: usize, side: Side) {
        let org = if side == Side::Lead { self.world.lead } else { self.world.partner };
        let pk = format!("CONTACT#{org}#");
        for item in self.items().await {
            let of_org = item["pk"]["S"].as_str().unwrap().strip_prefix(&pk).map(str::to_owned);
            let Some(contact_ref) = of_org.filter(|_| item["kind"]["S"] == "contact") else { continue };
            let text = item.to_string();
            let of_person = |s: &&Signature| s.person == person && text.contains(&s.email);
            if self.signatures.iter().any(|s| of_person(&s)) {
                let path = format!("supporters/{contact_ref}");
                let (status, _, text) = self.staff(side, "DELETE", &path, None).await;
                assert!([204, 404].contains(&status), "{status} {text}");
            }
        }
        let sent = self.sent(side).len();
        let theirs = self.signatures.iter().filter(|s| s.person == person);
        self.erased.extend(theirs.map(|s| (side, s.email.clone(), sent)));
    }

    fn sent(&self, side: Side) -> Vec<String> {
        let hook = if side == Side::Lead { &self.world.lead_hook } else { &self.world.partner_hook };
        hook.taken().into_iter().map(|message| message.body.to_string()).collect()
    }

    async fn items(&self) -> Vec<Value> {
        let table: Value = serde_json::from_str(&self.world.table_as_text().await).unwrap();
        assert!(table["LastEvaluatedKey"].is_null(), "the table is read whole");
        table["Items"].as_array().unwrap().clone()
    }

    async fn states_only_move_on(&mut self) -> Result<(), TestCaseError> {
        for item in self.items().await {
            let kind = item["kind"]["S"].as_str().unwrap_or_default().to_owned();
            if kind != "action" && kind != "supporter" {
                continue;
            }
            let name = item["id"]["S"].as_str().unwrap().to_owned();
            let now = item["status"]["S"].as_str().unwrap().to_owned();
            let Some(before) = self.stood.insert(name.clone(), now.clone()) else { continue };
            let onward: &[&str] = match (kind.as_str(), before.as_str()) {
                ("action", "new") => &["confirming", "accepted", "delivered", "repeat", "rejected"],
                ("action", "confirming") => &["accepted", "delivered", "repeat", "rejected"],
                ("action", "accepted") => &["delivered", "repeat", "rejected"],
                ("action", "delivered" | "repeat") => &["rejected"],
                ("supporter", "new") => &["confirming", "accepted", "rejected"],
                ("supporter", "confirming") => &["accepted", "rejected"],
                ("supporter", "accepted") => &["rejected"],
                _ => &[],
            };
            prop_assert!(now == before || onward.contains(&now.as_str()), "{name}: {before} became {now}");
        }
        Ok(())
    }

    /// Lets everything come to rest, and looks at all that is left.
    async fn end(mut self) -> Result<(), TestCaseError> {
        self.world.settle().await;
        self.world.pass(SignedDuration::from_mins(12)).await;
        self.world.skip(SignedDuration::from_hours(2)).await;
        self.states_only_move_on().await?;
        let items = self.items().await;
        self.nobody_has_what_it_may_not_have(&items).await?;
        self.mails_are_those_that_are_owed(&items)?;
        self.counts_equal_a_recount(&items).await
    }

    async fn nobody_has_what_it_may_not_have(&self, items: &[Value]) -> Result<(), TestCaseError> {
        for (side, org) in [(Side::Lead, self.world.lead), (Side::Partner, self.world.partner)] {
            let (_, _, export) = self.staff(side, "POST", "export", Some(json!({ "testing": true }))).await;
            let contacts: Vec<_> = items
                .iter()
                .filter(|item| item["kind"]["S"] == "contact" && item["org"]["S"] == org.to_string())
                .map(Value::to_string)
                .collect();
            let sent = self.sent(side);
            for signature in &self.signatures {
                let email = &signature.email;
                let has = |texts: &[String]| texts.iter().any(|text| text.contains(email));
                let erased = self.erased.iter().find(|(by, whose, _)| *by == side && whose == email);
                let may = signature.receivers.contains(&side);
                prop_assert!(may || !has(&sent), "{} was sent {email}", side.name());
                prop_assert!(may && erased.is_none() || !has(&contacts), "{} keeps {email}", side.name());
                let handed_out = export.contains(email);
                prop_assert!(may && erased.is_none() || !handed_out, "{} exports {email}", side.name());
                if let Some((_, _, before)) = erased {
                    let later = sent.get(*before..).unwrap_or_default();
                    prop_assert!(!has(later), "{} was sent {email}, which it had erased", side.name());
                }
            }
        }
        Ok(())
    }

    fn mails_are_those_that_are_owed(&self, items: &[Value]) -> Result<(), TestCaseError> {
        let mut thanks = BTreeMap::<String, usize>::new();
        for row in items.iter().filter(|item| item["purpose"]["S"] == "thank_you") {
            *thanks.entry(row["action"]["S"].as_str().unwrap().to_owned()).or_default() += 1;
        }
        prop_assert!(thanks.values().all(|count| *count == 1), "an action is thanked for twice: {thanks:?}");
        for signature in &self.signatures {
            let mails = self.world.mails_to(&signature.email);
            let asking = mails.iter().filter(|mail| mail.subject.contains("confirm")).count();
            let thanking = mails.len() - asking;
            prop_assert!(asking <= usize::from(self.settings.confirm), "{}: {asking}", signature.email);
            prop_assert!(thanking <= usize::from(signature.thanked), "{}: {thanking}", signature.email);
        }
        Ok(())
    }

    async fn counts_equal_a_recount(&self, items: &[Value]) -> Result<(), TestCaseError> {
        let mut by_type = BTreeMap::<String, u64>::new();
        let mut people = BTreeMap::<String, u64>::new();
        for item in items {
            if item["kind"]["S"] == "action"
                && let Some(tally) = item.get("counts").and_then(|counts| counts.get("M"))
            {
                *by_type.entry(tally["action_type"]["S"].as_str().unwrap().to_owned()).or_default() += 1;
            }
            let first = item["kind"]["S"] == "supporter"
                && item["status"]["S"] == "accepted"
                && item["dupe_rank"]["N"] == "0";
            if first {
                *people.entry(item["dedupe_ref"]["S"].as_str().unwrap().to_owned()).or_default() += 1;
            }
        }
        prop_assert!(people.values().all(|count| *count == 1), "two are the first: {people:?}");
        let stats = self.world.stats().await;
        prop_assert_eq!(&stats["supporters"], &json!(people.len()), "people");
        prop_assert_eq!(&stats["byType"], &json!(by_type), "types");
        Ok(())
    }
}
