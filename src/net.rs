//! What touches the outside: sockets, threads, the clock, this machine's addresses.
//!
//! A [`Listener`] receives on a thread of its own and hands whole frames on; a [`SendJob`] sends
//! what a source gives. Both publish a status that anyone may read at any time, and neither ever
//! waits for the window. Both speak UDP, and the pixelwire protocol over TCP as well.

mod clock;
mod discovery;
mod group;
mod interfaces;
mod listener;
mod published;
mod reach;
mod send_job;
mod target;
mod tcp;
mod udp;
mod workers;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::sync::Arc;

pub use crate::flow::{PacketRecord, ProblemFrame, ReceivedFrame, StreamKey};
pub use discovery::{Device, Discovery, Found};
pub use interfaces::{
    Interface, host_name, interface_called, interface_from, interface_towards, interfaces,
};
pub use listener::{
    BufferAdvice, HandOver, HistoryPoint, ListenCommand, ListenError, ListenOptions, ListenStatus,
    Listener, StreamStatus, Tap, offered,
};
pub use reach::{Reach, ReachVerdict, WireCost, test_connection};
pub use send_job::{
    Chunk, FrameReport, ReceiverReport, SendError, SendEvent, SendJob, SendOptions, SendPhase,
    SendStatus, Spread,
};
pub use target::Target;

use published::Published;

/// Called from a background thread when there is something new to look at.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// Any address and port of this machine of the same family as `peer`.
fn any_port_towards(peer: SocketAddr) -> SocketAddr {
    match peer {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Any port of `source`, else of any address that is of the same family as `peer`.
fn any_port_from(source: Option<IpAddr>, peer: SocketAddr) -> SocketAddr {
    match (source, peer) {
        (None, _) => any_port_towards(peer),
        // An address of a link alone is on the link that the peer's address names.
        (Some(IpAddr::V6(source)), SocketAddr::V6(peer)) if source.is_unicast_link_local() => {
            SocketAddrV6::new(source, 0, 0, peer.scope_id()).into()
        }
        (Some(source), _) => (source, 0).into(),
    }
}

/// The address that is meant: a socket for both families tells IPv4 addresses within IPv6 ones.
fn plain_address(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => address,
        SocketAddr::V6(v6) => v6.ip().to_ipv4_mapped().map_or(address, |v4| (v4, v6.port()).into()),
    }
}

/// A number that nobody can guess, to name a job or a receiver.
fn random_id() -> io::Result<u64> {
    getrandom::u64().map_err(|error| io::Error::other(error.to_string()))
}
