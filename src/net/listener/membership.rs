//! The socket of a listener, and the multicast groups that it has joined.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::net::udp::UdpPort;

use super::{ListenError, ListenOptions};

/// Binds the socket and joins the groups, that of the address included.
pub(super) fn bind(options: &ListenOptions) -> Result<UdpPort, ListenError> {
    let asked = fitting(options)?;
    let own = Some(options.address.ip()).filter(IpAddr::is_multicast);
    let groups: Vec<IpAddr> = own.into_iter().chain(options.groups.iter().copied()).collect();
    let bind = if groups.is_empty() { UdpPort::bind } else { UdpPort::bind_shared };
    let port = bind(asked).map_err(|error| ListenError::of_bind(error, asked))?;
    for group in groups {
        port.join(group, options.interface)
            .map_err(|error| ListenError::NotJoined { group, why: error.to_string() })?;
    }
    Ok(port)
}

/// The address to bind: "every interface" means those of IPv6 too when one of its groups is to be
/// joined, because only such a socket hears them.
fn fitting(options: &ListenOptions) -> Result<SocketAddr, ListenError> {
    let mut asked = options.address;
    for &group in &options.groups {
        if !group.is_multicast() {
            return Err(ListenError::NotAGroup { address: group });
        }
        if group.is_ipv6() && asked.is_ipv4() {
            if !asked.ip().is_unspecified() {
                return Err(ListenError::OtherFamily { group, address: asked.ip() });
            }
            asked = SocketAddr::from((Ipv6Addr::UNSPECIFIED, asked.port()));
        }
    }
    // Where a socket cannot be bound to a group, joining it is what counts.
    if cfg!(windows) && asked.ip().is_multicast() {
        asked = crate::net::any_port_towards(asked);
        asked.set_port(options.address.port());
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(address: &str, groups: &[&str]) -> ListenOptions {
        ListenOptions {
            groups: groups.iter().map(|group| group.parse().expect("an address")).collect(),
            ..ListenOptions::new(address.parse().expect("an address"))
        }
    }

    #[test]
    fn only_groups_are_joined_and_only_where_they_are_heard() {
        let wrong = fitting(&options("0.0.0.0:4321", &["192.168.1.5"]));
        assert!(matches!(wrong, Err(ListenError::NotAGroup { .. })), "{wrong:?}");
        let wrong = fitting(&options("127.0.0.1:4321", &["ff15::1"]));
        assert!(matches!(wrong, Err(ListenError::OtherFamily { .. })), "{wrong:?}");
        let both = fitting(&options("0.0.0.0:4321", &["239.1.2.3", "ff15::1"])).expect("possible");
        assert_eq!(both.to_string(), "[::]:4321");
        let one = fitting(&options("0.0.0.0:4321", &["239.1.2.3"])).expect("possible");
        assert_eq!(one.to_string(), "0.0.0.0:4321");
    }
}
