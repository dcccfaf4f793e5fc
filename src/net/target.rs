//! To whom: a host, by name or address, and a port.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use crate::wire::DEFAULT_PORT;

/// A host and a port: `192.168.1.20`, `lab-viewer:4321`, `[fe80::1%eth0]:4321`, `::1`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Name or address.
    pub host: String,
    /// Port; 4321 unless one was given.
    pub port: u16,
}

impl Target {
    /// Looks the host up; may take seconds for a name.
    ///
    /// # Errors
    /// Says in words that the name is not known.
    pub fn resolve(&self) -> Result<SocketAddr, String> {
        self.resolve_from(None)
    }

    /// The same, for packets that are to leave from `source`: an address of its family, if the
    /// host has one.
    ///
    /// # Errors
    /// Says in words that the name is not known.
    pub fn resolve_from(&self, source: Option<IpAddr>) -> Result<SocketAddr, String> {
        let found = (self.host.as_str(), self.port).to_socket_addrs();
        let addresses: Vec<SocketAddr> = found.map(Iterator::collect).unwrap_or_default();
        let v4 = source.is_none_or(|source| source.is_ipv4());
        let preferred = addresses.iter().find(|address| address.is_ipv4() == v4);
        preferred.or(addresses.first()).copied().ok_or_else(|| self.unknown())
    }

    fn unknown(&self) -> String {
        let host = &self.host;
        if let Some((_, zone)) = host.split_once('%') {
            return format!(
                "no interface of this PC is called \"{zone}\": check what is behind the %"
            );
        }
        format!("no host called \"{host}\" is known: check the name, or type its address")
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let wrong = || {
            format!("\"{text}\" is no address: type one such as 192.168.1.20 or lab-viewer:4321")
        };
        let (host, port) = split(text).ok_or_else(wrong)?;
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => port.parse().ok().filter(|&port| port != 0).ok_or_else(wrong)?,
        };
        if is_host(host) { Ok(Self { host: host.to_owned(), port }) } else { Err(wrong()) }
    }
}

impl From<SocketAddr> for Target {
    fn from(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return match port {
            "" => Some((host, None)),
            port => Some((host, Some(port.strip_prefix(':')?))),
        };
    }
    match text.split_once(':') {
        None => Some((text, None)),
        Some((_, rest)) if rest.contains(':') => Some((text, None)),
        Some((host, port)) => Some((host, Some(port))),
    }
}

/// An address, or a name of letters, digits, hyphens and dots that is not all digits and dots:
/// `192.168.1` and `300.1.1.1` are mistyped addresses.
fn is_host(host: &str) -> bool {
    // Addresses of IPv6 may say by which interface: `fe80::1%eth0`.
    if let Some((address, zone)) = host.split_once('%') {
        return address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty();
    }
    if host.parse::<IpAddr>().is_ok() {
        return true;
    }
    let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    let numeric = host.chars().all(|c| c.is_ascii_digit() || c == '.');
    let labels = host.split('.').all(|label| (1..=63).contains(&label.len()));
    host.len() <= 253 && !numeric && labels && host.chars().all(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_typed() {
        for (text, host, port) in [
            ("192.168.1.20", "192.168.1.20", 4321),
            (" 192.168.1.20:5000 ", "192.168.1.20", 5000),
            ("lab-viewer", "lab-viewer", 4321),
            ("lab-viewer.local:9", "lab-viewer.local", 9),
            ("::1", "::1", 4321),
            ("[::1]:7000", "::1", 7000),
            ("[fe80::1%eth0]:7000", "fe80::1%eth0", 7000),
            ("fe80::1%eth0", "fe80::1%eth0", 4321),
        ] {
            let target: Target = text.parse().expect(text);
            assert_eq!((target.host.as_str(), target.port), (host, port), "{text}");
            assert_eq!(target.to_string().parse(), Ok(target));
        }
    }

    #[test]
    fn what_cannot_be_an_address_is_refused_in_words() {
        for wrong in [
            "",
            "300.1.1.1",
            "192.168.1",
            "host:0",
            "host:99999",
            "a b",
            "[::1",
            "host:",
            "a..b",
            "fe80::1%",
            "10.0.0.1%eth0",
            "host%eth0",
        ] {
            let error = wrong.parse::<Target>().expect_err(wrong);
            assert!(error.contains("is no address"), "{error}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn an_address_of_a_link_says_by_which_interface() {
        let resolved = |text: &str| text.parse::<Target>().expect("valid").resolve();
        let Ok(SocketAddr::V6(address)) = resolved("[fe80::1%lo]:9") else { panic!("no IPv6") };
        assert_eq!((address.scope_id(), address.port()), (1, 9));
        let unknown = resolved("fe80::1%nosuch").expect_err("there is none");
        assert!(unknown.contains("nosuch") && unknown.contains("interface"), "{unknown}");
    }

    #[test]
    fn this_machine_is_found_by_name_and_address() {
        for text in ["127.0.0.1:9", "localhost:9"] {
            let target: Target = text.parse().expect("valid");
            assert!(target.resolve().expect("known").ip().is_loopback());
        }
    }
}
