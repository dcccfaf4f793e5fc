//! Test of a connection: whether somebody listens, how far away, and what the way carries.
//!
//! Nothing begins at the other end: a probe is answered by the receiver and forgotten.

mod asker;
mod capacity;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::{Interface, SendError, Target, interface_from};

pub use capacity::WireCost;

use asker::{Asked, Asker};

/// What a test of a connection found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// Who was asked.
    pub peer: SocketAddr,
    /// Whether somebody listens there.
    pub verdict: ReachVerdict,
    /// From where packets to the peer leave.
    pub interface: Option<Interface>,
    /// The median of several round trips.
    pub round_trip: Option<Duration>,
    /// The largest IP packet that came through in one piece, in bytes; never above the interface's
    /// MTU. `None` where that could not be found out.
    pub path_mtu: Option<u32>,
    /// Bytes of the receiver's socket buffer.
    pub receive_buffer: Option<u32>,
}

/// Whether somebody listens, and what stands in the way if not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReachVerdict {
    /// A receiver answered.
    Listening,
    /// The other machine said that the port is closed.
    NobodyListening,
    /// No machine answers at that address.
    NobodyThere,
    /// This machine's own firewall refuses to send.
    RefusedHere,
    /// Nothing came back.
    NoAnswer,
}

/// Asks whether somebody listens at `target`, sending from `source` if that is given. Takes up to
/// two seconds, and longer for names that nobody knows.
///
/// # Errors
/// [`SendError`] when nothing can be sent at all.
pub fn test_connection(target: &Target, source: Option<IpAddr>) -> Result<Reach, SendError> {
    let peer = target.resolve_from(source).map_err(SendError::UnknownHost)?;
    let refused = |error: std::io::Error| SendError::of_connect(&error, peer).because_of(source);
    let mut asker = Asker::new(peer, source).map_err(refused)?;
    let mut reach = Reach {
        peer,
        verdict: ReachVerdict::NoAnswer,
        interface: interface_from(source, peer),
        round_trip: None,
        path_mtu: None,
        receive_buffer: None,
    };
    let mut times = Vec::new();
    for _ in 0..QUESTIONS {
        match asker.ask(0, PATIENCE) {
            Asked::Echo { time, echo } => {
                reach.verdict = ReachVerdict::Listening;
                reach.receive_buffer = Some(echo.receive_buffer).filter(|bytes| *bytes > 0);
                times.push(time);
            }
            Asked::Refused => reach.verdict = ReachVerdict::NobodyListening,
            Asked::Unreachable => reach.verdict = ReachVerdict::NobodyThere,
            Asked::NotAllowed => reach.verdict = ReachVerdict::RefusedHere,
            Asked::Silence => {}
        }
        let is_final = reach.verdict != ReachVerdict::Listening;
        if is_final && reach.verdict != ReachVerdict::NoAnswer {
            return Ok(reach);
        }
    }
    reach.round_trip = median(&mut times);
    if reach.verdict == ReachVerdict::Listening {
        reach.path_mtu = path_mtu(&mut asker, &reach);
    }
    Ok(reach)
}

/// The largest packet that is answered, from the interface's MTU downwards.
fn path_mtu(asker: &mut Asker, reach: &Reach) -> Option<u32> {
    let interface = reach.interface.as_ref()?;
    let most = interface.mtu?;
    if interface.loopback || interface.address == reach.peer.ip() {
        return Some(most);
    }
    if !asker.forbid_fragments() {
        return None;
    }
    let ip_and_udp = if reach.peer.is_ipv4() { 20 + 8 } else { 40 + 8 };
    let patience = reach.round_trip.unwrap_or(PATIENCE).saturating_mul(4).clamp(QUICK, PATIENCE);
    let usual = USUAL_MTUS.into_iter().filter(|mtu| *mtu < most);
    std::iter::once(most.min(MOST_PROBED)).chain(usual).find(|mtu| {
        let bytes = mtu.saturating_sub(ip_and_udp) as usize;
        (0..TRIES).any(|_| matches!(asker.ask(bytes, patience), Asked::Echo { .. }))
    })
}

fn median(times: &mut [Duration]) -> Option<Duration> {
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

/// How often it is asked: the first answer may have waited for the address to be looked up.
const QUESTIONS: usize = 7;
/// How long an answer may take: around the world, and a slow PC.
const PATIENCE: Duration = Duration::from_millis(250);
/// ... and once it is known how long it takes.
const QUICK: Duration = Duration::from_millis(40);
/// How often a size is asked before it counts as too large: a packet may get lost on the way.
const TRIES: usize = 2;
/// MTUs that are met: jumbo frames, Ethernet, DSL, tunnels, and the least of IPv6.
const USUAL_MTUS: [u32; 8] = [9000, 4000, 1500, 1492, 1480, 1420, 1400, 1280];
/// No datagram is larger.
const MOST_PROBED: u32 = 65_535;

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;
    use std::sync::Arc;

    use super::*;
    use crate::net::{ListenOptions, Listener};

    const HERE: SocketAddr = SocketAddr::new(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

    fn target(address: SocketAddr) -> Target {
        Target { host: address.ip().to_string(), port: address.port() }
    }

    #[test]
    fn a_listener_is_found_listening_and_notices_nothing() {
        let listener = Listener::start(&ListenOptions::new(HERE), Arc::new(|| {})).expect("a port");
        let reach = test_connection(&target(listener.address()), None).expect("can be asked");
        assert_eq!(reach.verdict, ReachVerdict::Listening);
        assert!(reach.round_trip.is_some_and(|time| time < PATIENCE), "{reach:?}");
        assert!(reach.receive_buffer.is_some_and(|bytes| bytes > 1000), "{reach:?}");
        assert_eq!(reach.path_mtu, reach.interface.as_ref().and_then(|one| one.mtu));
        let status = listener.stop();
        assert!(status.streams.is_empty());
        assert_eq!((status.total.packets_expected, status.total.packets_invalid), (0, 0));
    }

    #[test]
    fn a_closed_port_is_told_from_one_that_is_silent() {
        let closed = UdpSocket::bind(HERE).and_then(|socket| socket.local_addr()).expect("a port");
        let reach = test_connection(&target(closed), None).expect("can be asked");
        assert_eq!(reach.verdict, ReachVerdict::NobodyListening);
        let silent = UdpSocket::bind(HERE).expect("a port");
        let address = silent.local_addr().expect("bound");
        let reach = test_connection(&target(address), None).expect("can be asked");
        assert_eq!((reach.verdict, reach.round_trip), (ReachVerdict::NoAnswer, None));
    }

    #[test]
    fn a_source_that_is_not_ours_is_said() {
        let foreign = Some(IpAddr::from([192, 0, 2, 77]));
        let error = test_connection(&target(SocketAddr::from(([127, 0, 0, 1], 9))), foreign);
        assert!(matches!(error, Err(SendError::WrongInterface { .. })), "{error:?}");
    }
}
