//! Multicast: receiving what is sent to a group, and sending to one.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use socket2::{InterfaceIndexOrAddress, SockRef};

use super::interfaces;

/// Lets the socket hear what is sent to `group`, on the interface that has the address `interface`
/// or on the one that the system's routes choose.
pub(super) fn join(
    socket: &SockRef<'_>,
    group: IpAddr,
    interface: Option<IpAddr>,
) -> io::Result<()> {
    let index = interface.map(index_of).transpose()?;
    match group {
        IpAddr::V4(group) => {
            // Groups that other programs have joined are none of ours; not every system has that.
            #[cfg(target_os = "linux")]
            let _ = socket.set_multicast_all_v4(false);
            let any = InterfaceIndexOrAddress::Address(Ipv4Addr::UNSPECIFIED);
            let on = match (interface, index) {
                (Some(IpAddr::V4(address)), _) => InterfaceIndexOrAddress::Address(address),
                (_, Some(index)) => InterfaceIndexOrAddress::Index(index),
                _ => any,
            };
            socket.join_multicast_v4_n(&group, &on)
        }
        IpAddr::V6(group) => socket.join_multicast_v6(&group, index.unwrap_or(0)),
    }
}

/// Sends what goes to `group` by the interface that has the address `interface`, across at most
/// `ttl` - 1 routers.
pub(super) fn lead_to(
    socket: &SockRef<'_>,
    group: SocketAddr,
    interface: Option<IpAddr>,
    ttl: u8,
) -> io::Result<()> {
    let ttl = u32::from(ttl);
    match (group, interface) {
        (SocketAddr::V4(_), Some(IpAddr::V4(address))) => socket.set_multicast_if_v4(&address)?,
        (SocketAddr::V4(_), Some(IpAddr::V6(_))) => {
            return Err(io::ErrorKind::AddrNotAvailable.into());
        }
        (SocketAddr::V6(_), Some(address)) => socket.set_multicast_if_v6(index_of(address)?)?,
        (_, None) => {}
    }
    if group.is_ipv4() {
        socket.set_multicast_ttl_v4(ttl)
    } else {
        socket.set_multicast_hops_v6(ttl)
    }
}

fn index_of(address: IpAddr) -> io::Result<u32> {
    interfaces::index_of(address).ok_or_else(|| io::ErrorKind::AddrNotAvailable.into())
}
