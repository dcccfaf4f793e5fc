//! How a job comes by its socket.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use crate::flow::{Protocol, Time, Transport, limits};
use crate::net::clock::Clock;
use crate::net::tcp::TcpLink;
use crate::net::udp::UdpPort;

use super::exit::{Exit, Port};
use super::progress::Progress;
use super::{Chunk, SendError, SendEvent, SendOptions};

/// How long one attempt to connect may take: as long as systems wait before they ask again.
const ATTEMPT: Duration = Duration::from_secs(1);

/// How soon to try again where nobody listens yet.
const RETRY_INTERVAL: Duration = Duration::from_millis(200);

/// Looks the target up and opens the way there: its address, the payload size of each packet, and
/// the exit.
pub(super) fn open(
    options: &SendOptions,
    progress: &mut Progress,
) -> Result<(SocketAddr, u16, Exit), SendError> {
    let source = options.source;
    let peer = options.target.resolve_from(source).map_err(SendError::UnknownHost)?;
    if options.transport == Transport::Udp {
        let port = if peer.ip().is_multicast() {
            UdpPort::to_group(peer, source, options.spread.ttl)
        } else {
            UdpPort::connect(peer, source)
        };
        let port = port.map_err(|error| SendError::of_connect(&error, peer).because_of(source))?;
        let chunk = options.chunk.resolve(options.protocol, peer, source);
        return Ok((peer, chunk, Exit::new(Port::Udp(Box::new(port)), options.impairment)));
    }
    if options.protocol != Protocol::Pixelwire {
        return Err(SendError::UdpOnly(options.protocol));
    }
    let link = connect(peer, source, progress)?;
    let chunk = match options.chunk {
        Chunk::Auto => options.mode.tcp_chunk(),
        chosen @ Chunk::Bytes(_) => chosen.resolve(options.protocol, peer, source),
    };
    // A connection loses nothing, so a bad network cannot be put in front of it.
    Ok((peer, chunk, Exit::new(Port::Tcp(Box::new(link)), None)))
}

/// Connects over TCP; who does not listen yet is waited for as long as over UDP.
fn connect(
    peer: SocketAddr,
    source: Option<IpAddr>,
    progress: &mut Progress,
) -> Result<TcpLink, SendError> {
    let clock = Clock::start();
    let deadline = Time::START + limits::NO_ANSWER;
    let mut refused = false;
    loop {
        if progress.is_cancelled() {
            return Err(SendError::Cancelled);
        }
        let left = deadline.since(clock.now());
        if left.is_zero() {
            let seconds = limits::NO_ANSWER.as_secs();
            let error = if refused {
                SendError::NobodyListening { peer }
            } else {
                SendError::NotConnected { peer, seconds }
            };
            return Err(error);
        }
        match TcpLink::connect(peer, source, left.min(ATTEMPT)) {
            Ok(link) => return Ok(link),
            Err(error) if is_refusal(&error) => {
                if !refused {
                    progress.tell(SendEvent::NobodyListening { peer });
                }
                refused = true;
                std::thread::sleep(RETRY_INTERVAL);
            }
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {}
            Err(error) => return Err(SendError::of_connect(&error, peer).because_of(source)),
        }
    }
}

fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset)
}
