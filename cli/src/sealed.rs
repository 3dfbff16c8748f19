//! `proca key open`: opens sealed contacts, on this machine alone. Nothing is sent anywhere.

use std::{fmt, io::Write};

use base64::{Engine, engine::general_purpose::STANDARD};
use clap::{Arg, ArgMatches, Command};
use crypto_box::SecretKey;
use serde_json::Value;

use crate::{
    call::one,
    command::id,
    failure::{Failure, Usage},
    input, show,
};

/// The noun that the command goes with.
pub const NOUN: &str = "key";

/// What is done.
pub const VERB: &str = "open";

const LONG_ABOUT: &str = "\
Opens sealed contacts with your organisation's private key.

All of it happens on this machine: neither the key nor what it opens is sent anywhere. The private key comes \
from a file, since an argument could be seen by others; after a change of keys the file may hold several, one \
a line, and each contact is opened by whichever fits.

What is sealed are payloads, one a line, or JSON that has them: messages as a webhook or queue gets them, or \
answers of `proca supporter get --json`. What was in them is printed as JSON, one a line, in the same order.";

const EXAMPLE: &str = "\
Example:
  proca key open --private-key safe.key message.json
  proca supporter get 1-… --json | proca key open --private-key safe.key";

/// The byte before a sealed box of libsodium (`crypto_box_seal`).
const FORMAT_BYTE: u8 = 1;

/// Why something was not opened; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unopened {
    /// Nothing sealed was given.
    Nothing,
    /// It is no payload, or of a form that this program does not know.
    NoPayload(usize),
    /// None of the private keys opens it.
    OtherKey(usize),
    /// What is in it is no JSON.
    NoJson(usize),
}

/// The command.
pub fn command() -> Command {
    let key = Arg::new(id::PRIVATE_KEY).long(id::PRIVATE_KEY).value_name("FILE").required(true);
    let sealed = Arg::new(id::SEALED).value_name("FILE").default_value("-");
    Command::new(VERB)
        .about("Opens sealed contacts on this machine, sending nothing anywhere")
        .long_about(LONG_ABOUT)
        .after_long_help(EXAMPLE)
        .arg(key.help("The private key as base64, from a file; - from what is piped in."))
        .arg(sealed.help("What is sealed, from a file; - from what is piped in."))
}

/// Opens what is given, or says which of it does not open.
pub fn open(given: &ArgMatches, out: &mut dyn Write) -> Result<(), Failure> {
    let file = |id| one::<String>(given, id).map_or("-", String::as_str);
    let (keys, sealed) = (file(id::PRIVATE_KEY), file(id::SEALED));
    if keys == sealed && keys == "-" {
        return Err(Usage::PipedTwice.into());
    }
    let read = |file| input::read(file).map_err(Usage::Unreadable);
    let keys = private_keys(&read(keys)?)?;
    for opened in open_all(&keys, &read(sealed)?)? {
        writeln!(out, "{}", show::harmless(&opened.to_string()))?;
    }
    Ok(())
}

fn private_keys(text: &str) -> Result<Vec<SecretKey>, Usage> {
    let key = |line: &str| -> Option<SecretKey> {
        let bytes: [u8; 32] = STANDARD.decode(line).ok()?.try_into().ok()?;
        Some(SecretKey::from(bytes))
    };
    let keys: Option<Vec<_>> = text.split_whitespace().map(key).collect();
    keys.filter(|keys| !keys.is_empty()).ok_or(Usage::NoPrivateKey)
}

/// Everything that is sealed in the text, opened.
fn open_all(keys: &[SecretKey], text: &str) -> Result<Vec<Value>, Unopened> {
    let payloads = payloads(text);
    if payloads.is_empty() {
        return Err(Unopened::Nothing);
    }
    payloads.iter().zip(1..).map(|(payload, nth)| open_one(keys, payload, nth)).collect()
}

fn open_one(keys: &[SecretKey], payload: &str, nth: usize) -> Result<Value, Unopened> {
    let bytes = STANDARD.decode(payload).map_err(|_| Unopened::NoPayload(nth))?;
    let sealed = bytes.strip_prefix(&[FORMAT_BYTE]).ok_or(Unopened::NoPayload(nth))?;
    let plain = keys.iter().find_map(|key| key.unseal(sealed).ok()).ok_or(Unopened::OtherKey(nth))?;
    serde_json::from_slice(&plain).map_err(|_| Unopened::NoJson(nth))
}

/// The payloads in a text: those in its JSON, or else its words.
fn payloads(text: &str) -> Vec<String> {
    let values: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(text).into_iter().collect();
    let mut found = Vec::new();
    match values {
        Ok(values) if values.iter().all(|value| value.is_object() || value.is_array()) => {
            for value in &values {
                find(value, &mut found);
            }
        }
        Ok(_) | Err(_) => found.extend(text.split_whitespace().map(str::to_owned)),
    }
    found
}

/// Finds what is sealed in a value: whatever has a payload beside the key it is sealed to.
fn find(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if let (Some(payload), true) = (members.get("payload"), members.contains_key("encryptKey")) {
                found.extend(payload.as_str().map(str::to_owned));
            }
            members.values().for_each(|value| find(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| find(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("there is nothing sealed in it"),
            Self::NoPayload(nth) => write!(f, "number {nth} is no sealed contact that this program knows"),
            Self::OtherKey(nth) => write!(f, "number {nth} was sealed to another key"),
            Self::NoJson(nth) => write!(f, "what is in number {nth} is no contact"),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `{"firstName":"Bruce"}`, sealed by libsodium to the private key of 32 times 7.
    const SEALED: &str =
        "AdQHqifJkoa/jm0T8/S3IbwCTlJshTvggZduRTwwe3QYwa2qwaNhntlgstR4eyZRZvcuVK81UxN7ocsMeBecQPj5EoP3VA==";

    fn keys(seeds: &[u8]) -> Vec<SecretKey> {
        let text: Vec<_> = seeds.iter().map(|seed| STANDARD.encode([*seed; 32])).collect();
        private_keys(&text.join("\n")).unwrap()
    }

    #[test]
    fn what_libsodium_sealed_opens_wherever_it_stands() {
        let bruce = json!({ "firstName": "Bruce" });
        let message = json!({ "personalInfo": { "payload": SEALED, "encryptKey": {} }, "payload": "no" });
        let listed = json!({ "items": [{ "sealed": { "payload": SEALED, "encryptKey": {} } }] });
        for given in [
            format!("{SEALED}\n{SEALED}\n"),
            format!("{message}\n{message}"),
            format!("{message}\n{listed}"),
            format!("[{message}, {message}]"),
        ] {
            assert_eq!(open_all(&keys(&[8, 7]), &given), Ok(vec![bruce.clone(), bruce.clone()]), "{given}");
        }
    }

    #[test]
    fn what_does_not_open_is_told_by_its_place() {
        let other = STANDARD.encode([2; 60]);
        for (given, why) in [
            (String::new(), Unopened::Nothing),
            ("{}".to_owned(), Unopened::Nothing),
            (format!("{SEALED} {other}"), Unopened::NoPayload(2)),
            (format!("{SEALED} ???"), Unopened::NoPayload(2)),
        ] {
            assert_eq!(open_all(&keys(&[7]), &given), Err(why), "{given}");
        }
        assert_eq!(open_all(&keys(&[8, 9]), SEALED), Err(Unopened::OtherKey(1)));
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        for bad in ["", "abc", "AAAA"] {
            assert!(private_keys(bad).is_err(), "{bad}");
        }
    }
}
