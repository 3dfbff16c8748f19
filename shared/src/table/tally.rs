//! How many of an org's deliveries stand how, counted from its log.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    day,
    delivery::{Delivery, Purpose},
    id::Id,
    key::{Key, LOG_SHARDS},
    org::Org,
    table::{Item, Table, TableError},
};

/// Counts of some purposes' deliveries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Deliveries by their state's name.
    pub(crate) states: BTreeMap<String, u64>,
    /// Since when the oldest waits that has not ended; its last replay begins it anew.
    pub(crate) oldest: Option<Timestamp>,
}

/// What was counted of a span.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// By what is sent.
    pub(crate) by_purpose: BTreeMap<Purpose, Tally>,
    /// Whether there was more than one reading can count.
    pub(crate) cut: bool,
}

/// What is read of a delivery.
#[derive(Debug, Deserialize)]
struct Row {
    purpose: Purpose,
    state: String,
    created_at: Timestamp,
    begun_at: Option<Timestamp>,
    due_at: Option<Timestamp>,
    expires_at: Option<i64>,
}

/// Most queries of one shard and day: each reads a megabyte, some 1,500 deliveries.
const PAGES: u32 = 8;

/// Most days of one reading: more than any delivery stays open.
const DAYS: u32 = 8;

impl Table {
    /// Counts what was made within the span, the newest days first, and at most of eight days.
    pub(crate) async fn tally(
        &self,
        org: Id<Org>,
        span: &std::ops::Range<Id<Delivery>>,
        now: Timestamp,
    ) -> Result<Tallies, TableError> {
        let mut tallies = Tallies::default();
        let (mut begin, end) = (span.start, span.end);
        for _ in 0..DAYS {
            if begin >= end {
                return Ok(tallies);
            }
            let until = end.min(Id::first_at(day::next(begin.created_at())));
            let part = begin..until;
            let shards =
                try_join_all((0..LOG_SHARDS).map(|shard| self.rows_of_shard(org, &part, shard))).await?;
            for (rows, cut) in shards {
                tallies.cut |= cut;
                rows.into_iter().filter(|row| row.is_there(now)).for_each(|row| tallies.add(row));
            }
            begin = until;
        }
        tallies.cut |= begin < end;
        Ok(tallies)
    }

    /// The rows of one shard of a day, and whether there are more than are read.
    async fn rows_of_shard(
        &self,
        org: Id<Org>,
        part: &std::ops::Range<Id<Delivery>>,
        shard: u8,
    ) -> Result<(Vec<Row>, bool), TableError> {
        let Key { pk, sk: from } = Key::log(org, part.start, shard);
        let to = Key::log(org, part.end, shard).sk;
        let (mut rows, mut place): (Vec<Row>, Option<Item>) = (Vec::new(), None);
        for _ in 0..PAGES {
            let query = self.client.query().table_name(&self.name);
            let answer = query
                .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
                .projection_expression("purpose, #state, created_at, begun_at, due_at, expires_at")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(":pk", AttributeValue::S(pk.clone()))
                .expression_attribute_values(":from", AttributeValue::S(from.clone()))
                .expression_attribute_values(":to", AttributeValue::S(to.clone()))
                .set_exclusive_start_key(place)
                .send()
                .await?;
            let malformed = |source| TableError::Malformed { kind: "delivery", source };
            let read = serde_dynamo::from_items(answer.items.unwrap_or_default()).map_err(malformed)?;
            rows.extend::<Vec<Row>>(read);
            place = answer.last_evaluated_key;
            if place.is_none() {
                return Ok((rows, false));
            }
        }
        Ok((rows, true))
    }
}

impl Row {
    /// Whether it still counts as there: the table removes expired ones with a delay.
    fn is_there(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|at| at > now.as_second())
    }
}

impl Tallies {
    fn add(&mut self, row: Row) {
        let tally = self.by_purpose.entry(row.purpose).or_default();
        if matches!(row.state.as_str(), "pending" | "leased") {
            let since = row.begun_at.unwrap_or(row.created_at);
            // A reminder is not late before it is due.
            let since = row.due_at.filter(|_| row.purpose == Purpose::Reminder).unwrap_or(since);
            tally.oldest = Some(tally.oldest.map_or(since, |oldest| oldest.min(since)));
        }
        *tally.states.entry(row.state).or_default() += 1;
    }
}
