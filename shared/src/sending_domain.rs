//! What the mail service knows of a domain that mails come from, and the DNS records that it still misses.

use schemars::JsonSchema;
use serde::Serialize;

use crate::service::DomainName;

/// How far the mail service has come with something it looks for in DNS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// It has found it.
    Found,
    /// It looks for it.
    Awaited,
    /// It has given up looking.
    GivenUp,
}

/// What the mail service knows of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Whether it sends from it.
    pub sends: bool,
    /// How far it has come with the keys that sign mails.
    pub dkim: Proof,
    /// The keys' names; none where the domain's owner brings keys of their own.
    pub dkim_tokens: Vec<String>,
    /// The zone that the keys are in.
    pub dkim_zone: String,
    /// The domain that bounces come back to, where it is not the mail service's own.
    pub mail_from: Option<(DomainName, Proof)>,
}

/// Whether mails may come from a domain, and what is missing where not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SendingDomain {
    /// The domain.
    domain: DomainName,
    /// Whether the mail service sends from it.
    sends: bool,
    /// How it stands, in a sentence for each thing.
    findings: Vec<String>,
    /// The records that are still to be made in DNS.
    missing: Vec<DnsRecord>,
}

/// A record of the domain name system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DnsRecord {
    /// Its full name.
    name: String,
    /// `CNAME`, `MX` or `TXT`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What it says.
    value: String,
}

impl SendingDomain {
    /// What is to be done for a domain of which SES in this region knows so much, or nothing.
    pub fn judge(domain: DomainName, identity: Option<&Identity>, region: &str) -> Self {
        let Some(identity) = identity else {
            let finding = "SES does not know the domain: whoever runs the instance adds it as an identity";
            return Self { domain, sends: false, findings: vec![finding.to_owned()], missing: Vec::new() };
        };
        let (mut findings, mut missing) = (Vec::new(), Vec::new());
        findings.push(said("the keys that sign its mails (DKIM)", identity.dkim));
        if identity.dkim != Proof::Found {
            missing.extend(identity.dkim_tokens.iter().map(|token| DnsRecord {
                name: format!("{token}._domainkey.{domain}"),
                kind: "CNAME",
                value: format!("{token}.{}", identity.dkim_zone),
            }));
        }
        if let Some((mail_from, proof)) = &identity.mail_from {
            findings
                .push(said(&format!("the records of {mail_from}, to which bounces go (MAIL FROM)"), *proof));
            if *proof != Proof::Found {
                let record = |kind, value: String| DnsRecord { name: mail_from.to_string(), kind, value };
                missing.push(record("MX", format!("10 feedback-smtp.{region}.amazonses.com")));
                missing.push(record("TXT", "v=spf1 include:amazonses.com ~all".to_owned()));
            }
        }
        let sends = if identity.sends {
            "SES sends from the domain"
        } else {
            "SES does not send from the domain yet"
        };
        findings.push(sends.to_owned());
        Self { domain, sends: identity.sends, findings, missing }
    }
}

fn said(what: &str, proof: Proof) -> String {
    match proof {
        Proof::Found => format!("SES has found {what}"),
        Proof::Awaited => format!("SES looks for {what}, which may take it up to three days"),
        Proof::GivenUp => {
            format!("SES has given up looking for {what}: make the records, then have it look again")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(dkim: Proof, mail_from: Option<Proof>) -> Identity {
        Identity {
            sends: dkim == Proof::Found,
            dkim,
            dkim_tokens: vec!["aaa".to_owned(), "bbb".to_owned()],
            dkim_zone: "dkim.amazonses.com".to_owned(),
            mail_from: mail_from.map(|proof| ("bounce.example.org".parse().unwrap(), proof)),
        }
    }

    fn judged(identity: Option<&Identity>) -> (bool, String, Vec<String>) {
        let judged = SendingDomain::judge("example.org".parse().unwrap(), identity, "eu-central-1");
        let missing = judged.missing.iter().map(|r| format!("{} {} {}", r.name, r.kind, r.value)).collect();
        (judged.sends && judged.missing.is_empty(), judged.findings.join("; "), missing)
    }

    #[test]
    fn what_is_missing_is_said_in_words_and_records() {
        let (complete, findings, missing) = judged(Some(&identity(Proof::Awaited, Some(Proof::GivenUp))));
        assert!(
            !complete && findings.contains("SES looks for the keys") && findings.contains("has given up")
        );
        assert_eq!(
            missing,
            [
                "aaa._domainkey.example.org CNAME aaa.dkim.amazonses.com",
                "bbb._domainkey.example.org CNAME bbb.dkim.amazonses.com",
                "bounce.example.org MX 10 feedback-smtp.eu-central-1.amazonses.com",
                "bounce.example.org TXT v=spf1 include:amazonses.com ~all",
            ]
        );
        let (complete, findings, missing) = judged(Some(&identity(Proof::Found, None)));
        assert!(
            complete && missing.is_empty() && findings.ends_with("SES sends from the domain"),
            "{findings}"
        );
        let (complete, findings, missing) = judged(None);
        assert!(!complete && missing.is_empty() && findings.contains("does not know"), "{findings}");
    }
}
