//! Addresses of the network: which lie inside it, and which nothing may ever
//! be sent to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where the metadata of virtual machines is served; what is there is a key to
/// the machine. 169.254.169.254 is link-local and needs no line here.
const METADATA_V4: [Ipv4Addr; 3] = [
    Ipv4Addr::new(100, 100, 100, 200),
    Ipv4Addr::new(168, 63, 129, 16),
    Ipv4Addr::new(192, 0, 0, 192),
];
const METADATA_V6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254);

/// The address that an address of version 6 stands for, where it carries one
/// of version 4: mapped, compatible, NAT64 and 6to4.
fn carried(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = ip.segments();
    let of = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match parts {
        [0x64, 0xff9b, .., high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => ip.to_ipv4().filter(|_| !ip.is_loopback() && !ip.is_unspecified()),
    }
}

/// Whether nothing is ever sent there, whatever was allowed: link-local
/// addresses, the metadata of virtual machines, and what is no one's address.
#[must_use]
pub fn never(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(ip) => {
            let first = ip.octets()[0];
            first == 0 || first >= 240 || ip.is_link_local() || ip.is_multicast() || METADATA_V4.contains(&ip)
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            ip.is_unspecified()
                || (first & 0xffc0) == 0xfe80
                || first >= 0xff00
                || ip == METADATA_V6
                || carried(ip).is_some_and(|inner| never(IpAddr::V4(inner)))
        }
    }
}

/// Whether an address lies inside a network and is nowhere in the open one.
#[must_use]
pub fn is_inner(address: IpAddr) -> bool {
    let address = address.to_canonical();
    if never(address) {
        return true;
    }
    match address {
        IpAddr::V4(ip) => {
            let [first, second, third, _] = ip.octets();
            let shared = first == 100 && (64..128).contains(&second);
            let measured = first == 198 && (second & 0xfe) == 18;
            let assigned = first == 192 && second == 0 && third == 0;
            shared || measured || assigned || ip.is_private() || ip.is_loopback() || ip.is_documentation()
        }
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            ip.is_loopback() || (first & 0xfe00) == 0xfc00 || (first & 0xffc0) == 0xfec0 || carried(ip).is_some()
        }
    }
}

/// An address written out as the host of a URL, brackets and all.
#[must_use]
pub fn literal(host: &str) -> Option<IpAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
}

/// Whether a host would be an address to some resolvers without being written
/// as one: 127.1, 2130706433 and 0x7f000001.
#[must_use]
pub fn is_disguised(host: &str) -> bool {
    let last = host.trim_end_matches('.').rsplit('.').next().unwrap_or_default();
    let numeric = last.starts_with("0x") || last.bytes().all(|byte| byte.is_ascii_digit());
    numeric && literal(host).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_sent_to_link_local_metadata_or_no_ones_address() {
        for ip in [
            "169.254.169.254",
            "169.254.0.1",
            "100.100.100.200",
            "168.63.129.16",
            "192.0.0.192",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "fe80::1",
            "ff02::1",
            "fd00:ec2::254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "2002:a9fe:a9fe::1",
        ] {
            assert!(never(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["10.1.2.3", "127.0.0.1", "::1", "fd00::1", "8.8.8.8", "2400:3200::1"] {
            assert!(!never(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn what_lies_inside_is_known_however_it_is_written() {
        for ip in [
            "127.0.0.1",
            "10.0.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "100.64.0.1",
            "198.18.0.1",
            "::1",
            "fd00::1",
            "fec0::1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "::127.0.0.1",
        ] {
            assert!(is_inner(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["8.8.8.8", "2400:3200::1", "172.32.0.1", "100.128.0.1"] {
            assert!(!is_inner(ip.parse().unwrap()), "{ip}");
        }
    }

    #[test]
    fn an_address_in_disguise_is_no_name() {
        for host in ["127.1", "2130706433", "0x7f000001", "0x7f.1", "1.2.3"] {
            assert!(is_disguised(host), "{host}");
        }
        for host in ["127.0.0.1", "[::1]", "files.example.cn", "a1.cn"] {
            assert!(!is_disguised(host), "{host}");
        }
    }
}
