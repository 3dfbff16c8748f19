//! Text from a file, or from what is piped in.

use std::{fs, io};

/// Reads a file, or standard input for `-`; one newline at its end is not part of it.
///
/// # Errors
/// Why it cannot be read, in words.
pub fn read(path: &str) -> Result<String, String> {
    let mut text = match path {
        "-" => io::read_to_string(io::stdin()),
        path => fs::read_to_string(path),
    }
    .map_err(|error| format!("{path}: {error}"))?;
    if text.ends_with('\n') {
        text.pop();
    }
    Ok(text)
}
