//! Counting: marks facts and adds their sum, in one transaction.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;

use crate::{
    action::Action,
    campaign::Campaign,
    id::Id,
    key::{Address, Key, Named, STATS_SHARDS},
    name::ActionType,
    page::ActionPage,
    recount::Counted,
    stats::{Counter, Stats, Sum},
    table::{FrozenStats, Item, Table, TableError, from_item, transaction::Outcome},
};

/// Types of action that one row counts by their own name. Whoever may post may invent types, and a row
/// has 400 kB: any further ones are counted together, as `other`. Where several count at the same time
/// it may become a few more.
const MOST_TYPES: usize = 60;

/// Attribute of a row that keeps how often facts have been counted into it or taken back.
pub(super) const MOVED: &str = "moved";

/// Between a conflict over a row and the next try at another.
const PAUSE: Duration = Duration::from_millis(10);

/// Most actions that one transaction counts: 100 items, less the row of the sum.
const BATCH: usize = 99;

/// A change of a row of counts.
pub(super) struct Addition {
    pub(super) expression: String,
    pub(super) values: Vec<(String, AttributeValue)>,
    pub(super) names: Vec<(String, String)>,
}

impl Table {
    /// Adds to the campaigns' counts what these actions should add and have not, once.
    ///
    /// An action that has changed since it was read is left out: its change comes by itself.
    pub async fn count(&self, actions: Vec<Action>) -> Result<(), TableError> {
        let mut by_campaign = std::collections::BTreeMap::<Id<Campaign>, Vec<Action>>::new();
        for action in actions.into_iter().filter(Action::is_uncounted) {
            by_campaign.entry(action.campaign).or_default().push(action);
        }
        for (campaign, actions) in by_campaign {
            for batch in actions.chunks(BATCH) {
                self.count_batch(campaign, batch.to_vec()).await?;
            }
        }
        Ok(())
    }

    /// Counts into one of the campaign's rows; into the next one, when others are at the same.
    async fn count_batch(&self, campaign: Id<Campaign>, mut batch: Vec<Action>) -> Result<(), TableError> {
        let first = batch.first().map_or(0, |action| action.id.shard(STATS_SHARDS));
        for attempt in 0..STATS_SHARDS {
            let shard = (first + attempt) % STATS_SHARDS;
            match self.count_into(campaign, shard, &mut batch).await {
                Err(TableError::Conflict) => tokio::time::sleep(PAUSE * u32::from(attempt + 1)).await,
                ended => return ended,
            }
        }
        Err(TableError::Conflict)
    }

    async fn count_into(
        &self,
        campaign: Id<Campaign>,
        shard: u8,
        batch: &mut Vec<Action>,
    ) -> Result<(), TableError> {
        let mut types = self.counted_types(campaign, shard).await?;
        while !batch.is_empty() {
            let mut transaction = self.transaction();
            let mut sum = Sum::default();
            for action in &*batch {
                let mut counted = action.clone();
                lump(&mut counted, &mut types);
                counted = counted.into_counted();
                sum.replace(action.counted.as_ref(), counted.counts.as_ref());
                counted.version += 1;
                transaction.replace(&counted, action.version)?;
            }
            let Addition { expression, values, names } = addition(&sum, batch.len());
            transaction.update(Key::stats(campaign, shard), &expression, values, names)?;
            let Outcome::Refused(refusals) = transaction.commit().await? else { return Ok(()) };
            let changed: Vec<_> = refusals.iter().map(|refusal| refusal.index).collect();
            let mut index = 0;
            batch.retain(|_| {
                index += 1;
                !changed.contains(&(index - 1))
            });
        }
        Ok(())
    }

    /// The types of action that one row counts already.
    async fn counted_types(
        &self,
        campaign: Id<Campaign>,
        shard: u8,
    ) -> Result<BTreeSet<ActionType>, TableError> {
        let rows = self.query(Key::stats(campaign, shard)).await?;
        let counters = rows.iter().flat_map(Item::keys).filter_map(|name| Counter::from_attribute(name));
        let types = counters.filter_map(|counter| match counter {
            Counter::ByType(action_type) => Some(action_type),
            Counter::Supporters | Counter::ByOrg(_) | Counter::ByArea(_) => None,
        });
        Ok(types.collect())
    }

    /// A campaign's counts as everybody sees them: those of now, or of when they were frozen.
    pub async fn stats(&self, campaign: Id<Campaign>) -> Result<Stats, TableError> {
        let (pages, rows) = tokio::try_join!(self.pages_of(campaign), self.count_rows(campaign))?;
        match FrozenStats::among(&rows)? {
            Some(frozen) => Ok(frozen.stats),
            None => sum_up(pages, rows),
        }
    }

    /// A campaign's counts as they are now, with what its pages bring from elsewhere.
    pub(crate) async fn live_stats(&self, campaign: Id<Campaign>) -> Result<Stats, TableError> {
        let (pages, rows) = tokio::try_join!(self.pages_of(campaign), self.count_rows(campaign))?;
        sum_up(pages, rows)
    }

    async fn pages_of(&self, campaign: Id<Campaign>) -> Result<Vec<Item>, TableError> {
        self.query(Key { sk: "PAGE#".to_owned(), ..Key::campaign(campaign) }).await
    }

    async fn count_rows(&self, campaign: Id<Campaign>) -> Result<Vec<Item>, TableError> {
        self.query(Key { sk: String::new(), ..Key::stats(campaign, 0) }).await
    }

    /// A campaign's counters, of all its rows together.
    pub(super) async fn counters(&self, campaign: Id<Campaign>) -> Result<Counted, TableError> {
        Ok(counted(self.count_rows(campaign).await?))
    }

    /// The campaign that an address stands for.
    pub async fn campaign(&self, address: &Address) -> Result<Option<Campaign>, TableError> {
        let id = match address {
            Address::Id(text) => text.parse().ok(),
            Address::Name(name) => self.registered(Key::name(Named::Campaign, name)).await?,
            Address::Number(number) => self.registered(Key::number(Named::Campaign, *number)).await?,
        };
        match id {
            Some(id) => self.get(Key::campaign(id)).await,
            None => Ok(None),
        }
    }
}

/// The counts that pages and rows of counters make together.
fn sum_up(pages: Vec<Item>, rows: Vec<Item>) -> Result<Stats, TableError> {
    let pages = pages.into_iter().map(from_item::<ActionPage>).collect::<Result<Vec<_>, _>>()?;
    // A page that its lead never let go live adds nothing: anybody might have made it.
    let launched = pages.iter().filter(|page| page.was_live());
    let extra = launched.map(|page| u64::from(page.extra_supporters)).sum();
    Ok(Stats::of(counted(rows).sums, extra))
}

/// What rows of counters hold together.
fn counted(rows: Vec<Item>) -> Counted {
    let mut counted = Counted::default();
    for row in rows {
        counted.moved += moved(&row);
        for (name, value) in row {
            let value = value.as_n().ok().and_then(|value| value.parse::<i64>().ok());
            if let (Some(counter), Some(value)) = (Counter::from_attribute(&name), value) {
                *counted.sums.entry(counter).or_default() += value;
            }
        }
    }
    counted
}

/// The change of one row that adds the sum of so many facts, with its values and names.
///
/// Even where the sum is nothing the row keeps that facts moved.
pub(super) fn addition(sum: &Sum, facts: usize) -> Addition {
    let mut names = vec![("#kind".to_owned(), "kind".to_owned())];
    let mut values = vec![
        (":kind".to_owned(), AttributeValue::S("stats".to_owned())),
        (":facts".to_owned(), AttributeValue::N(facts.to_string())),
    ];
    let mut terms = vec![format!("{MOVED} :facts")];
    for (n, (counter, by)) in sum.changes().enumerate() {
        names.push((format!("#c{n}"), counter.attribute()));
        values.push((format!(":c{n}"), AttributeValue::N(by.to_string())));
        terms.push(format!("#c{n} :c{n}"));
    }
    Addition { expression: format!("SET #kind = :kind ADD {}", terms.join(", ")), values, names }
}

/// How often facts have been counted into a row or taken back.
pub(super) fn moved(row: &Item) -> u64 {
    row.get(MOVED).and_then(|value| value.as_n().ok()?.parse().ok()).unwrap_or_default()
}

/// Lets an action of yet another type count as `other`, where a row has enough types.
fn lump(action: &mut Action, types: &mut BTreeSet<ActionType>) {
    let Some(tally) = &mut action.counts else { return };
    if types.len() >= MOST_TYPES && !types.contains(&tally.action_type) {
        tally.action_type = ActionType::other();
    }
    types.insert(tally.action_type.clone());
}
