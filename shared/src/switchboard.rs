//! The switches as functions see them: read anew every ten seconds.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::{
    clock::Clock,
    problem::Chain,
    switches::{REACH, Switches},
    table::Table,
};

/// Reads the switches, and keeps what it read for ten seconds.
#[derive(Debug)]
pub struct Switchboard {
    table: Table,
    clock: Clock,
    read: Mutex<Option<(Timestamp, Switches)>>,
}

impl Switchboard {
    /// Switches that were not read yet.
    pub fn new(table: Table, clock: Clock) -> Self {
        Self { table, clock, read: Mutex::default() }
    }

    /// What is stopped now. While the table does not say, it is as it was last, or nothing is.
    pub async fn now(&self) -> Switches {
        let now = self.clock.now();
        let known = self.known();
        if let Some((read_at, switches)) = &known
            && *read_at + REACH > now
        {
            return switches.clone();
        }
        match self.table.switches().await {
            Ok(switches) => {
                *self.read.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, switches.clone()));
                switches
            }
            Err(error) => {
                tracing::error!(error = %Chain(&error), "the switches cannot be read");
                known.map(|(_, switches)| switches).unwrap_or_default()
            }
        }
    }

    fn known(&self) -> Option<(Timestamp, Switches)> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
