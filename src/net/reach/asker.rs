//! One question at a time, over a socket that is told when nobody listens.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use quinn_udp::{UdpSockRef, UdpSocketState};
use socket2::SockRef;

use crate::net::clock::Clock;
use crate::net::{any_port_from, interfaces, random_id};
use crate::wire::pixelwire::{ECHO_BYTES, Echo, Probe, parse_echo};

/// Asks probes and waits for their echoes.
pub(super) struct Asker {
    socket: UdpSocket,
    clock: Clock,
    tokens: u64,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// It was answered.
    Echo { time: Duration, echo: Echo },
    /// The other machine says that the port is closed.
    Refused,
    /// No machine is there.
    Unreachable,
    /// This machine may not send there.
    NotAllowed,
    /// Nothing came in time, or the packet was too large to leave.
    Silence,
}

impl Asker {
    pub(super) fn new(peer: SocketAddr, source: Option<IpAddr>) -> io::Result<Self> {
        let socket = UdpSocket::bind(any_port_from(source, peer))?;
        if let Some(source) = source {
            interfaces::bind_device(&SockRef::from(&socket), source);
        }
        socket.connect(peer)?;
        Ok(Self { socket, clock: Clock::start(), tokens: random_id()? })
    }

    /// From now on packets are not cut into fragments on their way; whether that can be had.
    pub(super) fn forbid_fragments(&self) -> bool {
        let state = UdpSocketState::new(UdpSockRef::from(&self.socket));
        let forbidden = state.is_ok_and(|state| !state.may_fragment());
        forbidden && self.socket.set_nonblocking(false).is_ok()
    }

    /// Asks with a datagram of `bytes`, and waits for the answer as long as `patience`.
    pub(super) fn ask(&mut self, bytes: usize, patience: Duration) -> Asked {
        self.tokens = self.tokens.wrapping_add(1);
        let mut question = Vec::new();
        Probe { token: self.tokens, bytes }.write(&mut question);
        let asked_at = self.clock.now();
        let until = asked_at + patience;
        if let Err(error) = self.socket.send(&question) {
            return meaning(&error);
        }
        // Systems may hand over several answers of one size as one.
        let mut buffer = [0; 64 * ECHO_BYTES];
        loop {
            let left = self.clock.until(until);
            // A timeout of zero would mean to wait for ever.
            if left.is_zero() || self.socket.set_read_timeout(Some(left)).is_err() {
                return Asked::Silence;
            }
            match self.socket.recv(&mut buffer) {
                Ok(length) => {
                    let echoes = buffer[..length].chunks(ECHO_BYTES).map(parse_echo);
                    let own = echoes.flatten().find(|echo| echo.token == self.tokens);
                    if let Some(echo) = own {
                        return Asked::Echo { time: self.clock.now().since(asked_at), echo };
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return meaning(&error),
            }
        }
    }
}

fn meaning(error: &io::Error) -> Asked {
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset => Asked::Refused,
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Asked::Unreachable,
        io::ErrorKind::PermissionDenied => Asked::NotAllowed,
        _ => Asked::Silence,
    }
}
