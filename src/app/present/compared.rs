//! A frame beside another one: either of them, or how far they are apart.

use std::sync::Arc;

use crate::frame::{Difference, DisplayRange};
use crate::net::ReceivedFrame;

/// The frame that others are compared with, and how.
#[derive(Clone, Debug)]
pub struct Against {
    /// The frame, called A.
    pub a: Arc<ReceivedFrame>,
    /// Which side is looked at.
    pub side: Side,
}

/// Which side of a comparison is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The frame that was marked.
    A,
    /// The frame of now.
    B,
    /// The absolute difference, multiplied by so much.
    Difference(u16),
}

/// What came of a comparison: the figures, or in words why there are none.
pub type Compared = Result<Figures, String>;

/// How far two frames are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Pixels that differ in any sample.
    pub differing: u64,
    /// Pixels in all.
    pub pixels: u64,
    /// The largest difference of two samples.
    pub largest: f64,
}

/// What is to be drawn.
pub(super) struct View {
    /// The frame whose values are told.
    pub(super) received: Arc<ReceivedFrame>,
    /// Its pixels as they are drawn.
    /// Which samples are drawn black and white, where that is not the user's choice.
    pub(super) range: Option<DisplayRange>,
    pub(super) compared: Compared,
}

impl Against {
    /// Compares `b` and takes the side that is looked at; `b` where the two cannot be compared.
    pub(super) fn view(&self, b: &Arc<ReceivedFrame>) -> View {
        let difference = Difference::of(&self.a.frame, &b.frame);
        let compared = match &difference {
            Ok(difference) => Ok(Figures {
                differing: difference.differing,
                pixels: u64::from(b.frame.width()) * u64::from(b.frame.height()),
                largest: difference.largest,
            }),
            Err(error) => Err(error.to_string()),
        };
        match (self.side, difference) {
            (Side::A, _) => whole(&self.a, compared),
            (Side::Difference(gain), Ok(difference)) => amplified(b, difference, gain, compared),
            _ => whole(b, compared),
        }
    }
}

fn whole(received: &Arc<ReceivedFrame>, compared: Compared) -> View {
    View { received: Arc::clone(received), range: None, compared }
}

/// The difference multiplied by `gain` for the eye; its values stay what they are.
fn amplified(b: &ReceivedFrame, difference: Difference, gain: u16, compared: Compared) -> View {
    let received = ReceivedFrame { frame: Arc::new(difference.frame), digest: None, ..b.clone() };
    let span = DisplayRange::of(&b.frame);
    let high = (span.high - span.low) / f64::from(gain);
    View { received: Arc::new(received), range: Some(DisplayRange { low: 0.0, high }), compared }
}

#[cfg(test)]
mod tests {
    use super::super::tests::received;
    use super::*;

    fn against(side: Side, a: u64) -> Against {
        Against { a: received(a, 2, 2), side }
    }

    #[test]
    fn each_side_is_what_it_says() {
        let b = received(9, 2, 2);
        assert!(Arc::ptr_eq(&against(Side::B, 4).view(&b).received, &b));
        assert_eq!(against(Side::A, 4).view(&b).received.frame_id, 4);
        let view = against(Side::Difference(16), 4).view(&b);
        assert_eq!(view.received.frame.pixels(), [5; 4], "values are told as they are");
        let range = view.range.expect("its own");
        assert_eq!((range.low, range.high), (0.0, 255.0 / 16.0), "drawn sixteen times as bright");
        let figures = Figures { differing: 4, pixels: 4, largest: 5.0 };
        assert_eq!(view.compared, Ok(figures));
    }

    #[test]
    fn what_cannot_be_compared_is_shown_as_it_is_and_said_in_words() {
        let b = received(9, 3, 2);
        let view = against(Side::Difference(1), 4).view(&b);
        assert!(Arc::ptr_eq(&view.received, &b));
        let words = view.compared.expect_err("sizes differ");
        assert!(words.contains("2 × 2 Mono8") && words.contains("3 × 2 Mono8"), "{words}");
    }
}
