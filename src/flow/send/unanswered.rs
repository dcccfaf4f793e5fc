//! What the senders have in common that nobody answers.

use std::sync::Arc;

use crate::flow::time::Time;
use crate::flow::train::Train;
use crate::frame::Frame;

use super::SendCounters;

/// Sends frames one after the other; nobody answers.
///
/// The calling order is that of [`super::Sender`]: after [`Self::offer`] and whenever
/// [`Self::next_timeout`] has come, drain [`Self::poll_transmit`].
pub trait Unanswered {
    /// Why this frame cannot be sent, in words, if it cannot.
    fn objection(&self, frame: &Frame) -> Option<String>;

    /// Takes the next frame, against which there must be no objection.
    fn offer(&mut self, frame: Arc<Frame>, now: Time);

    /// Whether the frame before has left.
    fn wants_frame(&self) -> bool;

    /// Counters so far.
    fn counters(&self) -> SendCounters;

    /// How much of the present frame has left, 0 to 1.
    fn progress(&self) -> f32;

    /// Fills `train` with the next packets, if some may leave now; whether there are any.
    fn poll_transmit(&mut self, now: Time, train: &mut Train) -> bool;

    /// When the next packet may leave.
    fn next_timeout(&mut self, now: Time) -> Option<Time>;
}
