//! Switches: what whoever runs the instance may stop while it runs, without a deployment.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{id::Id, org::Org, stats::Stats};

/// What is stopped. Nothing is, where nobody ever threw a switch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Switches {
    /// No actions are taken in.
    pub read_only: bool,
    /// No mails are sent, to anybody.
    pub mails_paused: bool,
    /// No messages are pushed, by anybody.
    pub pushes_paused: bool,
    /// None of these orgs' messages are pushed.
    pub pushes_paused_of: BTreeSet<Id<Org>>,
    /// Counts their changes.
    pub version: u64,
}

/// How long a switch may take to reach a warm function.
pub const REACH: SignedDuration = SignedDuration::from_secs(10);

/// When a message that is held back is looked at again.
pub const HELD: SignedDuration = SignedDuration::from_mins(5);

/// Most orgs whose pushes are stopped one by one.
pub const MOST_ORGS: usize = 50;

/// Why a message is held back.
pub const HOLD: &str = "whoever runs the instance holds it back for now";

/// What a campaign's counts were when they were frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// The counts that everybody sees.
    pub stats: Stats,
    /// Since when.
    pub frozen_at: Timestamp,
}

impl Switches {
    /// Whether an org's messages are held back.
    pub fn hold_pushes_of(&self, org: Id<Org>) -> bool {
        self.pushes_paused || self.pushes_paused_of.contains(&org)
    }
}
