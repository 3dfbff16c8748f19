//! A row for each seed, two workers that do what the functions do at it, and a receiver that answers as chance
//! will have it.

use std::sync::{Arc, Mutex};

use jiff::SignedDuration;
use proca::{
    attempt::{Attempt, Failure, Retry},
    campaign::Override,
    clock::Clock,
    delivery::{Delivery, DeliveryState, Purpose},
    id::Id,
    outbound::Outbound,
    random::Random,
    table::Table,
};
use proca_tests::{
    turns::{Fate, Turns},
    world::{LEAD_PAGE, World},
};

use super::course::Receipt;

/// Takes messages, or not; and its answers arrive, or not.
#[derive(Clone)]
pub(super) struct Receiver {
    turns: Turns,
    chance: Random,
    received: Arc<Mutex<Vec<Receipt>>>,
}

impl Receiver {
    pub(super) fn new(turns: &Turns, chance: &Random) -> Self {
        Self { turns: turns.clone(), chance: chance.clone(), received: Arc::default() }
    }

    pub(super) fn received(&self) -> Vec<Receipt> {
        self.received.lock().unwrap().clone()
    }

    /// Whether the sender hears that it was taken. It may take its time on the way there and back.
    async fn take(&self) -> bool {
        self.turns.wait("message").await;
        let answered = match self.chance.below(8) {
            0..=1 => return false,
            2 => false,
            _ => true,
        };
        self.received.lock().unwrap().push(Receipt { answered });
        self.turns.wait("answer").await;
        answered
    }
}

/// One row, and what its workers need.
#[derive(Clone)]
pub(super) struct AtARow {
    row: Delivery,
    table: Table,
    clock: Clock,
    chance: Random,
    receiver: Receiver,
}

/// A push as the functions make it.
pub(super) async fn example(world: &mut World) -> Delivery {
    world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
    world.sign(LEAD_PAGE, "bruce@example.org", Some(true), None).await;
    world.settle().await;
    world.deliveries().await.into_iter().find(|row| row.purpose == Purpose::Push).unwrap()
}

impl AtARow {
    pub(super) async fn plant(world: &World, like: &Delivery, chance: &Random, receiver: Receiver) -> Self {
        let row = world.another(like, chance);
        world.plant(std::slice::from_ref(&row)).await;
        let (table, clock) = (world.table.clone(), world.clock.clone());
        Self { row, table, clock, chance: chance.clone(), receiver }
    }

    pub(super) fn id(&self) -> Id<Delivery> {
        self.row.id
    }

    /// Lets two workers look at the row as often as it takes.
    pub(super) async fn work_until_it_ends(&self, turns: &Turns) {
        loop {
            let worker = || self.clone().work();
            turns.work([worker(), worker()], choose(&self.chance, &self.clock)).await;
            let row = self.table.delivery(self.row.org, self.row.id).await.unwrap().unwrap();
            let next = match row.state {
                DeliveryState::Pending { due_at } => due_at,
                DeliveryState::Leased { lease_until, .. } => lease_until + SignedDuration::from_secs(1),
                _ => return,
            };
            self.clock.advance(next.duration_since(self.clock.now()).max(SignedDuration::ZERO));
        }
    }

    /// Hints come again and again.
    async fn work(self) {
        for _ in 0..3 {
            self.look().await;
        }
    }

    /// What a function does: finds the row, leases it, sends, and notes how that ended; and is interrupted by whatever
    /// the table does not answer.
    async fn look(&self) {
        let begun = self.clock.now();
        let Ok(Some(row)) = self.table.delivery(self.row.org, self.row.id).await else { return };
        if !row.is_due(begun) {
            return;
        }
        if self.chance.below(8) == 0 {
            let later = begun + SignedDuration::from_secs(5);
            self.table.put_off(&row, &row.clone().put_off(later, "not now", begun)).await.ok();
            return;
        }
        let leased = self.table.lease(row, |_| (), self.chance.uuid(), begun).await;
        let Ok(Some(row)) = leased else { return };
        let heard = self.receiver.take().await;
        let at = self.clock.now();
        let noted = if heard {
            let attempt = Attempt { at, duration_ms: 0, status: Some(204), error: None, answer: None };
            self.table.succeed(&row.succeed(attempt)).await
        } else {
            let failure = Failure {
                status: None,
                error: "no answer".to_owned(),
                retry: Retry::Scheduled,
                answer: None,
            };
            self.table.put_back(&row.fail(&failure, at, 0, self.chance.below(1000))).await
        };
        noted.ok();
    }
}

/// Whose turn it is: the second worker's mostly, sometimes. Time goes on meanwhile, now and then by more than a
/// lease; requests and answers get lost.
pub(super) fn choose<'a>(
    chance: &'a Random,
    clock: &'a Clock,
) -> impl FnMut(&[(usize, String)]) -> (usize, Fate) + 'a {
    let first_is_slow = chance.below(2) == 0;
    move |steps| {
        if chance.below(6) == 0 {
            clock.advance(SignedDuration::from_secs(i64::try_from(chance.below(120)).unwrap()));
        }
        let fate = match chance.below(200) {
            0..=1 => Fate::Lost,
            2..=4 => Fate::Unanswered,
            _ => Fate::Answered,
        };
        let any = usize::try_from(chance.below(steps.len() as u64)).unwrap();
        let next = if first_is_slow && chance.below(8) > 0 { steps.len() - 1 } else { any };
        (next, fate)
    }
}
