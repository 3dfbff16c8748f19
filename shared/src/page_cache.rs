//! Bundles kept in memory for a short while, so that a warm intake reads nothing.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};

use crate::{
    bundle::Bundle,
    clock::Clock,
    key::Address,
    table::{Table, TableError},
};

/// How long a change of settings may take to reach a warm function.
pub const CACHE_LIFE: SignedDuration = SignedDuration::from_secs(30);

/// Most pages in memory; beyond it, all are forgotten.
const MOST: usize = 500;

/// Pages as they were read within the last 30 seconds.
#[derive(Debug)]
pub struct PageCache {
    table: Table,
    clock: Clock,
    pages: Mutex<HashMap<Address, (Timestamp, Arc<Bundle>)>>,
}

impl PageCache {
    /// An empty cache over the table.
    pub fn new(table: Table, clock: Clock) -> Self {
        Self { table, clock, pages: Mutex::default() }
    }

    /// A page with all that intake needs. That there is none is never remembered.
    pub async fn find(&self, address: &Address) -> Result<Option<Arc<Bundle>>, TableError> {
        let now = self.clock.now();
        if let Some((read_at, bundle)) = self.pages().get(address)
            && *read_at + CACHE_LIFE > now
        {
            return Ok(Some(Arc::clone(bundle)));
        }
        let Some(bundle) = self.table.bundle(address).await?.map(Arc::new) else { return Ok(None) };
        let mut pages = self.pages();
        if pages.len() >= MOST {
            pages.clear();
        }
        pages.insert(address.clone(), (now, Arc::clone(&bundle)));
        Ok(Some(bundle))
    }

    fn pages(&self) -> std::sync::MutexGuard<'_, HashMap<Address, (Timestamp, Arc<Bundle>)>> {
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
