//! Addresses of services: where each kind may be, and how far that may reach.

use std::{borrow::Cow, net::IpAddr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::{
    service::{Endpoint, Setting, is_domain},
    violation::Rule,
    webhook::{Reach, WebhookUrl},
};

/// Whether an endpoint may be where it is.
///
/// # Errors
/// The rule of its kind's addresses, where it may not.
pub fn check_address(endpoint: &Endpoint, reach: Reach) -> Result<(), Rule> {
    match endpoint {
        Endpoint::Webhook { address, .. } => webhook(address.as_str(), reach),
        Endpoint::Smtp { address, .. } => server(address.as_str(), reach),
        Endpoint::Sqs { address, .. } => queue(address.as_str(), reach),
        Endpoint::Ses { .. } => Ok(()),
    }
}

macro_rules! addresses {
    ($($(#[$doc:meta])* $name:ident, $check:ident, $max:literal, $pattern:literal;)*) => {
        $(
            $(#[$doc])*
            ///
            /// The local runner also takes addresses on its own machine; elsewhere [`check_address`] refuses them.
            #[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
            #[serde(try_from = "String")]
            pub struct $name(Setting);

            impl TryFrom<String> for $name {
                type Error = Rule;

                fn try_from(text: String) -> Result<Self, Rule> {
                    $check(&text, Reach::Loopback)?;
                    text.try_into().map(Self)
                }
            }

            impl From<$name> for Setting {
                fn from(address: $name) -> Self {
                    address.0
                }
            }

            impl JsonSchema for $name {
                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "maxLength": $max, "pattern": $pattern })
                }
            }
        )*
    };
}

addresses! {
    /// Where a webhook posts: an https address whose host is a domain name, such as `https://crm.example.org/hook`.
    WebhookAddress, webhook, 1000,
    r"^https://([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?(:[0-9]{1,4})?(/[!-~]*)?$";
    /// An SMTP server's host and port, such as `mail.example.org:587`.
    ServerAddress, server, 259,
    r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])?:[1-9][0-9]{0,3}$";
    /// The URL of an Amazon SQS queue, standard or FIFO.
    QueueAddress, queue, 200,
    r"^https://sqs\.[a-z0-9-]+\.amazonaws\.com(\.cn)?/[0-9]{12}/([A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo)$";
}

fn webhook(text: &str, reach: Reach) -> Result<(), Rule> {
    let plain = text.len() <= 1000 && text.bytes().all(|b| b.is_ascii_graphic());
    if plain && WebhookUrl::parse(text, reach).is_ok() {
        return Ok(());
    }
    Err(Rule("must be an https address of a domain name, without user name and password"))
}

fn server(text: &str, reach: Reach) -> Result<(), Rule> {
    let rule = Rule("must be a domain name and a port below 10000, such as mail.example.org:587");
    let (host, port) = text.rsplit_once(':').ok_or(rule)?;
    let digits = port.bytes().all(|b| b.is_ascii_digit()) && !port.starts_with('0');
    let here = reach == Reach::Loopback && is_loopback(host);
    let port = port.parse::<u16>().ok().filter(|port| digits && (here || *port < 10_000));
    if port.is_some() && (here || is_domain(host)) { Ok(()) } else { Err(rule) }
}

fn queue(text: &str, reach: Reach) -> Result<(), Rule> {
    let rule = Rule("must be the URL of an SQS queue");
    let (scheme, rest) = text.split_once("://").ok_or(rule)?;
    let [host, account, name] = *rest.split('/').collect::<Vec<_>>().as_slice() else { return Err(rule) };
    let of_aws = || {
        let host = host.strip_suffix(".cn").unwrap_or(host);
        let region = host.strip_prefix("sqs.").and_then(|host| host.strip_suffix(".amazonaws.com"));
        let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        scheme == "https" && region.is_some_and(|region| !region.is_empty() && region.bytes().all(word))
    };
    let here = || {
        let (name, _) = host.split_once(':').unwrap_or((host, ""));
        reach == Reach::Loopback && scheme == "http" && is_loopback(name)
    };
    let account_fits = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
    let (word, most) = name.strip_suffix(".fifo").map_or((name, 80), |word| (word, 75));
    let fits = account_fits && crate::text::is_word(word, most) && (of_aws() || here());
    if fits { Ok(()) } else { Err(rule) }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_addresses() {
        let long = format!("https://a.example/{}", "x".repeat(1000));
        for (check, good, bad) in [
            (
                webhook as fn(&str, Reach) -> Result<(), Rule>,
                vec!["https://crm.example.org/hook?x=1", "https://crm.example.org"],
                vec!["http://crm.example.org", "https://10.0.0.1/", "https://a.example/\nx", &long],
            ),
            (
                server,
                vec!["mail.example.org:587", "mail.example.org:2587"],
                vec![
                    "mail.example.org",
                    "10.0.0.1:25",
                    "mail.example.org:+25",
                    "mail.example.org:0",
                    "a.org:70000",
                ],
            ),
            (
                queue,
                vec![
                    "https://sqs.eu-central-1.amazonaws.com/123456789012/proca-push-crm",
                    "https://sqs.cn-north-1.amazonaws.com.cn/123456789012/proca-push-crm.fifo",
                ],
                vec![
                    "https://sqs.eu-central-1.amazonaws.com/123456789012/.fifo",
                    "https://sqs.eu-central-1.amazonaws.com.evil.org/123456789012/q",
                    "https://sqs..amazonaws.com/1/q",
                    "http://sqs.eu-central-1.amazonaws.com/123456789012/q",
                ],
            ),
        ] {
            for address in good {
                assert!(check(address, Reach::Public).is_ok(), "{address}");
            }
            for address in bad {
                assert!(check(address, Reach::Loopback).is_err(), "{address}");
            }
        }
    }

    #[test]
    fn this_machine_is_for_the_local_runner_alone() {
        for (check, address) in [
            (webhook as fn(&str, Reach) -> Result<(), Rule>, "http://127.0.0.1:9000/hook"),
            (server, "127.0.0.1:25025"),
            (queue, "http://127.0.0.1:9324/000000000000/crm"),
        ] {
            assert!(check(address, Reach::Loopback).is_ok(), "{address}");
            assert!(check(address, Reach::Public).is_err(), "{address}");
        }
    }
}
