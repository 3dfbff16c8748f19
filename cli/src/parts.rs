//! Answers in parts: written as they come, one after another.

use std::io::Write;

use clap::ArgMatches;

use crate::{
    call::Call,
    client::{Answer, Client},
    document::Operation,
    failure::Failure,
    settings::Settings,
    show,
};

/// Writes every part of an answer, and says on the side how far it has come.
///
/// # Errors
/// Where the API refuses or is not reached; what was written until then is whole, and it is said with which
/// cursor it goes on.
pub fn write(
    operation: &Operation,
    given: &ArgMatches,
    settings: Settings,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let Settings { url, token, org } = settings;
    let mut call = Call::new(operation, given, org.as_deref())?;
    if operation.secured && token.is_none() {
        return Err(Failure::NotLoggedIn(url));
    }
    let client = Client::new(url, token);
    let (mut lines, mut cursor) = (0, None::<String>);
    loop {
        let part = match client.send(&call, Some(operation)) {
            Ok(part) => part,
            Err(failure) => {
                if let Some(cursor) = cursor {
                    aside(&format!("to go on: --cursor {cursor}"));
                }
                return Err(failure);
            }
        };
        out.write_all(part.text.as_bytes())?;
        out.flush()?;
        lines += part.text.lines().count();
        tell(&part, lines);
        let Some(next) = part.next else { return Ok(()) };
        call = call.from_cursor(&next);
        cursor = Some(next);
    }
}

fn tell(part: &Answer, lines: usize) {
    match (&part.reached, &part.complete_until) {
        (Some(reached), _) => aside(&format!("{lines} lines, up to {reached}")),
        (None, Some(until)) => aside(&format!("{lines} lines; the next one: --since {until}")),
        (None, None) => aside(&format!("{lines} lines")),
    }
}

#[expect(clippy::print_stderr, reason = "a person reads it, and no program that reads the answer")]
fn aside(text: &str) {
    eprintln!("{}", show::harmless(text));
}
