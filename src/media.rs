//! What is sent and kept: image files, folders, `.npy` arrays, test patterns, pipes, the clipboard, and
//! what an installed ffmpeg gives; saving.
//!
//! Nothing here knows a socket or a window. Sources give frames one by one on demand, so that
//! whoever reads them decides how many are in memory.

mod animation;
#[cfg(feature = "clipboard")]
mod clipboard;
mod demo;
mod ffmpeg;
mod file;
mod folder;
mod form;
mod input;
mod inspect;
mod npy;
mod pages;
pub mod pattern;
mod playlist;
mod save;
mod source;
mod still;
mod stream;
mod watch;

#[cfg(feature = "clipboard")]
pub use clipboard::{Pasted, paste};
pub use demo::demo_picture;
pub use ffmpeg::{Capture, Device, devices, ffmpeg_obstacle};
pub use file::{FOREIGN_EXTENSIONS, IMAGE_EXTENSIONS, VIDEO_EXTENSIONS};
pub use form::{RawForm, ffmpeg_name, parse_pixel_format, parse_size};
pub use input::Input;
pub use inspect::{Inspection, Thumbnail, inspect};
pub use playlist::{Playback, open};
pub use save::{
    Archive, KeepFormat, SaveError, SaveFormat, UnknownFormat, VideoFormat, frame_stem, safe_stem,
    save, save_new,
};
pub use source::{FrameSource, MediaError, SourceFrame};
pub use stream::Rhythm;

/// The largest frame that is read from a file or made, in bytes of pixels. Whoever receives has
/// the same limit, so that a larger frame could not arrive anyway.
pub const MAX_FRAME_BYTES: u64 = 512 << 20;
