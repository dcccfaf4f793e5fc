//! The sending end of the classic protocol: in order, paced, the last flag on the last chunk.

use std::sync::Arc;

use crate::flow::job::Rate;
use crate::flow::limits;
use crate::flow::pacer::Pacer;
use crate::flow::time::Time;
use crate::flow::train::Train;
use crate::frame::Frame;
use crate::frame::codec::Coded;
use crate::wire::classic::{Chunk, HEADER};

use super::{SendCounters, Unanswered};

/// Sends classic frames one after the other, which must be in an order that classic receivers
/// understand.
pub struct ClassicSender {
    chunk: usize,
    /// Bytes a second.
    rate: f64,
    frame: Option<(Coded, u32)>,
    pacer: Pacer,
    counters: SendCounters,
}

impl ClassicSender {
    /// A sender that cuts frames into chunks of `chunk` bytes.
    pub fn new(chunk: u16, rate: Rate, now: Time) -> Self {
        let rate = rate.bytes_per_second(limits::CLASSIC_AUTO_MBIT);
        Self {
            chunk: usize::from(chunk.max(1)),
            rate,
            frame: None,
            pacer: Pacer::new(now),
            counters: SendCounters::default(),
        }
    }

    fn count(&self, frame: &Coded) -> u32 {
        frame.bytes().len().div_ceil(self.chunk) as u32
    }
}

impl Unanswered for ClassicSender {
    fn objection(&self, _: &Frame) -> Option<String> {
        None
    }

    fn wants_frame(&self) -> bool {
        self.frame.is_none()
    }

    fn counters(&self) -> SendCounters {
        self.counters
    }

    fn progress(&self) -> f32 {
        self.frame.as_ref().map_or(0.0, |(frame, seq)| *seq as f32 / self.count(frame) as f32)
    }

    fn offer(&mut self, frame: Arc<Frame>, _: Time) {
        self.frame = Some((frame.into(), 0));
    }

    fn poll_transmit(&mut self, now: Time, train: &mut Train) -> bool {
        train.clear();
        let Some((frame, seq)) = self.frame.take() else { return false };
        let count = self.count(&frame);
        let start = seq as usize * self.chunk;
        let end = (start + self.chunk).min(frame.bytes().len());
        if self.pacer.available(self.rate, now) < HEADER + end - start {
            self.frame = Some((frame, seq));
            return false;
        }
        let chunk = Chunk { seq, count, payload: &frame.bytes()[start..end] };
        train.push_content(&chunk.header(), &frame, start..end);
        self.pacer.take(train.length());
        self.counters.packets_sent += 1;
        self.counters.bytes_sent += (end - start) as u64;
        if seq + 1 < count {
            self.frame = Some((frame, seq + 1));
        }
        true
    }

    fn next_timeout(&mut self, now: Time) -> Option<Time> {
        let (frame, seq) = self.frame.as_ref()?;
        let start = *seq as usize * self.chunk;
        let length = HEADER + self.chunk.min(frame.bytes().len() - start);
        self.pacer.available(self.rate, now);
        Some(self.pacer.ready_at(length, self.rate))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::frame::PixelFormat;
    use crate::wire::classic;

    #[test]
    fn chunks_leave_in_order_and_paced_with_the_last_flag_on_the_last() {
        let pixels: Vec<u8> = (0..30_000_u32).map(|i| (i % 251) as u8).collect();
        let frame =
            Arc::new(Frame::new(100, 100, PixelFormat::BGR8, pixels.clone()).expect("valid"));
        let mut sender = ClassicSender::new(700, Rate::Fixed(0.8), Time::START);
        sender.offer(frame, Time::START);
        let (mut now, mut train, mut got) = (Time::START, Train::default(), Vec::new());
        let mut seq = 0;
        while let Some(due) = sender.next_timeout(now) {
            now = now.max(due) + Duration::from_micros(1);
            while sender.poll_transmit(now, &mut train) {
                let bytes = train.parts().concat();
                let chunk = classic::parse(&bytes).expect("ours");
                assert_eq!((chunk.seq, chunk.count), (seq, 43));
                assert_eq!(bytes[0] == 1, seq == 42);
                got.extend_from_slice(chunk.payload);
                seq += 1;
            }
        }
        assert_eq!(got, pixels);
        assert!(sender.wants_frame());
    }
}
