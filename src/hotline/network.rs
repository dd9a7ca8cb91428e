//! Addresses: from where a partner may call, and what lies in the local
//! network, which an address that a partner names must never lead into.

use crate::outbox::address::{is_disguised, is_inner, never};
use axum::http::Uri;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether every part of a list of addresses can be read: single ones, or
/// ranges such as `10.1.2.0/24`, with blanks between them.
#[must_use]
pub(super) fn readable(list: &str) -> bool {
    list.split_whitespace().all(|part| Range::parse(part).is_some())
}

/// Whether a list lets an address in; an empty one lets in any.
#[must_use]
pub(super) fn admits(list: &str, address: &str) -> bool {
    let mut parts = list.split_whitespace().peekable();
    if parts.peek().is_none() {
        return true;
    }
    let Ok(address) = address.parse::<IpAddr>() else {
        return false;
    };
    let address = address.to_canonical();
    parts.filter_map(Range::parse).any(|range| range.holds(address))
}

/// One address, or a range of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    base: IpAddr,
    bits: u32,
}

impl Range {
    /// Reads `10.1.2.3`, `10.1.2.0/24`, `2001:db8::/32`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits)),
            None => (text, None),
        };
        let base = base.parse::<IpAddr>().ok()?.to_canonical();
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most)?,
            None => most,
        };
        Some(Self { base, bits })
    }

    /// Whether it lies where nothing is ever sent: by its first address and its
    /// length, which the ranges in question all fill.
    pub(super) fn is_nobodys(&self) -> bool {
        never(self.base) && self.bits >= 8
    }

    /// Whether an address is one of them.
    pub(super) fn holds(&self, address: IpAddr) -> bool {
        match (self.base, address) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let off = 32 - self.bits;
                let cut = |ip: Ipv4Addr| u64::from(u32::from(ip)) >> off;
                cut(base) == cut(address)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let cut = |ip: Ipv6Addr| u128::from(ip).checked_shr(128 - self.bits).unwrap_or_default();
                cut(base) == cut(address)
            }
            _ => false,
        }
    }
}

/// Whether an address that a partner names leads into the local network, or to
/// nowhere that can be told from its name alone.
#[must_use]
pub(super) fn is_local(url: &str) -> bool {
    let host = url.trim().parse::<Uri>().ok().and_then(|uri| {
        let host = uri.host()?.trim_start_matches('[').trim_end_matches(']').to_lowercase();
        Some(host.trim_end_matches('.').to_owned())
    });
    let Some(host) = host.filter(|host| !host.is_empty()) else {
        return true;
    };
    if let Ok(address) = host.parse::<IpAddr>() {
        return is_inner(address);
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    let inner = [
        "local",
        "localhost",
        "internal",
        "intranet",
        "lan",
        "home",
        "corp",
        "arpa",
    ];
    !host.contains('.') || is_disguised(&host) || inner.contains(&last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_admits_single_addresses_and_ranges_and_an_empty_one_all() {
        let list = "10.1.2.3 10.9.0.0/16 2001:db8::/32";
        assert!(readable(list) && readable(""));
        for address in ["10.1.2.3", "::ffff:10.1.2.3", "10.9.255.1", "2001:db8:1::5"] {
            assert!(admits(list, address), "{address}");
        }
        for address in ["10.1.2.4", "10.10.0.1", "2001:db9::1", "", "nonsense"] {
            assert!(!admits(list, address), "{address}");
        }
        assert!(admits("", "203.0.113.9") && admits(" ", ""));
        assert!(admits("0.0.0.0/0", "203.0.113.9") && admits("::/0", "2001:db8::1"));
        for bad in ["10.1.2", "10.1.2.3/33", "10.1.2.3/x", "host.example"] {
            assert!(!readable(bad), "{bad}");
        }
    }

    #[test]
    fn every_way_to_write_an_address_of_the_local_network_is_known() {
        for url in [
            "http://127.0.0.1/x",
            "http://127.1/x",
            "http://2130706433/x",
            "http://0x7f000001/x",
            "http://localhost:9000/",
            "http://a.localhost/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://10.0.0.8/",
            "http://172.16.9.1/",
            "http://192.168.1.1:80/",
            "http://169.254.169.254/latest",
            "http://100.64.0.1/",
            "http://0.0.0.0/",
            "http://db/",
            "http://db.internal./",
            "file:///etc/passwd",
            "not an address",
            "",
        ] {
            assert!(is_local(url), "{url}");
        }
        for url in [
            "http://8.8.8.8/x",
            "https://hotline.example.cn/back",
            "http://[2400:3200::1]/",
        ] {
            assert!(!is_local(url), "{url}");
        }
    }
}
