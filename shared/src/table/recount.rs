//! Recounting: reads the facts of all campaigns, part by part, and holds the counters against them.
//!
//! Facts are found by reading the whole table: those of people who are not known yet stand under no day of
//! birth. That is half a read unit for each 4 kB of it. What a part of the reading found holds once the
//! recount's own row names it, so that an interrupted part is read again and nothing of it counts twice.

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    action::Action,
    campaign::Campaign,
    id::Id,
    key::{Key, Named, SUPPORTER_SHARDS},
    recount::{Counted, Drift, Facts},
    stats::{Counter, Tally},
    table::{Entity, Item, Place, Registration, Table, TableError, from_item, item::to_item},
};

/// Parts of the table that are read at once.
const SEGMENTS: i32 = 8;

/// Campaigns that are looked at, or rows that are written, at once.
const AT_ONCE: usize = 16;

/// How long after its end a recount's rows may go.
const KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);

/// By how much the clocks of two functions may differ, and a function outlast its reading of one.
const MARGIN: SignedDuration = SignedDuration::from_mins(2);

/// A recount, and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recount {
    /// When it began.
    pub begun_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    segments: Vec<Segment>,
    parts: Vec<Uuid>,
    version: u64,
}

/// How far one segment of the table has been read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Segment {
    Untouched,
    After { pk: String, sk: String },
    Read,
}

/// What one part of the reading found of one campaign.
#[derive(Serialize, Deserialize)]
struct Noted {
    part: Uuid,
    campaign: Id<Campaign>,
    sums: std::collections::BTreeMap<String, i64>,
    moved: u64,
    until: Timestamp,
}

/// What an action has added to the counts.
#[derive(Deserialize)]
struct Fact {
    campaign: Id<Campaign>,
    counted: Tally,
}

impl Recount {
    fn new(now: Timestamp, part: Uuid, version: u64) -> Self {
        Self { begun_at: now, ended_at: None, segments: unread(), parts: vec![part], version }
    }

    /// Whether all facts have been read.
    pub fn is_read(&self) -> bool {
        self.segments.iter().all(|segment| *segment == Segment::Read)
    }
}

impl Table {
    /// The last recount that was begun.
    pub async fn recount(&self) -> Result<Option<Recount>, TableError> {
        self.get(Key::recount()).await
    }

    /// Begins a recount after the last one: keeps how often each campaign's facts have been counted so far.
    ///
    /// Reading may begin once no reader can see the table as it was before.
    pub async fn begin_recount(
        &self,
        last: Option<&Recount>,
        part: Uuid,
        now: Timestamp,
    ) -> Result<(), TableError> {
        let mut facts = Facts::default();
        for (campaign, Counted { moved, .. }) in self.counters_of_all().await? {
            facts.add_all(campaign, Counted { moved, ..Counted::default() });
        }
        let read = last.map_or(0, |last| last.version);
        self.note(facts, part, now).await?;
        self.update(&Recount::new(now, part, read + 1), read).await
    }

    /// Reads so many more rounds of facts, each of one page of every segment, and notes what they add up to.
    ///
    /// # Errors
    /// [`TableError::Conflict`] if somebody else goes on with the same recount.
    pub async fn read_facts(
        &self,
        mut recount: Recount,
        part: Uuid,
        rounds: u32,
        now: Timestamp,
    ) -> Result<Recount, TableError> {
        let mut facts = Facts::default();
        for _ in 0..rounds {
            if !self.read_round(&mut recount.segments, &mut facts, false).await? {
                break;
            }
        }
        self.note(facts, part, now).await?;
        let read = recount.version;
        recount.parts.push(part);
        recount.version += 1;
        self.update(&recount, read).await?;
        Ok(recount)
    }

    /// Where the counters differ from the facts that were read, by more than what moved meanwhile; and how
    /// many campaigns there are.
    pub async fn drift(&self, recount: &Recount, now: Timestamp) -> Result<(Vec<Drift>, usize), TableError> {
        let mut facts = Facts::default();
        for part in &recount.parts {
            for item in self.query(Key::recount_parts(*part)).await? {
                let Noted { campaign, sums, moved, .. } = from_item(item)?;
                let sums = sums.iter().filter_map(|(name, by)| Some((Counter::from_attribute(name)?, *by)));
                facts.add_all(campaign, Counted { sums: sums.collect(), moved });
            }
        }
        self.compare(facts, recount.begun_at, now).await
    }

    /// Notes that a recount has ended.
    pub async fn end_recount(&self, recount: Recount, now: Timestamp) -> Result<(), TableError> {
        let read = recount.version;
        let ended = Recount { ended_at: Some(now), version: read + 1, ..recount };
        self.update(&ended, read).await
    }

    /// Holds the counters of every campaign against its facts, which were read since `begun_at`.
    async fn compare(
        &self,
        mut facts: Facts,
        begun_at: Timestamp,
        now: Timestamp,
    ) -> Result<(Vec<Drift>, usize), TableError> {
        let counters = self.counters_of_all().await?;
        let linked = self.linked(begun_at, now).await?;
        let (mut drifts, campaigns) = (Vec::new(), counters.len());
        for (campaign, counted) in counters {
            let facts = facts.0.remove(&campaign).unwrap_or_default();
            let moved = linked.iter().filter(|of| **of == campaign).count();
            let drift = counted.drift_from(&facts, u64::try_from(moved).unwrap_or(u64::MAX));
            drifts.extend(drift.into_iter().map(|(counter, by)| Drift { campaign, counter, by }));
        }
        Ok((drifts, campaigns))
    }

    /// Reads the next page of each segment; false once there is none.
    pub(super) async fn read_round(
        &self,
        segments: &mut [Segment],
        facts: &mut Facts,
        consistent: bool,
    ) -> Result<bool, TableError> {
        let pages =
            (0..SEGMENTS).zip(segments.iter()).map(|(n, segment)| self.page_of_facts(n, segment, consistent));
        let pages = try_join_all(pages).await?;
        for (segment, (items, next)) in segments.iter_mut().zip(pages) {
            for item in items {
                let malformed = |source| TableError::Malformed { kind: Action::KIND, source };
                let Fact { campaign, counted } = serde_dynamo::from_item(item).map_err(malformed)?;
                facts.add(campaign, &counted);
            }
            *segment = next;
        }
        Ok(segments.iter().any(|segment| *segment != Segment::Read))
    }

    async fn page_of_facts(
        &self,
        n: i32,
        segment: &Segment,
        consistent: bool,
    ) -> Result<(Vec<Item>, Segment), TableError> {
        let after = match segment {
            Segment::Untouched => None,
            Segment::After { pk, sk } => Some(Key { pk: pk.clone(), sk: sk.clone() }),
            Segment::Read => return Ok((Vec::new(), Segment::Read)),
        };
        let scan = self.client.scan().table_name(&self.name).segment(n).total_segments(SEGMENTS);
        let answer = scan
            .consistent_read(consistent)
            .filter_expression("#kind = :action AND attribute_exists(#counted)")
            .projection_expression("#campaign, #counted")
            .expression_attribute_names("#kind", "kind")
            .expression_attribute_names("#campaign", "campaign")
            .expression_attribute_names("#counted", "counted")
            .expression_attribute_values(":action", AttributeValue::S(Action::KIND.to_owned()))
            .set_exclusive_start_key(after.map(super::list::attributes))
            .send()
            .await?;
        let last = answer.last_evaluated_key.as_ref().and_then(super::list::key_of);
        let next = last.map(|Key { pk, sk }| Segment::After { pk, sk });
        Ok((answer.items.unwrap_or_default(), next.unwrap_or(Segment::Read)))
    }

    /// Keeps what a part of the reading found, under the part's own name.
    async fn note(&self, facts: Facts, part: Uuid, now: Timestamp) -> Result<(), TableError> {
        let until = now + KEPT;
        let rows = facts.0.into_iter().map(|(campaign, Counted { sums, moved })| {
            let sums = sums.into_iter().map(|(counter, by)| (counter.attribute(), by)).collect();
            to_item(&Noted { part, campaign, sums, moved, until })
        });
        for rows in rows.collect::<Result<Vec<_>, _>>()?.chunks(AT_ONCE) {
            let put = |row: &Item| self.client.put_item().table_name(&self.name).set_item(Some(row.clone()));
            try_join_all(rows.iter().map(|row| put(row).send())).await?;
        }
        Ok(())
    }

    /// Every campaign with its counters.
    async fn counters_of_all(&self) -> Result<Vec<(Id<Campaign>, Counted)>, TableError> {
        let last = self.last_number(Named::Campaign).await?;
        let numbers = (1..=last).map(|number| Key::number(Named::Campaign, number)).collect();
        let campaigns: Vec<Registration> = self.get_all(numbers).await?;
        let campaigns: Vec<Id<Campaign>> = campaigns.iter().filter_map(Registration::id).collect();
        let mut counted = Vec::new();
        for campaigns in campaigns.chunks(AT_ONCE) {
            let counters = try_join_all(campaigns.iter().map(|campaign| self.counters(*campaign))).await?;
            counted.extend(campaigns.iter().copied().zip(counters));
        }
        Ok(counted)
    }

    /// The campaigns of the actions that got their supporter within this time, one for each action.
    pub(super) async fn linked(
        &self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Id<Campaign>>, TableError> {
        let mut linked = Vec::new();
        for shard in 0..SUPPORTER_SHARDS {
            let mut place = Place::before(from - MARGIN, shard);
            while let Some((actions, next)) = self.born(shard, &place, until + MARGIN).await? {
                let later = |action: &Action| {
                    action.supporter().is_some_and(|who| who.created_at() > action.id.created_at())
                };
                linked.extend(actions.iter().filter(|action| later(action)).map(|action| action.campaign));
                place = next;
            }
        }
        Ok(linked)
    }
}

/// The whole table, of which nothing has been read.
pub(super) fn unread() -> Vec<Segment> {
    vec![Segment::Untouched; usize::try_from(SEGMENTS).unwrap_or_default()]
}

impl Entity for Recount {
    const KIND: &'static str = "recount";

    fn key(&self) -> Key {
        Key::recount()
    }
}

impl Entity for Noted {
    const KIND: &'static str = "recount_part";

    fn key(&self) -> Key {
        Key::recount_part(self.part, self.campaign)
    }

    fn expires_at(&self) -> Option<Timestamp> {
        Some(self.until)
    }
}
