//! The public settings that an org, campaign or page hands to widgets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::violation::Rule;

/// A JSON object of at most 32 kB that everyone may read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct PublicConfig(Map<String, Value>);

/// Most bytes of a public configuration, as JSON.
pub const CONFIG_BYTES: usize = 32 * 1024;

impl PublicConfig {
    /// The settings.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl TryFrom<Map<String, Value>> for PublicConfig {
    type Error = Rule;

    fn try_from(map: Map<String, Value>) -> Result<Self, Rule> {
        let bytes = serde_json::to_vec(&map).map_or(usize::MAX, |json| json.len());
        if bytes <= CONFIG_BYTES { Ok(Self(map)) } else { Err(Rule("must be at most 32 kB of JSON")) }
    }
}

impl From<PublicConfig> for Map<String, Value> {
    fn from(config: PublicConfig) -> Self {
        config.0
    }
}
