//! IP addresses, shortened so that they name a network and not a line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address with its last part zeroed: IPv4 keeps 24 bits, IPv6 48. An IPv4 address in IPv6 clothes is IPv4, and
/// an unspecified address (`0.0.0.0`, by which SDKs ask not to be located) is none.
#[must_use]
pub fn shortened(address: IpAddr) -> Option<IpAddr> {
    let short = match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            IpAddr::V4(Ipv4Addr::new(a, b, c, 0))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    };
    (!address.to_canonical().is_unspecified()).then_some(short)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_network_stays_of_an_address() {
        for (address, expected) in [
            ("203.0.113.77", Some("203.0.113.0")),
            ("2001:db8:12:3456:789a::1", Some("2001:db8:12::")),
            ("::ffff:203.0.113.77", Some("203.0.113.0")),
            ("0.0.0.0", None),
            ("::", None),
            ("::ffff:0.0.0.0", None),
        ] {
            let short = shortened(address.parse().unwrap());
            assert_eq!(short, expected.map(|text| text.parse().unwrap()), "{address}");
        }
    }
}
