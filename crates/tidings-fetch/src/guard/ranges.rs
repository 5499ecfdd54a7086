//! Which addresses are of the public internet, by the IANA special-purpose
//! registries. The standard library's `is_global` is not stable.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Base, prefix length, and what it is for.
const NOT_PUBLIC_V4: &[([u8; 4], u32)] = &[
    ([0, 0, 0, 0], 8),        // this network
    ([10, 0, 0, 0], 8),       // private
    ([100, 64, 0, 0], 10),    // carrier-grade NAT; 100.100.100.200 serves metadata
    ([127, 0, 0, 0], 8),      // loopback
    ([168, 63, 129, 16], 32), // a cloud's wire server: metadata, though the address is public
    ([169, 254, 0, 0], 16),   // link-local; 169.254.169.254 serves metadata
    ([172, 16, 0, 0], 12),    // private
    ([192, 0, 0, 0], 24),     // protocol assignments; 192.0.0.192 serves metadata
    ([192, 0, 2, 0], 24),     // documentation
    ([192, 88, 99, 0], 24),   // 6to4 relays, withdrawn
    ([192, 168, 0, 0], 16),   // private
    ([198, 18, 0, 0], 15),    // benchmarking
    ([198, 51, 100, 0], 24),  // documentation
    ([203, 0, 113, 0], 24),   // documentation
    ([224, 0, 0, 0], 4),      // multicast
    ([240, 0, 0, 0], 4),      // reserved, broadcast
];

/// Inside `2000::/3`, which is all that is public in IPv6.
const NOT_PUBLIC_V6: &[([u16; 2], u32)] = &[
    ([0x2001, 0], 23),      // protocol assignments: Teredo, benchmarking, ORCHID
    ([0x2001, 0x0db8], 32), // documentation
    ([0x2002, 0], 16),      // 6to4, withdrawn: it wraps any IPv4 address
    ([0x3fff, 0], 20),      // documentation
];

/// Whether `address` is of the public internet.
///
/// Not so: private, shared, loopback, link-local, multicast, documentation,
/// benchmarking, reserved, and where clouds serve metadata. An IPv4 address inside
/// an IPv6 one (`::ffff:0:0/96`, `64:ff9b::/96`) is judged as what it is.
pub fn is_public(address: IpAddr) -> bool {
    match (address, embedded_v4(address)) {
        (IpAddr::V4(address), _) | (_, Some(address)) => is_public_v4(address),
        (IpAddr::V6(address), None) => is_public_v6(address),
    }
}

/// The IPv4 address that an IPv4-mapped or NAT64 address stands for.
pub(super) fn embedded_v4(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(address) = address else {
        return None;
    };
    let bits = address.to_bits();
    let prefix = bits >> 32;
    let is_mapped = prefix == 0xffff;
    let is_nat64 = prefix == 0x0064_ff9b << 64;
    #[expect(clippy::cast_possible_truncation, reason = "the low 32 bits are the IPv4 address")]
    (is_mapped || is_nat64).then_some(Ipv4Addr::from_bits(bits as u32))
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let within = |(base, prefix): &([u8; 4], u32)| {
        let shift = 32 - prefix;
        address.to_bits() >> shift == Ipv4Addr::from(*base).to_bits() >> shift
    };
    !NOT_PUBLIC_V4.iter().any(within)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let high = (address.to_bits() >> 96) as u32;
    let within = |([first, second], prefix): &([u16; 2], u32)| {
        let base = u32::from(*first) << 16 | u32::from(*second);
        high >> (32 - prefix) == base >> (32 - prefix)
    };
    high >> 29 == 1 && !NOT_PUBLIC_V6.iter().any(within)
}
