//! Logs: JSON lines with named fields, the same names everywhere.

use tracing_subscriber::{EnvFilter, fmt};

/// Sends the log of this process to its standard output, as JSON. Once per process.
pub fn init() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .without_time()
        .with_env_filter(filter)
        .init();
}
