//! Data packets that arrived together and follow one another: what the system hands over as one
//! train was sent as one, so all its headers but the first say nothing new.

use std::time::Duration;

use super::super::{DATA_HEADER, FrameHeader, PacketNumber, Stamp};
use super::Place;

/// A data packet; or several that came together, with consecutive numbers and consecutive full
/// payloads of one frame.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DataRun<'a> {
    /// The first packet's stamp; the others left with it.
    pub stamp: Stamp,
    /// The frame.
    pub frame: FrameHeader,
    /// Which payload of the frame the first is.
    pub index: u32,
    /// Since the frame's first packet left.
    pub age: Duration,
    /// Whether they were asked for.
    pub resend: bool,
    /// How many packets there are.
    pub count: u32,
    /// From the first payload's beginning to the last one's end, with headers between them.
    bytes: &'a [u8],
    /// From one payload to the next.
    stride: usize,
}

impl<'a> DataRun<'a> {
    /// One packet; its payload has as many bytes as [`FrameHeader::range`] says.
    pub fn single(stamp: Stamp, frame: FrameHeader, place: Place, payload: &'a [u8]) -> Self {
        let Place { index, age, resend } = place;
        let stride = payload.len();
        Self { stamp, frame, index, age, resend, count: 1, bytes: payload, stride }
    }

    /// With the packets that follow this one in `arrived`: datagrams of `segment` bytes end to end,
    /// of which this is the first.
    #[must_use]
    pub fn extended(self, arrived: &'a [u8], segment: usize) -> Self {
        let full = self.bytes.len() == usize::from(self.frame.chunk);
        let more = if full { continuations(arrived, segment, &self.frame, self.index) } else { 0 };
        let end = DATA_HEADER + self.bytes.len() + more as usize * segment;
        match arrived.get(DATA_HEADER..end).filter(|_| more > 0) {
            Some(bytes) => Self { count: more + 1, bytes, stride: segment, ..self },
            None => self,
        }
    }

    /// Payload bytes of all packets.
    pub fn payload_bytes(&self) -> usize {
        self.bytes.len() - (self.count as usize - 1) * DATA_HEADER
    }

    /// The payloads with their indices.
    pub fn payloads(&self) -> impl Iterator<Item = (u32, &'a [u8])> + use<'a> {
        let chunk = usize::from(self.frame.chunk);
        let payloads = self.bytes.chunks(self.stride.max(1));
        (self.index..).zip(payloads.map(move |from| &from[..from.len().min(chunk)]))
    }

    /// The packets one by one.
    pub fn packets(&self) -> impl Iterator<Item = Self> + use<'a> {
        let run = *self;
        run.payloads().map(move |(index, payload)| {
            let after = u64::from(index - run.index);
            let stamp = Stamp { number: PacketNumber(run.stamp.number.0 + after), ..run.stamp };
            let place = Place { index, age: run.age, resend: run.resend };
            Self::single(stamp, run.frame, place, payload)
        })
    }
}

/// How many of the datagrams after the first have its header with the next number and the next
/// offset each, and a full payload. Everything else about them has been checked with the first.
fn continuations(arrived: &[u8], segment: usize, frame: &FrameHeader, index: u32) -> u32 {
    let mut datagrams = arrived.chunks_exact(segment.max(1));
    let Some(mut expected) = datagrams.next().and_then(|first| first.first_chunk().copied()) else {
        return 0;
    };
    // How many full payloads come after this one at all.
    let full = frame.length / u32::from(frame.chunk);
    let most = full.saturating_sub(index + 1) as usize;
    let follows = |datagram: &&[u8]| {
        advance_data_header(&mut expected, frame.chunk);
        datagram.first_chunk() == Some(&expected)
    };
    datagrams.take(most).take_while(follows).count() as u32
}

/// Makes a data packet's header that of the packet after it: the next number, the next payload.
pub fn advance_data_header(header: &mut [u8; DATA_HEADER], chunk: u16) {
    let number: [u8; 8] = std::array::from_fn(|at| header[16 + at]);
    let number = u64::from_le_bytes(number).wrapping_add(1);
    header[16..24].copy_from_slice(&number.to_le_bytes());
    let offset: [u8; 4] = std::array::from_fn(|at| header[32 + at]);
    let offset = u32::from_le_bytes(offset).wrapping_add(u32::from(chunk));
    header[32..36].copy_from_slice(&offset.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::super::super::FLAG_RESEND;
    use super::super::tests::{frame, stamp};
    use super::super::{ToReceiver, parse_to_receiver, write_data_header};
    use super::*;

    /// Datagrams of a frame of 1,100 bytes in chunks of 256, with these numbers and indices.
    fn train(packets: &[(u64, u32)]) -> Vec<u8> {
        let frame = FrameHeader { length: 1100, width: 110, format: MONO8, ..frame() };
        let mut bytes = Vec::new();
        for &(number, index) in packets {
            let stamp = Stamp { number: PacketNumber(number), ..stamp() };
            let place = Place { index, age: Duration::from_micros(3), resend: false };
            bytes.extend(write_data_header(&stamp, &frame, place));
            bytes.extend(frame.range(index).map(|at| at as u8));
        }
        bytes
    }

    const MONO8: crate::frame::PixelFormat = crate::frame::PixelFormat::MONO8;
    const SEGMENT: usize = DATA_HEADER + 256;

    fn run(bytes: &[u8]) -> DataRun<'_> {
        let first = &bytes[..SEGMENT.min(bytes.len())];
        single(first).extended(bytes, SEGMENT)
    }

    fn single(datagram: &[u8]) -> DataRun<'_> {
        match parse_to_receiver(datagram) {
            Ok(ToReceiver::Data(run)) => run,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn packets_that_follow_one_another_are_one_run() {
        let bytes = train(&[(9, 0), (10, 1), (11, 2), (12, 3)]);
        let run = run(&bytes);
        assert_eq!((run.count, run.payload_bytes()), (4, 1024));
        let one_by_one: Vec<_> = run.packets().collect();
        let expected: Vec<_> = bytes.chunks(SEGMENT).map(single).collect();
        assert_eq!(one_by_one, expected);
        let payloads: Vec<u8> = run.payloads().flat_map(|(_, payload)| payload).copied().collect();
        assert_eq!(payloads, (0..1024).map(|at| at as u8).collect::<Vec<_>>());
    }

    #[test]
    fn a_run_ends_before_what_does_not_follow() {
        for (packets, length) in [
            (&[(9, 0), (11, 1)][..], 1),
            (&[(9, 0), (10, 2)], 1),
            (&[(9, 0), (10, 1), (10, 2)], 2),
            // The last payload is shorter: it is a packet by itself.
            (&[(9, 2), (10, 3), (11, 4)], 2),
        ] {
            assert_eq!(run(&train(packets)).count, length, "{packets:?}");
        }
        let mut bytes = train(&[(9, 0), (10, 1), (11, 2)]);
        for at in 0..DATA_HEADER {
            bytes[SEGMENT + at] ^= 1;
            assert_eq!(run(&bytes).count, 1, "byte {at} differs");
            bytes[SEGMENT + at] ^= 1;
        }
        assert_eq!(run(&bytes[..bytes.len() - 1]).count, 2, "cut short");
    }

    #[test]
    fn a_run_stays_within_its_frame() {
        let mut bytes = train(&[(9, 3), (10, 3)]);
        let beyond = 1024_u32.to_le_bytes();
        bytes[SEGMENT + 32..SEGMENT + 36].copy_from_slice(&beyond);
        assert_eq!(run(&bytes).count, 1, "a full payload where a short one belongs");
    }

    #[test]
    fn resends_are_told_apart() {
        let mut bytes = train(&[(9, 0), (10, 1)]);
        bytes[SEGMENT + 5] |= FLAG_RESEND;
        assert_eq!(run(&bytes).count, 1);
        bytes[5] |= FLAG_RESEND;
        assert!(run(&bytes).resend);
        assert_eq!(run(&bytes).count, 2);
    }
}
