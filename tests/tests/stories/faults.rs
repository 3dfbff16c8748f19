//! The wire fails by chance: requests are lost, answers are lost, queues forget. Nothing else is.

use jiff::SignedDuration;
use proca::{campaign::Override, delivery::DeliveryState};
use proca_tests::{
    wire::Faults,
    world::{PARTNER_PAGE, World, signature},
};

/// Seeds that are tried, or as many as `PROCA_SEEDS` says; each is a whole life of a small campaign.
const SEEDS: u64 = 6;

#[tokio::test]
async fn nothing_accepted_is_lost_or_counted_twice_whatever_the_wire_does() {
    let seeds = std::env::var("PROCA_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(SEEDS);
    for seed in 1..=seeds {
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
            let ended = matches!(row.state, DeliveryState::Done { .. } | DeliveryState::Dead { .. });
            assert!(ended, "seed {seed}: {row:?}");
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
