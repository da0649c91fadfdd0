//! Which addresses a delivery may reach. A catalogue names hosts, and whoever answers for a host's name could point it
//! at a machine inside the organisation's own network, so what is judged is the address itself, right before it is
//! connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not the public internet (IANA special-purpose registry).
const CLOSED_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),        // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),       // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),    // shared by carriers (RFC 6598); some clouds' metadata
    (Ipv4Addr::new(127, 0, 0, 0), 8),      // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),   // link-local, most clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),    // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),     // protocol assignments; some clouds' metadata
    (Ipv4Addr::new(192, 0, 2, 0), 24),     // documentation
    (Ipv4Addr::new(192, 88, 99, 0), 24),   // relays of 6to4
    (Ipv4Addr::new(192, 168, 0, 0), 16),   // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),    // benchmarks
    (Ipv4Addr::new(198, 51, 100, 0), 24),  // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),   // documentation
    (Ipv4Addr::new(168, 63, 129, 16), 32), // a cloud's metadata at a public address
    (Ipv4Addr::new(224, 0, 0, 0), 4),      // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),      // reserved, broadcast
];

/// Of IPv6 only this is the public internet: loopback, unique-local, link-local, multicast and NAT64 are outside.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Networks within [`OPEN_V6`] that are not, or that hide an address of IPv4.
const CLOSED_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// What a destination may reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    networks: Vec<Network>,
    /// Without encryption only networks that are named may be reached.
    named_only: bool,
}

impl Reach {
    /// Networks in CIDR form that may be reached although they are private. What is no network allows nothing.
    pub(super) fn new(networks: &[String], encrypted: bool) -> Self {
        Self { networks: networks.iter().filter_map(|text| Network::parse(text)).collect(), named_only: !encrypted }
    }

    /// Whether an address may be connected to.
    pub(super) fn allows(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks.iter().any(|network| network.holds(address)) || (!self.named_only && is_public(address))
    }
}

fn is_public(address: IpAddr) -> bool {
    let within = |(base, length)| Network { base, length }.holds(address);
    match address {
        IpAddr::V4(_) => !CLOSED_V4.iter().any(|(base, length)| within((IpAddr::V4(*base), *length))),
        IpAddr::V6(_) => {
            let closed = CLOSED_V6.iter().any(|(base, length)| within((IpAddr::V6(*base), *length)));
            within((IpAddr::V6(OPEN_V6.0), OPEN_V6.1)) && !closed
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Network {
    base: IpAddr,
    length: u32,
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (base, length) = text.split_once('/')?;
        let (base, length): (IpAddr, u32) = (base.parse().ok()?, length.parse().ok()?);
        let width = if base.is_ipv4() { 32 } else { 128 };
        (length <= width).then_some(Self { base, length })
    }

    fn holds(&self, address: IpAddr) -> bool {
        let bits = |address: IpAddr| match address {
            IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
            IpAddr::V6(address) => address.to_bits(),
        };
        let differing = bits(address) ^ bits(self.base);
        address.is_ipv4() == self.base.is_ipv4() && (self.length == 0 || differing >> (128 - self.length) == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: &Reach, address: &str) -> bool {
        reach.allows(address.parse().unwrap())
    }

    #[test]
    fn only_the_public_internet_is_reached_by_itself() {
        let reach = Reach::new(&[], true);
        for address in ["1.1.1.1", "93.184.215.14", "100.63.0.1", "172.32.0.1", "2606:4700::1111", "2a00:1450::1"] {
            assert!(allows(&reach, address), "{address}");
        }
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.0.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.0.0.192",
            "168.63.129.16",
            "198.19.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:a00:1::1",
            "3fff::1",
            "100::1",
        ] {
            assert!(!allows(&reach, address), "{address}");
        }
    }

    #[test]
    fn named_networks_are_reached_and_nothing_beside_them() {
        let reach =
            Reach::new(&["10.1.0.0/16".into(), "fd12::/16".into(), "nonsense".into(), "1.1.1.1/33".into()], true);
        for address in ["10.1.255.1", "::ffff:10.1.0.1", "fd12::1", "1.1.1.1"] {
            assert!(allows(&reach, address), "{address}");
        }
        for address in ["10.2.0.1", "fd13::1", "127.0.0.1"] {
            assert!(!allows(&reach, address), "{address}");
        }
    }

    #[test]
    fn without_encryption_only_named_networks_are_reached() {
        let reach = Reach::new(&["127.0.0.0/8".into()], false);
        assert!(allows(&reach, "127.0.0.1") && !allows(&reach, "1.1.1.1"));
        assert!(allows(&Reach::new(&["0.0.0.0/0".into()], false), "1.1.1.1"));
    }
}
