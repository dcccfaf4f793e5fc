//! The listener's side: says that somebody listens here, and takes it back.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use mdns_sd::{IfKind, ServiceDaemon, ServiceInfo};

use crate::net::host_name;
use crate::wire::DEFAULT_PORT;

use super::devices::{MOST_LETTERS, cleaned};
use super::{Leash, SERVICE, daemon, io_error};

/// Announces a listener until it is withdrawn or dropped.
pub(in crate::net) struct Announcement {
    leash: Leash,
    gone: Receiver<Infallible>,
}

impl Announcement {
    /// Begins to announce that somebody listens at `address`; `None` for an address that nobody
    /// else can reach.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub(in crate::net) fn start(address: SocketAddr) -> io::Result<Option<Self>> {
        if address.ip().is_loopback() {
            return Ok(None);
        }
        let (leash, held) = bounded(0);
        let (done, gone) = bounded(0);
        std::thread::Builder::new()
            .name("announcement".to_owned())
            .spawn(move || announce(address, &held, done))?;
        Ok(Some(Self { leash, gone }))
    }

    /// Takes it back; the network is told in the background, for which [`Farewell::wait`] waits.
    pub(in crate::net) fn withdraw(self) -> Farewell {
        drop(self.leash);
        Farewell(self.gone)
    }
}

/// The announcement is being taken back.
pub(in crate::net) struct Farewell(Receiver<Infallible>);

impl Farewell {
    /// Waits until the network was told, for a moment at most: should that take longer, others
    /// will notice by themselves.
    pub(in crate::net) fn wait(self) {
        let _ = self.0.recv_timeout(MOST_WAITED);
    }
}

/// Announces until the leash is dropped; `done` is dropped when everything is taken back.
fn announce(address: SocketAddr, held: &Receiver<Infallible>, done: Sender<Infallible>) {
    // A PC that cannot announce itself is found by its address, as it always could be.
    if let Ok(daemon) = daemon() {
        if register(&daemon, address).is_ok() {
            let _ = held.recv();
        }
        // Says goodbye for everything that was announced.
        if let Ok(over) = daemon.shutdown() {
            let _ = over.recv_timeout(MOST_WAITED);
        }
    }
    drop(done);
}

fn register(daemon: &ServiceDaemon, address: SocketAddr) -> io::Result<()> {
    let info = description(&host_name(), address).map_err(|error| io_error(&error))?;
    if address.is_ipv4() {
        // Nobody would be heard there.
        daemon.disable_interface(IfKind::IPv6).map_err(|error| io_error(&error))?;
    }
    daemon.register(info).map_err(|error| io_error(&error))
}

fn description(host: &str, address: SocketAddr) -> Result<ServiceInfo, mdns_sd::Error> {
    let name = cleaned(host, MOST_LETTERS - 6);
    let name = match address.port() {
        DEFAULT_PORT => name,
        // Several windows of one PC are told apart.
        port => format!("{name}:{port}"),
    };
    let own = format!("pixelwire-{}.local.", label(host));
    let specific = Some(address.ip()).filter(|ip| !ip.is_unspecified());
    let addresses: Vec<IpAddr> = specific.into_iter().collect();
    let none: &[(&str, &str)] = &[];
    let info = ServiceInfo::new(SERVICE, &name, &own, &addresses[..], address.port(), none)?;
    Ok(if specific.is_none() { info.enable_addr_auto() } else { info })
}

/// The host's name as a name of DNS may be; our own beside the system's, whose records are not
/// ours to repeat.
fn label(host: &str) -> String {
    let letters = host.chars().map(|letter| {
        if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' }
    });
    letters.take(MOST_LETTERS).collect()
}

/// How long a goodbye may take: it is one packet.
const MOST_WAITED: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listeners_that_others_can_reach_are_announced() {
        let here = SocketAddr::from(([127, 0, 0, 1], 4321));
        assert!(Announcement::start(here).expect("nothing to start").is_none());
    }

    #[test]
    fn a_listener_is_called_after_its_pc_and_told_apart_by_its_port() {
        let at = |port| SocketAddr::from(([192, 168, 1, 20], port));
        let usual = description("Lab Viewer", at(4321)).expect("valid");
        assert_eq!(usual.get_fullname(), "Lab Viewer._pixelwire._udp.local.");
        assert_eq!(usual.get_hostname(), "pixelwire-lab-viewer.local.");
        assert!(!usual.is_addr_auto());
        let other = description("lab", SocketAddr::from(([0, 0, 0, 0], 5000))).expect("valid");
        assert_eq!(other.get_fullname(), "lab:5000._pixelwire._udp.local.");
        assert!(other.is_addr_auto());
    }
}
