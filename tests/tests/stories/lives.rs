//! Whole lives of small campaigns, made up by chance: whatever people, orgs and mail services do, in any order
//! and any number of times, the rules hold.

mod checks;
mod life;

use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};

use self::life::Life;

/// Lives that are tried, or as many as `PROCA_SEEDS` says.
const LIVES: u32 = 12;

/// What the campaign and its orgs decided.
#[derive(Debug, Clone)]
struct Settings {
    confirm: bool,
    moderation: bool,
    force_delivery: bool,
    page_delivers: bool,
    only_opted_in: bool,
    lead_has_backend: bool,
    members: Members,
}

/// What the orgs' backends say of whether they know a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Members {
    /// There are none.
    NotAsked,
    /// Everybody is one.
    Known,
    /// Nothing that makes sense.
    Failing,
}

/// What happens next.
#[derive(Debug, Clone)]
enum Happening {
    /// One of four people signs; the mail of two of them comes back or is complained of.
    Sign { person: usize, partner: bool, opt_in: Option<bool>, lead_opt_in: Option<bool>, testing: bool },
    /// Somebody presses a link of a mail, perhaps not for the first time.
    Press { mail: usize, link: usize },
    /// The mail service reports of a mail, whether or not that can be.
    Report { mail: usize, what: Report },
    /// A moderator decides on all that waits.
    Moderate { partner: bool, accept: bool },
    /// An org erases a person.
    Erase { person: usize, partner: bool },
    /// An org has its messages sent again.
    Replay { partner: bool },
    /// What the stream and the queues hold is lost.
    Lose,
    /// Everything moves that can.
    Settle,
    /// Some minutes pass.
    Pass { minutes: i64 },
}

/// What the mail service reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Report {
    /// It came back for good.
    Bounce,
    /// It was not taken for now.
    Transient,
    /// It was complained of.
    Complaint,
    /// It arrived.
    Delivery,
}

const PEOPLE: [&str; 4] = ["ann", "bob", "bounce", "complaint"];

fn settings() -> impl Strategy<Value = Settings> {
    let members = prop_oneof![Just(Members::NotAsked), Just(Members::Known), Just(Members::Failing)];
    (any::<[bool; 6]>(), members).prop_map(|(switches, members)| {
        let [confirm, moderation, force_delivery, page_delivers, only_opted_in, lead_has_backend] = switches;
        Settings {
            confirm,
            moderation,
            force_delivery,
            page_delivers,
            only_opted_in,
            lead_has_backend,
            members,
        }
    })
}

fn report() -> impl Strategy<Value = Report> {
    use Report as R;
    prop_oneof![Just(R::Bounce), Just(R::Transient), Just(R::Complaint), Just(R::Delivery)]
}

fn happening() -> impl Strategy<Value = Happening> {
    let answer = || any::<Option<bool>>();
    prop_oneof![
        6 => (0..PEOPLE.len(), any::<bool>(), answer(), answer(), prop::bool::weighted(0.1)).prop_map(
            |(person, partner, opt_in, lead_opt_in, testing)| {
                Happening::Sign { person, partner, opt_in, lead_opt_in, testing }
            }
        ),
        5 => (0..64_usize, 0..4_usize).prop_map(|(mail, link)| Happening::Press { mail, link }),
        3 => (0..64_usize, report()).prop_map(|(mail, what)| Happening::Report { mail, what }),
        2 => any::<[bool; 2]>().prop_map(|[partner, accept]| Happening::Moderate { partner, accept }),
        1 => (0..PEOPLE.len(), any::<bool>()).prop_map(|(person, partner)| Happening::Erase { person, partner }),
        1 => any::<bool>().prop_map(|partner| Happening::Replay { partner }),
        1 => Just(Happening::Lose),
        4 => Just(Happening::Settle),
        2 => (1..30_i64).prop_map(|minutes| Happening::Pass { minutes }),
    ]
}

#[test]
fn the_rules_hold_in_every_life() {
    let lives = std::env::var("PROCA_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(LIVES);
    let config =
        Config { cases: lives, failure_persistence: None, max_shrink_iters: 40, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let life = (settings(), prop::collection::vec(happening(), 6..24));
    let lived = runner.run(&life, |(settings, happenings)| {
        runtime.block_on(async {
            let mut life = Life::begin(&settings).await;
            for happening in &happenings {
                life.go_on(happening).await?;
            }
            life.end().await
        })
    });
    if let Err(failure) = lived {
        panic!("{failure}");
    }
}
