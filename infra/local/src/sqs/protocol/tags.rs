//! The labels on a queue: `TagQueue`, `UntagQueue`, `ListQueueTags`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::request::{Done, OnQueue};
use crate::sqs::{account::Account, error::SqsError};

/// `TagQueue`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagQueue {
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

/// `UntagQueue`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagQueue {
    #[serde(default)]
    tag_keys: Vec<String>,
}

/// `ListQueueTags`.
#[derive(Deserialize)]
pub(super) struct ListQueueTags {}

/// All labels of a queue.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tags {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
}

impl OnQueue for TagQueue {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, _: Timestamp) -> Result<Done, SqsError> {
        account.queue(queue)?.tags.extend(self.tags);
        Ok(Done {})
    }
}

impl OnQueue for UntagQueue {
    type Answer = Done;

    fn perform(self, account: &mut Account, queue: &str, _: Timestamp) -> Result<Done, SqsError> {
        let tags = &mut account.queue(queue)?.tags;
        tags.retain(|key, _| !self.tag_keys.contains(key));
        Ok(Done {})
    }
}

impl OnQueue for ListQueueTags {
    type Answer = Tags;

    fn perform(self, account: &mut Account, queue: &str, _: Timestamp) -> Result<Tags, SqsError> {
        let tags = account.queue(queue)?.tags.clone();
        Ok(Tags { tags })
    }
}
