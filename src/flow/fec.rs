//! Forward error correction: parity that restores lost payloads without asking for them again.
//!
//! The promise is that a frame which lost up to a chosen share of its packets, whichever they
//! are, is complete without a resend. One block over the whole frame keeps it exactly: any k
//! packets out of its k payloads and m parity payloads suffice, and m is `k x share / (1 - share)`
//! so that the share may be lost of the parity, too. Measured for a frame of 1920x1080 BGR8 in
//! 4,444 payloads of 1,400 bytes, one thread, in milliseconds:
//!
//! | parity | blocks                 | encode | decode |
//! |-------:|------------------------|-------:|-------:|
//! |    1 % | one of 4,444 payloads  |    2.2 |   11.6 |
//! |    1 % | 5 of 889               |    1.7 |    6.3 |
//! |    1 % | 18 of 247              |    1.3 |    7.7 |
//! |    1 % | 35 of 127              |    1.1 |   12.4 |
//! |    5 % | one of 4,444           |    3.2 |   11.4 |
//! |    5 % | 5 of 889               |    1.9 |    6.0 |
//! |    5 % | 18 of 247              |    1.4 |   10.0 |
//! |    5 % | 70 of 64               |    1.3 |   19.0 |
//! |   10 % | one of 4,444           |    3.5 |   10.7 |
//! |   10 % | 5 of 889               |    2.3 |    6.3 |
//! |   10 % | 18 of 247              |    1.7 |   10.2 |
//! |   10 % | 70 of 64               |    1.4 |   19.2 |
//! |   20 % | one of 4,444           |    4.1 |   11.3 |
//! |   20 % | 5 of 889               |    2.8 |    9.1 |
//! |   20 % | 70 of 64               |    1.7 |   19.8 |
//! |   50 % | one of 4,444           |    7.0 |   26.7 |
//! |      - | exclusive or, any      |    0.2 |    0.2 |
//!
//! Decoding a block has a price that hardly depends on what was lost, so many small blocks, each
//! hit by a loss, cost more than the one large block that also keeps the promise. Above 8 MiB the
//! price would pass 30 ms (8,192 payloads: 36; 17,774, a frame of 3840x2160: 114), and a frame is
//! dealt out to several blocks ([`Cut`]); then chance may hit one of them harder than the others,
//! which five standard deviations of more parity cover. Where a block has a single parity payload,
//! it is the exclusive or of the others.
//!
//! What decoding costs is too much for a thread that must not keep a socket waiting. [`Damage`]
//! is therefore gathered there, at the price of a copy (1.3 ms), and may be restored anywhere.

mod damage;
mod follow;
mod parity;

#[cfg(doc)]
use crate::wire::pixelwire::Cut;

pub use damage::{Damage, Restored};
pub use parity::Parity;

pub(super) use follow::LossFollower;

/// The largest share of a frame's packets whose loss parity can make good: as much parity as
/// payload.
pub const MOST_SHARE: f64 = 0.5;

/// Adds `other` to `sum`, bit by bit without carrying; what `other` is shorter counts as zero.
fn exclusive_or(sum: &mut [u8], other: &[u8]) {
    for (sum, other) in sum.iter_mut().zip(other) {
        *sum ^= other;
    }
}
