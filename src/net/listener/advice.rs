//! What to do when this machine's receive buffer overflows, in words.

use std::fmt;

/// The most that is asked for: as much as four frames of 1080p colour, or one of 4K.
const MOST_BUFFER: usize = 32 << 20;

/// Why packets were lost in this machine, and what mends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BufferAdvice {
    /// Packets that found the buffer full.
    pub dropped: u64,
    /// Bytes of the buffer, as the system reports it.
    pub buffer: usize,
    /// Bytes of the largest frame that is being received.
    pub frame_bytes: u64,
    /// Bytes that the buffer should have.
    pub wanted: usize,
}

impl BufferAdvice {
    /// The advice, if there is something to mend.
    pub(super) fn of(dropped: Option<u64>, buffer: usize, frame_bytes: u64) -> Option<Self> {
        let dropped = dropped.filter(|&dropped| dropped > 0)?;
        Some(Self { dropped, buffer, frame_bytes, wanted: fitting_buffer(frame_bytes) })
    }

    /// The command that lets programs have a large enough buffer until the next start of this
    /// machine; `None` when the buffer is large enough already (then a slower rate helps), or
    /// where we know of no such command.
    pub fn command(&self) -> Option<String> {
        if self.buffer >= self.wanted {
            return None;
        }
        match std::env::consts::OS {
            "linux" => Some(format!("sudo sysctl -w net.core.rmem_max={}", self.wanted)),
            "macos" => Some(format!("sudo sysctl -w kern.ipc.maxsockbuf={}", self.wanted * 2)),
            _ => None,
        }
    }
}

impl fmt::Display for BufferAdvice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (packets, buffer) = (self.dropped, self.buffer / 1024);
        let megabytes = self.frame_bytes as f64 / 1e6;
        write!(
            f,
            "this PC dropped {packets} packets because its receive buffer is {buffer} KiB and a frame is {megabytes:.1} MB"
        )
    }
}

/// The receive buffer that a frame of so many bytes calls for: all of it and a quarter more, at
/// least what is asked for in any case.
pub(super) fn fitting_buffer(frame_bytes: u64) -> usize {
    let wanted = frame_bytes.saturating_add(frame_bytes / 4);
    usize::try_from(wanted)
        .unwrap_or(MOST_BUFFER)
        .clamp(crate::net::udp::WANTED_BUFFER, MOST_BUFFER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_happened_and_what_mends_it() {
        let advice = BufferAdvice::of(Some(312), 212_992, 6_220_800).expect("something was lost");
        assert_eq!(
            advice.to_string(),
            "this PC dropped 312 packets because its receive buffer is 208 KiB and a frame is 6.2 MB"
        );
        if cfg!(target_os = "linux") {
            let command = advice.command().expect("there is one");
            assert_eq!(command, "sudo sysctl -w net.core.rmem_max=8388608");
        }
        assert_eq!(BufferAdvice { buffer: 16 << 20, ..advice }.command(), None);
        assert_eq!(BufferAdvice::of(Some(0), 212_992, 1), None);
        assert_eq!(BufferAdvice::of(None, 212_992, 1), None);
    }

    #[test]
    fn the_buffer_fits_the_frame() {
        assert_eq!(fitting_buffer(1000), crate::net::udp::WANTED_BUFFER);
        assert_eq!(fitting_buffer(24_883_200), 31_104_000);
        assert_eq!(fitting_buffer(u64::MAX), MOST_BUFFER);
    }
}
