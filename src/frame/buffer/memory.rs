//! Memory of one frame: what is large comes in huge pages, where the system has them.
//!
//! A system hands out memory a page at a time, at the first touch of each, and a processor looks up where each page
//! lies. Of pages of 2 MiB, instead of 4 KiB, a frame has five hundred times fewer: the largest cost a third less
//! when they are the first to use their memory.

#[cfg(target_os = "linux")]
use std::ops::Range;
use std::ops::{Deref, DerefMut};

#[cfg(target_os = "linux")]
use memmap2::{Advice, MmapMut};

/// Bytes in memory that is theirs alone.
#[derive(Debug)]
pub(super) enum Memory {
    /// As the allocator gives it.
    Usual(Vec<u8>),
    /// In pages of its own, with what of them is used.
    #[cfg(target_os = "linux")]
    Pages(MmapMut, Range<usize>),
}

impl Memory {
    /// So many bytes, all zero, which cost nothing until they are touched.
    pub(super) fn zeroed(length: usize) -> Self {
        #[cfg(target_os = "linux")]
        if length >= HUGE_PAGE {
            // Room to begin where huge pages can, which not every system does by itself; what is not touched costs
            // nothing.
            if let Ok(pages) = MmapMut::map_anon(length.next_multiple_of(HUGE_PAGE) + HUGE_PAGE) {
                // A system without huge pages has others.
                let _ = pages.advise(Advice::HugePage);
                let from = pages.as_ptr().align_offset(HUGE_PAGE);
                return Self::Pages(pages, from..from + length);
            }
        }
        Self::Usual(vec![0; length])
    }

    /// The bytes, copied where they lie in pages.
    pub(super) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Usual(bytes) => bytes,
            #[cfg(target_os = "linux")]
            Self::Pages(..) => self.to_vec(),
        }
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::Usual(Vec::new())
    }
}

impl Clone for Memory {
    fn clone(&self) -> Self {
        let mut copy = Self::zeroed(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Usual(bytes) => bytes,
            #[cfg(target_os = "linux")]
            Self::Pages(pages, used) => &pages[used.clone()],
        }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Self::Usual(bytes) => bytes,
            #[cfg(target_os = "linux")]
            Self::Pages(pages, used) => &mut pages[used.clone()],
        }
    }
}

/// What most processors and systems call huge.
#[cfg(target_os = "linux")]
const HUGE_PAGE: usize = 2 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_memory_is_zero_and_as_long_as_asked_for() {
        for length in [0, 1, (2 << 20) - 1, 2 << 20, (5 << 20) + 3] {
            let mut memory = Memory::zeroed(length);
            assert_eq!(memory.len(), length);
            assert!(memory.iter().all(|&byte| byte == 0));
            memory.fill(7);
            let copy = memory.clone();
            assert_eq!(copy.into_vec(), vec![7; length]);
        }
    }

    /// A mistake here would give frames pages of the usual size, and nobody would notice.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_large_frame_begins_where_a_huge_page_can() {
        let memory = Memory::zeroed(6 << 20 | 5);
        assert_eq!(memory.as_ptr() as usize % HUGE_PAGE, 0);
    }
}
