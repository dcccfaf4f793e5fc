//! One port number, for UDP and for TCP.

use std::io;

use crate::net::tcp::Acceptor;
use crate::net::udp::UdpPort;

use super::{ListenError, ListenOptions, membership};

/// How many ports the system may choose until one is free for both.
const TRIES: u32 = 8;

/// The sockets of a listener.
pub(super) struct Binding {
    pub(super) port: UdpPort,
    pub(super) tcp: Option<Acceptor>,
    /// Why there is no TCP, in words.
    pub(super) tcp_trouble: Option<String>,
}

impl Binding {
    /// Binds the address that was asked for, and joins groups; where TCP cannot be had there, for UDP alone.
    ///
    /// # Errors
    /// When it cannot be bound for UDP, or a group cannot be joined.
    pub(super) fn of(options: &ListenOptions) -> Result<Self, ListenError> {
        let chosen_by_system = options.address.port() == 0;
        let mut tries = 1;
        loop {
            let port = membership::bind(options)?;
            let address = port.local_addr().map_err(ListenError::System)?;
            if address.ip().is_multicast() {
                // Nobody can connect to a group.
                return Ok(Self { port, tcp: None, tcp_trouble: None });
            }
            match port.registry().and_then(|registry| Acceptor::bind(address, registry)) {
                Ok(tcp) => return Ok(Self { port, tcp: Some(tcp), tcp_trouble: None }),
                Err(_) if chosen_by_system && tries < TRIES => tries += 1,
                Err(error) => {
                    let tcp_trouble = Some(in_words(&error, address.port()));
                    return Ok(Self { port, tcp: None, tcp_trouble });
                }
            }
        }
    }
}

fn in_words(error: &io::Error, port: u16) -> String {
    if error.kind() == io::ErrorKind::AddrInUse {
        format!(
            "another program listens on TCP port {port}, so this PC can be sent to over UDP only: \
             close that one, or listen on another port"
        )
    } else {
        format!(
            "the system does not let us listen over TCP, so this PC can be sent to over UDP only: {error}"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use super::*;

    #[test]
    fn a_port_that_another_program_has_over_tcp_is_still_ours_over_udp() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = other.local_addr().expect("bound");
        // That the same number is free for UDP is likely, and all that can be had.
        let Ok(binding) = Binding::of(&ListenOptions::new(address)) else { return };
        assert!(binding.tcp.is_none());
        let said = binding.tcp_trouble.expect("said");
        assert!(said.contains(&address.port().to_string()) && said.contains("UDP only"), "{said}");
        assert_eq!(binding.port.local_addr().expect("bound"), address);
    }

    #[test]
    fn the_system_chooses_one_number_for_both() {
        let binding =
            Binding::of(&ListenOptions::new((Ipv4Addr::LOCALHOST, 0).into())).expect("a free port");
        let address = binding.port.local_addr().expect("bound");
        assert!(binding.tcp.is_some() && binding.tcp_trouble.is_none());
        assert!(std::net::TcpStream::connect(address).is_ok());
    }
}
