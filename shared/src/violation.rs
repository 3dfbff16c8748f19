//! What is wrong with an input, all of it at once.

use std::fmt;

use serde::Serialize;

/// One broken rule, and where in the body it was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// JSON pointer (RFC 6901) to the offending value.
    pub pointer: String,
    /// What the value must be, for the person who sent it; never the value itself.
    pub detail: String,
}

impl Violation {
    /// A broken rule at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl fmt::Display) -> Self {
        Self { pointer: pointer.into(), detail: detail.to_string() }
    }
}

/// A text broke the rule of the value it should have become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule(pub &'static str);

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Rule {}
