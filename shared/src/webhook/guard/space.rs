//! Address space: which addresses the whole internet can reach, by IANA's registries.
//!
//! <https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is global unicast, and so may be connected to.
///
/// An allow rule: what is not known to be public is not. IPv6 that embeds an IPv4 address (compatible,
/// mapped, NAT64, 6to4, Teredo, ISATAP) is never public, whatever it embeds.
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
    let [a, b, c, _, interface @ ..] = ip.segments();
    let global_unicast = (0x2000..=0x3fff).contains(&a);
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8))
        || a == 0x2002
        || (a == 0x3fff && b < 0x1000)
        || (a, b, c) == (0x2620, 0x004f, 0x8000);
    let isatap = matches!(interface, [0 | 0x0200, 0x5efe, ..]);
    global_unicast && !special && !isatap
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The registries' blocks, by their first address and the length of their prefix; then multicast.
    const SPECIAL_V4: [(&str, u8); 19] = [
        ("0.0.0.0", 8),
        ("10.0.0.0", 8),
        ("100.64.0.0", 10),
        ("127.0.0.0", 8),
        ("169.254.0.0", 16),
        ("172.16.0.0", 12),
        ("192.0.0.0", 24),
        ("192.0.2.0", 24),
        ("192.31.196.0", 24),
        ("192.52.193.0", 24),
        ("192.88.99.0", 24),
        ("192.168.0.0", 16),
        ("192.175.48.0", 24),
        ("198.18.0.0", 15),
        ("198.51.100.0", 24),
        ("203.0.113.0", 24),
        ("240.0.0.0", 4),
        ("255.255.255.255", 32),
        ("224.0.0.0", 4),
    ];

    const SPECIAL_V6: [(&str, u8); 25] = [
        ("::", 128),
        ("::1", 128),
        ("::", 96),
        ("::ffff:0:0", 96),
        ("64:ff9b::", 96),
        ("64:ff9b:1::", 48),
        ("100::", 64),
        ("100:0:0:1::", 64),
        ("2001::", 23),
        ("2001::", 32),
        ("2001:1::1", 128),
        ("2001:2::", 48),
        ("2001:3::", 32),
        ("2001:4:112::", 48),
        ("2001:20::", 28),
        ("2001:30::", 28),
        ("2001:db8::", 32),
        ("2002::", 16),
        ("2620:4f:8000::", 48),
        ("3fff::", 20),
        ("5f00::", 16),
        ("fc00::", 7),
        ("fe80::", 10),
        ("fec0::", 10),
        ("ff00::", 8),
    ];

    fn v4(first: &str) -> u32 {
        first.parse::<Ipv4Addr>().unwrap().to_bits()
    }

    /// The last address of a block whose first one has these bits.
    fn last(first: u128, prefix: u8, width: u8) -> u128 {
        first | ((1_u128 << (width - prefix)) - 1)
    }

    #[test]
    fn no_block_of_the_registries_is_public_from_its_first_address_to_its_last() {
        for (first, prefix) in SPECIAL_V4 {
            let bits = v4(first);
            let end = u32::try_from(last(u128::from(bits), prefix, 32)).unwrap();
            for ip in [bits, bits + (end - bits) / 2, end].map(Ipv4Addr::from_bits) {
                assert!(!is_public(ip.into()), "{ip} of {first}/{prefix}");
            }
        }
        for (first, prefix) in SPECIAL_V6 {
            let bits = first.parse::<Ipv6Addr>().unwrap().to_bits();
            let end = if prefix == 0 { u128::MAX } else { last(bits, prefix, 128) };
            for ip in [bits, bits + (end - bits) / 2, end].map(Ipv6Addr::from_bits) {
                assert!(!is_public(ip.into()), "{ip} of {first}/{prefix}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_those_blocks_are_public() {
        for ip in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "2001:200::",
            "2001:db7:ffff::1",
            "2001:db9::",
            "2003::",
            "2606:4700::1111",
            "2620:4f:7fff::1",
            "2620:4f:8001::",
            "2a00:1450::1",
            "3fff:1000::",
        ] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    proptest! {
        #[test]
        fn ipv6_that_embeds_ipv4_is_never_public(bits: u32) {
            let low = u128::from(bits);
            let high = u128::from(bits) << 80;
            let prefix = |text: &str| text.parse::<Ipv6Addr>().unwrap().to_bits();
            for (kind, ip) in [
                ("compatible", low),
                ("mapped", prefix("::ffff:0:0") | low),
                ("translated", prefix("::ffff:0:0:0") | low),
                ("NAT64", prefix("64:ff9b::") | low),
                ("local NAT64", prefix("64:ff9b:1::") | low),
                ("6to4", prefix("2002::") | high),
                ("Teredo", prefix("2001::") | !low & 0xffff_ffff),
                ("ISATAP", prefix("2a00:1450::5efe:0:0") | low),
                ("ISATAP of a public address", prefix("2a00:1450::200:5efe:0:0") | low),
            ] {
                let ip = Ipv6Addr::from_bits(ip);
                prop_assert!(!is_public(ip.into()), "{kind}: {ip}");
            }
        }

        #[test]
        fn what_is_public_lies_in_no_block(bits: u32) {
            let in_block = SPECIAL_V4.iter().any(|(first, prefix)| {
                let shift = 32 - u32::from(*prefix);
                bits.checked_shr(shift) == v4(first).checked_shr(shift)
            });
            prop_assert_eq!(is_public(Ipv4Addr::from_bits(bits).into()), !in_block);
        }
    }
}
