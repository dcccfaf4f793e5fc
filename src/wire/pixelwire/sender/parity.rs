//! Parity packets: what restores lost payloads of a frame.

use std::time::Duration;

use crate::wire::Malformed;
use crate::wire::pixelwire::cursor::Cursor;
use crate::wire::pixelwire::{DATA_HEADER, FrameHeader, Stamp};

use super::{FrameFields, PARITY, ToReceiver, frame_header, parse_frame};

/// Which part of a frame's parity a packet carries. Checked: the block is one of the frame's, and
/// the index is below the count, which is no more than the block has payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParityPlace {
    /// The block that it protects.
    pub block: u8,
    /// Which of the block's parity payloads it is.
    pub index: u16,
    /// How many the block has.
    pub count: u16,
}

/// The bytes before a parity packet's payload.
pub fn write_parity_header(
    stamp: &Stamp,
    frame: &FrameHeader,
    place: ParityPlace,
    age: Duration,
) -> [u8; DATA_HEADER] {
    let mut header = frame_header(PARITY, stamp, frame, age);
    header[32..34].copy_from_slice(&place.index.to_le_bytes());
    header[34..36].copy_from_slice(&place.count.to_le_bytes());
    header[51] = place.block;
    header
}

/// Reads the packet after its stamp.
pub(super) fn parse_parity(
    mut bytes: Cursor<'_>,
    stamp: Stamp,
    flags: u8,
    format: u16,
) -> Result<ToReceiver<'_>, Malformed> {
    let FrameFields { frame, offset, age, block } = parse_frame(&mut bytes, flags, format)?;
    let payload = bytes.rest();
    let cut = frame.cut().filter(|cut| frame.parity && cut.takes_parity());
    let cut = cut.ok_or(Malformed::Contradiction("parity of a frame that cannot have it"))?;
    let place = ParityPlace { block, index: offset as u16, count: (offset >> 16) as u16 };
    if place.index >= place.count || u32::from(place.count) > cut.block_chunks() {
        return Err(Malformed::Contradiction("more parity than payloads"));
    }
    if u32::from(block) >= cut.blocks() {
        return Err(Malformed::Contradiction("parity of a block that the frame does not have"));
    }
    if payload.len() != cut.shard() {
        return Err(Malformed::Contradiction("parity of another size than its frame says"));
    }
    Ok(ToReceiver::Parity { stamp, frame, place, age, payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::pixelwire::parse_to_receiver;
    use crate::wire::pixelwire::sender::tests::{data, frame, stamp};

    fn parity(place: ParityPlace, length: usize) -> Vec<u8> {
        let frame = FrameHeader { parity: true, ..frame() };
        let (age, payload) = (Duration::from_micros(9), vec![5; length]);
        let packet = ToReceiver::Parity { stamp: stamp(), frame, place, age, payload: &payload };
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        if let Ok(read) = parse_to_receiver(&bytes) {
            assert_eq!(read, packet);
        }
        bytes
    }

    #[test]
    fn parity_survives_the_wire_and_is_no_larger_than_data() {
        let bytes = parity(ParityPlace { block: 0, index: 1, count: 2 }, 256);
        assert!(parse_to_receiver(&bytes).is_ok());
        assert_eq!(bytes.len(), data(0, &[1; 256]).len());
    }

    #[test]
    fn impossible_parity_is_refused() {
        let place = |block, index, count| ParityPlace { block, index, count };
        for (place, length) in [
            (place(0, 2, 2), 256),
            (place(0, 0, 0), 256),
            (place(0, 0, 3), 256),
            (place(1, 0, 1), 256),
            (place(0, 0, 1), 255),
            (place(0, 0, 1), 258),
        ] {
            let bytes = parity(place, length);
            let refused = parse_to_receiver(&bytes);
            assert!(matches!(refused, Err(Malformed::Contradiction(_))), "{place:?} {length}");
        }
        let mut unannounced = parity(place(0, 0, 1), 256);
        unannounced[5] = 0;
        assert!(parse_to_receiver(&unannounced).is_err());
        let mut odd = parity(place(0, 0, 1), 255);
        odd[48] = 255;
        assert!(parse_to_receiver(&odd).is_err());
    }
}
