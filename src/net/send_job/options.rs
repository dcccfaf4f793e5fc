//! How a job is to be sent.

use std::net::{IpAddr, SocketAddr};

use crate::flow::impair::Impairment;
use crate::flow::{Fec, MAX_CHUNK, Mode, Protocol, Rate, Transport};
use crate::frame::PackedYcbcr;
use crate::frame::codec::Compression;
use crate::net::Target;
use crate::net::interfaces::interface_from;
use crate::wire::pixelwire::{DATA_HEADER, MIN_CHUNK};
use crate::wire::{MAX_DATAGRAM, classic as wire_classic, rtp as wire_rtp};

use super::Spread;

/// MTU that is taken for granted when the system does not tell one: Ethernet's.
const USUAL_MTU: usize = 1500;

/// Payload bytes of each packet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Chunk {
    /// What fits the MTU of the interface that leads to the target (classic: 49,152; over TCP, which
    /// has no MTU: 60,000, or 32,768 live).
    #[default]
    Auto,
    /// So many bytes, kept within what a packet can carry and what is worth its header.
    Bytes(u16),
}

impl Chunk {
    /// Payload bytes of each packet to `peer`.
    pub(super) fn resolve(
        self,
        protocol: Protocol,
        peer: SocketAddr,
        source: Option<IpAddr>,
    ) -> u16 {
        let most = match protocol {
            Protocol::Classic => MAX_DATAGRAM - wire_classic::HEADER,
            Protocol::Pixelwire => MAX_CHUNK,
            Protocol::Rtp => MAX_DATAGRAM - wire_rtp::HEADER,
        };
        let mtu = || {
            let known = interface_from(source, peer).and_then(|interface| interface.mtu);
            known.map_or(USUAL_MTU, |mtu| mtu as usize)
        };
        let wanted = match (self, protocol) {
            (Self::Bytes(bytes), _) => usize::from(bytes),
            (Self::Auto, Protocol::Classic) => wire_classic::USUAL_CHUNK,
            (Self::Auto, Protocol::Pixelwire) => fitting_chunk(mtu(), peer, DATA_HEADER),
            (Self::Auto, Protocol::Rtp) => {
                fitting_chunk(mtu(), peer, wire_rtp::HEADER).min(wire_rtp::USUAL_CHUNK)
            }
        };
        wanted.clamp(usize::from(MIN_CHUNK), most) as u16
    }
}

/// The largest payload whose packet fits the MTU without IP fragments.
fn fitting_chunk(mtu: usize, peer: SocketAddr, header: usize) -> usize {
    let ip_and_udp = if peer.is_ipv4() { 20 + 8 } else { 40 + 8 };
    mtu.saturating_sub(ip_and_udp + header).max(512)
}

/// How a job is to be sent.
#[derive(Clone, Debug)]
pub struct SendOptions {
    /// To whom.
    pub target: Target,
    /// In which protocol.
    pub protocol: Protocol,
    /// With which promise.
    pub mode: Mode,
    /// Payload bytes of each packet.
    pub chunk: Chunk,
    /// How fast.
    pub rate: Rate,
    /// Frames a second; `None` is as fast as they go in deliver mode, and in live mode the
    /// source's own timing or 30.
    pub frames_per_second: Option<f64>,
    /// A bad network to be put between the job and its socket, to see what one does.
    pub impairment: Option<Impairment>,
    /// How frames are made smaller (pixelwire only: others are sent raw).
    pub compression: Compression,
    /// How much parity goes with each frame (pixelwire only).
    pub fec: Fec,
    /// Nobody is expected to answer (live pixelwire only).
    pub one_way: bool,
    /// The address of this machine to send from; `None` leaves that to the system's routes.
    pub source: Option<IpAddr>,
    /// Brightness and colour difference in place of a frame's own samples (RTP only).
    pub packing: Option<PackedYcbcr>,
    /// Over what (TCP: pixelwire only, without impairment, parity and one way).
    pub transport: Transport,
    /// To whom else, and how far.
    pub spread: Spread,
}

impl SendOptions {
    /// To `target` alone, by our own protocol over UDP, each frame delivered, as fast as the path
    /// carries them.
    pub fn new(target: Target) -> Self {
        Self {
            target,
            protocol: Protocol::Pixelwire,
            mode: Mode::Deliver,
            chunk: Chunk::Auto,
            rate: Rate::Auto,
            frames_per_second: None,
            impairment: None,
            compression: Compression::Raw,
            fec: Fec::Off,
            one_way: false,
            source: None,
            packing: None,
            transport: Transport::Udp,
            spread: Spread::default(),
        }
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_chunk_fills_the_mtu_and_never_more() {
        let v4 = SocketAddr::from(([192, 168, 1, 20], 4321));
        let v6 = SocketAddr::from((std::net::Ipv6Addr::LOCALHOST, 4321));
        assert_eq!(fitting_chunk(1500, v4, DATA_HEADER) + DATA_HEADER + 28, 1500);
        assert_eq!(fitting_chunk(9000, v6, DATA_HEADER) + DATA_HEADER + 48, 9000);
        assert_eq!(Chunk::Auto.resolve(Protocol::Classic, v4, None), 49_152);
        assert_eq!(Chunk::Bytes(u16::MAX).resolve(Protocol::Classic, v4, None), 65_495);
        let loopback = SocketAddr::from(([127, 0, 0, 1], 4321));
        let most = usize::from(Chunk::Bytes(u16::MAX).resolve(Protocol::Pixelwire, loopback, None));
        assert_eq!(most, MAX_CHUNK);
    }
}
