//! An org's log of deliveries, in order of time: all shards of a day at once, day by day.

use std::ops::Range;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
    day,
    delivery::Delivery,
    id::Id,
    key::{Key, LOG_SHARDS},
    org::Org,
    table::{Entity, Table, TableError, from_item},
};

/// Rows that one shard is asked for at a time.
const PART: i32 = 25;

/// Most rounds of one reading, each of one query per shard: an idle org's month is read in one go,
/// and no reading makes more than 512 queries.
const ROUNDS: u32 = 32;

/// In which order a log is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// The newest first.
    NewestFirst,
    /// The oldest first.
    OldestFirst,
}

/// Some deliveries of an org's log, in the order they were asked for.
#[derive(Debug)]
pub(crate) struct Logged {
    /// Those that were wanted.
    pub(crate) rows: Vec<Delivery>,
    /// Where there may be more; absent where there is none.
    pub(crate) left: Option<Range<Id<Delivery>>>,
}

/// Some rows, and what is still to be read.
struct Part {
    rows: Vec<Delivery>,
    left: Range<Id<Delivery>>,
}

impl Table {
    /// Up to `most` wanted deliveries that were made within the span.
    ///
    /// There may be more even where none was found: a reading ends after its rounds.
    pub(crate) async fn log(
        &self,
        org: Id<Org>,
        (mut span, order): (Range<Id<Delivery>>, Order),
        most: usize,
        now: Timestamp,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Result<Logged, TableError> {
        let mut rows = Vec::new();
        for _ in 0..ROUNDS {
            if span.is_empty() {
                return Ok(Logged { rows, left: None });
            }
            let part = self.log_of_day(org, &span, order).await?;
            for row in part.rows.into_iter().filter(|row| is_kept(row, now) && wanted(row)) {
                let id = row.id;
                rows.push(row);
                if rows.len() >= most {
                    return Ok(Logged { rows, left: Some(order.behind(id, &span)) });
                }
            }
            span = part.left;
        }
        Ok(Logged { rows, left: Some(span) })
    }

    /// The rows of the span that come first, of one day.
    ///
    /// What stands behind the end of a shard that has more cannot be put in order yet: it is left.
    async fn log_of_day(
        &self,
        org: Id<Org>,
        span: &Range<Id<Delivery>>,
        order: Order,
    ) -> Result<Part, TableError> {
        let day = order.first_day(span);
        let shards =
            try_join_all((0..LOG_SHARDS).map(|shard| self.log_of_shard(org, &day, shard, order))).await?;
        let unfinished = shards.iter().filter(|(_, more)| *more).filter_map(|(rows, _)| rows.last());
        let known = order.known(&day, unfinished.map(|row| row.id));
        let mut rows: Vec<_> = shards.into_iter().flat_map(|(rows, _)| rows).collect();
        rows.retain(|row| known.contains(&row.id));
        rows.sort_unstable_by_key(|row| row.id);
        // A row that is being moved between shards stands in both for a moment.
        rows.dedup_by_key(|row| row.id);
        let left = match order {
            Order::NewestFirst => span.start..known.start,
            Order::OldestFirst => known.end..span.end,
        };
        if order == Order::NewestFirst {
            rows.reverse();
        }
        Ok(Part { rows, left })
    }

    /// The rows of one shard that come first, and whether there are more.
    async fn log_of_shard(
        &self,
        org: Id<Org>,
        day: &Range<Id<Delivery>>,
        shard: u8,
        order: Order,
    ) -> Result<(Vec<Delivery>, bool), TableError> {
        let Key { pk, sk: from } = Key::log(org, day.start, shard);
        let query = self.client.query().table_name(&self.name).consistent_read(true);
        let answer = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":to", AttributeValue::S(Key::log(org, day.end, shard).sk))
            .scan_index_forward(order == Order::OldestFirst)
            .limit(PART)
            .send()
            .await?;
        let more = answer.last_evaluated_key.is_some();
        let rows = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
        Ok((rows, more))
    }
}

impl Order {
    /// The part of the span that is read first: all of one day.
    fn first_day(self, span: &Range<Id<Delivery>>) -> Range<Id<Delivery>> {
        match self {
            Self::NewestFirst => span.start.max(Id::first_at(last_day_before(span.end)))..span.end,
            Self::OldestFirst => span.start..span.end.min(Id::first_at(day::next(span.start.created_at()))),
        }
    }

    /// The part of a day of which every row is known, given the last rows of shards that have more.
    fn known(
        self,
        day: &Range<Id<Delivery>>,
        unfinished: impl Iterator<Item = Id<Delivery>>,
    ) -> Range<Id<Delivery>> {
        match self {
            Self::NewestFirst => unfinished.max().unwrap_or(day.start)..day.end,
            Self::OldestFirst => day.start..unfinished.min().map_or(day.end, Id::next),
        }
    }

    /// What is left of the span behind a row.
    fn behind(self, row: Id<Delivery>, span: &Range<Id<Delivery>>) -> Range<Id<Delivery>> {
        match self {
            Self::NewestFirst => span.start..row,
            Self::OldestFirst => row.next()..span.end,
        }
    }
}

/// Whether a row still counts as there: the table removes expired ones with a delay.
fn is_kept(row: &Delivery, now: Timestamp) -> bool {
    row.expires_at().is_none_or(|at| at > now)
}

/// When the last day began on which something before `end` may have been made.
fn last_day_before(end: Id<Delivery>) -> Timestamp {
    let today = day::begin(end.created_at());
    if end > Id::first_at(today) { today } else { day::begin(today - SignedDuration::from_secs(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_next_begins() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let midnight = at("2026-07-02T00:00:00Z");
        assert_eq!(last_day_before(Id::first_at(midnight)), at("2026-07-01T00:00:00Z"));
        assert_eq!(last_day_before(Id::first_at(midnight + SignedDuration::from_millis(1))), midnight);
        let last = crate::random::Random::seeded(1).id(midnight);
        assert_eq!(last_day_before(last), midnight, "something else may have been made at the same time");
    }
}
