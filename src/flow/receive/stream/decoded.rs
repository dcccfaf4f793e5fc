//! What becomes of a stream's encoded frames once they have been decoded, or need not be.

use crate::flow::receive::decode::Whose;
use crate::wire::pixelwire::ToSender;

use super::{Shared, Stream, remember};

impl Stream {
    /// A frame was taken.
    pub(in crate::flow::receive) fn note_taken(&mut self, id: u64) {
        self.newest_taken = self.newest_taken.max(Some(id));
    }

    /// Whether a live frame is older than what was taken while it was being decoded.
    pub(in crate::flow::receive) fn is_overtaken(&self, whose: &Whose) -> bool {
        let id = u64::from(whose.header.id.0);
        !whose.header.deliver && self.newest_taken.is_some_and(|taken| id <= taken)
    }

    /// A live frame gave way to a newer one before it was decoded or taken.
    pub(in crate::flow::receive) fn let_go(&mut self, whose: &Whose, shared: &mut Shared) {
        if whose.complete {
            self.confirm(whose.header.id, whose.digest, shared);
            self.tally.complete_was_dropped();
        }
    }

    /// All of a frame came, and it is not what its sender says.
    pub(in crate::flow::receive) fn give_up_undecodable(
        &mut self,
        whose: &Whose,
        shared: &mut Shared,
    ) {
        if whose.complete {
            self.tally.frames_incomplete += 1;
            remember(&mut self.abandoned, whose.header.id);
            let stamp = shared.stamp(self.key);
            shared.answer(self.key, &ToSender::Abandoned(stamp, whose.header.id));
        }
    }
}
