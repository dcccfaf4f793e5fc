//! Packet numbers of 16 or 32 bits, continued without end.

/// Continues the numbers of one stream.
///
/// Some senders (GStreamer) leave the upper half 0: until it was seen to be another, only the
/// lower half is believed.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    highest: Option<u64>,
    counts_on: bool,
    /// The number after a stray one: when it comes, the sender has begun again.
    after_stray: Option<u32>,
}

/// What a number on the wire stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Numbered {
    /// This packet of the stream.
    At(u64),
    /// Nothing near what came before.
    Stray,
    /// The first packet of a sender that began again.
    Anew(u64),
}

impl Numbers {
    /// Takes the number of the next packet that arrived.
    pub(super) fn take(&mut self, wire: u32) -> Numbered {
        self.counts_on |= wire >> 16 != 0;
        let Some(highest) = self.highest else {
            return Numbered::At(self.begin(wire));
        };
        let ahead = if self.counts_on {
            i64::from(wire.wrapping_sub(highest as u32) as i32)
        } else {
            i64::from((wire as u16).wrapping_sub(highest as u16) as i16)
        };
        if (-MOST_BEHIND..=MOST_AHEAD).contains(&ahead) {
            let number = highest.saturating_add_signed(ahead);
            self.highest = Some(highest.max(number));
            self.after_stray = None;
            return Numbered::At(number);
        }
        if self.after_stray == Some(wire) {
            return Numbered::Anew(self.begin(wire));
        }
        self.after_stray = Some(wire.wrapping_add(1));
        Numbered::Stray
    }

    fn begin(&mut self, wire: u32) -> u64 {
        let number = ORIGIN + u64::from(wire);
        *self = Self { highest: Some(number), counts_on: wire >> 16 != 0, after_stray: None };
        number
    }
}

/// Where counting begins: so high that what comes before the first packet has a number, too.
const ORIGIN: u64 = 1 << 32;
/// More packets in a row than any network loses of a stream that goes on.
const MOST_AHEAD: i64 = 1 << 20;
/// Further back than any network reorders packets.
const MOST_BEHIND: i64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(wire: impl IntoIterator<Item = u32>) -> Vec<Option<u64>> {
        let mut numbers = Numbers::default();
        let place = |number| match numbers.take(number) {
            Numbered::At(number) => Some(number - ORIGIN),
            Numbered::Stray => None,
            Numbered::Anew(number) => Some(1_000_000_000 + number - ORIGIN),
        };
        wire.into_iter().map(place).collect()
    }

    fn all(numbers: &[u64]) -> Vec<Option<u64>> {
        numbers.iter().copied().map(Some).collect()
    }

    #[test]
    fn sixteen_bits_go_on_beyond_their_end() {
        assert_eq!(
            follow([65_534, 65_535, 1, 0, 2]),
            all(&[65_534, 65_535, 65_537, 65_536, 65_538])
        );
        let rounds = (0..200_000_u32).map(|number| number & 0xffff);
        assert_eq!(follow(rounds).last(), Some(&Some(199_999)));
    }

    #[test]
    fn thirty_two_bits_are_believed_once_they_are_used() {
        assert_eq!(follow([65_535, 65_537, 65_536]), all(&[65_535, 65_537, 65_536]));
        let gap = 65_536 * 3 + 100;
        assert_eq!(follow([65_600, gap]), all(&[65_600, u64::from(gap)]));
        assert_eq!(follow([u32::MAX, 0, 1]), all(&[0xffff_ffff, 1 << 32, (1 << 32) + 1]));
    }

    #[test]
    fn a_sender_that_begins_again_is_followed_from_its_second_packet() {
        let found = follow([20_000, 20_001, 10, 20_002, 11, 12, 13]);
        let anew = 1_000_000_000;
        let expected = [Some(20_000), Some(20_001), None, Some(20_002), None, Some(anew + 12)];
        assert_eq!(found[..6], expected);
        assert_eq!(found[6], Some(13));
    }
}
