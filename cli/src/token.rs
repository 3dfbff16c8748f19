//! The credential, which is never printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A token of the API.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

impl Token {
    /// The token of this text.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The header that shows it.
    pub fn bearer(&self) -> String {
        format!("Bearer {}", self.0)
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(..)")
    }
}
