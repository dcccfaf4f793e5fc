//! The devices that were heard. What they say of themselves is anybody's word: names are cleaned
//! and cut, addresses must be ones that can be sent to, and there are only so many.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use mdns_sd::{ResolvedService, ScopedIp};

use crate::net::clock::Clock;
use crate::net::{Target, interfaces};

use super::SERVICE;

/// Longest name of a device, in letters.
pub(super) const MOST_LETTERS: usize = 40;
/// Devices that are listed at once: more than a classroom has.
const MOST_DEVICES: usize = 64;

/// A device that listens.
#[derive(Clone, Debug)]
pub struct Device {
    /// What it calls itself.
    pub name: String,
    /// Where to send to.
    pub target: Target,
    /// Whether it is this very machine.
    pub own: bool,
    since: Clock,
}

impl Device {
    /// A device that is known without having announced itself.
    pub fn known(name: &str, target: Target) -> Self {
        let name = cleaned(name, MOST_LETTERS);
        let name = if name.is_empty() { target.host.clone() } else { name };
        Self { name, target, own: false, since: Clock::start() }
    }

    /// For how long it has been known.
    pub fn seen_for(&self) -> Duration {
        self.since.now().since_start()
    }
}

/// Everybody who was heard and has not left.
#[derive(Debug, Default)]
pub(super) struct Devices(Vec<(String, Device)>);

impl Devices {
    /// Takes in what a device says of itself; whether anything has changed.
    pub(super) fn add(&mut self, service: &ResolvedService) -> bool {
        let key = service.get_fullname();
        match best_address(service.get_addresses()) {
            Some((address, host)) if service.get_port() != 0 => {
                let target = Target { host, port: service.get_port() };
                let own = interfaces().iter().any(|interface| interface.address == address);
                self.put(key, target, own)
            }
            _ => self.remove(key),
        }
    }

    /// A device has left; whether it was known.
    pub(super) fn remove(&mut self, key: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|(known, _)| known != key);
        self.0.len() != before
    }

    /// Everybody, in the order of their names, this machine last.
    pub(super) fn list(&self) -> Vec<Device> {
        let mut devices: Vec<Device> = self.0.iter().map(|(_, device)| device.clone()).collect();
        devices.sort_by(|a, b| (a.own, &a.name).cmp(&(b.own, &b.name)));
        devices
    }

    fn put(&mut self, key: &str, target: Target, own: bool) -> bool {
        if let Some((_, known)) = self.0.iter_mut().find(|(known, _)| known == key) {
            let changed = known.target != target;
            known.target = target;
            return changed;
        }
        if self.0.len() >= MOST_DEVICES {
            return false;
        }
        let instance = key.strip_suffix(SERVICE).unwrap_or(key);
        let name = unescaped(instance.trim_end_matches('.'));
        self.0.push((key.to_owned(), Device { own, ..Device::known(&name, target) }));
        true
    }
}

/// `name` without control characters and what turns the writing direction, its blanks made one,
/// and no longer than `most` letters.
pub(super) fn cleaned(name: &str, most: usize) -> String {
    let visible: String =
        name.chars().map(|letter| if is_invisible(letter) { ' ' } else { letter }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    words.join(" ").chars().take(most).collect::<String>().trim_end().to_owned()
}

fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{00ad}' | '\u{061c}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Names in DNS have a backslash before dots and backslashes.
fn unescaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut letters = name.chars();
    while let Some(letter) = letters.next() {
        out.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    out
}

/// The address that is likeliest to work, and how it is typed.
fn best_address<'a>(addresses: impl IntoIterator<Item = &'a ScopedIp>) -> Option<(IpAddr, String)> {
    let usable = addresses.into_iter().filter_map(|scoped| {
        let address = scoped.to_ip_addr();
        Some((rank(address)?, address, scoped.to_string()))
    });
    usable.min().map(|(_, address, text)| (address, text))
}

/// The lower the better; `None` for what cannot be a device.
fn rank(address: IpAddr) -> Option<u8> {
    match address {
        _ if address.is_unspecified() || address.is_loopback() || address.is_multicast() => None,
        IpAddr::V4(Ipv4Addr::BROADCAST) => None,
        IpAddr::V4(v4) => Some(u8::from(v4.is_link_local())),
        IpAddr::V6(v6) => Some(2 + u8::from(v6.is_unicast_link_local())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(host: &str) -> Target {
        Target { host: host.to_owned(), port: 4321 }
    }

    fn names(devices: &Devices) -> Vec<String> {
        devices.list().into_iter().map(|device| device.name).collect()
    }

    #[test]
    fn hostile_names_are_cleaned() {
        for (said, shown) in [
            ("lab-viewer", "lab-viewer"),
            ("  a\r\n\tb\u{7}\u{1b}[31m  c ", "a b [31m c"),
            ("safe\u{202e}gpj.exe", "safe gpj.exe"),
            ("\u{200b}\u{feff}\u{2066}", ""),
            ("Bücherei 图书馆", "Bücherei 图书馆"),
        ] {
            assert_eq!(cleaned(said, MOST_LETTERS), shown, "{said:?}");
        }
        let long = cleaned(&"ä ".repeat(100_000), MOST_LETTERS);
        assert!(long.chars().count() <= MOST_LETTERS);
    }

    #[test]
    fn a_name_is_what_stands_before_the_service_and_never_empty() {
        let mut devices = Devices::default();
        devices.put("lab\\.viewer (2)._pixelwire._udp.local.", target("10.0.0.1"), false);
        devices.put("\u{202e}._pixelwire._udp.local.", target("10.0.0.2"), false);
        assert_eq!(names(&devices), ["10.0.0.2", "lab.viewer (2)"]);
    }

    #[test]
    fn a_flood_of_devices_is_listed_only_so_far() {
        let mut devices = Devices::default();
        for number in 0..10_000 {
            devices.put(&format!("d{number}"), target("10.0.0.1"), false);
        }
        assert_eq!(devices.list().len(), MOST_DEVICES);
        assert!(devices.remove("d0") && !devices.remove("d0"));
        assert!(devices.put("late", target("10.0.0.1"), false));
    }

    #[test]
    fn a_device_that_says_the_same_again_is_no_news() {
        let mut devices = Devices::default();
        assert!(devices.put("a", target("10.0.0.1"), false));
        assert!(!devices.put("a", target("10.0.0.1"), false));
        assert!(devices.put("a", target("10.0.0.2"), false));
        assert!(devices.put("0 this PC", target("10.0.0.3"), true));
        assert_eq!(names(&devices), ["a", "0 this PC"]);
    }

    #[test]
    fn only_addresses_that_can_be_sent_to_are_offered() {
        let best = |addresses: &[&str]| {
            let scoped: Vec<ScopedIp> = addresses
                .iter()
                .map(|text| ScopedIp::from(text.parse::<IpAddr>().expect("an address")))
                .collect();
            best_address(&scoped).map(|(_, text)| text)
        };
        assert_eq!(
            best(&["fe80::1", "169.254.1.1", "192.168.1.20"]).as_deref(),
            Some("192.168.1.20")
        );
        assert_eq!(best(&["2001:db8::1"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(best(&["127.0.0.1", "0.0.0.0", "224.0.0.251", "255.255.255.255", "::1"]), None);
    }
}
