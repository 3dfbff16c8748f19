//! The messages of one queue: which are visible, which are hidden until when, whose turn it is.
//!
//! Groups are served in turn, one message each, so that a group with many messages delays
//! nobody else's; messages without a group are one group. In a FIFO queue a turn gives a run
//! of messages, and the group has no further turn while any of them is in flight.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    mem,
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::group::{Group, GroupId};
use crate::sqs::message::Message;

/// The messages of one queue.
#[derive(Debug)]
pub(super) struct Backlog {
    ordered: bool,
    entries: BTreeMap<u64, Entry>,
    places: BTreeMap<Uuid, u64>,
    groups: BTreeMap<GroupId, Group>,
    line: VecDeque<GroupId>,
    hidden: BTreeSet<(Timestamp, u64)>,
    by_age: BTreeSet<(Timestamp, u64)>,
    in_flight: usize,
    last_place: u64,
}

#[derive(Debug)]
struct Entry {
    message: Message,
    stage: Stage,
}

/// Whether a message is visible, and if not, why and until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Visible.
    Ready,
    /// Sent with a delay.
    Delayed {
        /// When it becomes visible.
        until: Timestamp,
    },
    /// With a receiver.
    InFlight {
        /// When it becomes visible again unless deleted.
        until: Timestamp,
    },
}

/// How many messages a queue has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those a receive would find.
    pub visible: usize,
    /// Those that were received and neither deleted nor given back.
    pub in_flight: usize,
    /// Those that are not visible yet.
    pub delayed: usize,
}

impl Backlog {
    /// An empty one; `ordered` for a FIFO queue.
    pub(super) fn new(ordered: bool) -> Self {
        Self {
            ordered,
            entries: BTreeMap::new(),
            places: BTreeMap::new(),
            groups: BTreeMap::new(),
            line: VecDeque::new(),
            hidden: BTreeSet::new(),
            by_age: BTreeSet::new(),
            in_flight: 0,
            last_place: 0,
        }
    }

    /// Makes visible what is due, and drops what is older than `retention`.
    pub(super) fn advance(&mut self, now: Timestamp, retention: SignedDuration) {
        while let Some(&(until, place)) = self.hidden.first()
            && until <= now
        {
            self.set_stage(place, Stage::Ready);
        }
        while let Some(&(sent_at, place)) = self.by_age.first()
            && now.duration_since(sent_at) > retention
        {
            self.remove(place);
        }
    }

    /// Takes a message in at the end, and says at which place.
    pub(super) fn push(&mut self, mut message: Message, stage: Stage) -> u64 {
        self.last_place = self.last_place.saturating_add(1);
        let place = self.last_place;
        message.sequence = self.ordered.then_some(place);
        self.places.insert(message.id, place);
        self.by_age.insert((message.sent_at, place));
        let group = GroupId::of(&message);
        self.entries.insert(place, Entry { message, stage });
        self.list(place, stage, group);
        place
    }

    /// Gives the places of the messages whose turn it is, at most so many.
    ///
    /// Each must then be put in flight or removed: until then it is in no group.
    pub(super) fn next_turn(&mut self, at_most: usize) -> Vec<u64> {
        if at_most == 0 {
            return Vec::new();
        }
        while let Some(id) = self.line.pop_front() {
            let Some(group) = self.groups.get_mut(&id) else {
                continue;
            };
            group.in_line = false;
            let taken = if self.ordered { group.take_run(at_most) } else { group.take_one() };
            if !taken.is_empty() {
                return taken;
            }
            self.line_up(id);
        }
        Vec::new()
    }

    /// Changes whether a message is visible.
    pub(super) fn set_stage(&mut self, place: u64, stage: Stage) {
        if let Some(entry) = self.entries.get_mut(&place) {
            let before = mem::replace(&mut entry.stage, stage);
            let group = GroupId::of(&entry.message);
            self.unlist(place, before, &group);
            self.list(place, stage, group);
        }
    }

    /// Takes a message out for good.
    pub(super) fn remove(&mut self, place: u64) -> Option<Message> {
        let Entry { message, stage } = self.entries.remove(&place)?;
        self.places.remove(&message.id);
        self.by_age.remove(&(message.sent_at, place));
        let group = GroupId::of(&message);
        self.unlist(place, stage, &group);
        self.line_up(group);
        Some(message)
    }

    /// Takes out the visible messages that are wanted, first come first.
    pub(super) fn remove_ready(&mut self, wanted: impl Fn(&Message) -> bool) -> Vec<Message> {
        let is_wanted = |entry: &Entry| entry.stage == Stage::Ready && wanted(&entry.message);
        let found = self.entries.iter().filter(|(_, entry)| is_wanted(entry));
        let places: Vec<u64> = found.map(|(place, _)| *place).collect();
        places.into_iter().filter_map(|place| self.remove(place)).collect()
    }

    /// Drops all messages; places go on from where they were.
    pub(super) fn clear(&mut self) {
        let last_place = self.last_place;
        *self = Self { last_place, ..Self::new(self.ordered) };
    }

    /// The message with this id, its place, and whether it is visible.
    pub(super) fn find(&self, id: Uuid) -> Option<(u64, &Message, Stage)> {
        let place = *self.places.get(&id)?;
        let entry = self.entries.get(&place)?;
        Some((place, &entry.message, entry.stage))
    }

    /// The message at a place.
    pub(super) fn get_mut(&mut self, place: u64) -> Option<&mut Message> {
        Some(&mut self.entries.get_mut(&place)?.message)
    }

    /// When the next hidden message becomes visible.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.hidden.first().map(|(until, _)| *until)
    }

    /// How many messages there are.
    pub(super) fn counts(&self) -> Counts {
        Counts {
            visible: self.entries.len().saturating_sub(self.hidden.len()),
            in_flight: self.in_flight,
            delayed: self.hidden.len().saturating_sub(self.in_flight),
        }
    }

    fn list(&mut self, place: u64, stage: Stage, id: GroupId) {
        let group = self.groups.entry(id.clone()).or_default();
        match stage {
            Stage::Ready => {
                group.ready.insert(place);
            }
            Stage::Delayed { until } => {
                group.delayed.insert(place);
                self.hidden.insert((until, place));
            }
            Stage::InFlight { until } => {
                group.in_flight = group.in_flight.saturating_add(1);
                self.in_flight = self.in_flight.saturating_add(1);
                self.hidden.insert((until, place));
            }
        }
        self.line_up(id);
    }

    fn unlist(&mut self, place: u64, stage: Stage, id: &GroupId) {
        let Some(group) = self.groups.get_mut(id) else {
            return;
        };
        match stage {
            Stage::Ready => {
                group.ready.remove(&place);
            }
            Stage::Delayed { until } => {
                group.delayed.remove(&place);
                self.hidden.remove(&(until, place));
            }
            Stage::InFlight { until } => {
                group.in_flight = group.in_flight.saturating_sub(1);
                self.in_flight = self.in_flight.saturating_sub(1);
                self.hidden.remove(&(until, place));
            }
        }
    }

    /// Puts a group at the end of the line if it can be served and is not in it.
    fn line_up(&mut self, id: GroupId) {
        let Some(group) = self.groups.get_mut(&id) else {
            return;
        };
        if group.is_idle() {
            self.groups.remove(&id);
        } else if group.has_work(self.ordered) && !group.in_line {
            group.in_line = true;
            self.line.push_back(id);
        }
    }
}
