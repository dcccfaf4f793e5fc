//! Memory for pixels that is used again: a frame that nobody looks at any more gives its memory
//! back, so that a stream of frames allocates only while it begins.

mod memory;

use std::fmt;
use std::ops::{Deref, DerefMut, Range};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use memory::Memory;

/// Pieces of memory that wait for their next frame. Copies share them.
#[derive(Clone, Debug, Default)]
pub struct Buffers(Arc<Mutex<Vec<Memory>>>);

impl Buffers {
    /// A buffer of `length` bytes, with whatever was in it before. When it is let go, its memory
    /// comes back here.
    pub fn take(&self, length: usize) -> PixelBuffer {
        // Fresh memory costs nothing until it is written to: the system clears it then.
        let spare = self.spare(length);
        let fresh = spare.is_none();
        let bytes = spare.unwrap_or_else(|| Memory::zeroed(length));
        PixelBuffer { bytes, fresh, home: Arc::downgrade(&self.0) }
    }

    /// Lets go of what waits.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What waits and has that very length, so that no more memory is held than is asked for. When
    /// there is none, what waits is of another size than is wanted now, and must not add up.
    fn spare(&self, length: usize) -> Option<Memory> {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The newest: it may still be in the processor's cache.
        let best = spares.iter().rposition(|spare| spare.len() == length);
        if best.is_none()
            && spares.iter().map(|spare| spare.len()).sum::<usize>() > KEPT_OF_OTHER_SIZES
        {
            spares.clear();
        }
        best.map(|at| spares.remove(at))
    }
}

/// The bytes of one frame's pixels.
#[derive(Default)]
pub struct PixelBuffer {
    bytes: Memory,
    /// Whether what was not written to is zero.
    fresh: bool,
    home: Weak<Mutex<Vec<Memory>>>,
}

impl PixelBuffer {
    /// Makes these bytes zero, which since [`Buffers::take`] nobody has written to.
    pub fn clear_unwritten(&mut self, range: Range<usize>) {
        // Fresh memory is not even touched: a stranger may ask for much and send little.
        if !self.fresh {
            self[range].fill(0);
        }
    }

    /// The bytes, given away; they do not come back.
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes).into_vec()
    }
}

impl From<Vec<u8>> for PixelBuffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes: Memory::Usual(bytes), fresh: false, home: Weak::new() }
    }
}

impl Deref for PixelBuffer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl DerefMut for PixelBuffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl Clone for PixelBuffer {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes.clone(), fresh: false, home: Weak::new() }
    }
}

impl fmt::Debug for PixelBuffer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PixelBuffer({} bytes)", self.bytes.len())
    }
}

impl Drop for PixelBuffer {
    fn drop(&mut self) {
        let Some(home) = self.home.upgrade() else { return };
        let mut spares = home.lock().unwrap_or_else(PoisonError::into_inner);
        // What was given away has left nothing behind.
        if !self.bytes.is_empty() && spares.len() < MOST_SPARES {
            spares.push(std::mem::take(&mut self.bytes));
        }
    }
}

/// As many as a stream uses at once: more would never be taken again.
const MOST_SPARES: usize = 4;

/// How many bytes of other sizes than the one that is wanted may wait: streams of small frames
/// take turns, large frames do not.
const KEPT_OF_OTHER_SIZES: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(buffers: &Buffers) -> usize {
        buffers.0.lock().expect("not poisoned").len()
    }

    #[test]
    fn memory_that_was_let_go_is_used_again() {
        let buffers = Buffers::default();
        let first = buffers.take(1000);
        let place = first.as_ptr();
        drop(first);
        let again = buffers.take(1000);
        assert_eq!((again.as_ptr(), again.len()), (place, 1000));
        assert_eq!(waiting(&buffers), 0);
        drop(again);
        assert_eq!(buffers.take(600).len(), 600, "another length is other memory");
        assert_eq!(waiting(&buffers), 2);
    }

    #[test]
    fn nothing_of_an_earlier_frame_shows_where_nobody_has_written() {
        let buffers = Buffers::default();
        let mut first = buffers.take(8);
        first.fill(7);
        drop(first);
        let mut second = buffers.take(8);
        second[..2].fill(1);
        second.clear_unwritten(2..8);
        assert_eq!(second.into_vec(), [1, 1, 0, 0, 0, 0, 0, 0]);
        let mut fresh = buffers.take(8);
        fresh.clear_unwritten(0..8);
        assert_eq!(fresh.into_vec(), [0; 8]);
    }

    #[test]
    fn no_more_waits_than_a_stream_uses() {
        let buffers = Buffers::default();
        let taken: Vec<_> = (0..10).map(|_| buffers.take(100)).collect();
        drop(taken);
        assert_eq!(waiting(&buffers), MOST_SPARES);
        buffers.clear();
        assert_eq!(waiting(&buffers), 0);
    }

    #[test]
    fn large_memory_of_another_size_does_not_add_up() {
        let buffers = Buffers::default();
        drop(buffers.take(KEPT_OF_OTHER_SIZES + 1));
        assert_eq!(waiting(&buffers), 1);
        let small = buffers.take(10);
        assert_eq!((waiting(&buffers), small.len()), (0, 10));
    }

    #[test]
    fn what_was_given_away_or_outlives_its_home_does_not_come_back() {
        let buffers = Buffers::default();
        assert_eq!(buffers.take(10).into_vec().len(), 10);
        assert_eq!(buffers.take(10).clone().len(), 10);
        assert_eq!(waiting(&buffers), 1);
        let orphan = Buffers::default().take(10);
        drop(orphan);
    }
}
