//! The link that leads to the target: its MTU and its speed, as the system's routes tell.

use std::net::IpAddr;

use crate::app::errand::Errand;
use crate::net::{self, Interface, Target};

/// What of a link matters to a person who chooses a chunk size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// The largest IP packet, in bytes.
    pub(super) mtu: u32,
    /// Whether the target has an IPv6 address, whose headers are longer.
    pub(super) ipv6: bool,
    /// Whether the packets never leave this machine.
    pub(super) loopback: bool,
    /// The link's speed in megabits a second, where it is known.
    pub(super) mbps: Option<u64>,
    /// Whether any network of this PC leads there.
    pub(super) leads_there: bool,
}

/// Finds out about links in the background.
///
/// Command: [`Links::look_up`]. Getter: [`Links::current`]. [`Links::poll`] is to be called once
/// in every pass of the window.
pub(super) struct Links {
    ctx: egui::Context,
    errand: Errand<(Link, Vec<Interface>)>,
    asked: (String, Option<IpAddr>),
    current: Link,
    interfaces: Vec<Interface>,
}

impl Links {
    /// Takes every link for Ethernet until it knows better; `ctx` is woken when it does.
    pub(super) fn new(ctx: &egui::Context) -> Self {
        let errand = Errand::new("link look-up");
        let interfaces = net::interfaces();
        Self {
            ctx: ctx.clone(),
            errand,
            asked: (String::new(), None),
            current: ETHERNET,
            interfaces,
        }
    }

    /// The addresses of this PC, as they were at the last look-up.
    pub(super) fn interfaces(&self) -> &[Interface] {
        &self.interfaces
    }

    /// The link to the target that was looked up last.
    pub(super) const fn current(&self) -> Link {
        self.current
    }

    /// Begins to look up the link to `target`, from the address `source` if that was chosen. A
    /// name is asked for in the network, which may take seconds.
    pub(super) fn look_up(&mut self, target: &Target, source: Option<IpAddr>) {
        self.asked = (target.host.clone(), source);
        let target = target.clone();
        let work = move || (link_to(&target, source), net::interfaces());
        // Should there be no thread, the link is taken for what it was before.
        let _ = self.errand.start(&self.ctx, work);
    }

    /// Takes in what was found out, and looks up an address as soon as it is typed. A name that
    /// is still being typed would only be asked for in vain.
    pub(super) fn poll(&mut self, target: Option<&Target>, source: Option<IpAddr>) {
        if let Some((link, interfaces)) = self.errand.poll() {
            self.current = link;
            self.interfaces = interfaces;
        }
        if let Some(target) = target
            && (&target.host, source) != (&self.asked.0, self.asked.1)
            && target.host.parse::<IpAddr>().is_ok()
        {
            self.look_up(target, source);
        }
    }
}

/// Asks the system how packets to `target` leave.
fn link_to(target: &Target, source: Option<IpAddr>) -> Link {
    let Ok(peer) = target.resolve_from(source) else {
        return ETHERNET;
    };
    let link = Link { ipv6: peer.is_ipv6(), leads_there: false, ..ETHERNET };
    net::interface_from(source, peer).map_or(link, |interface| Link {
        leads_there: true,
        mtu: interface.mtu.unwrap_or(ETHERNET.mtu),
        // An own address of this PC is reached without a wire, too.
        loopback: interface.loopback || interface.address == peer.ip(),
        mbps: interface.link_mbps,
        ..link
    })
}

/// What a link is taken for when nothing is known about it.
pub(super) const ETHERNET: Link =
    Link { mtu: 1500, ipv6: false, loopback: false, mbps: None, leads_there: true };

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_address_of_this_machine_is_looked_up_as_soon_as_it_is_typed() {
        let mut links = Links::new(&egui::Context::default());
        assert_eq!(links.current(), ETHERNET);
        let target: Target = "127.0.0.1".parse().expect("an address");
        while !links.current().loopback {
            links.poll(Some(&target), None);
            std::thread::sleep(Duration::from_millis(1));
        }
        assert!(links.current().mtu > 1500);
    }

    #[test]
    fn an_interface_that_is_gone_leads_nowhere() {
        let target: Target = "127.0.0.1".parse().expect("an address");
        let gone = Some(IpAddr::from([192, 0, 2, 77]));
        assert!(!link_to(&target, gone).leads_there);
        assert!(link_to(&target, None).leads_there);
    }

    #[test]
    fn a_name_waits_until_it_is_typed_to_its_end() {
        let mut links = Links::new(&egui::Context::default());
        let target: Target = "localhost".parse().expect("a name");
        links.poll(Some(&target), None);
        assert!(!links.errand.is_running());
        links.look_up(&target, None);
        assert!(links.errand.is_running());
    }
}
