//! The nightly recount: drift is found with its number, and nothing else is taken for it.

use jiff::SignedDuration;
use proca::{campaign::Override, table::Recount};
use proca_tests::{
    logs,
    world::{LEAD_PAGE, PARTNER_PAGE, World, raw_dynamodb},
};
use serde_json::{Value, json};

/// A campaign with three people, a share of somebody unknown, and one who took it back.
async fn busy_world() -> World {
    let mut world = World::new().await;
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    for n in 0..4 {
        world
            .sign([LEAD_PAGE, PARTNER_PAGE][n % 2], &format!("s{n}@example.org"), Some(true), Some(true))
            .await;
    }
    let share = json!({ "actionType": "share", "contactRef": "a-widgets-own-ref-1" });
    assert_eq!(world.post(LEAD_PAGE, &share).await.status, 201);
    world.settle().await;
    let mail = &world.mails_to("s3@example.org")[0];
    let reject = proca_tests::world::links(mail);
    for link in reject {
        world.press(&link).await;
    }
    world.settle().await;
    world
}

/// Writes a wrong number into one of the campaign's rows of counts, past all code.
async fn falsify(world: &World, counter: &str, by: i64) {
    let key = json!({ "pk": { "S": format!("STATS#{}", world.campaign) }, "sk": { "S": "03" } });
    let body = json!({
        "TableName": proca_local::store::TABLE, "Key": key, "UpdateExpression": "ADD #counter :by",
        "ExpressionAttributeNames": { "#counter": counter },
        "ExpressionAttributeValues": { ":by": { "N": by.to_string() } },
    });
    raw_dynamodb(world.system.ports.dynamodb, "UpdateItem", &body.to_string()).await;
}

async fn begin(world: &World) -> Recount {
    let last = world.table.recount().await.unwrap();
    world.table.begin_recount(last.as_ref(), part(99), world.clock.now()).await.unwrap();
    world.table.recount().await.unwrap().unwrap()
}

fn part(n: u128) -> uuid::Uuid {
    uuid::Uuid::from_u128(n)
}

/// What drifted, as counter and number.
async fn drift(world: &World, recount: &Recount) -> Vec<(String, i64)> {
    let (drifts, campaigns) = world.table.drift(recount, world.clock.now()).await.unwrap();
    assert_eq!(campaigns, 1);
    drifts.into_iter().map(|drift| (drift.counter.attribute(), drift.by)).collect()
}

async fn read_all(world: &World, recount: Recount) -> Recount {
    let read = world.table.read_facts(recount, part(1), 1000, world.clock.now()).await.unwrap();
    assert!(read.is_read());
    read
}

#[tokio::test]
async fn what_was_counted_is_what_the_facts_add_up_to() {
    let world = busy_world().await;
    assert_eq!(world.stats().await, world.recount().await);
    let read = begin(&world).await;
    let read = read_all(&world, read).await;
    assert_eq!(drift(&world, &read).await, []);
}

#[tokio::test]
async fn a_wrong_counter_is_found_with_its_number_and_set_right_by_an_operator_alone() {
    let world = busy_world().await;
    let right = world.stats().await;
    falsify(&world, "supporters", 7).await;
    falsify(&world, "type#petition", -2).await;
    let wrong = world.stats().await;
    let read = begin(&world).await;
    let read = read_all(&world, read).await;
    let found = [("supporters".to_owned(), 7), ("type#petition".to_owned(), -2)];
    assert_eq!(drift(&world, &read).await, found);
    let env = world.system.env("Sweep");
    let admin = async |line: &str| {
        let arguments = line.split(' ').map(Into::into).collect();
        proca_admin::run(arguments, &env).await.unwrap()
    };
    let said = admin("recount --campaign petition_x").await;
    assert_eq!(
        said,
        "supporters is wrong by +7\ntype#petition is wrong by -2\nNothing was changed; --repair sets it right.\n"
    );
    assert_eq!(world.stats().await, wrong, "looking changes nothing");
    assert!(admin("recount --campaign petition_x --repair").await.ends_with("All of it is set right.\n"));
    assert_eq!(world.stats().await, right);
    let said = admin("recount --campaign petition_x --repair").await;
    assert_eq!(said, "The counters are what the facts add up to.\n");
    assert_eq!(world.stats().await, right);
}

#[tokio::test]
async fn a_repair_is_made_once_and_never_over_what_was_counted_since() {
    let mut world = busy_world().await;
    let right = world.stats().await;
    falsify(&world, "supporters", 7).await;
    let clock = world.clock.clone();
    let repair = world.table.examine(world.campaign, || clock.now()).await.unwrap();
    world.table.repair(&repair).await.unwrap();
    assert!(world.table.repair(&repair).await.is_err(), "it has been made");
    assert_eq!(world.stats().await, right);
    falsify(&world, "supporters", 7).await;
    let repair = world.table.examine(world.campaign, || clock.now()).await.unwrap();
    world.sign(LEAD_PAGE, "late@example.org", None, None).await;
    world.settle().await;
    assert!(world.table.repair(&repair).await.is_err(), "somebody was counted since");
}

#[tokio::test]
async fn counting_while_the_facts_are_read_is_no_drift() {
    let mut world = busy_world().await;
    let begun = begin(&world).await;
    for n in 0..5 {
        world.sign(PARTNER_PAGE, &format!("early{n}@example.org"), Some(true), Some(true)).await;
    }
    world.settle().await;
    let read = read_all(&world, begun).await;
    // Some are counted once the reader has passed, and one gets its supporter, which moves it.
    for n in 0..3 {
        world.sign(LEAD_PAGE, &format!("late{n}@example.org"), Some(true), None).await;
    }
    let mut known = proca_tests::world::signature("known@example.org", None, None);
    known["contactRef"] = json!("a-widgets-own-ref-1");
    assert_eq!(world.post(LEAD_PAGE, &known).await.status, 201);
    world.settle().await;
    assert_eq!(drift(&world, &read).await, []);
    falsify(&world, "supporters", 100).await;
    let [(counter, by)] = &drift(&world, &read).await[..] else { panic!("one counter drifted") };
    assert!(counter == "supporters" && *by > 80, "what is more than moved is drift all the same: {by}");
}

#[tokio::test]
async fn a_recount_that_is_interrupted_goes_on_and_counts_nothing_twice() {
    let world = busy_world().await;
    falsify(&world, "supporters", 1).await;
    let begun = begin(&world).await;
    let read = world.table.read_facts(begun.clone(), part(1), 1, world.clock.now()).await.unwrap();
    // Somebody else had read the same, and was too late to note it.
    let late = world.table.read_facts(begun, part(2), 1, world.clock.now()).await;
    assert!(late.is_err(), "two do not go on with the same recount");
    drop(read);
    let noted = world.table.recount().await.unwrap().unwrap();
    let read = world.table.read_facts(noted, part(3), 1000, world.clock.now()).await.unwrap();
    assert!(read.is_read());
    assert_eq!(drift(&world, &read).await, [("supporters".to_owned(), 1)]);
}

#[tokio::test]
async fn each_night_the_schedule_begins_one_and_its_end_is_told() {
    logs::keep();
    let mut world = busy_world().await;
    falsify(&world, "supporters", 40_017).await;
    world.skip(SignedDuration::from_hours(2)).await;
    let first = world.table.recount().await.unwrap().unwrap();
    assert!(first.ended_at.is_some(), "{first:?}");
    let warned: Vec<Value> = logs::text()
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["fields"]["by"] == 40_017)
        .collect();
    assert_eq!(warned.len(), 1);
    assert_eq!(warned[0]["fields"]["campaign.id"], world.campaign.to_string());
    world.skip(SignedDuration::from_hours(6)).await;
    assert_eq!(world.table.recount().await.unwrap().unwrap(), first, "one each night");
    world.skip(SignedDuration::from_hours(12)).await;
    let second = world.table.recount().await.unwrap().unwrap();
    assert!(second.begun_at > first.begun_at && second.ended_at.is_some(), "{second:?}");
}
