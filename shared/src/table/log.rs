//! An org's log of deliveries, read back in time: all shards of a day at once, day by day.

use std::ops::Range;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};

use crate::{
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

/// Some deliveries of an org's log, the newest first.
#[derive(Debug)]
pub(crate) struct Logged {
    /// Those that were wanted.
    pub(crate) rows: Vec<Delivery>,
    /// Before which one there may be more.
    pub(crate) next: Option<Id<Delivery>>,
}

/// Some rows, and the id before which everything is still to be read.
struct Part {
    rows: Vec<Delivery>,
    before: Id<Delivery>,
}

impl Table {
    /// Up to `most` wanted deliveries that were made within the span, the newest first.
    ///
    /// There may be more even where none was found: a reading ends after its rounds.
    pub(crate) async fn log(
        &self,
        org: Id<Org>,
        mut span: Range<Id<Delivery>>,
        most: usize,
        now: Timestamp,
        wanted: impl Fn(&Delivery) -> bool,
    ) -> Result<Logged, TableError> {
        let mut rows = Vec::new();
        for _ in 0..ROUNDS {
            if span.is_empty() {
                return Ok(Logged { rows, next: None });
            }
            let part = self.log_of_day(org, &span).await?;
            for row in part.rows.into_iter().filter(|row| is_kept(row, now) && wanted(row)) {
                let id = row.id;
                rows.push(row);
                if rows.len() >= most {
                    return Ok(Logged { rows, next: Some(id) });
                }
            }
            span.end = part.before;
        }
        Ok(Logged { rows, next: Some(span.end) })
    }

    /// The last rows of the span, of one day.
    ///
    /// What stands before the end of a shard that has more cannot be put in order yet: it is left.
    async fn log_of_day(&self, org: Id<Org>, span: &Range<Id<Delivery>>) -> Result<Part, TableError> {
        let day = span.start.max(Id::first_at(last_day_before(span.end)))..span.end;
        let shards = try_join_all((0..LOG_SHARDS).map(|shard| self.log_of_shard(org, &day, shard))).await?;
        let unfinished = shards.iter().filter(|(_, more)| *more).filter_map(|(rows, _)| rows.last());
        let before = unfinished.map(|row| row.id).max().unwrap_or(day.start);
        let mut rows: Vec<_> = shards.into_iter().flat_map(|(rows, _)| rows).collect();
        rows.retain(|row| (before..day.end).contains(&row.id));
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
        Ok(Part { rows, before })
    }

    /// The last rows of one shard, the newest first, and whether there are more.
    async fn log_of_shard(
        &self,
        org: Id<Org>,
        day: &Range<Id<Delivery>>,
        shard: u8,
    ) -> Result<(Vec<Delivery>, bool), TableError> {
        let Key { pk, sk: from } = Key::log(org, day.start, shard);
        let query = self.client.query().table_name(&self.name).consistent_read(true);
        let answer = query
            .key_condition_expression("pk = :pk AND sk BETWEEN :from AND :to")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":from", AttributeValue::S(from))
            .expression_attribute_values(":to", AttributeValue::S(Key::log(org, day.end, shard).sk))
            .scan_index_forward(false)
            .limit(PART)
            .send()
            .await?;
        let more = answer.last_evaluated_key.is_some();
        let rows = answer.items.unwrap_or_default().into_iter().map(from_item).collect::<Result<_, _>>()?;
        Ok((rows, more))
    }
}

/// Whether a row still counts as there: the table removes expired ones with a delay.
fn is_kept(row: &Delivery, now: Timestamp) -> bool {
    row.expires_at().is_none_or(|at| at > now)
}

/// When the last day began on which something before `end` may have been made.
fn last_day_before(end: Id<Delivery>) -> Timestamp {
    let today = begin_of_day(end.created_at());
    if end > Id::first_at(today) { today } else { begin_of_day(today - SignedDuration::from_secs(1)) }
}

fn begin_of_day(at: Timestamp) -> Timestamp {
    const DAY: i64 = 24 * 60 * 60;
    Timestamp::from_second(at.as_second().div_euclid(DAY) * DAY).unwrap_or(at)
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
