//! Encoded frames on their way to their pixels: what takes long is done where nothing waits.

use std::ops::Range;

use crate::flow::job::Mode;
use crate::frame::codec::{self, Codec, Decoded, Spread};
use crate::frame::{Buffers, Digest, PixelBuffer};
use crate::wire::pixelwire::FrameHeader;

use super::received::{Encoding, Particulars};
use super::{ReceivedFrame, StreamKey};

/// An encoded frame of which everything has arrived that will.
#[derive(Debug)]
pub struct Decode {
    pub(super) header: FrameHeader,
    pub(super) bytes: PixelBuffer,
    /// What of `bytes` never arrived, in order.
    pub(super) missing: Vec<Range<usize>>,
    /// Of `bytes`, when they were verified.
    pub(super) digest: Option<Digest>,
    pub(super) particulars: Particulars,
    /// Where memory for the pixels comes from.
    pub(super) buffers: Buffers,
}

/// A frame that was decoded, or could not be.
#[derive(Debug)]
pub struct DecodedFrame {
    pub(super) whose: Whose,
    pub(super) received: Option<ReceivedFrame>,
}

/// Which frame it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Whose {
    pub(super) stream: StreamKey,
    pub(super) header: FrameHeader,
    /// Whether all of it arrived.
    pub(super) complete: bool,
    /// Of what arrived, when it was verified.
    pub(super) digest: Option<Digest>,
}

impl Decode {
    /// Decodes the frame: some milliseconds of work for one of usual size. `spread` says on which
    /// threads.
    pub fn run(self, spread: Spread<'_>) -> DecodedFrame {
        let whose = self.whose();
        let Self { header, bytes, missing, digest, particulars, buffers } = self;
        let decoded = codec::decode(header.form(), &bytes, &missing, &buffers, spread).ok();
        let received = decoded.map(|Decoded { frame, missing, quality }| {
            let (codec, bytes) = (header.codec, bytes.len());
            // What lossless pixels are was compared with what their sender digested.
            let exact = codec == Codec::Lossless && missing.is_empty();
            let pixels = frame.known_digest().filter(|_| exact);
            let encoding = Encoding { codec, quality, bytes, digest };
            particulars.with(frame, missing, pixels, Some(encoding))
        });
        DecodedFrame { whose, received }
    }

    pub(super) fn whose(&self) -> Whose {
        let (stream, complete) = (self.particulars.stream, self.missing.is_empty());
        Whose { stream, header: self.header, complete, digest: self.digest }
    }
}

impl Whose {
    pub(super) fn mode(&self) -> Mode {
        if self.header.deliver { Mode::Deliver } else { Mode::Live }
    }

    /// Bytes of memory that it may take until it is handed over: the pixels, and what they are
    /// decoded from.
    pub(super) fn memory(header: &FrameHeader) -> usize {
        let encoded = if header.codec == Codec::Raw { 0 } else { header.length as usize };
        header.pixel_bytes().saturating_add(encoded)
    }
}
