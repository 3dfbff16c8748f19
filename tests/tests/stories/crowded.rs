//! A crowd of messages for one endpoint that hangs, and the few of somebody else.

use std::{sync::Arc, time::Duration};

use jiff::SignedDuration;
use proca::{campaign::Override, delivery::Purpose, id::Id, random::Random};
use proca_local::{store::Cursor, system::System};
use proca_tests::{
    endpoint::Mood,
    world::{LEAD_PAGE, PARTNER_PAGE, World},
};
use serde_json::Value;
use tokio::{task::JoinHandle, time};

/// Messages that wait for the endpoint that hangs.
const WAITING: usize = 10_000;

/// Messages of the other org, one after the other.
const OTHERS: usize = 20;

/// In which time each of these must reach its endpoint.
const SOON: SignedDuration = SignedDuration::from_secs(2);

/// What a read or a write of the table takes: some milliseconds, a few of them at once.
const REQUEST: SignedDuration = SignedDuration::from_millis(1);

/// How long the workers go on once the breaker is open.
const MORE: Duration = Duration::from_secs(5);

#[tokio::test]
async fn ten_thousand_messages_for_an_endpoint_that_hangs_hold_up_nobody_else_and_spend_no_attempts() {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    let begun = crowd(&mut world).await;
    world.wire.set_pace(&world.clock, REQUEST);
    let lanes = [("ActionsQueue", 1), ("PushQueue", 2), ("SlowPushQueue", 10)];
    let queues = lanes.into_iter().flat_map(|(queue, workers)| std::iter::repeat_n(queue, workers));
    let mut workers: Vec<_> = queues.map(|queue| worker(&world, queue)).collect();
    workers.push(relay(&world, begun.clone()));
    let mut slowest = SignedDuration::ZERO;
    for n in 0..OTHERS {
        slowest = slowest.max(serve(&world, n).await);
    }
    assert!(slowest <= SOON, "somebody waited for {slowest:#}");
    while world.lead_hook.open() > 0 {
        time::sleep(Duration::from_millis(50)).await;
    }
    time::sleep(MORE).await;
    for worker in workers {
        worker.abort();
    }
    let [attempts, put_off] = ["leased", "pending"].map(|state| writes(&world, &begun, state));
    println!("the slowest took {slowest:#}; {attempts} attempts, {put_off} put off");
    let most = world.lead_hook.most_open();
    assert!((1..=5).contains(&most), "{most} requests hung at once");
    assert!((5..=10).contains(&attempts), "{attempts} attempts");
    assert!(put_off > 100, "the breaker was hardly asked: {put_off}");
}

/// Fills the table and the queue with what waits for the lead's endpoint; since when.
async fn crowd(world: &mut World) -> Cursor {
    world.change_page(LEAD_PAGE, |page| page.thank_you_template = None).await;
    world.change_page(PARTNER_PAGE, |page| page.thank_you_template = None).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    let like = world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::Push).unwrap();
    // So long ago that nobody knows how the endpoint answers.
    world.clock.advance(SignedDuration::from_mins(11));
    world.lead_hook.set(Mood::Hangs);
    let random = Random::seeded(7);
    let rows: Vec<_> = (0..WAITING).map(|_| world.another(&like, &random)).collect();
    world.plant(&rows).await;
    world.step_relay().await;
    assert_eq!(world.system.sqs.counts("PushQueue").unwrap().visible, WAITING);
    end_of_stream(&world.system)
}

/// Works on a queue for ever.
fn worker(world: &World, queue: &'static str) -> JoinHandle<()> {
    let (system, mappings) = (Arc::clone(&world.system), world.system.mappings());
    let mapping = mappings.into_iter().find(|mapping| mapping.queue == queue).unwrap();
    tokio::spawn(async move {
        loop {
            if !matches!(system.drain(&mapping, 0).await, Ok(1..)) {
                time::sleep(Duration::from_millis(20)).await;
            }
        }
    })
}

/// Tells the functions of changes for ever.
fn relay(world: &World, mut since: Cursor) -> JoinHandle<()> {
    let system = Arc::clone(&world.system);
    tokio::spawn(async move {
        loop {
            if !matches!(system.relay(&mut since).await, Ok(1..)) {
                time::sleep(Duration::from_millis(20)).await;
            }
        }
    })
}

/// Somebody signs for the other org; how long it takes until its endpoint has the message.
async fn serve(world: &World, n: usize) -> SignedDuration {
    let begun = world.clock.now();
    world.sign(PARTNER_PAGE, &format!("b{n}@example.org"), Some(true), Some(false)).await;
    while world.partner_hook.taken().len() <= n {
        assert!(world.clock.now().duration_since(begun) < SignedDuration::from_mins(5), "it never comes");
        time::sleep(Duration::from_millis(1)).await;
    }
    world.clock.now().duration_since(begun)
}

fn end_of_stream(system: &System) -> Cursor {
    let mut cursor = system.store.oldest().unwrap();
    loop {
        let (changes, next) = system.store.changes(&cursor, 1000).unwrap();
        if changes.is_empty() {
            return cursor;
        }
        cursor = next;
    }
}

/// How often rows of the lead's were written in this state since then.
fn writes(world: &World, since: &Cursor, state: &str) -> usize {
    let (mut cursor, mut count) = (since.clone(), 0);
    let of_lead = |image: &Value| {
        let org = image["org"]["S"].as_str().and_then(|org| org.parse::<Id<_>>().ok());
        image["kind"]["S"] == "delivery" && image["state"]["S"] == state && org == Some(world.lead)
    };
    loop {
        let (changes, next) = world.system.store.changes(&cursor, 1000).unwrap();
        if changes.is_empty() {
            return count;
        }
        cursor = next;
        let images = changes.iter().filter_map(|change| change.pointer("/dynamodb/NewImage"));
        count += images.filter(|image| of_lead(image)).count();
    }
}
