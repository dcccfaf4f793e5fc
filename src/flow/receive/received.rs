//! A frame as it was received, and whose it is.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::flow::job::{Geometry, Mode, Protocol, Transport};
use crate::frame::codec::Codec;
use crate::frame::{Digest, Frame};

use super::record::PacketRecord;

/// Names a stream: who sends, over what, and which of the sender's jobs it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamKey {
    /// Where the packets come from.
    pub peer: SocketAddr,
    /// Over what they come.
    pub transport: Transport,
    /// The job's random number; for RTP the SSRC, 0 for classic.
    pub id: u64,
}

impl StreamKey {
    /// The stream of this number that comes over UDP from `peer`.
    pub const fn over_udp(peer: SocketAddr, id: u64) -> Self {
        Self { peer, transport: Transport::Udp, id }
    }
}

/// A frame as it was received.
#[derive(Clone, Debug)]
pub struct ReceivedFrame {
    /// Whose it is.
    pub stream: StreamKey,
    /// Its number in the stream.
    pub frame_id: u64,
    /// How it came.
    pub protocol: Protocol,
    /// What its sender promised.
    pub mode: Mode,
    /// The picture; missing parts are zero.
    pub frame: Arc<Frame>,
    /// Byte ranges of the pixels that never arrived; empty for a complete frame.
    pub missing: Vec<Range<usize>>,
    /// The digest of the pixels, when it was computed to verify the frame.
    pub digest: Option<Digest>,
    /// How it came over the wire; `None` for pixels as they are.
    pub encoded: Option<Encoding>,
    /// Packets it took.
    pub packets: u64,
    /// Payloads that were missing and came by a resend or were restored from parity.
    pub packets_recovered: u64,
    /// What became of each of its packets, when it was handed over.
    pub record: Arc<PacketRecord>,
    /// From its first packet being sent to it being whole, where that can be known.
    pub latency: Option<Duration>,
    /// What its sender calls it, where it said so.
    pub name: Option<String>,
    /// Classic only: the geometries that fit its bytes, the one used first.
    pub geometry_choices: Vec<Geometry>,
}

impl ReceivedFrame {
    /// A whole frame that came in one packet, of which nothing more is known.
    pub fn new(
        stream: StreamKey,
        frame_id: u64,
        protocol: Protocol,
        mode: Mode,
        frame: Frame,
    ) -> Self {
        Self {
            stream,
            frame_id,
            protocol,
            mode,
            frame: Arc::new(frame),
            missing: Vec::new(),
            digest: None,
            encoded: None,
            packets: 1,
            packets_recovered: 0,
            record: Arc::default(),
            latency: None,
            name: None,
            geometry_choices: Vec::new(),
        }
    }
}

/// How an encoded frame came over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// How its pixels were written.
    pub codec: Codec,
    /// Of a JPEG, 1 to 100, where that is known.
    pub quality: Option<u8>,
    /// Its bytes on the wire, in all payloads together.
    pub bytes: usize,
    /// The digest of these bytes, when it was computed to verify them.
    pub digest: Option<Digest>,
}

impl Encoding {
    /// In words, for a frame of so many bytes of pixels: `JPEG 85`, `lossless 2.3:1`.
    pub fn described(&self, pixel_bytes: usize) -> String {
        match (self.codec, self.quality) {
            (Codec::Jpeg, Some(quality)) => format!("JPEG {quality}"),
            (Codec::Jpeg, None) => "JPEG".to_owned(),
            (codec, _) => {
                format!("{} {:.1}:1", codec.name(), pixel_bytes as f64 / self.bytes.max(1) as f64)
            }
        }
    }
}

/// What is known of a frame beside its pixels.
#[derive(Debug)]
pub(super) struct Particulars {
    pub(super) stream: StreamKey,
    pub(super) frame_id: u64,
    pub(super) mode: Mode,
    pub(super) packets: u64,
    pub(super) packets_recovered: u64,
    pub(super) record: Arc<PacketRecord>,
    pub(super) latency: Option<Duration>,
    pub(super) name: Option<String>,
}

impl Particulars {
    /// With the pixels, of which `missing` never arrived.
    pub(super) fn with(
        self,
        frame: Frame,
        missing: Vec<Range<usize>>,
        digest: Option<Digest>,
        encoded: Option<Encoding>,
    ) -> ReceivedFrame {
        let Self { stream, frame_id, mode, packets, packets_recovered, record, latency, name } =
            self;
        ReceivedFrame {
            missing,
            digest,
            encoded,
            packets,
            packets_recovered,
            record,
            latency,
            name,
            ..ReceivedFrame::new(stream, frame_id, Protocol::Pixelwire, mode, frame)
        }
    }
}
