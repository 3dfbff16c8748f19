//! The wire fails by chance: requests are lost, answers are lost, queues forget. Nothing else is.

use jiff::SignedDuration;
use proca::{campaign::Override, delivery::DeliveryState};
use proca_tests::{
    seeds::{Trying, seeds},
    wire::Faults,
    world::{LEAD_PAGE, PARTNER_PAGE, World, signature},
};

/// Seeds that are tried, or as many as `PROCA_SEEDS` says; each is a whole life of a small campaign.
const SEEDS: u64 = 6;

#[tokio::test]
async fn nothing_accepted_is_lost_or_counted_twice_whatever_the_wire_does() {
    for seed in seeds(SEEDS) {
        let _trying = Trying::seed(seed);
        let mut world = World::seeded(seed).await;
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
        world.wire.set_faults(Some(Faults::seeded(seed, 60, 60)));
        let mut accepted = 0;
        for n in 0..8 {
            // A client that gets no answer tries again with the same key.
            let path = "/v1/pages/2/actions";
            let (key, body) = (
                format!("{seed}-{n}"),
                signature(&format!("s{n}@example.org"), Some(true), Some(true)).to_string(),
            );
            let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str())];
            for _ in 0..20 {
                if world.call("POST", path, &headers, &body).await.status == 201 {
                    accepted += 1;
                    break;
                }
            }
            world.step().await;
            if n == 4 {
                world.system.sqs.drop_everything();
                world.lose_changes();
            }
        }
        for _ in 0..20 {
            world.clock.advance(SignedDuration::from_mins(1));
            world.system.tick().await.ok();
            world.step().await;
        }
        world.wire.set_faults(None);
        world.skip(SignedDuration::from_hours(3)).await;
        assert_eq!(accepted, 8, "seed {seed}");
        assert_eq!(world.supporters().await, 8, "seed {seed}");
        assert_eq!(world.stats().await["byType"]["petition"], 8, "seed {seed}");
        for n in 0..8 {
            let email = format!("s{n}@example.org");
            assert!(world.mails_to(&email).len() <= 1, "seed {seed}: two thank-yous to {email}");
            for hook in [&world.lead_hook, &world.partner_hook] {
                let ids: std::collections::BTreeSet<_> = hook
                    .taken()
                    .into_iter()
                    .filter(|t| t.body["contact"]["email"] == email.as_str())
                    .map(|t| t.id)
                    .collect();
                assert_eq!(ids.len(), 1, "seed {seed}: {email} is one message to each org");
            }
        }
        for row in world.deliveries().await {
            let open = row.state.due_at().is_some() || matches!(row.state, DeliveryState::Cancelled { .. });
            assert!(!open, "seed {seed}: {row:?}");
        }
    }
}

#[tokio::test]
async fn the_sweeper_finds_what_queues_forgot() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.step_relay().await;
    world.system.sqs.drop_everything();
    world.settle().await;
    assert!(world.mails().is_empty(), "every hint is lost");
    world.pass(SignedDuration::from_mins(1)).await;
    world.system.sqs.drop_everything();
    world.pass(SignedDuration::from_mins(2)).await;
    assert_eq!(world.mails().len(), 1);
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (1, 1));
    assert_eq!(world.supporters().await, 1);
}

#[tokio::test]
async fn the_sweeper_does_the_work_of_a_stream_that_tells_nothing() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    for _ in 0..4 {
        world.lose_changes();
        world.clock.advance(SignedDuration::from_mins(1));
        world.system.tick().await.unwrap();
        world.step_queues().await;
    }
    assert_eq!(world.mails().len(), 1);
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (1, 1));
    assert_eq!(world.supporters().await, 1);
}

#[tokio::test]
async fn what_is_open_when_its_supporter_has_grown_up_gets_an_entry_in_the_index() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, "bruce@example.org", Some(true), Some(true)).await;
    world.sign(LEAD_PAGE, "diana@example.org", Some(true), None).await;
    world.step_relay().await;
    world.step_queue("ActionsQueue").await;
    world.sign(LEAD_PAGE, "clark@example.org", Some(true), None).await;
    world.lose_changes();
    world.system.sqs.drop_everything();
    assert!(!world.table_as_text().await.contains("DUE#"), "the young have no entries");
    world.clock.advance(SignedDuration::from_mins(6));
    world.system.tick().await.unwrap();
    world.lose_changes();
    world.system.sqs.drop_everything();
    let entries = world.table_as_text().await.matches("\"DUE#").count();
    assert_eq!(entries, 1 + 3 + 2, "an action, and the mails and pushes of the other two");
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!((world.mails().len(), world.supporters().await), (3, 3));
    assert_eq!((world.lead_hook.taken().len(), world.partner_hook.taken().len()), (3, 1));
    assert!(!world.table_as_text().await.contains("DUE#"), "nothing is open any more");
}

#[tokio::test]
async fn the_sweeper_reads_on_where_an_outage_of_days_kept_it_from_reading() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    for n in 0..5 {
        world.sign(PARTNER_PAGE, &format!("s{n}@example.org"), Some(true), Some(true)).await;
        world.lose_changes();
        world.clock.advance(SignedDuration::from_hours(13));
    }
    assert_eq!(world.mails().len(), 0);
    world.pass(SignedDuration::from_mins(3)).await;
    assert_eq!((world.mails().len(), world.supporters().await), (5, 5));
}

#[tokio::test]
async fn settings_whose_change_the_stream_lost_reach_the_widget_by_the_sweeper() {
    let mut world = World::new().await;
    let mut campaign = world.bundle(LEAD_PAGE).await.campaign;
    (campaign.title, campaign.version) = ("Petition Y".parse().unwrap(), campaign.version + 1);
    world.table.update(&campaign, campaign.version - 1).await.unwrap();
    let mut org = world.table.org(world.lead).await.unwrap().unwrap();
    (org.title, org.version) = ("The leaders".parse().unwrap(), org.version + 1);
    world.table.update(&org, org.version - 1).await.unwrap();
    world.lose_changes();
    world.pass(SignedDuration::from_mins(2)).await;
    for page in [LEAD_PAGE, PARTNER_PAGE] {
        let bundle = world.bundle(page).await;
        assert_eq!(bundle.campaign.title.as_str(), "Petition Y");
        assert_eq!(bundle.lead.title.as_str(), "The leaders");
    }
    assert!(!world.table_as_text().await.contains("DUE#"), "and are no longer due");
}
