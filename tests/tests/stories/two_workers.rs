//! Two workers at the same rows, whose leases run out under them and whose answers are lost: no row is done twice,
//! none is lost, and a late success wins.

mod at_a_row;
mod course;
mod of_functions;

use proca::random::Random;
use proca_tests::{
    seeds::{Trying, seeds},
    turns::Turns,
    world::World,
};

use self::{
    at_a_row::{AtARow, Receiver},
    course::{Found, course},
    of_functions::Hands,
};

/// Rows that are worked on by the rules and the table alone, unless `PROCA_SEEDS` says how many.
const ROWS: u64 = 300;

/// Signatures whose messages and mails the functions themselves send, unless `PROCA_SEEDS` says how many.
const SIGNATURES: u64 = 30;

#[tokio::test]
async fn no_row_is_done_twice_and_none_is_lost_whatever_the_order_of_two_workers() {
    let (mut world, turns) = (World::new().await, Turns::default());
    let example = at_a_row::example(&mut world).await;
    world.wire.set_turns(Some(turns.clone()));
    let (mut found, seeds) = (Found::default(), seeds(ROWS));
    for seed in seeds.clone() {
        let _trying = Trying::seed(seed);
        let chance = Random::seeded(seed);
        let receiver = Receiver::new(&turns, &chance);
        let row = AtARow::plant(&world, &example, &chance, receiver.clone()).await;
        row.work_until_it_ends(&turns).await;
        found.judge(&course(&world.take_changes(), row.id()), &receiver.received());
    }
    println!("{} rows: {found:?}", seeds.clone().count());
    if seeds.count() as u64 >= ROWS {
        found.shows_something();
    }
}

#[tokio::test]
async fn nor_when_two_of_each_function_are_at_the_same_hints() {
    let turns = Turns::default();
    let mut hands = Hands::new(&turns).await;
    let (mut found, seeds) = (Found::default(), seeds(SIGNATURES));
    for seed in seeds.clone() {
        let _trying = Trying::seed(seed);
        let chance = Random::seeded(seed);
        let rows = hands.sign(seed).await;
        let changes = hands.work_until_they_end(&rows, &turns, &chance).await;
        for row in &rows {
            match hands.receipts(row) {
                Some(receipts) => found.judge(&course(&changes, row.id), &receipts),
                None => hands.judge_mail(&course(&changes, row.id), row),
            }
        }
    }
    println!("{} signatures: {found:?}", seeds.clone().count());
    if seeds.count() as u64 >= SIGNATURES {
        found.shows_repeats();
    }
}
