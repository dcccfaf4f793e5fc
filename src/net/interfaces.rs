//! This machine's addresses, and what is known of the links behind them.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use socket2::SockRef;

/// One address of one network interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The interface's name, as a person knows it.
    pub name: String,
    /// The address.
    pub address: IpAddr,
    /// Largest IP packet, in bytes, where the system says so.
    pub mtu: Option<u32>,
    /// Whether only this machine can reach it.
    pub loopback: bool,
    /// The link's speed in megabits a second, where the system says so.
    pub link_mbps: Option<u64>,
}

/// The addresses of every interface that is up, those first that another machine is likeliest to
/// reach: IPv4 before IPv6, the default interface first, loopback last.
pub fn interfaces() -> Vec<Interface> {
    // An address of the block for documentation stands for "somewhere else".
    let usual = source_towards(SocketAddr::from(([192, 0, 2, 1], 9)));
    let mut found: Vec<(u8, Interface)> = netdev::get_interfaces()
        .iter()
        .filter(|interface| interface.is_up())
        .flat_map(|interface| addresses(interface).map(|address| describe(interface, address)))
        .map(|interface| (rank(&interface, usual), interface))
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, interface)| interface).collect()
}

/// The interface from which packets to `peer` leave.
pub fn interface_towards(peer: SocketAddr) -> Option<Interface> {
    let address = source_towards(peer)?;
    interfaces().into_iter().find(|interface| interface.address == address)
}

/// The interface from which packets to `peer` leave when they are to leave from `source`, one of
/// this machine's addresses; `None` leaves that to the system's routes.
pub fn interface_from(source: Option<IpAddr>, peer: SocketAddr) -> Option<Interface> {
    match source {
        None => interface_towards(peer),
        Some(address) => interfaces().into_iter().find(|interface| interface.address == address),
    }
}

/// The address of this machine that is meant by `text`: one of its addresses, or the name of an
/// interface, of whose addresses one of the wanted family is taken where there is a choice.
///
/// # Errors
/// Says in words that there is no such interface, and which there are.
pub fn interface_called(text: &str, v4: bool) -> Result<IpAddr, String> {
    let text = text.trim();
    let found = interfaces();
    let address = text.parse::<IpAddr>().ok();
    let is_meant = |one: &&Interface| one.name == text || Some(one.address) == address;
    let mut meant: Vec<&Interface> = found.iter().filter(is_meant).collect();
    meant.sort_by_key(|one| one.address.is_ipv4() != v4);
    meant.first().map(|one| one.address).ok_or_else(|| {
        let mut names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        format!(
            "no interface of this PC is called \"{text}\" or has that address; there are {}",
            names.join(", ")
        )
    })
}

/// The number by which the system knows the interface that has this address.
pub(super) fn index_of(address: IpAddr) -> Option<u32> {
    let has = |one: &netdev::Interface| addresses(one).any(|own| own == address);
    netdev::get_interfaces().iter().find(|one| has(one)).map(|one| one.index)
}

/// What this machine is called on its network.
pub fn host_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let short = name.split('.').next().unwrap_or_default();
    if short.is_empty() { "this PC".to_owned() } else { short.to_owned() }
}

/// Keeps the socket's packets on the interface that has `source`, also where another one leads to
/// the same network. Systems that do not let us go by the address alone.
pub(super) fn bind_device(socket: &SockRef<'_>, source: IpAddr) {
    #[cfg(target_os = "linux")]
    if let Some(interface) =
        interfaces().into_iter().find(|one| one.address == source && !one.loopback)
    {
        let _ = socket.bind_device(Some(interface.name.as_bytes()));
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (socket, source);
}

fn addresses(interface: &netdev::Interface) -> impl Iterator<Item = IpAddr> {
    let v4 = interface.ipv4.iter().map(|net| IpAddr::V4(net.addr()));
    let v6 = interface.ipv6.iter().map(|net| IpAddr::V6(net.addr()));
    v4.chain(v6).collect::<Vec<_>>().into_iter()
}

fn describe(interface: &netdev::Interface, address: IpAddr) -> Interface {
    Interface {
        name: interface.friendly_name.clone().unwrap_or_else(|| interface.name.clone()),
        address,
        mtu: interface.mtu,
        loopback: address.is_loopback(),
        link_mbps: interface.transmit_speed.map(|bits| bits / 1_000_000).filter(|&mbps| mbps > 0),
    }
}

fn rank(interface: &Interface, usual: Option<IpAddr>) -> u8 {
    match interface.address {
        _ if interface.loopback => 9,
        address if Some(address) == usual => 0,
        IpAddr::V4(v4) if v4.is_link_local() => 5,
        IpAddr::V4(_) => 1,
        IpAddr::V6(v6) if v6.is_unicast_link_local() => 7,
        IpAddr::V6(_) => 3,
    }
}

/// The address from which packets to `peer` leave. Connecting a UDP socket sends nothing; it only
/// asks the system for its route.
fn source_towards(peer: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(super::any_port_towards(peer)).ok()?;
    socket.connect(peer).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_to_this_machine_leave_by_loopback() {
        let towards = interface_towards(SocketAddr::from(([127, 0, 0, 1], 4321)));
        let loopback = towards.expect("every machine has a loopback interface");
        assert!(loopback.loopback);
        assert!(loopback.mtu.is_some_and(|mtu| mtu >= 1280), "{loopback:?}");
        assert!(interfaces().last().is_some_and(|last| last.loopback));
    }

    #[test]
    fn a_source_chosen_by_hand_decides_the_interface() {
        let peer = SocketAddr::from(([192, 0, 2, 1], 4321));
        let by_hand = interface_from(Some(IpAddr::from([127, 0, 0, 1])), peer);
        assert!(by_hand.is_some_and(|interface| interface.loopback));
        assert_eq!(interface_from(Some(IpAddr::from([192, 0, 2, 77])), peer), None);
    }
}
