//! The mail service fails by chance: its answers are lost, its events come late, twice or never, it is too busy,
//! or paused, and the wire to everything fails as well. Nobody gets a second thank-you or a third question, and
//! every mail ends with a word on what became of it.

mod found;
mod post;
mod storm;

use proca_tests::seeds::{Trying, seeds};

use self::{found::Found, storm::Storm};

/// Storms that are lived through, unless `PROCA_SEEDS` says how many.
const SEEDS: u64 = 4;

/// Further storms, while one of the hard cases has not occurred: how requests meet is not the seed's alone to say.
const MORE: u64 = 8;

#[tokio::test]
async fn at_most_one_thank_you_and_two_questions_and_nothing_lost_whatever_the_mail_service_does() {
    let seeds = seeds(SEEDS);
    let (mut found, enough) = (Found::default(), seeds.clone().count() as u64 >= SEEDS);
    for seed in seeds.clone() {
        live_through(seed, &mut found).await;
    }
    let mut next = *seeds.end() + 1;
    while enough && !found.shows_something() {
        assert!(next <= seeds.end() + MORE, "something never occurred: {found:?}");
        live_through(next, &mut found).await;
        next += 1;
    }
    println!("storms up to {}: {found:?}", next - 1);
}

async fn live_through(seed: u64, found: &mut Found) {
    let _trying = Trying::seed(seed);
    let mut storm = Storm::gather(seed).await;
    storm.rage(found).await;
    storm.abate(found).await;
    found.judge(&storm).await;
}
