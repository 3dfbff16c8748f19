//! Actions after a signature, and actions that come before their contact.

use jiff::SignedDuration;
use proca::campaign::Override;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World, signature};
use serde_json::json;

async fn world_without_confirmation() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world
}

#[tokio::test]
async fn a_share_after_the_signature_belongs_to_the_same_supporter() {
    let mut world = world_without_confirmation().await;
    let receipt = world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await.body;
    let share = json!({ "actionType": "share", "contactRef": receipt["contactRef"], "customFields": { "medium": "mastodon" } });
    let answer = world.post(LEAD_PAGE, &share).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    world.settle().await;
    let bodies: Vec<_> = world.lead_hook.taken().into_iter().map(|t| t.body).collect();
    let share = bodies.iter().find(|b| b["action"]["actionType"] == "share").expect("the share is pushed");
    assert_eq!(share["privacy"]["withConsent"], false);
    assert_eq!(share["contact"]["email"], "bruce@example.org");
    assert_eq!(world.stats().await["byType"], json!({ "petition": 1, "share": 1 }));
    assert_eq!(world.supporters().await, 1);
    assert_eq!(world.mails().len(), 1, "a share is not thanked for");
}

#[tokio::test]
async fn the_answer_s_ref_is_good_in_its_own_org_only() {
    let mut world = world_without_confirmation().await;
    let receipt = world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await.body;
    let share = json!({ "actionType": "share", "contactRef": receipt["contactRef"] });
    assert_eq!(world.post(PARTNER_PAGE, &share).await.status, 201);
    world.settle().await;
    assert!(world.partner_hook.taken().is_empty(), "in the partner's org it stands for nobody yet");
}

#[tokio::test]
async fn a_share_before_the_signature_is_linked_when_the_contact_comes() {
    let mut world = world_without_confirmation().await;
    let widget_ref = "widget-ref-0123456789";
    let share = json!({ "actionType": "share", "contactRef": widget_ref });
    let answer = world.post(LEAD_PAGE, &share).await;
    assert_eq!(answer.body["contactRef"], widget_ref);
    world.settle().await;
    assert!(world.lead_hook.taken().is_empty());
    assert_eq!(world.stats().await["byType"], json!({ "share": 1 }), "it is counted by its type");

    let mut body = signature("bruce@example.org", Some(true), None);
    body["contactRef"] = json!(widget_ref);
    assert_eq!(world.post(LEAD_PAGE, &body).await.status, 201);
    world.settle().await;
    let mut kinds: Vec<_> = world
        .lead_hook
        .taken()
        .into_iter()
        .map(|t| t.body["action"]["actionType"].as_str().unwrap().to_owned())
        .collect();
    kinds.sort();
    assert_eq!(kinds, ["petition", "share"]);
    assert_eq!(world.stats().await["byType"], json!({ "petition": 1, "share": 1 }), "and not counted again");

    assert_eq!(
        world.post(LEAD_PAGE, &json!({ "actionType": "mail", "contactRef": widget_ref })).await.status,
        201
    );
    world.settle().await;
    assert_eq!(world.lead_hook.taken().len(), 3, "the widget's ref now stands for the supporter");
}

#[tokio::test]
async fn a_ref_does_not_pile_up_actions_for_ever() {
    let world = World::new().await;
    for n in 0..20 {
        let share = json!({ "actionType": "share", "contactRef": "widget-ref-0123456789", "customFields": { "n": n } });
        assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    }
    let share =
        json!({ "actionType": "share", "contactRef": "widget-ref-0123456789", "customFields": { "n": 20 } });
    assert_eq!(world.post(LEAD_PAGE, &share).await.status, 409);
}

#[tokio::test]
async fn a_testing_action_goes_the_whole_way_and_never_counts() {
    let mut world = world_without_confirmation().await;
    let mut body = signature("bruce@example.org", Some(true), None);
    body["testing"] = json!(true);
    assert_eq!(world.post(LEAD_PAGE, &body).await.status, 201);
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!(world.lead_hook.taken()[0].body["action"]["testing"], true);
    assert_eq!(world.supporters().await, 0);
    assert_eq!(world.stats().await["byType"], json!({}));
}

#[tokio::test]
async fn as_many_as_may_wait_are_all_linked_and_the_ref_follows_the_latest_signature() {
    let mut world = world_without_confirmation().await;
    let widget_ref = "widget-ref-0123456789";
    for n in 0..20 {
        let share = json!({ "actionType": "share", "contactRef": widget_ref, "customFields": { "n": n } });
        assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    }
    for email in ["mistyped@example.org", "bruce@example.org"] {
        let mut body = signature(email, Some(true), None);
        body["contactRef"] = json!(widget_ref);
        assert_eq!(world.post(LEAD_PAGE, &body).await.status, 201);
    }
    world.settle().await;
    assert_eq!(world.lead_hook.taken().len(), 22);
    assert_eq!(
        world.post(LEAD_PAGE, &json!({ "actionType": "mail", "contactRef": widget_ref })).await.status,
        201
    );
    world.settle().await;
    let last =
        world.lead_hook.taken().into_iter().find(|t| t.body["action"]["actionType"] == "mail").unwrap();
    assert_eq!(last.body["contact"]["email"], "bruce@example.org");
}

#[tokio::test]
async fn invented_types_are_counted_together_once_they_are_many() {
    let mut world = World::new().await;
    for n in 0..700 {
        let share = json!({ "actionType": format!("t{n}"), "contactRef": format!("widget-ref-{n:010}") });
        assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    }
    world.settle().await;
    let stats = world.stats().await;
    let by_type = stats["byType"].as_object().unwrap();
    assert_eq!(by_type.values().map(|n| n.as_u64().unwrap()).sum::<u64>(), 700, "nothing is lost");
    let (types, others) = (by_type.len(), by_type["other"].as_u64().unwrap());
    assert!(others > 1 && types <= 8 * 60 + 1, "{types} types, {others} others");
}
