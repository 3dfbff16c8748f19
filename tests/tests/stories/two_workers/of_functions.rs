//! The functions themselves, two of each, at the messages and mails of one signature.

use std::{collections::BTreeMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use proca::{
    campaign::Override,
    delivery::{Delivery, DeliveryState, Lane, Purpose},
    queue::Hint,
    random::Random,
};
use proca_local::system::System;
use proca_tests::{
    endpoint::Mood,
    turns::Turns,
    world::{LEAD_PAGE, World},
};
use serde_json::{Value, json};

use super::{
    at_a_row::choose,
    course::{Receipt, Stood},
};

/// A world whose requests wait for their turns.
pub(super) struct Hands {
    world: World,
    moods: BTreeMap<u64, Mood>,
}

impl Hands {
    pub(super) async fn new(turns: &Turns) -> Self {
        let mut world = World::new().await;
        world.change_campaign(|campaign| campaign.supporter_confirm = Override::Off).await;
        world.wire.set_turns(Some(turns.clone()));
        let moods = BTreeMap::from([(0, Mood::Status(500)), (1, Mood::TakesAndSays(502))]);
        Self { world, moods }
    }

    /// A signature that has been processed, and of which nothing has been sent: its rows.
    pub(super) async fn sign(&mut self, seed: u64) -> Vec<Delivery> {
        let email = format!("s{seed}@example.org");
        self.world.sign(LEAD_PAGE, &email, Some(true), None).await;
        let open = |row: &Delivery| row.state.due_at().is_some();
        self.world.step_relay().await;
        self.world.step_queue("ActionsQueue").await;
        self.world.deliveries().await.into_iter().filter(open).collect()
    }

    /// Hints at the rows, two functions at once, as often as it takes; every change of them.
    pub(super) async fn work_until_they_end(
        &mut self,
        rows: &[Delivery],
        turns: &Turns,
        chance: &Random,
    ) -> Vec<Value> {
        loop {
            let mood = self.moods.get(&chance.below(6)).copied().unwrap_or(Mood::Well);
            self.world.lead_hook.set(mood);
            let worker = || look_at(Arc::clone(&self.world.system), rows.to_vec());
            turns.work([worker(), worker()], choose(chance, &self.world.clock)).await;
            let mut next = Vec::new();
            for row in rows {
                let row = self.world.table.delivery(row.org, row.id).await.unwrap().unwrap();
                next.extend(look_again_at(row.state));
            }
            let Some(next) = next.into_iter().min() else { break };
            let now = self.world.clock.now();
            self.world.clock.advance(next.duration_since(now).max(SignedDuration::from_secs(1)));
        }
        self.world.system.sqs.drop_everything();
        self.world.take_changes()
    }

    /// What the receiver got of a message; `None` for mails.
    pub(super) fn receipts(&self, row: &Delivery) -> Option<Vec<Receipt>> {
        let of_row = self.world.lead_hook.taken().into_iter().filter(|taken| taken.id == row.message_id());
        let receipts = of_row.map(|taken| Receipt { answered: taken.answered }).collect();
        (row.purpose.lane() == Lane::Push).then_some(receipts)
    }

    /// A thank-you is sent once, or else nobody knows whether it was.
    pub(super) fn judge_mail(&self, course: &[Stood], row: &Delivery) {
        assert_eq!(row.purpose, Purpose::ThankYou);
        let tag = format!("{}-{}", row.org, row.id);
        let sent = self.world.mails().iter().filter(|mail| mail.tags["delivery"] == tag).count();
        let last = course.last().unwrap();
        match last.state.as_str() {
            "done" => assert_eq!(sent, 1, "{course:?}"),
            "dead" => assert!(sent <= 1 && last.unknown == 1, "{course:?}"),
            _ => panic!("lost: {course:?}"),
        }
    }
}

/// One of each function gets hints at each row, as the slow lane and the queue of mails would give them.
async fn look_at(system: Arc<System>, rows: Vec<Delivery>) {
    for row in rows.iter().flat_map(|row| std::iter::repeat_n(row, 8)) {
        let (function, hint) = match row.purpose.lane() {
            Lane::Push => ("PushAction", Hint::DeliverSlowly { org: row.org, slowly: row.id }),
            Lane::Email => ("SendEmail", Hint::Deliver { org: row.org, delivery: row.id }),
        };
        let record = json!({ "messageId": "1", "body": json!(hint).to_string(), "eventSource": "aws:sqs" });
        system.invoke(function, json!({ "Records": [record] })).await.unwrap();
    }
}

/// When a row that has not ended should be looked at again.
fn look_again_at(state: DeliveryState) -> Option<Timestamp> {
    match state {
        DeliveryState::Pending { due_at } => Some(due_at),
        DeliveryState::Leased { lease_until, .. } => Some(lease_until + SignedDuration::from_secs(1)),
        _ => None,
    }
}
