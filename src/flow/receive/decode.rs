//! Encoded frames on their way to their pixels: what takes long is done where nothing waits.

use std::ops::Range;

use crate::flow::job::Mode;
use crate::flow::time::Time;
use crate::frame::codec::{self, Codec, Decoded, Spread};
use crate::frame::{Buffers, Digest, PixelBuffer};
use crate::wire::pixelwire::FrameHeader;

use super::received::{Encoding, Particulars};
use super::{ReceivedFrame, Receiver, StreamKey};

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

impl Receiver {
    /// The next encoded frame to decode, if there is `room` for its decoding: run it, here or on
    /// another thread, and give the result to [`Self::handle_decoded`].
    ///
    /// A live frame that waits for room gives way to a newer one of its stream.
    pub fn poll_decode(&mut self, room: bool) -> Option<Decode> {
        let mut at = 0;
        while let Some(older) = self.shared.decodes.get(at) {
            let whose = older.whose();
            let mut later = self.shared.decodes.iter().skip(at + 1);
            let newer = later.any(|later| later.whose().stream == whose.stream);
            if whose.mode() == Mode::Live && newer {
                self.shared.decodes.remove(at);
                self.let_go(&whose);
            } else {
                at += 1;
            }
        }
        if room { self.shared.decodes.pop_front() } else { None }
    }

    /// Takes a frame that was decoded.
    pub fn handle_decoded(&mut self, decoded: DecodedFrame, now: Time) {
        self.shared.now = now;
        let DecodedFrame { whose, received } = decoded;
        let stream = self.streams.iter().position(|stream| stream.key == whose.stream);
        let overtaken = stream.is_some_and(|at| self.streams[at].is_overtaken(&whose));
        match received {
            Some(received) if !overtaken => {
                self.end_decoding(&whose, whose.header.length as usize);
                self.shared.put_ready(received);
            }
            Some(_) => self.let_go(&whose),
            None => {
                self.end_decoding(&whose, Whose::memory(&whose.header));
                if let Some(at) = stream {
                    self.streams[at].give_up_undecodable(&whose, &mut self.shared);
                }
            }
        }
    }

    /// A live frame gives way to a newer one.
    fn let_go(&mut self, whose: &Whose) {
        self.end_decoding(whose, Whose::memory(&whose.header));
        if let Some(stream) = self.streams.iter_mut().find(|s| s.key == whose.stream) {
            stream.let_go(whose, &mut self.shared);
        }
    }

    /// A frame is no longer to be decoded, and so many bytes that it held are free.
    fn end_decoding(&mut self, whose: &Whose, bytes: usize) {
        self.shared.release(bytes);
        let is_other = |(stream, header): &(StreamKey, FrameHeader)| {
            *stream != whose.stream || header.id != whose.header.id
        };
        self.shared.decoding.retain(is_other);
    }
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
