//! What hostile templates cost the process that is asked to write them. A test program of its own, since the
//! memory that it has had is counted for the whole of it.

#[path = "bombs/list.rs"]
mod list;

use std::time::{Duration, Instant};

use proca::template::{Texts, has_runaway};
use serde_json::json;

/// Most memory that the process may ever have had, in kilobytes: half of what a function has.
const MEMORY: u64 = 128 * 1024;

/// Longest that one of them may take; an honest mail takes a few milliseconds, and this may be a busy machine.
const TIME: Duration = Duration::from_secs(3);

#[test]
fn none_fills_the_memory_or_takes_long_and_the_process_lives_on() {
    let values = json!({ "org": { "title": "T" } });
    for (name, html) in list::bombs() {
        let texts = Texts { subject: "Hi".to_owned(), html: html.clone(), text: String::new() };
        let begun = Instant::now();
        let outcome = texts.render(&values).map(|texts| texts.html.len());
        let (took, had) = (begun.elapsed(), most_memory().unwrap());
        assert!(took < TIME, "{name} takes {took:?}: {outcome:?}");
        assert!(had < MEMORY, "{name}: {had} kB: {outcome:?}");
    }
    assert!(!has_runaway(), "nothing goes on behind our back");
    let honest =
        Texts { subject: "Hi".to_owned(), html: "<p>{{ org.title }}</p>".to_owned(), text: String::new() };
    assert_eq!(honest.render(&values).unwrap().text, "T\n");
}

/// The most that this process has had resident so far, in kilobytes, as Linux counts it.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
