//! Blocks on their way to be restored and back: what takes long is done where nothing waits.

use crate::flow::fec::{Damage, Restored};
use crate::wire::pixelwire::FrameHeader;

use super::StreamKey;

/// A block of a frame that can be restored from parity.
#[derive(Debug)]
pub struct Repair {
    whose: Whose,
    damage: Damage,
}

/// A block that was restored, or could not be.
#[derive(Debug)]
pub struct Repaired {
    whose: Whose,
    restored: Option<Restored>,
}

#[derive(Clone, Copy, Debug)]
struct Whose {
    stream: StreamKey,
    frame: FrameHeader,
    memory: usize,
}

impl Repair {
    pub(super) fn new(
        stream: StreamKey,
        frame: FrameHeader,
        memory: usize,
        damage: Damage,
    ) -> Self {
        Self { whose: Whose { stream, frame, memory }, damage }
    }

    /// Restores the block: some milliseconds of work, for a large one up to 30.
    pub fn run(self) -> Repaired {
        Repaired { whose: self.whose, restored: self.damage.restore() }
    }
}

impl Repaired {
    pub(super) fn stream(&self) -> StreamKey {
        self.whose.stream
    }

    pub(super) fn frame(&self) -> FrameHeader {
        self.whose.frame
    }

    /// Bytes of memory that it took.
    pub(super) fn memory(&self) -> usize {
        self.whose.memory
    }

    pub(super) fn restored(&self) -> Option<&Restored> {
        self.restored.as_ref()
    }
}
