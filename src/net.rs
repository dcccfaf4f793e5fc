//! What touches the outside: sockets, threads, the clock, this machine's addresses.
//!
//! A [`Listener`] receives on a thread of its own and hands whole frames on; a [`SendJob`] sends
//! what a source gives. Both publish a status that anyone may read at any time, and neither ever
//! waits for the window.

mod clock;
mod discovery;
mod group;
mod interfaces;
mod listener;
mod published;
mod reach;
mod send_job;
mod target;
mod udp;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
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
    source.map_or_else(|| any_port_towards(peer), |source| (source, 0).into())
}

/// A number that nobody can guess, to name a job or a receiver.
fn random_id() -> io::Result<u64> {
    getrandom::u64().map_err(|error| io::Error::other(error.to_string()))
}
