//! The public settings that an org, campaign or page hands to widgets.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{number::all_storable, violation::Rule};

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
        match (bytes <= CONFIG_BYTES, map.values().all(all_storable)) {
            (true, true) => Ok(Self(map)),
            (false, _) => Err(Rule("must be at most 32 kB of JSON")),
            (true, false) => Err(Rule("must hold only numbers from 1e-130 to below 1e125 in size, or 0")),
        }
    }
}

impl From<PublicConfig> for Map<String, Value> {
    fn from(config: PublicConfig) -> Self {
        config.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_an_object_that_the_table_can_hold() {
        let read = |text: &str| serde_json::from_str::<PublicConfig>(text).map_err(|e| e.to_string());
        assert!(read(r#"{"a": [1, {"b": -2.5e100}], "c": 0}"#).is_ok());
        assert!(read(r#"{"a": [{"b": 1e300}]}"#).is_err());
        assert!(read(r#"{"a": 1e-200}"#).is_err());
        assert!(read("[]").is_err());
        assert!(read(&format!(r#"{{"a": "{}"}}"#, "x".repeat(CONFIG_BYTES))).is_err());
    }
}
