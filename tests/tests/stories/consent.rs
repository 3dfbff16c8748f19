//! Personal data go to the orgs that may have them, and to nobody else.

use proca::campaign::Override;
use proca_tests::world::{LEAD_PAGE, PARTNER_PAGE, World};

type Names = Vec<&'static str>;

/// Signs on the partner's page and tells who has a contact, and who got a webhook.
async fn who_receives(
    page_delivers: bool,
    forced: bool,
    opt_in: Option<bool>,
    lead_opt_in: Option<bool>,
) -> (Names, Names) {
    let mut world = World::new().await;
    world
        .change_campaign(|campaign| {
            campaign.supporter_confirm = Override::Off;
            campaign.force_delivery = forced;
        })
        .await;
    world.change_page(PARTNER_PAGE, |page| page.delivery = page_delivers).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", opt_in, lead_opt_in).await;
    world.settle().await;
    let table = world.table_as_text().await;
    let orgs = [("lead", world.lead), ("partner", world.partner)];
    let contacts =
        orgs.iter().filter(|(_, id)| table.contains(&format!("CONTACT#{id}"))).map(|(name, _)| *name);
    let hooks = [("lead", &world.lead_hook), ("partner", &world.partner_hook)];
    let pushed = hooks.iter().filter(|(_, hook)| !hook.taken().is_empty()).map(|(name, _)| *name);
    (contacts.collect(), pushed.collect())
}

#[tokio::test]
async fn each_org_receives_by_its_own_consent_or_by_delivery() {
    let cases: [(bool, bool, Option<bool>, Option<bool>, &[&str]); 9] = [
        (true, false, Some(true), Some(true), &["lead", "partner"]),
        (true, false, Some(true), Some(false), &["partner"]),
        (true, false, Some(false), Some(true), &["lead", "partner"]),
        (true, false, Some(false), Some(false), &["partner"]),
        (true, false, None, None, &["partner"]),
        (true, true, Some(false), Some(false), &["lead", "partner"]),
        (false, false, Some(false), Some(false), &["lead"]),
        (false, false, Some(true), Some(false), &["lead", "partner"]),
        (false, false, None, None, &["lead"]),
    ];
    for (delivers, forced, opt_in, lead_opt_in, expected) in cases {
        let (contacts, pushed) = who_receives(delivers, forced, opt_in, lead_opt_in).await;
        let case = format!("page delivers {delivers}, forced {forced}, {opt_in:?}, {lead_opt_in:?}");
        assert_eq!(contacts, expected, "contacts: {case}");
        assert_eq!(pushed, expected, "webhooks: {case}");
    }
}

#[tokio::test]
async fn an_org_without_consent_is_in_no_row() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(false)).await;
    world.settle().await;
    assert!(world.lead_hook.taken().is_empty());
    let lead = world.lead.to_string();
    let table: serde_json::Value = serde_json::from_str(&world.table_as_text().await).unwrap();
    for item in table["Items"].as_array().unwrap() {
        let kind = item["kind"]["S"].as_str().unwrap_or_default();
        let of_person = kind != "delivery" || !item["supporter"].is_null();
        if matches!(kind, "supporter" | "contact" | "action" | "delivery") && of_person {
            assert!(!item.to_string().contains(&lead), "the lead is named in a row of kind {kind}");
        }
    }
}

#[tokio::test]
async fn not_asked_is_told_apart_from_no() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    for (email, answer) in [("a@example.org", None), ("b@example.org", Some(false))] {
        world.sign(LEAD_PAGE, email, answer, None).await;
    }
    world.settle().await;
    let mut answers: Vec<_> = world
        .lead_hook
        .taken()
        .into_iter()
        .map(|t| (t.body["contact"]["email"].clone(), t.body["privacy"]["optIn"].clone()))
        .collect();
    answers.sort_by_key(|(email, _)| email.to_string());
    assert_eq!(answers[0].1, serde_json::Value::Null);
    assert_eq!(answers[1].1, false);
}

#[tokio::test]
async fn an_org_that_may_not_have_the_address_sends_no_thanks_to_it() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.change_page(PARTNER_PAGE, |page| page.delivery = false).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(false), Some(true)).await;
    world.settle().await;
    assert!(world.mails().is_empty() && world.partner_hook.taken().is_empty());
    assert_eq!(world.lead_hook.taken().len(), 1);
}
