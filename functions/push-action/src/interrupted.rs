//! What keeps hints from being followed to their end; they come again.

use std::{error::Error, fmt};

use proca::{queue::QueueError, table::TableError};

/// Whose failure it is.
#[derive(Debug)]
pub enum Interrupted {
    /// The table's.
    Table(TableError),
    /// That of another lane.
    Queue(QueueError),
}

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(_) => f.write_str("the row cannot be read or written"),
            Self::Queue(_) => f.write_str("the hints cannot be passed on to another lane"),
        }
    }
}

impl Error for Interrupted {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Table(source) => Some(source),
            Self::Queue(source) => Some(source),
        }
    }
}

impl From<TableError> for Interrupted {
    fn from(error: TableError) -> Self {
        Self::Table(error)
    }
}

impl From<QueueError> for Interrupted {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}
