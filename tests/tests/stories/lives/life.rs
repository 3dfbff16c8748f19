//! One life: a world, what happens in it, and what is known of it from outside.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::{
    endpoint::Mood,
    world::{LEAD_PAGE, PARTNER_PAGE, World, links, signature},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Happening, Members, PEOPLE, Report, Settings};

/// One signature, and which orgs may have it.
#[derive(Debug, Clone)]
pub(super) struct Signature {
    pub(super) email: String,
    pub(super) person: usize,
    pub(super) receivers: BTreeSet<Side>,
    /// Whether the page's org may thank for it.
    pub(super) thanked: bool,
}

/// One of the two orgs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Side {
    Lead,
    Partner,
}

impl Side {
    fn of(partner: bool) -> Self {
        if partner { Self::Partner } else { Self::Lead }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Partner => "partner",
        }
    }
}

pub(super) struct Life {
    pub(super) world: World,
    pub(super) settings: Settings,
    tokens: BTreeMap<Side, String>,
    pub(super) signatures: Vec<Signature>,
    /// What an org erased, with how many messages it had been sent until then.
    pub(super) erased: Vec<(Side, String, usize)>,
    /// How actions and supporters stood.
    stood: BTreeMap<String, String>,
}

impl Life {
    pub(super) async fn begin(settings: &Settings) -> Self {
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
                    org.backends.detail = org.backends.push.filter(|_| settings.members != Members::NotAsked);
                    org.backends.push = org.backends.push.take().filter(|_| !keeps);
                })
                .await;
        }
        if settings.members == Members::Known {
            let known = Mood::Says(r#"{ "action": { "customFields": { "member": "since 2025" } } }"#);
            for hook in [&world.lead_hook, &world.partner_hook] {
                hook.set(known);
            }
        }
        let tokens = BTreeMap::from([
            (Side::Lead, world.token(world.lead, Role::Owner).await),
            (Side::Partner, world.token(world.partner, Role::Owner).await),
        ]);
        let (signatures, erased, stood) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { world, settings: settings.clone(), tokens, signatures, erased, stood }
    }

    pub(super) async fn go_on(&mut self, happening: &Happening) -> Result<(), TestCaseError> {
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
            Happening::Report { mail, what } => self.report(mail, what),
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

    /// Puts the event of a mail into the queue, as the mail service's would come.
    fn report(&self, mail: usize, what: Report) {
        let mails = self.world.mails();
        let Some(mail) = mails.get(mail % mails.len().max(1)) else { return };
        let (event, bounce) = match what {
            Report::Bounce => ("Bounce", "Permanent"),
            Report::Transient => ("Bounce", "Transient"),
            Report::Complaint => ("Complaint", ""),
            Report::Delivery => ("Delivery", ""),
        };
        let event = json!({ "eventType": event, "delivery": mail.tags["delivery"], "bounceType": bounce });
        self.world.system.sqs.send("FeedbackQueue", &event.to_string()).unwrap();
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

    pub(super) async fn staff(
        &self,
        side: Side,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> (u16, Value, String) {
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

    pub(super) fn sent(&self, side: Side) -> Vec<String> {
        let hook = if side == Side::Lead { &self.world.lead_hook } else { &self.world.partner_hook };
        hook.taken().into_iter().map(|message| message.body.to_string()).collect()
    }

    pub(super) async fn items(&self) -> Vec<Value> {
        let table: Value = serde_json::from_str(&self.world.table_as_text().await).unwrap();
        assert!(table["LastEvaluatedKey"].is_null(), "the table is read whole");
        table["Items"].as_array().unwrap().clone()
    }

    pub(super) async fn states_only_move_on(&mut self) -> Result<(), TestCaseError> {
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
}
