//! Why a job failed.

use std::io;
use std::net::{IpAddr, SocketAddr};

use crate::flow::Protocol;

/// Why a job failed; the message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// Stopped by the user.
    #[error("cancelled")]
    Cancelled,
    /// Frames could not be read, or were not delivered; each has said why.
    #[error("{failed} of {frames} frames were not delivered")]
    FramesFailed {
        /// How many failed.
        failed: u64,
        /// Out of how many.
        frames: u64,
    },
    /// Nobody answered.
    #[error(
        "{peer} did not answer within {seconds} s: start listening there, and let its firewall pass UDP port {port}",
        port = peer.port()
    )]
    NoAnswer {
        /// Who was asked.
        peer: SocketAddr,
        /// For how long.
        seconds: u64,
    },
    /// Nobody accepted a connection.
    #[error(
        "{peer} did not accept a TCP connection within {seconds} s: start listening there, and let its firewall pass TCP port {port}",
        port = peer.port()
    )]
    NotConnected {
        /// Who was asked.
        peer: SocketAddr,
        /// For how long.
        seconds: u64,
    },
    /// Nobody answered through the connection.
    #[error(
        "{peer} took the connection and did not answer: check that a Pixelwire listens there (behind a tunnel: at its other end), with fewer than 16 senders"
    )]
    NotAnswered {
        /// Who took it.
        peer: SocketAddr,
    },
    /// Something else than a Pixelwire answers there.
    #[error("what answers at {peer} is no Pixelwire: check the port, and where a tunnel leads")]
    NotPixelwire {
        /// Who was asked.
        peer: SocketAddr,
    },
    /// The connection broke in the middle.
    #[error(
        "the connection to {peer} was lost after {sent} frames had left and {delivered} were delivered: check the cable or the tunnel, and send again"
    )]
    ConnectionLost {
        /// Who was connected.
        peer: SocketAddr,
        /// Frames that had left whole.
        sent: u64,
        /// How much had been delivered.
        delivered: u64,
    },
    /// Only our own protocol is spoken over TCP.
    #[error("the {name} protocol is of UDP alone: send over UDP, or by the pixelwire protocol", name = .0.name())]
    UdpOnly(Protocol),
    /// Nobody in a multicast group answered.
    #[error(
        "nobody in the group {group} answered within {seconds} s: receivers must join it (receive --join {address}), and routers must let it through",
        address = group.ip()
    )]
    NobodyInGroup {
        /// Which group.
        group: SocketAddr,
        /// For how long was asked.
        seconds: u64,
    },
    /// The other machine said that the port is closed.
    #[error("nobody listens at {peer}: start Pixelwire there and press Listen, or check the port")]
    NobodyListening {
        /// Who was asked.
        peer: SocketAddr,
    },
    /// The receiver fell silent in the middle.
    #[error(
        "{peer} stopped answering after {delivered} delivered frames: check its cable and window"
    )]
    Silence {
        /// Who fell silent.
        peer: SocketAddr,
        /// How much had been delivered.
        delivered: u64,
    },
    /// The receiver stopped listening in the middle.
    #[error("{peer} stopped listening after {delivered} delivered frames")]
    ReceiverLeft {
        /// Who left.
        peer: SocketAddr,
        /// How much had been delivered.
        delivered: u64,
    },
    /// Some of several receivers failed.
    #[error("{failed} of {receivers} receivers failed: {reasons}")]
    ReceiversFailed {
        /// How many failed.
        failed: usize,
        /// Out of how many.
        receivers: usize,
        /// Who and why, in words.
        reasons: String,
    },
    /// The name is not known; the message says which.
    #[error("{0}")]
    UnknownHost(String),
    /// There is no way to that address.
    #[error("no network of this PC leads to {0}: check the cable and the address")]
    Unreachable(SocketAddr),
    /// The address that was chosen to send from is not there, or does not lead there.
    #[error("{interface} does not lead to {peer}: choose another interface, or leave it automatic")]
    WrongInterface {
        /// The address of this machine that was chosen.
        interface: IpAddr,
        /// To whom.
        peer: SocketAddr,
    },
    /// The operating system refuses.
    #[error("the system does not let us send: {0}")]
    System(String),
}

impl SendError {
    /// What `error` means when an address was chosen by hand.
    pub(in crate::net) fn because_of(self, source: Option<IpAddr>) -> Self {
        match (self, source) {
            (Self::Unreachable(peer), Some(interface)) => Self::WrongInterface { interface, peer },
            (error, _) => error,
        }
    }

    pub(in crate::net) fn of_connect(error: &io::Error, peer: SocketAddr) -> Self {
        match error.kind() {
            io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::AddrNotAvailable => Self::Unreachable(peer),
            _ => Self::System(error.to_string()),
        }
    }
}
