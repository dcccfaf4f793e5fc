//! What a chunk size means on a link: how many IP fragments a packet becomes.

use std::fmt;

use crate::app::figures;
use crate::flow::{Mode, Protocol};
use crate::net::WireCost;
use crate::wire::{MAX_DATAGRAM, classic, pixelwire, rtp};

use super::link::Link;

/// What a chunk of some size means on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChunkMeaning {
    /// Payload bytes of each packet, at most what one datagram carries.
    pub(super) chunk: u32,
    /// IP packets that each of our packets becomes.
    pub(super) fragments: u32,
    /// The link's MTU.
    pub(super) mtu: u32,
    /// Bytes of each IP packet's header.
    ip_header: u32,
    /// Whether TCP cuts the packets as it likes, and none is lost for a piece.
    over_tcp: bool,
}

impl ChunkMeaning {
    /// What `chunk` means, `None` being the size that is chosen for the user.
    pub(super) fn of(chunk: Option<u16>, protocol: Protocol, link: Link) -> Self {
        let chunk = chunk.map_or_else(|| automatic(protocol, link), u32::from);
        let chunk = chunk.min(largest(protocol));
        let datagram = chunk + header(protocol) + UDP_HEADER;
        let fragments = ip_packets(datagram, link);
        let fragmented = link.ipv6 && fragments > 1;
        let ip_header = ip_header(link) + if fragmented { IPV6_FRAGMENT_HEADER } else { 0 };
        Self { chunk, fragments, mtu: link.mtu, ip_header, over_tcp: false }
    }

    /// What `chunk` means over TCP.
    pub(super) fn over_tcp(chunk: Option<u16>, mode: Mode, link: Link) -> Self {
        let chunk = chunk.unwrap_or(mode.tcp_chunk());
        Self { over_tcp: true, ..Self::of(Some(chunk), Protocol::Pixelwire, link) }
    }

    /// Whether no packet is lost for a piece of it.
    pub(super) const fn fits(self) -> bool {
        self.fragments == 1 || self.over_tcp
    }

    /// What each packet costs on the wire.
    pub(super) const fn cost(self, protocol: Protocol) -> WireCost {
        let Self { chunk, fragments, ip_header, .. } = self;
        WireCost { chunk, header: header(protocol), fragments, ip_header }
    }
}

impl fmt::Display for ChunkMeaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chunk, fragments, mtu, .. } = *self;
        if self.over_tcp {
            return f.write_str("TCP cuts it to fit: the size matters little");
        }
        if self.fits() {
            return write!(f, "fits this link's MTU of {mtu}: no IP fragments");
        }
        let chunk = figures::thousands(u64::from(chunk));
        write!(
            f,
            "{chunk} B = {fragments} IP fragments on a {mtu}-byte MTU: \
             one lost fragment loses the chunk"
        )
    }
}

/// The most payload bytes that one datagram carries beside its header.
fn largest(protocol: Protocol) -> u32 {
    MAX_DATAGRAM as u32 - header(protocol)
}

/// How many IP packets carry `datagram` bytes, UDP header included.
fn ip_packets(datagram: u32, link: Link) -> u32 {
    // A link must carry at least this much; smaller numbers are errors of whoever said them.
    let room = link.mtu.max(SMALLEST_MTU) - ip_header(link);
    if datagram <= room {
        return 1;
    }
    let room = if link.ipv6 { room - IPV6_FRAGMENT_HEADER } else { room };
    // Offsets count in steps of 8 bytes, so every fragment but the last is rounded down.
    let each = room / 8 * 8;
    1 + (datagram - room).div_ceil(each)
}

fn automatic(protocol: Protocol, link: Link) -> u32 {
    if protocol == Protocol::Classic {
        return classic::USUAL_CHUNK as u32;
    }
    let headers = ip_header(link) + UDP_HEADER + header(protocol);
    let fitting = link.mtu.max(SMALLEST_MTU) - headers;
    if protocol == Protocol::Rtp { fitting.min(rtp::USUAL_CHUNK as u32) } else { fitting }
}

const fn ip_header(link: Link) -> u32 {
    if link.ipv6 { IPV6_HEADER } else { IPV4_HEADER }
}

const fn header(protocol: Protocol) -> u32 {
    match protocol {
        Protocol::Classic => classic::HEADER as u32,
        Protocol::Pixelwire => pixelwire::DATA_HEADER as u32,
        Protocol::Rtp => rtp::HEADER as u32,
    }
}

const UDP_HEADER: u32 = 8;
const IPV4_HEADER: u32 = 20;
const IPV6_HEADER: u32 = 40;
const IPV6_FRAGMENT_HEADER: u32 = 8;
/// What every IPv4 host accepts (RFC 791).
const SMALLEST_MTU: u32 = 576;

#[cfg(test)]
mod tests {
    use super::super::link::ETHERNET;
    use super::*;

    const JUMBO: Link = Link { mtu: 9000, ..ETHERNET };
    const V6: Link = Link { ipv6: true, ..ETHERNET };
    const LOOPBACK: Link = Link { mtu: 65_536, loopback: true, ..ETHERNET };

    fn fragments(chunk: u16, protocol: Protocol, link: Link) -> u32 {
        ChunkMeaning::of(Some(chunk), protocol, link).fragments
    }

    #[test]
    fn the_usual_classic_chunk_is_34_fragments_on_ethernet() {
        let meaning = ChunkMeaning::of(None, Protocol::Classic, ETHERNET);
        assert_eq!(
            meaning.to_string(),
            "49,152 B = 34 IP fragments on a 1500-byte MTU: one lost fragment loses the chunk"
        );
        assert_eq!(fragments(49_152, Protocol::Pixelwire, ETHERNET), 34);
        assert_eq!(fragments(49_152, Protocol::Classic, JUMBO), 6);
        assert_eq!(fragments(49_152, Protocol::Classic, LOOPBACK), 1);
    }

    #[test]
    fn the_automatic_chunk_is_the_largest_that_fits() {
        for (link, chunk) in [(ETHERNET, 1416), (V6, 1396), (JUMBO, 8916)] {
            let meaning = ChunkMeaning::of(None, Protocol::Pixelwire, link);
            assert_eq!((meaning.chunk, meaning.fragments), (chunk, 1));
            assert_eq!(fragments(chunk as u16 + 1, Protocol::Pixelwire, link), 2);
        }
        let of_rtp = |link| ChunkMeaning::of(None, Protocol::Rtp, link).chunk;
        assert_eq!((of_rtp(ETHERNET), of_rtp(JUMBO)), (1460, 8180), "ffmpeg reads no larger ones");
        assert_eq!(
            ChunkMeaning::of(None, Protocol::Pixelwire, ETHERNET).to_string(),
            "fits this link's MTU of 1500: no IP fragments"
        );
    }

    #[test]
    fn over_tcp_no_size_is_too_large() {
        for chunk in [None, Some(65_507)] {
            let meaning = ChunkMeaning::over_tcp(chunk, Mode::Deliver, ETHERNET);
            assert!(meaning.fits() && meaning.to_string().contains("matters little"));
        }
        assert_eq!(ChunkMeaning::over_tcp(None, Mode::Live, ETHERNET).chunk, 32_768);
    }

    #[test]
    fn fragments_but_the_last_are_whole_steps_of_eight_bytes() {
        // 8,980 bytes of room: 8,976 in the first fragments, up to 8,980 in the last.
        let two = 8976 + 8980 - 8 - 12;
        assert_eq!(fragments(two, Protocol::Classic, JUMBO), 2);
        assert_eq!(fragments(two + 1, Protocol::Classic, JUMBO), 3);
        // 1,452 bytes of room beside both IPv6 headers: 1,448 and 1,452.
        let two = 1448 + 1452 - 8 - 12;
        assert_eq!(fragments(two, Protocol::Classic, V6), 2);
        assert_eq!(fragments(two + 1, Protocol::Classic, V6), 3);
    }

    #[test]
    fn no_chunk_is_larger_than_a_datagram_and_no_mtu_is_too_small() {
        let meaning = ChunkMeaning::of(Some(65_507), Protocol::Pixelwire, LOOPBACK);
        assert_eq!((meaning.chunk, meaning.fragments), (65_451, 1));
        let nonsense = Link { mtu: 0, ..ETHERNET };
        assert_eq!(ChunkMeaning::of(None, Protocol::Pixelwire, nonsense).chunk, 492);
    }

    #[test]
    fn headers_are_added_for_each_packet() {
        let bytes = |chunk, protocol, link, pixels| {
            ChunkMeaning::of(chunk, protocol, link).cost(protocol).bytes(pixels)
        };
        assert_eq!(bytes(Some(1000), Protocol::Pixelwire, ETHERNET, 0), 0);
        assert_eq!(bytes(Some(1000), Protocol::Pixelwire, ETHERNET, 2500), 2500 + 3 * 122);
        let classic = 12 + 8 + 34 * (20 + 38);
        assert_eq!(bytes(None, Protocol::Classic, ETHERNET, 49_152), 49_152 + classic);
        // Over IPv6 each of the 34 fragments has a header of its own beside.
        assert_eq!(fragments(49_152, Protocol::Classic, V6), 34);
        let classic = 12 + 8 + 34 * (40 + 8 + 38);
        assert_eq!(bytes(None, Protocol::Classic, V6, 49_152), 49_152 + classic);
    }
}
