//! Where a webhook may be: https, and a host by its name.

use std::fmt;

use url::{Host, Url};

use super::Reach;
use crate::service::is_domain;

/// A checked address to post to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Checks an address: https, no credentials, a dotted domain name and no IP literal in any spelling.
    ///
    /// It is checked as the URL standard reads it, and used as that writes it: digits in other scripts,
    /// octal and hexadecimal numbers, escapes and backslashes are what they stand for by then.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::NoUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if reach == Reach::Loopback && is_loopback(&url) {
            return Ok(Self(url));
        }
        match (url.scheme(), url.host()) {
            ("https", Some(Host::Domain(domain))) if is_domain(domain) => Ok(Self(url)),
            ("https", _) => Err(AddressError::NoDomain),
            _ => Err(AddressError::NotHttps),
        }
    }

    /// The address.
    pub const fn as_url(&self) -> &Url {
        &self.0
    }
}

fn is_loopback(url: &Url) -> bool {
    let speaks_http = matches!(url.scheme(), "http" | "https");
    speaks_http
        && match url.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(domain)) => domain == "localhost",
            None => false,
        }
}

/// Why an address may not be posted to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressError {
    /// It is no URL.
    NoUrl,
    /// It is not https.
    NotHttps,
    /// It carries a user name or password.
    Credentials,
    /// Its host is not a domain name with a dot.
    NoDomain,
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoUrl => "the address is no URL",
            Self::NotHttps => "the address must begin with https://",
            Self::Credentials => "the address must not carry a user name or password",
            Self::NoDomain => "the host must be a domain name, not an IP address",
        })
    }
}

impl std::error::Error for AddressError {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn public(text: &str) -> Result<WebhookUrl, AddressError> {
        WebhookUrl::parse(text, Reach::Public)
    }

    #[test]
    fn https_to_a_named_host_passes() {
        for good in [
            "https://crm.example.org/hook?x=1",
            "https://crm.example.org:8443",
            "HTTPS://CRM.Example.ORG/",
            "https://bücher.example/",
            "https://crm.example.org/http://127.0.0.1/",
            "https://crm.example.org/@127.0.0.1",
            "https://crm.example.org?@127.0.0.1",
            "https://crm.example.org#@127.0.0.1",
        ] {
            let url = public(good).unwrap_or_else(|error| panic!("{good}: {error}"));
            let host = url.as_url().host_str().unwrap().to_owned();
            assert!(["crm.example.org", "xn--bcher-kva.example"].contains(&host.as_str()), "{good}");
        }
    }

    #[test]
    fn an_address_in_any_spelling_is_no_name() {
        for bad in [
            "https://127.0.0.1/",
            "https://127.0.0.1.:443/",
            "https://127.1/",
            "https://127.0.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://0177.0.0.1/",
            "https://0x7f000001/",
            "https://0x7f.1/",
            "https://0X7F.0.0.0x1/",
            "https://1.0x7f/",
            "https://0/",
            "https://0.0.0.0/",
            "https://%31%32%37.0.0.1/",
            "https://127%2e0%2e0%2e1/",
            "https://１２７.０.０.１/",
            "https://①②⑦.⓪.⓪.①/",
            "https://127。0。0。1/",
            "https://127.0.0.1\t/",
            "https://12\n7.0.0.1/",
            " https://127.0.0.1/",
            "https:127.0.0.1",
            "https:/127.0.0.1",
            "https:\\\\127.0.0.1\\",
            "https:////127.0.0.1/",
            "https://[::1]/",
            "https://[0:0:0:0:0:0:0:1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::ffff:a00:1]/",
            "https://[::10.0.0.1]/",
            "https://[64:ff9b::a00:1]/",
            "https://[2606:4700::1111]/",
            "https://8.8.8.8/",
        ] {
            assert_eq!(public(bad).map(|_| ()), Err(AddressError::NoDomain), "{bad}");
        }
        for unreadable in
            ["https://256.256.256.256/", "https://[fe80::1%25eth0]/", "https://[::1/", "https://"]
        {
            assert_eq!(public(unreadable).map(|_| ()), Err(AddressError::NoUrl), "{unreadable}");
        }
    }

    #[test]
    fn a_name_has_a_dot_and_nothing_after_its_last_word() {
        for bad in [
            "https://localhost/",
            "https://localhost./",
            "https://LOCALHOST/",
            "https://loc\u{ad}alhost/",
            "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
            "https://crm.example.org./",
            "https://metadata/",
            "https://a..example.org/",
            "https://crm_1.example.org/",
            "https://*.example.org/",
        ] {
            assert_eq!(public(bad).map(|_| ()), Err(AddressError::NoDomain), "{bad}");
        }
    }

    #[test]
    fn nothing_but_https_and_no_credentials() {
        for bad in [
            "http://crm.example.org",
            "ftp://crm.example.org/",
            "file:///etc/passwd",
            "gopher://127.0.0.1:25/",
        ] {
            assert_eq!(public(bad).map(|_| ()), Err(AddressError::NotHttps), "{bad}");
        }
        for bad in [
            "https://user:pw@crm.example.org/",
            "https://user@crm.example.org/",
            "https://crm.example.org@127.0.0.1/",
            "https://crm.example.org%2f@127.0.0.1/",
            "https://crm.example.org\\@127.0.0.1@127.0.0.1/",
            "https://:pw@crm.example.org/",
        ] {
            let refused = public(bad).map(|url| url.as_url().host_str().map(str::to_owned));
            assert!(
                refused == Err(AddressError::Credentials)
                    || refused == Ok(Some("crm.example.org".to_owned())),
                "{bad}: {refused:?}"
            );
        }
        assert_eq!(public("crm.example.org").map(|_| ()), Err(AddressError::NoUrl));
    }

    #[test]
    fn this_machine_is_for_the_local_runner_alone() {
        for here in ["http://127.0.0.1:9000/x", "http://localhost/x", "https://[::1]:1/"] {
            assert!(WebhookUrl::parse(here, Reach::Loopback).is_ok(), "{here}");
            assert!(public(here).is_err(), "{here}");
        }
        for elsewhere in ["http://10.0.0.1:9000/x", "http://0.0.0.0/", "ftp://127.0.0.1/"] {
            assert!(WebhookUrl::parse(elsewhere, Reach::Loopback).is_err(), "{elsewhere}");
        }
    }

    proptest! {
        /// The client reads the address once more: what it connects to must be what was checked.
        #[test]
        fn the_client_reads_the_same_host(text in r"https://[a-z0-9.%:@\\/?#\[\]_*０-９。-]{1,40}") {
            if let Ok(url) = public(&text) {
                let uri: hyper::Uri = url.as_url().as_str().parse().unwrap();
                prop_assert_eq!(uri.host(), url.as_url().host_str());
                prop_assert_eq!(uri.port_u16(), url.as_url().port());
            }
        }
    }
}
