//! Which blocks of a stream's frames are restored, and when.

use std::time::Duration;

use crate::flow::receive::{Repair, Repaired};
use crate::flow::time::Time;
use crate::wire::pixelwire::ParityPlace;

use super::{Shared, Stream};

/// How soon to try again when the memory for a repair is not to be had.
const MEMORY_PATIENCE: Duration = Duration::from_millis(10);

impl Stream {
    /// Keeps a parity payload of the frame at `at` if it is of use and there is memory for it.
    pub(super) fn keep_parity(
        &mut self,
        at: usize,
        (place, payload): (ParityPlace, &[u8]),
        now: Time,
        shared: &mut Shared,
    ) {
        let frame = &mut self.frames[at];
        if frame.wants_parity(place, now) && shared.admit(payload.len()) {
            frame.keep_parity(place, payload);
        }
    }

    /// Hands out every block that is due to be repaired, one of each frame at a time.
    pub(super) fn start_repairs(&mut self, now: Time, shared: &mut Shared) {
        for frame in &mut self.frames {
            if frame.next_repair().is_none_or(|due| due > now) {
                continue;
            }
            let memory = frame.repair_memory();
            if !shared.admit(memory) {
                frame.put_repair_off(now + MEMORY_PATIENCE);
            } else if let Some(damage) = frame.start_repair(now) {
                shared.repairs.push_back(Repair::new(self.key, frame.header, memory, damage));
            } else {
                shared.release(memory);
            }
        }
    }

    /// Takes a block that was restored.
    pub(in crate::flow::receive) fn handle_repaired(
        &mut self,
        repaired: &Repaired,
        now: Time,
        shared: &mut Shared,
    ) {
        let ours = |frame: &super::Assembly| frame.header == repaired.frame();
        if let Some(at) = self.frames.iter().position(ours) {
            self.tally.packets_recovered += self.frames[at].repaired(repaired.restored());
            self.finish_if_whole(at, now, shared);
        }
    }
}
