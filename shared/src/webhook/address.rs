//! Where a webhook may be: https, a host by name, an address that the whole internet could reach.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use url::{Host, Url};

/// How far outgoing connections may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// To the public internet alone.
    Public,
    /// Also to this machine, over plain http. For the local runner.
    Loopback,
}

/// A checked address to post to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookUrl(Url);

impl WebhookUrl {
    /// Checks an address: https, no credentials, no IP literal in any spelling.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(|_| AddressError::NoUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials);
        }
        if reach == Reach::Loopback && is_loopback(&url) {
            return Ok(Self(url));
        }
        match (url.scheme(), url.host()) {
            ("https", Some(Host::Domain(domain))) if domain.contains('.') => Ok(Self(url)),
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
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(domain)) => domain == "localhost",
        None => false,
    }
}

/// Whether an address is global unicast, and so may be connected to.
///
/// An allow rule by IANA's special-purpose registries: what is not known to be public is not.
/// IPv6 that embeds an IPv4 address (mapped, NAT64, 6to4, Teredo) is never public.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = match a {
        0 | 10 | 127 | 224..=255 => true,
        100 => (64..=127).contains(&b),
        169 => b == 254,
        172 => (16..=31).contains(&b),
        192 => b == 168 || matches!((b, c), (0, 0 | 2) | (31, 196) | (52, 193) | (88, 99) | (175, 48)),
        198 => b == 18 || b == 19 || (b, c) == (51, 100),
        203 => (b, c) == (0, 113),
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let global_unicast = (0x2000..=0x3fff).contains(&a);
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        || a == 0x2002
        || (a == 0x3fff && b < 0x1000)
        || a == 0x2620 && b == 0x004f;
    global_unicast && !special
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
    use super::*;

    #[test]
    fn only_https_to_a_named_host_passes() {
        assert!(WebhookUrl::parse("https://crm.example.org/hook?x=1", Reach::Public).is_ok());
        for bad in [
            "http://crm.example.org",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://user:pw@crm.example.org/",
            "https://localhost/",
            "ftp://crm.example.org/",
            "crm.example.org",
            "https://017700000001/",
        ] {
            assert!(WebhookUrl::parse(bad, Reach::Public).is_err(), "{bad}");
        }
        assert!(WebhookUrl::parse("http://127.0.0.1:9000/x", Reach::Loopback).is_ok());
        assert!(WebhookUrl::parse("http://10.0.0.1:9000/x", Reach::Loopback).is_err());
    }

    #[test]
    fn only_global_unicast_is_public() {
        for good in ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00:1450::1"] {
            assert!(is_public(good.parse().unwrap()), "{good}");
        }
        for bad in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.31.0.1",
            "192.0.0.8",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2001::1",
            "2001:db8::1",
            "2002:808:808::1",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "fd00:ec2::254",
        ] {
            assert!(!is_public(bad.parse().unwrap()), "{bad}");
        }
    }
}
