//! Links of mails: what each does, how often it may be pressed, and what is no link.

use jiff::SignedDuration;
use proca::{campaign::Override, permission::Role};
use proca_tests::world::{Answered, LEAD_PAGE, PARTNER_PAGE, World, links, path_of};
use serde_json::{Value, json};

const ADDRESS: &str = "bruce@example.org";

/// The links to confirm and to reject, of somebody who has just signed.
async fn asked(world: &mut World, email: &str) -> [String; 2] {
    world.sign(LEAD_PAGE, email, Some(true), None).await;
    world.settle().await;
    links(world.mails_to(email).last().unwrap()).try_into().unwrap()
}

/// The links of a thank-you to reject, to opt in and to unsubscribe.
async fn thanked(world: &mut World, email: &str) -> [String; 3] {
    let token = world.token(world.lead, Role::Owner).await;
    let text = "{{ rejectLink }} {{ optInLink }} {{ unsubscribeLink }}";
    let words =
        json!({ "name": "thank_you", "locale": "en", "subject": "Thanks", "html": text, "text": text });
    assert_eq!(world.staff(&token, "POST", "/v1/orgs/lead/templates", Some(words)).await.status, 201);
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(LEAD_PAGE, email, None, None).await;
    world.settle().await;
    links(world.mails_to(email).last().unwrap()).try_into().unwrap()
}

/// Every item of the table.
async fn items(world: &World) -> Value {
    serde_json::from_str(&world.table_as_text().await).unwrap()
}

fn says(answer: &Answered, status: u16, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(answer.text.contains(words), "{words}: {}", answer.text);
    assert!(!answer.headers.contains_key("location"));
}

/// Presses twice, the second time later: the same words, and nothing in the table but what was there.
async fn twice(world: &mut World, link: &str, words: &str) {
    says(&world.press(link).await, 200, words);
    world.settle().await;
    let (before, mails) = (items(world).await, world.mails().len());
    says(&world.press(link).await, 200, words);
    world.settle().await;
    assert_eq!(world.mails().len(), mails);
    assert!(items(world).await == before, "the second time changes nothing");
}

#[tokio::test]
async fn confirming_twice_is_as_good_as_once() {
    let mut world = World::new().await;
    let [confirm, _] = asked(&mut world, ADDRESS).await;
    twice(&mut world, &confirm, "Your signature is confirmed").await;
    assert_eq!(world.supporters().await, 1);
}

#[tokio::test]
async fn rejecting_twice_is_as_good_as_once_and_cannot_be_confirmed_away() {
    let mut world = World::new().await;
    let [confirm, reject] = asked(&mut world, ADDRESS).await;
    twice(&mut world, &reject, "is taken back").await;
    twice(&mut world, &confirm, "This signature was taken back before").await;
    assert_eq!(world.supporters().await, 0);
}

#[tokio::test]
async fn opting_in_twice_is_as_good_as_once() {
    let mut world = World::new().await;
    let [_, opt_in, _] = thanked(&mut world, ADDRESS).await;
    twice(&mut world, &opt_in, "We will write to you").await;
    let table = world.table_as_text().await;
    assert!(table.contains(r#""email_status":{"S":"double_opt_in"}"#));
    assert!(table.contains(r#""communication":{"S":"yes"}"#));
}

#[tokio::test]
async fn unsubscribing_twice_is_as_good_as_once_and_opting_in_undoes_it() {
    let mut world = World::new().await;
    let [_, opt_in, unsubscribe] = thanked(&mut world, ADDRESS).await;
    twice(&mut world, &unsubscribe, "We will not write to you again").await;
    assert!(world.table_as_text().await.contains("SUPPRESSION#"));
    twice(&mut world, &opt_in, "We will write to you").await;
    assert!(!world.table_as_text().await.contains("SUPPRESSION#"));
}

#[tokio::test]
async fn taking_back_after_the_thanks_is_final() {
    let mut world = World::new().await;
    let [reject, opt_in, unsubscribe] = thanked(&mut world, ADDRESS).await;
    assert_eq!(world.supporters().await, 1);
    twice(&mut world, &reject, "is taken back").await;
    assert_eq!(world.supporters().await, 0);
    twice(&mut world, &opt_in, "was taken back before").await;
    twice(&mut world, &unsubscribe, "We will not write to you again").await;
}

#[tokio::test]
async fn every_link_works_for_thirty_days_and_not_longer() {
    let mut world = World::new().await;
    let asked = asked(&mut world, ADDRESS).await;
    let thanked = thanked(&mut world, "other@example.org").await;
    let all: Vec<_> = asked.into_iter().chain(thanked).collect();
    world.clock.advance(SignedDuration::from_hours(30 * 24) - SignedDuration::from_mins(1));
    for link in &all {
        assert_eq!(world.call("GET", path_of(link), &[], "").await.status, 200);
    }
    world.clock.advance(SignedDuration::from_mins(2));
    let before = items(&world).await;
    for link in &all {
        says(&world.call("GET", path_of(link), &[], "").await, 404, "This link does not work");
        says(&world.press(link).await, 404, "This link does not work");
    }
    assert!(items(&world).await == before, "no link changes anything");
}

#[tokio::test]
async fn an_altered_link_or_one_put_together_of_two_is_none() {
    let mut world = World::new().await;
    let [confirm, reject] = asked(&mut world, ADDRESS).await;
    let [other, _] = asked(&mut world, "other@example.org").await;
    let before = items(&world).await;
    let (base, token) = confirm.rsplit_once('/').unwrap();
    let swap = |at: usize| {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        format!("{base}/{}{other}{}", &token[..at], &token[at + 1..])
    };
    // 64 characters stand for 48 bytes: the org, the delivery, and what only the mail knows.
    let cut = base.len() + 1 + 43;
    let mixed = format!("{}{}", &other[..cut], &confirm[cut..]);
    let forged = [
        swap(0),
        swap(30),
        swap(44),
        swap(63),
        mixed,
        format!("{base}/staff_{token}"),
        format!("{confirm}A"),
    ];
    for link in forged.iter().chain([&format!("{base}/{}", &token[..63])]) {
        assert_ne!(*link, confirm);
        assert_eq!(world.call("GET", path_of(link), &[], "").await.status, 404, "{link}");
        assert_eq!(world.press(link).await.status, 404, "{link}");
    }
    assert!(items(&world).await == before, "no link changes anything");
    says(&world.press(&reject).await, 200, "is taken back");
}

#[tokio::test]
async fn a_link_does_what_it_is_for_and_its_address_cannot_ask_for_more() {
    let mut world = World::new().await;
    let [_, reject] = asked(&mut world, ADDRESS).await;
    let asks = format!("{reject}?purpose=confirm&verdict=confirm");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    says(&world.call("POST", path_of(&asks), &form, "purpose=confirm").await, 200, "is taken back");
    world.settle().await;
    assert_eq!(world.supporters().await, 0);
}

#[tokio::test]
async fn once_it_has_acted_a_link_leads_to_an_allowed_origin_and_nowhere_else() {
    let mut world = World::new().await;
    let allowed = "https://lead.example.org".parse().unwrap();
    world.change_page(LEAD_PAGE, |page| page.allowed_origins = vec![allowed]).await;
    let [confirm, reject] = asked(&mut world, ADDRESS).await;
    let home = format!("{confirm}?redirect=https%3A%2F%2Flead.example.org%2Fthanks%3Fa%3D1");
    let question = world.call("GET", path_of(&home), &[], "").await;
    says(&question, 200, "Confirm my signature");
    let policy = &question.headers["content-security-policy"];
    assert!(policy.contains("form-action 'self' https://lead.example.org;"), "{policy}");
    assert_eq!(world.supporters().await, 0, "the question leads nowhere, and changes nothing");
    for _ in 0..2 {
        let answer = world.press(&home).await;
        assert_eq!((answer.status, answer.text.as_str()), (303, ""));
        assert_eq!(answer.headers["location"], "https://lead.example.org/thanks?a=1");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["cache-control"], "no-store");
        world.settle().await;
    }
    assert_eq!(world.supporters().await, 1);
    for refused in [
        "https://evil.example/",
        "https://lead.example.org.evil.example/",
        "https://lead.example.org@evil.example/",
        "http://lead.example.org/",
        "//evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let link = format!("{confirm}?redirect={}", refused.replace(':', "%3A").replace('/', "%2F"));
        says(&world.press(&link).await, 200, "Your signature is confirmed");
        let shown = world.call("GET", path_of(&link), &[], "").await;
        assert!(shown.headers["content-security-policy"].contains("form-action 'self';"), "{refused}");
    }
    let away = format!("{}?redirect=https%3A%2F%2Flead.example.org%2F", reject);
    assert_eq!(world.press(&away).await.status, 303);
    says(&world.press(&home).await, 200, "was taken back before");
}

#[tokio::test]
async fn a_page_that_names_no_origins_leads_nowhere() {
    let mut world = World::new().await;
    world.sign(PARTNER_PAGE, ADDRESS, Some(true), None).await;
    world.settle().await;
    let confirm = links(&world.mails()[0])[0].clone();
    let answer = world.press(&format!("{confirm}?redirect=https%3A%2F%2Fpartner.example.org%2F")).await;
    says(&answer, 200, "Your signature is confirmed");
}

#[tokio::test]
async fn the_page_of_a_question_runs_its_own_script_and_others_run_none() {
    let mut world = World::new().await;
    let [confirm, _] = asked(&mut world, ADDRESS).await;
    let question = world.call("GET", path_of(&confirm), &[], "").await;
    assert_eq!(question.text.matches("<script>").count(), 1);
    let policy = &question.headers["content-security-policy"];
    assert!(policy.starts_with("default-src 'none'; script-src 'sha256-"), "{policy}");
    assert!(!policy.contains("script-src 'unsafe") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!world.press(&confirm).await.text.contains("<script>"));
}
