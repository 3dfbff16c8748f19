//! Measures the way of an action against the embedded table: `cargo bench -p proca-tests`.
//!
//! Prints what one action costs in requests to the store and in write units, and how many go
//! through in a second. Requests and units are exact; the time is this machine's.

use std::time::Instant;

use proca::campaign::Override;
use proca_tests::world::{PARTNER_PAGE, World, signature};

/// Actions of one run.
const ACTIONS: u32 = 300;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(PARTNER_PAGE, "warm@example.org", Some(true), Some(true)).await;
    world.settle().await;
    world.wire.reset();

    let begun = Instant::now();
    for n in 0..ACTIONS {
        let answer = world.post("2", &signature(&format!("s{n}@example.org"), Some(true), Some(true))).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
    }
    report("taken in, two contacts", begun, &world);
    let (intake_requests, intake_units) = (world.wire.requests().len(), world.wire.write_units());

    world.settle().await;
    report("the whole way, one mail and two webhooks", begun, &world);
    println!("\nrequests of the whole way, by operation:");
    let mut operations = world.wire.requests();
    operations.sort();
    for group in operations.chunk_by(|a, b| a == b) {
        println!("  {:24} {:6.2} per action", group[0], per_action(group.len()));
    }
    assert_eq!(world.lead_hook.taken().len(), ACTIONS as usize + 1);
    assert_eq!(world.mails().len(), ACTIONS as usize + 1);
    assert_eq!(world.supporters().await, u64::from(ACTIONS) + 1);
    println!(
        "\nwarm intake: {:.2} requests, {:.2} write units",
        per_action(intake_requests),
        intake_units / f64::from(ACTIONS)
    );
}

fn report(what: &str, begun: Instant, world: &World) {
    let seconds = begun.elapsed().as_secs_f64();
    println!(
        "{what:42} {:7.0} actions/s {:7.2} requests {:7.2} write units per action",
        f64::from(ACTIONS) / seconds,
        per_action(world.wire.requests().len()),
        world.wire.write_units() / f64::from(ACTIONS),
    );
}

fn per_action(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap()) / f64::from(ACTIONS)
}
