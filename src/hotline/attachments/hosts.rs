//! From where a partner's files may be fetched: hosts with their port, and the
//! networks that their names may lead into.

use crate::hotline::network::Range;
use crate::outbox::address;
use std::net::IpAddr;

/// Longest list, in bytes.
const LIST: usize = 1000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Entry {
    Host(String, u16),
    Network(Range),
}

/// What the security administrator allows of one partner. An empty list allows
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::hotline) struct Hosts(Vec<Entry>);

fn is_name(host: &str) -> bool {
    let label = |part: &str| {
        (1..=63).contains(&part.len())
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    host.len() <= 253 && host.split('.').all(label) && !address::is_disguised(host)
}

/// `host[:port]`; an address of version 6 with a port stands in brackets.
fn host(text: &str) -> Option<(String, u16)> {
    let text = text.to_lowercase();
    if let Ok(IpAddr::V6(ip)) = text.parse::<IpAddr>() {
        return Some((format!("[{ip}]"), 80));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') => (host.to_owned(), port.parse().ok().filter(|port| *port > 0)?),
        _ => (text.clone(), 80),
    };
    match address::literal(&host) {
        Some(IpAddr::V6(ip)) => Some((format!("[{ip}]"), port)),
        Some(ip) => Some((ip.to_string(), port)),
        None if is_name(&host) => Some((host, port)),
        None => None,
    }
}

impl Hosts {
    /// Reads a list with blanks between its parts; nothing where one cannot be
    /// read, or is an address that nothing is ever fetched from.
    pub(in crate::hotline) fn parse(list: &str) -> Option<Self> {
        if list.len() > LIST {
            return None;
        }
        let entry = |part: &str| {
            if part.contains('/') {
                return Range::parse(part)
                    .filter(|range| !range.is_nobodys())
                    .map(Entry::Network);
            }
            let (host, port) = host(part)?;
            let nobodys = address::literal(&host).is_some_and(address::never);
            (!nobodys).then_some(Entry::Host(host, port))
        };
        list.split_whitespace().map(entry).collect::<Option<_>>().map(Self)
    }

    /// Whether a URL may name this host and port.
    pub(in crate::hotline) fn names(&self, host: &str, port: u16) -> bool {
        let host = match address::literal(host) {
            Some(IpAddr::V6(ip)) => format!("[{ip}]"),
            Some(ip) => ip.to_string(),
            None => host.to_owned(),
        };
        self.0
            .iter()
            .any(|entry| matches!(entry, Entry::Host(name, at) if *name == host && *at == port))
    }

    /// Whether an address may be connected to: one of the open network, or one
    /// that is listed itself or lies in a network that is.
    pub(in crate::hotline) fn admits(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        if address::never(ip) {
            return false;
        }
        let listed = |entry: &Entry| match entry {
            Entry::Host(name, _) => address::literal(name) == Some(ip),
            Entry::Network(range) => range.holds(ip),
        };
        !address::is_inner(ip) || self.0.iter().any(listed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Hosts {
        Hosts::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn a_host_is_allowed_with_its_port_and_no_other() {
        let hosts = list("Files.example.cn files.example.cn:8080 10.1.2.3:9000 [2001:db9::7]:81 2001:db9::8");
        for (host, port) in [
            ("files.example.cn", 80),
            ("files.example.cn", 8080),
            ("10.1.2.3", 9000),
            ("[2001:db9::7]", 81),
            ("[2001:db9:0::8]", 80),
        ] {
            assert!(hosts.names(host, port), "{host}:{port}");
        }
        for (host, port) in [
            ("files.example.cn", 81),
            ("a.files.example.cn", 80),
            ("example.cn", 80),
            ("10.1.2.3", 80),
            ("10.1.2.4", 9000),
        ] {
            assert!(!hosts.names(host, port), "{host}:{port}");
        }
        assert!(!list("").names("files.example.cn", 80), "an empty list allows nothing");
        assert!(!list("10.0.0.0/8").names("10.1.2.3", 80), "a network names no host");
    }

    #[test]
    fn a_name_leads_inside_only_where_that_address_or_its_network_is_listed() {
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        let open = list("files.example.cn");
        assert!(open.admits(ip("203.1.113.9")) && !open.admits(ip("10.1.2.3")) && !open.admits(ip("127.0.0.1")));
        let inside = list("files.example.cn 10.1.0.0/16 127.0.0.1:90");
        assert!(inside.admits(ip("10.1.2.3")) && inside.admits(ip("127.0.0.1")));
        assert!(!inside.admits(ip("10.2.2.3")) && !inside.admits(ip("::1")));
        let all = list("0.0.0.0/1 128.0.0.0/2 ::/1");
        assert!(!all.admits(ip("169.254.169.254")) && !all.admits(ip("100.100.100.200")));
    }

    #[test]
    fn what_cannot_be_read_or_is_nobodys_is_no_list() {
        for bad in [
            "http://files.example.cn",
            "files.example.cn:x",
            "files.example.cn:0",
            "files.example.cn:70000",
            "10.1.2.0/33",
            "127.1",
            "0x7f000001",
            "169.254.169.254",
            "169.254.0.0/16",
            "fe80::/10",
            "a..b",
            "*.example.cn",
            "文件.cn",
        ] {
            assert!(Hosts::parse(bad).is_none(), "{bad}");
        }
        assert!(Hosts::parse(&"a ".repeat(600)).is_none());
    }
}
