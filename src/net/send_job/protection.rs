//! Parity for a job's frames: made on the source thread, as much as was asked for or as the
//! socket thread hears is needed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::flow::fec::Parity;
use crate::flow::{Fec, Protocol, Transport};
use crate::frame::codec::Coded;

use super::SendOptions;

/// How a job's frames are protected; its copies share what is learnt on the way.
#[derive(Clone)]
pub(super) struct Protection {
    fec: Fec,
    chunk: u16,
    /// The share under `auto`, as the bits of a float.
    suggested: Arc<AtomicU64>,
}

impl Protection {
    /// As `options` say, for payloads of at most `chunk` bytes.
    pub(super) fn new(options: &SendOptions, chunk: u16) -> Self {
        let lossy = options.transport == Transport::Udp;
        let fits = lossy && options.protocol == Protocol::Pixelwire;
        let fec = if fits { options.fec } else { Fec::Off };
        // Parity is made of pairs of bytes.
        let chunk = if fec == Fec::Off { chunk } else { chunk & !1 };
        Self { fec, chunk, suggested: Arc::new(AtomicU64::new(0_f64.to_bits())) }
    }

    /// Payload bytes of each packet.
    pub(super) fn chunk(&self) -> u16 {
        self.chunk
    }

    /// Says what the reported losses suggest now.
    pub(super) fn suggest(&self, share: f64) {
        self.suggested.store(share.to_bits(), Ordering::Relaxed);
    }

    /// The frame's parity, if it is to have any.
    pub(super) fn parity(&self, frame: &Coded) -> Option<Parity> {
        let share = match self.fec {
            Fec::Off => return None,
            Fec::Auto => f64::from_bits(self.suggested.load(Ordering::Relaxed)),
            Fec::Share(share) => share,
        };
        Parity::of(frame.bytes(), self.chunk, share)
    }
}
