//! E-mail addresses: what is accepted, and what is the same mailbox.

use std::net::IpAddr;

use crate::text::personal_value;
use crate::violation::Rule;

personal_value! {
    /// An e-mail address, trimmed and lower-cased; at most 254 characters.
    ///
    /// The local part is ASCII, at most 64 characters, without quotes; the domain has a dot and is
    /// kept in its IDNA (UTS 46) ASCII form. Mail always goes to this address.
    Email, |text| parse(&text)
}

impl Email {
    /// The part after the `@`, in ASCII form.
    pub fn domain(&self) -> &str {
        self.expose().split_once('@').map_or("", |(_, domain)| domain)
    }

    /// The mailbox this address most likely reaches, for limits: tags are cut off at any provider.
    ///
    /// Two people may share one where a provider knows no tags; so it says nothing of who somebody is.
    pub fn mailbox(&self) -> String {
        let canonical = self.canonical();
        match canonical.split_once('@') {
            Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or(local)),
            None => canonical,
        }
    }

    /// The mailbox this address reaches, for telling whether two addresses are one person's.
    ///
    /// Never send mail to it: a provider's rules may change.
    pub fn canonical(&self) -> String {
        let (local, domain) = self.expose().split_once('@').unwrap_or_default();
        let Some(provider) = PROVIDERS.iter().find(|p| p.domains.contains(&domain)) else {
            return self.expose().to_owned();
        };
        let local = if provider.plus_tags { local.split('+').next().unwrap_or(local) } else { local };
        let local = if provider.ignores_dots { local.replace('.', "") } else { local.to_owned() };
        format!("{local}@{}", provider.domains.first().unwrap_or(&domain))
    }
}

/// How one large provider maps addresses to mailboxes.
struct Provider {
    /// Domains that are one and the same; the first stands for all.
    domains: &'static [&'static str],
    ignores_dots: bool,
    plus_tags: bool,
}

const PROVIDERS: &[Provider] = &[
    Provider { domains: &["gmail.com", "googlemail.com"], ignores_dots: true, plus_tags: true },
    Provider { domains: &["outlook.com"], ignores_dots: false, plus_tags: true },
    Provider { domains: &["hotmail.com"], ignores_dots: false, plus_tags: true },
    Provider { domains: &["live.com"], ignores_dots: false, plus_tags: true },
    Provider { domains: &["icloud.com", "me.com", "mac.com"], ignores_dots: false, plus_tags: true },
    Provider { domains: &["proton.me", "protonmail.com", "pm.me"], ignores_dots: false, plus_tags: true },
    Provider { domains: &["fastmail.com"], ignores_dots: false, plus_tags: true },
];

const RULE: Rule = Rule("must be an e-mail address such as name@example.org");

fn parse(text: &str) -> Result<String, Rule> {
    let text = text.trim();
    let (local, domain) = text.rsplit_once('@').ok_or(RULE)?;
    if !is_local_part(local) {
        return Err(RULE);
    }
    let domain = idna::domain_to_ascii_strict(domain).map_err(|_| RULE)?;
    let address = format!("{}@{domain}", local.to_ascii_lowercase());
    let dotted = domain.contains('.') && !domain.ends_with('.') && domain.parse::<IpAddr>().is_err();
    let numeric_end = domain.rsplit('.').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
    if dotted && !numeric_end && address.len() <= 254 { Ok(address) } else { Err(RULE) }
}

/// A dot-atom (RFC 5322, 3.2.3) of at most 64 characters.
fn is_local_part(local: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_lower_cased_and_in_ascii() {
        let email: Email = "  Bruce.W@Bücher.Example ".parse().unwrap();
        assert_eq!(email.expose(), "bruce.w@xn--bcher-kva.example");
        assert_eq!(format!("{email:?}"), "Email(..)");
    }

    #[test]
    fn tags_make_no_other_mailbox_and_dots_only_where_they_count() {
        let mailbox = |text: &str| text.parse::<Email>().unwrap().mailbox();
        assert_eq!(mailbox("b.wayne+1@example.org"), "b.wayne@example.org");
        assert_eq!(mailbox("b.wayne+1@googlemail.com"), "bwayne@gmail.com");
        assert_ne!(mailbox("b.wayne@example.org"), mailbox("bwayne@example.org"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@x.org",
            "a@",
            "a@localhost",
            "a b@x.org",
            "\"a b\"@x.org",
            "a@[127.0.0.1]",
            "a@127.0.0.1",
            "a..b@x.org",
            ".a@x.org",
            "é@x.org",
            "a@x..org",
            "a@x.org.",
            "a@-x.org",
            "a@x.org\r\nBcc: b@x.org",
            &long,
        ] {
            assert!(bad.parse::<Email>().is_err(), "{bad}");
        }
    }

    #[test]
    fn one_mailbox_has_one_canonical_address() {
        let canonical = |s: &str| s.parse::<Email>().unwrap().canonical();
        assert_eq!(canonical("B.Wayne+cave@googlemail.com"), "bwayne@gmail.com");
        assert_eq!(canonical("b.wayne+cave@outlook.com"), "b.wayne@outlook.com");
        assert_eq!(canonical("b.wayne+cave@example.org"), "b.wayne+cave@example.org");
    }
}
