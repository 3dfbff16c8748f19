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

#[tokio::test]
async fn at_most_one_thank_you_and_two_questions_and_nothing_lost_whatever_the_mail_service_does() {
    let seeds = seeds(SEEDS);
    let mut found = Found::default();
    for seed in seeds.clone() {
        let _trying = Trying::seed(seed);
        let mut storm = Storm::gather(seed).await;
        storm.rage(&mut found).await;
        storm.abate(&mut found).await;
        found.judge(&storm).await;
    }
    println!("{} storms: {found:?}", seeds.clone().count());
    if seeds.count() as u64 >= SEEDS {
        found.shows_something();
    }
}
