//! Replay: a delivery that has ended begins again.

use std::{error::Error, fmt};

use jiff::Timestamp;

use crate::delivery::{Delivery, DeliveryState, Lane, Purpose};

/// Why a delivery does not begin again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotReplayable {
    /// It is a mail: nobody wants two.
    Mail,
    /// It is a look-up: its supporter has gone on without.
    LookUp,
    /// It has not ended.
    Open,
}

impl Delivery {
    /// Begins again at `now` with the first attempt. Its history stays, and so does its message's id.
    ///
    /// # Errors
    /// If it is a mail, or still open.
    pub fn replay(self, now: Timestamp) -> Result<Self, NotReplayable> {
        if self.purpose.lane() == Lane::Email {
            return Err(NotReplayable::Mail);
        }
        if self.purpose == Purpose::LookUp {
            return Err(NotReplayable::LookUp);
        }
        if self.state.due_at().is_some() {
            return Err(NotReplayable::Open);
        }
        let (state, begun_at) = (DeliveryState::Pending { due_at: now }, Some(now));
        Ok(Self { state, attempt: 0, uncounted: 0, begun_at, ..self })
    }
}

impl fmt::Display for NotReplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mail => "it is a mail, and nobody wants it twice: only pushes are sent again",
            Self::LookUp => "it is a look-up, and its supporter has gone on without",
            Self::Open => "it is still to be sent",
        })
    }
}

impl Error for NotReplayable {}
