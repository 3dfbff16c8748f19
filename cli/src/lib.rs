//! The command line `proca`: everything the API does, made from the API's own description.
//!
//! Nothing here knows a resource, but for what never leaves this machine: opening sealed contacts. A command is an operation of `openapi.json`; its arguments are the
//! operation's parameters and the members of its body; its help is what the description says.

pub mod call;
pub mod client;
pub mod command;
pub mod document;
pub mod environment;
pub mod example;
pub mod failure;
pub mod input;
pub mod own;
pub mod parts;
pub mod profile;
pub mod refusal;
#[cfg(test)]
mod sample;
pub mod sealed;
pub mod settings;
pub mod shape;
pub mod show;
pub mod token;

use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

use clap::ArgMatches;
use serde_json::{Value, json};

use crate::{
    call::{Call, flagged},
    client::{Answer, Client},
    command::id,
    document::{Document, Operation},
    environment::Environment,
    failure::{Failure, Usage},
    profile::Profiles,
    settings::Settings,
};

/// Does what a command line says, and tells how it went.
pub fn start(environment: &Environment, line: impl Iterator<Item = OsString>) -> ExitCode {
    let document = match Document::built_in() {
        Ok(document) => document,
        Err(error) => return told(&Failure::Description(error)),
    };
    let given = match command::build(&document).try_get_matches_from(line) {
        Ok(given) => given,
        Err(error) => {
            return match error.print() {
                Ok(()) => ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2)),
                Err(error) => told(&Failure::Output(error)),
            };
        }
    };
    let mut out = io::stdout().lock();
    match run(&document, &given, environment, &mut out).and_then(|()| Ok(out.flush()?)) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has read enough, as `head` does.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => told(&failure),
    }
}

#[expect(clippy::print_stderr, reason = "a person reads it")]
fn told(failure: &Failure) -> ExitCode {
    eprintln!("proca: {failure}");
    ExitCode::from(failure.exit_code())
}

fn run(
    document: &Document,
    given: &ArgMatches,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let Some((noun, of_noun)) = given.subcommand() else { return Ok(()) };
    match noun {
        "login" => return own::login(of_noun, environment, out),
        "profile" => return own::profile(of_noun, environment, out),
        "completion" => return own::completion(of_noun, command::build(document), out),
        _ => {}
    }
    let Some((verb, of_verb)) = of_noun.subcommand() else { return Ok(()) };
    if (noun, verb) == (sealed::NOUN, sealed::VERB) {
        return sealed::open(of_verb, out);
    }
    let Some(operation) = document.operations.iter().find(|o| o.noun == noun && o.verb == verb) else {
        return Ok(());
    };
    let profiles = Profiles::read(environment.config.as_ref())?;
    let settings = Settings::new(&[given, of_verb], environment, &profiles)?;
    if operation.in_parts {
        return parts::write(operation, of_verb, settings, out);
    }
    let answer = ask(operation, of_verb, settings)?;
    print(&answer, flagged(given, id::JSON) || flagged(of_verb, id::JSON), out)
}

/// Sends what an operation needs: for its version, then itself, then for further pages.
fn ask(operation: &Operation, given: &ArgMatches, settings: Settings) -> Result<Answer, Failure> {
    let Settings { url, token, org } = settings;
    let mut call = Call::new(operation, given, org.as_deref())?;
    let for_version = call.for_version(operation, given, org.as_deref())?;
    if operation.secured && token.is_none() {
        return Err(Failure::NotLoggedIn(url));
    }
    let client = Client::new(url, token);
    if let Some(read) = for_version {
        let shown = client.send(&read, None)?.json();
        let version = shown.as_ref().and_then(|shown| shown.get("version")).and_then(Value::as_u64);
        call.version = Some(version.ok_or(Usage::NoVersion)?);
    }
    if operation.paged() && flagged(given, id::ALL) {
        return all_pages(&client, operation, call);
    }
    client.send(&call, Some(operation))
}

/// Follows the cursors from page to page; one list with everything in it.
fn all_pages(client: &Client, operation: &Operation, mut call: Call) -> Result<Answer, Failure> {
    let mut all = Vec::new();
    loop {
        let mut page = client.send(&call, Some(operation))?.json().ok_or(Failure::NotTheApi(200))?;
        if let Some(Value::Array(items)) = page.get_mut("items").map(Value::take) {
            all.extend(items);
        }
        let Some(next) = page.get("next").and_then(Value::as_str) else {
            let text = json!({ "items": all }).to_string();
            return Ok(Answer { text, next: None, reached: None, complete_until: None });
        };
        call.query.retain(|(name, _)| name != "cursor");
        call.query.push(("cursor".to_owned(), next.to_owned()));
    }
}

#[expect(clippy::print_stderr, reason = "a person reads it, and no program that reads the answer")]
fn print(answer: &Answer, as_it_is: bool, out: &mut dyn Write) -> Result<(), Failure> {
    let json = answer.json();
    let Some(json) = json.filter(|_| !as_it_is) else {
        return if answer.text.is_empty() { Ok(()) } else { Ok(writeln!(out, "{}", answer.text)?) };
    };
    show::answer(out, &json)?;
    // A feed says itself whether there is more, and always where it goes on.
    if let (None, Some(next)) = (json.get("more"), json.get("next").and_then(Value::as_str)) {
        eprintln!("there is more: --all, or --cursor {}", show::harmless(next));
    }
    Ok(())
}
