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
        let name = local.split(provider.tag).next().filter(|name| !name.is_empty());
        let local = name.unwrap_or(local).replace(provider.ignored, "");
        let domain = provider.domains.first().filter(|_| provider.one_name).unwrap_or(&domain);
        format!("{local}@{domain}")
    }
}

/// How one large provider maps addresses to mailboxes, as is widely known of it.
struct Provider {
    /// Its domains.
    domains: &'static [&'static str],
    /// Whether a name is the same mailbox in all of them.
    one_name: bool,
    /// Letters of a name that make no difference.
    ignored: &'static [char],
    /// What begins the part that makes no difference.
    tag: char,
}

const PROVIDERS: &[Provider] = &[
    Provider { domains: &["gmail.com", "googlemail.com"], one_name: true, ignored: &['.'], tag: '+' },
    Provider {
        domains: &[
            "outlook.com",
            "outlook.at",
            "outlook.be",
            "outlook.cz",
            "outlook.de",
            "outlook.dk",
            "outlook.es",
            "outlook.fr",
            "outlook.hu",
            "outlook.ie",
            "outlook.it",
            "outlook.pt",
            "outlook.sk",
            "hotmail.com",
            "hotmail.be",
            "hotmail.co.uk",
            "hotmail.de",
            "hotmail.es",
            "hotmail.fr",
            "hotmail.it",
            "hotmail.nl",
            "hotmail.se",
            "live.com",
            "live.at",
            "live.be",
            "live.co.uk",
            "live.de",
            "live.dk",
            "live.fr",
            "live.ie",
            "live.it",
            "live.nl",
            "live.se",
            "msn.com",
        ],
        one_name: false,
        ignored: &[],
        tag: '+',
    },
    Provider { domains: &["icloud.com", "me.com", "mac.com"], one_name: true, ignored: &[], tag: '+' },
    Provider { domains: &["proton.me", "protonmail.com", "pm.me"], one_name: true, ignored: &[], tag: '+' },
    Provider { domains: &["fastmail.com", "fastmail.fm"], one_name: false, ignored: &[], tag: '+' },
    Provider { domains: &["mailbox.org", "posteo.de"], one_name: false, ignored: &[], tag: '+' },
    // A name here has no hyphen, but for disposable addresses: a base name, a hyphen and a keyword.
    Provider {
        domains: &[
            "yahoo.com",
            "yahoo.co.uk",
            "yahoo.de",
            "yahoo.es",
            "yahoo.fr",
            "yahoo.ie",
            "yahoo.it",
            "ymail.com",
            "rocketmail.com",
        ],
        one_name: false,
        ignored: &[],
        tag: '-',
    },
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
        for (typed, mailbox) in [
            ("B.Wayne+cave@googlemail.com", "bwayne@gmail.com"),
            ("bwayne@gmail.com", "bwayne@gmail.com"),
            ("b.wayne+cave@outlook.com", "b.wayne@outlook.com"),
            ("b.wayne+cave@hotmail.co.uk", "b.wayne@hotmail.co.uk"),
            ("bwayne@live.nl", "bwayne@live.nl"),
            ("bwayne+cave@me.com", "bwayne@icloud.com"),
            ("b.wayne+cave@pm.me", "b.wayne@proton.me"),
            ("bwayne+cave@fastmail.fm", "bwayne@fastmail.fm"),
            ("bwayne+cave@posteo.de", "bwayne@posteo.de"),
            ("bwayne-cave@yahoo.de", "bwayne@yahoo.de"),
            ("b.wayne+cave@yahoo.com", "b.wayne+cave@yahoo.com"),
            ("b.wayne+cave@gmx.de", "b.wayne+cave@gmx.de"),
            ("b.wayne+cave@example.org", "b.wayne+cave@example.org"),
            ("b-wayne@example.org", "b-wayne@example.org"),
        ] {
            assert_eq!(canonical(typed), mailbox, "{typed}");
            assert_eq!(canonical(mailbox), mailbox, "{mailbox} is canonical already");
        }
    }

    #[test]
    fn an_address_that_is_nothing_but_a_tag_stays_what_it_is() {
        for odd in ["+cave@gmail.com", "-cave@yahoo.com"] {
            assert_eq!(odd.parse::<Email>().unwrap().canonical(), odd);
        }
    }
}
