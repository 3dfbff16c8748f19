//! Births: what young supporters still have to do, read by when they were born.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    action::Action,
    day,
    delivery::{Delivery, DeliveryState},
    id::Id,
    key::Key,
    supporter::Supporter,
    table::{Entity, Item, Table, TableError, from_item, item::to_item},
};

/// An action of a supporter, as the sweeper finds it by the supporter's birth.
#[derive(Debug, Clone)]
pub struct Birth {
    /// The supporter.
    pub supporter: Id<Supporter>,
    /// The action.
    pub action: Action,
    /// What must be sent because of it, and has not arrived.
    pub open: Vec<Delivery>,
}

/// Some births of one shard, and where the next ones begin.
#[derive(Debug, Clone)]
pub struct Births {
    /// Those that have something open, the oldest first.
    pub open: Vec<Birth>,
    /// Where to read on.
    pub next: Place,
    /// Whether there was anybody, or a day has ended: a quiet shard needs no note of each minute.
    pub worth_noting: bool,
}

/// A place in the order of one shard's births.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The day.
    day: Timestamp,
    /// The sort key that stands before everything still to be read.
    after: String,
}

/// How far the sweeper has looked at one shard's births for good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Watermark {
    shard: u8,
    place: Place,
}

impl Place {
    /// Before everybody who was born from `at` on.
    pub fn before(at: Timestamp, shard: u8) -> Self {
        Self { day: at, after: Key::born(at, shard).sk }
    }
}

impl Table {
    /// How far births have been looked at for good, by shard; absent are shards that never were.
    pub async fn watermarks(&self) -> Result<BTreeMap<u8, Place>, TableError> {
        let items = self.query(Key { sk: String::new(), ..Key::watermark(0) }).await?;
        let watermarks = items.into_iter().map(from_item::<Watermark>);
        watermarks.map(|watermark| watermark.map(|w| (w.shard, w.place))).collect()
    }

    /// Notes that one shard's births have been looked at up to here.
    pub async fn set_watermark(&self, shard: u8, place: &Place) -> Result<(), TableError> {
        let item = to_item(&Watermark { shard, place: place.clone() })?;
        self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await?;
        Ok(())
    }

    /// The next births of a shard before `until`, as they are after every write that has been answered.
    ///
    /// `None` if there are no more. One answer is at most a megabyte of rows, of one day.
    pub async fn births(
        &self,
        shard: u8,
        from: &Place,
        until: Timestamp,
    ) -> Result<Option<Births>, TableError> {
        let Some((actions, next)) = self.born(shard, from, until).await? else { return Ok(None) };
        let worth_noting =
            !actions.is_empty() || Key::born(from.day, shard).pk != Key::born(next.day, shard).pk;
        Ok(Some(Births { open: self.open(actions).await?, next, worth_noting }))
    }

    /// The actions of the next supporters who were born in a shard before `until`, and where to read on.
    pub(super) async fn born(
        &self,
        shard: u8,
        from: &Place,
        until: Timestamp,
    ) -> Result<Option<(Vec<Action>, Place)>, TableError> {
        let (today, end) = (Key::born(from.day, shard), Key::born(until, shard));
        let last_day = today.pk == end.pk;
        if from.day >= until || (last_day && from.after >= end.sk) {
            return Ok(None);
        }
        let to = if last_day { end.sk } else { Key::born(Timestamp::MAX, shard).sk };
        let query = self.client.query().table_name(&self.name).consistent_read(true);
        let answer = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :after AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(today.pk))
            .expression_attribute_values(":after", AttributeValue::S(format!("{}{JUST_BEHIND}", from.after)))
            .expression_attribute_values(":to", AttributeValue::S(to))
            .send()
            .await?;
        let last = answer.last_evaluated_key.as_ref().and_then(|key| key.get("sk")?.as_s().ok().cloned());
        let next = match (last, last_day) {
            (Some(after), _) => Place { day: from.day, after },
            (None, true) => Place::before(until, shard),
            (None, false) => Place::before(day::next(from.day), shard),
        };
        let actions = answer.items.unwrap_or_default().into_iter().filter(is_action).map(from_item);
        Ok(Some((actions.collect::<Result<_, _>>()?, next)))
    }

    /// One action, with its open deliveries; `None` if nothing of it is open.
    pub async fn birth(
        &self,
        supporter: Id<Supporter>,
        action: Id<Action>,
    ) -> Result<Option<Birth>, TableError> {
        let action = self.action(supporter, action).await?;
        Ok(self.open(action.into_iter().collect()).await?.pop())
    }

    /// Those of the actions that have something to be done, with their open deliveries.
    async fn open(&self, actions: Vec<Action>) -> Result<Vec<Birth>, TableError> {
        let at = actions.iter().flat_map(|action| &action.deliveries);
        let mut deliveries: Vec<Delivery> =
            self.get_all(at.map(|at| Key::delivery(at.org, at.id)).collect()).await?;
        deliveries.retain(|row| row.state.due_at().is_some());
        let mut births = Vec::new();
        for action in actions {
            let Some(supporter) = action.supporter() else { continue };
            let of_action = |row: &&Delivery| action.deliveries.iter().any(|at| at.id == row.id);
            let open: Vec<_> = deliveries.iter().filter(of_action).cloned().collect();
            if action.due_at.is_some() || !open.is_empty() {
                births.push(Birth { supporter, action, open });
            }
        }
        Ok(births)
    }

    /// Gives an entry in the index to whatever is still open of a grown supporter.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if somebody is at it at this moment: look again.
    pub async fn adopt(&self, birth: &Birth, now: Timestamp) -> Result<(), TableError> {
        for row in birth.open.iter().filter(|row| row.due().is_none()) {
            let read = (row.state, row.attempt);
            let state = match row.state {
                DeliveryState::Pending { due_at } => DeliveryState::Pending { due_at: due_at.max(now) },
                DeliveryState::Leased { lease_until, holder, due_at } => {
                    DeliveryState::Leased { due_at: due_at.max(now), lease_until, holder }
                }
                DeliveryState::Done { .. }
                | DeliveryState::Dead { .. }
                | DeliveryState::Cancelled { .. }
                | DeliveryState::Kept { .. } => continue,
            };
            let adopted = Delivery { state, ..row.clone() };
            if !self.put_over(&adopted, read).await? {
                return Err(TableError::Conflict);
            }
        }
        let action = &birth.action;
        if action.due_at.is_none() || action.due().is_some() {
            return Ok(());
        }
        let adopted = Action { due_at: Some(now), version: action.version + 1, ..action.clone() };
        self.update(&adopted, action.version).await
    }
}

/// Stands before every character of a sort key that goes on, and behind the end of one that does not.
const JUST_BEHIND: char = '!';

fn is_action(item: &Item) -> bool {
    item.get("kind").and_then(|kind| kind.as_s().ok()).is_some_and(|kind| kind == Action::KIND)
}

impl Entity for Watermark {
    const KIND: &'static str = "watermark";

    fn key(&self) -> Key {
        Key::watermark(self.shard)
    }
}
