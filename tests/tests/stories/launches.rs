//! Launches by mail: the lead's staff are asked, and decide with the button behind a link.

use jiff::SignedDuration;
use proca::{launch::Decision, link::LinkToken, notice::Notice, permission::Role, random::Random};
use proca_local::mailbox::CaughtMail;
use proca_tests::{
    logs,
    world::{Answered, World, links, path_of},
};
use serde_json::{Value, json};

const ANNA: &str = "anna@canary.example.org";
const BERT: &str = "bert@canary.example.org";
const PAGE: &str = "partner.example.org/second";

/// A partner's page, with the lead's Anna who owns it and Bert who runs campaigns.
struct Launch {
    partner: String,
    anna: String,
    path: String,
    id: String,
}

impl Launch {
    async fn made(world: &World) -> Self {
        let anna = world.enrol(ANNA, Some((world.lead, Role::Owner)), &[]).await;
        world.enrol(BERT, Some((world.lead, Role::Campaigner)), &[]).await;
        let partner = world.enrol("paul@canary.example.org", Some((world.partner, Role::Owner)), &[]).await;
        let body = json!({ "name": PAGE, "campaign": "petition_x", "locale": "de" });
        let made = world.staff(&partner, "POST", "/v1/orgs/partner/pages", Some(body)).await;
        let id = made.body["id"].as_str().unwrap().to_owned();
        Self { partner, anna, path: format!("/v1/orgs/partner/pages/{id}"), id }
    }

    async fn ask(&self, world: &World) {
        let asked = world.staff(&self.partner, "POST", &format!("{}/launch", self.path), None).await;
        assert_ne!(asked.body["launchRequestedAt"], Value::Null, "{}", asked.text);
    }

    async fn retract(&self, world: &World) {
        let answer = world.staff(&self.partner, "POST", &format!("{}/retract", self.path), None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// A page that has asked, when the mails are there.
    async fn asked(world: &mut World) -> Self {
        let launch = Self::made(world).await;
        launch.ask(world).await;
        world.settle().await;
        launch
    }

    /// The page as its org sees it.
    async fn page(&self, world: &World) -> Value {
        world.staff(&self.partner, "GET", &self.path, None).await.body
    }

    async fn is_live(&self, world: &World) -> bool {
        self.page(world).await["live"] == true
    }

    /// Makes Bert a moderator, who does not launch pages.
    async fn demote_bert(&self, world: &World) {
        let staff = world.staff(&self.anna, "GET", "/v1/orgs/lead/staff", None).await;
        let bert = staff.body["items"].as_array().unwrap().iter().find(|s| s["email"] == BERT).unwrap();
        let path = format!("/v1/orgs/lead/staff/{}", bert["user"].as_str().unwrap());
        let role = Some(json!({ "role": "moderator" }));
        let changed = world.staff_at(&self.anna, "PATCH", &path, role, Some(1)).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
    }
}

/// The links of the newest mail to an address: by which they accept, and reject.
fn newest(world: &World, email: &str) -> [String; 2] {
    links(world.mails_to(email).last().unwrap()).try_into().unwrap()
}

async fn look(world: &World, link: &str) -> Answered {
    world.call("GET", path_of(link), &[], "").await
}

fn says(answer: &Answered, status: u16, title: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.text.contains(&format!("<h1>{title}</h1>")), "{title}: {}", answer.text);
    let is_question = title.ends_with('?');
    assert_eq!(answer.text.contains("<button"), is_question, "{}", answer.text);
}

/// All that the table has.
async fn table(world: &World) -> Value {
    serde_json::from_str(&world.table_as_text().await).unwrap()
}

/// The rows of a kind, as the table has them.
async fn rows(world: &World, kind: &str) -> Vec<Value> {
    let table = table(world).await;
    let rows = table["Items"].as_array().unwrap().iter();
    rows.filter(|row| row["kind"]["S"] == kind).cloned().collect()
}

#[tokio::test]
async fn all_staff_of_the_lead_who_may_decide_are_asked_by_mail_and_the_first_decision_counts() {
    logs::keep();
    let mut world = World::new().await;
    for (email, org, role) in [
        ("cora@canary.example.org", world.lead, Role::Coordinator),
        ("otto@canary.example.org", world.instance, Role::Owner),
    ] {
        world.enrol(email, Some((org, role)), &[]).await;
    }
    let launch = Launch::asked(&mut world).await;
    launch.ask(&world).await;
    world.settle().await;
    let recipients: Vec<_> = world.mails().into_iter().flat_map(|mail: CaughtMail| mail.to).collect();
    assert_eq!(recipients.len(), 2, "one mail to each who may decide, and none to others: {recipients:?}");
    let mail = world.mails_to(ANNA).remove(0);
    assert_eq!(mail.from, r#""The lead via Campaign Mail" <noreply@mail.example.org>"#);
    assert_eq!(mail.subject, format!("The partner asks to launch {PAGE}"));
    let (text, html) = (mail.text.clone().unwrap(), mail.html.clone().unwrap());
    for part in [&text, &html] {
        for word in [PAGE, "The partner", "Petition X", "31 July 2026"] {
            assert!(part.contains(word), "{word} is in {part}");
        }
    }
    let (anna, bert) = (newest(&world, ANNA), newest(&world, BERT));
    for link in &anna {
        assert!(link.starts_with("https://api.example.org/v1/links/staff_") && html.contains(link));
    }

    let before = table(&world).await;
    says(&look(&world, &anna[0]).await, 200, "Let this page go live?");
    says(&look(&world, &bert[1]).await, 200, "Reject the launch of this page?");
    assert!(table(&world).await == before, "looking changes nothing");

    let accepted = world.press(&anna[0]).await;
    says(&accepted, 200, "This page is live");
    for word in [&PAGE.replace('/', "&#x2f;"), "The partner", "Petition X"] {
        assert!(accepted.text.contains(word), "{word}: {}", accepted.text);
    }
    for link in [&bert[1], &bert[0], &anna[1], &anna[0]] {
        says(&look(&world, link).await, 200, "This page is live");
        says(&world.press(link).await, 200, "This page is live");
    }
    world.settle().await;
    assert!(launch.is_live(&world).await && world.bundle(PAGE).await.page.live);
    world.sign(PAGE, "bruce@example.org", None, None).await;

    let me = world.staff(&launch.anna, "GET", "/v1/me", None).await.body["user"].clone();
    let audits = rows(&world, "audit").await;
    let accepts: Vec<_> = audits.iter().filter(|a| a["operation"]["S"] == "launch-request.accept").collect();
    assert_eq!(accepts.len(), 2, "{audits:?}");
    for org in [world.lead, world.partner] {
        let told = accepts.iter().find(|audit| audit["org"]["S"] == org.to_string()).unwrap();
        assert_eq!((&told["user"]["S"], &told["subject"]["S"]), (&me, &json!(launch.id)));
        assert_eq!(told.get("token"), None);
    }
    nowhere_to_be_read(&world, [anna, bert].as_flattened()).await;
}

/// Addresses are with their users alone, tokens in mails alone.
async fn nowhere_to_be_read(world: &World, links: &[String]) {
    let (table, logs) = (world.table_as_text().await, logs::text());
    let queues = world.system.sqs.sent_bodies().join("\n");
    assert!(queues.contains("\"notice\":\"ntc_"), "the queue was used");
    for link in links {
        let token = link.rsplit('/').next().unwrap();
        for place in [&table, &queues, &logs] {
            assert!(!place.contains(token), "a token is where it could be read");
        }
    }
    for place in [&queues, &logs] {
        assert!(!place.contains(ANNA) && !place.contains(BERT), "an address is where it could be read");
    }
    for row in rows(world, "notice").await {
        assert!(!row.to_string().contains("canary"), "{row}");
    }
}

#[tokio::test]
async fn a_launch_rejected_by_mail_may_be_asked_for_again_with_new_links() {
    let mut world = World::new().await;
    let launch = Launch::asked(&mut world).await;
    let (anna, bert) = (newest(&world, ANNA), newest(&world, BERT));
    says(&world.press(&anna[1]).await, 200, "This page is not live");
    says(&world.press(&bert[0]).await, 200, "This page is not live");
    let page = launch.page(&world).await;
    assert_eq!((&page["live"], &page["launchRequestedAt"]), (&json!(false), &Value::Null));
    assert_eq!(rows(&world, "launch_request").await, [] as [Value; 0]);

    world.clock.advance(SignedDuration::from_mins(1));
    launch.ask(&world).await;
    world.settle().await;
    for old in [&anna[0], &bert[1]] {
        says(&look(&world, old).await, 200, "This page has asked again");
        says(&world.press(old).await, 200, "This page has asked again");
    }
    let page = launch.page(&world).await;
    assert_eq!((&page["live"], page["launchRequestedAt"].is_string()), (&json!(false), true));
    says(&world.press(&newest(&world, BERT)[0]).await, 200, "This page is live");
    says(&look(&world, &anna[1]).await, 200, "This page is live");
    assert!(launch.is_live(&world).await);
}

#[tokio::test]
async fn who_may_not_decide_any_more_has_links_that_mean_nothing() {
    let mut world = World::new().await;
    let launch = Launch::asked(&mut world).await;
    launch.demote_bert(&world).await;
    for link in &newest(&world, BERT) {
        says(&look(&world, link).await, 404, "This link means nothing any more");
        says(&world.press(link).await, 404, "This link means nothing any more");
    }
    assert_ne!(launch.page(&world).await["launchRequestedAt"], Value::Null, "the question is still open");
    says(&world.press(&newest(&world, ANNA)[0]).await, 200, "This page is live");
}

#[tokio::test]
async fn who_may_not_decide_any_more_when_the_mail_is_written_gets_none() {
    let mut world = World::new().await;
    let launch = Launch::made(&world).await;
    launch.ask(&world).await;
    launch.demote_bert(&world).await;
    world.settle().await;
    assert_eq!((world.mails_to(ANNA).len(), world.mails_to(BERT).len()), (1, 0));
    let mut states: Vec<_> =
        rows(&world, "notice").await.iter().map(|row| row["state"]["S"].clone()).collect();
    states.sort_by_key(Value::to_string);
    assert_eq!(states, ["cancelled", "done"]);
}

#[tokio::test]
async fn a_request_that_is_taken_back_is_not_mailed_and_its_links_change_nothing() {
    let mut world = World::new().await;
    let launch = Launch::made(&world).await;
    launch.ask(&world).await;
    launch.retract(&world).await;
    world.settle().await;
    assert!(world.mails().is_empty());

    world.clock.advance(SignedDuration::from_mins(1));
    launch.ask(&world).await;
    world.settle().await;
    launch.retract(&world).await;
    let [accept, _] = newest(&world, ANNA);
    says(&look(&world, &accept).await, 200, "This page is not live");
    says(&world.press(&accept).await, 200, "This page is not live");
    assert!(!launch.is_live(&world).await);

    let removed = world.staff_at(&launch.partner, "DELETE", &launch.path, None, Some(5)).await;
    assert_eq!(removed.status, 204, "{}", removed.text);
    says(&world.press(&accept).await, 404, "This link means nothing any more");
}

#[tokio::test]
async fn a_link_of_a_launch_works_for_thirty_days_and_only_as_it_was_mailed() {
    let mut world = World::new().await;
    let launch = Launch::asked(&mut world).await;
    let [accept, reject] = newest(&world, ANNA);
    let token = accept.rsplit('/').next().unwrap();
    let (org, notice) = LinkToken::<Notice>::parse(token).unwrap().row();
    let forged = LinkToken::<Notice>::new(org, notice, [0; 16]).url("https://api.example.org");
    let bare = accept.replace("staff_", "");
    says(&world.press(&forged).await, 404, "This link means nothing any more");
    says(&world.press(&bare).await, 404, "This link does not work");
    world.clock.advance(SignedDuration::from_hours(30 * 24) - SignedDuration::from_secs(1));
    says(&look(&world, &accept).await, 200, "Let this page go live?");
    world.clock.advance(SignedDuration::from_secs(1));
    for link in [&accept, &reject] {
        says(&look(&world, link).await, 404, "This link means nothing any more");
        says(&world.press(link).await, 404, "This link means nothing any more");
    }
    assert!(!launch.is_live(&world).await);
}

#[tokio::test]
async fn of_two_who_decide_at_once_one_does_and_the_other_is_told_how_it_stands() {
    let mut world = World::new().await;
    let launch = Launch::asked(&mut world).await;
    let [accept, _] = newest(&world, BERT);
    let held = world.wire.hold("TransactWriteItems");
    let reject = format!("/v1/orgs/lead/launch-requests/{}/reject", launch.id);
    let (pressed, rejected) =
        tokio::join!(world.press(&accept), held.overtake(world.staff(&launch.anna, "POST", &reject, None)));
    assert_eq!(rejected.status, 204, "{}", rejected.text);
    says(&pressed, 200, "This page is not live");
    assert!(!launch.is_live(&world).await);
    let audits = rows(&world, "audit").await;
    assert!(audits.iter().all(|audit| audit["operation"]["S"] != "launch-request.accept"), "{audits:?}");
}

#[tokio::test]
async fn a_question_of_unknown_fate_is_mailed_once_more_and_the_links_of_both_mails_work() {
    let mut world = World::new().await;
    let launch = Launch::made(&world).await;
    launch.demote_bert(&world).await;
    launch.ask(&world).await;
    let row = rows(&world, "notice").await.remove(0);
    let id = row["id"]["S"].as_str().unwrap().parse().unwrap();
    let row = world.table.notice(world.lead, id).await.unwrap().unwrap();
    let first = LinkToken::new(row.org, row.id, [7; 16]);
    let stored = first.link(Decision::Accept, world.clock.now());
    let keep = |row: &mut Notice| row.links.push(stored);
    // Somebody takes the row and dies; nobody knows whether the mail left.
    world.table.lease(row, keep, Random::seeded(9).uuid(), world.clock.now()).await.unwrap().unwrap();
    world.pass(SignedDuration::from_mins(10)).await;
    assert!(world.mails_to(ANNA).is_empty());
    world.pass(SignedDuration::from_mins(10)).await;
    assert_eq!(world.mails_to(ANNA).len(), 1);
    says(&look(&world, &newest(&world, ANNA)[1]).await, 200, "Reject the launch of this page?");
    says(&world.press(&first.url("https://api.example.org")).await, 200, "This page is live");
}

#[tokio::test]
async fn at_most_fifty_of_a_leads_staff_are_asked() {
    let mut world = World::new().await;
    for n in 0..50 {
        let email = format!("staff-{n}@example.org");
        world.clock.advance(SignedDuration::from_secs(1));
        world.enrol(&email, Some((world.lead, Role::Campaigner)), &[]).await;
    }
    world.clock.advance(SignedDuration::from_secs(1));
    Launch::asked(&mut world).await;
    assert_eq!(world.mails().len(), 50);
    assert!(world.mails_to(ANNA).is_empty(), "who became users first are asked");
}
