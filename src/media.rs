//! What is sent and kept: image files, folders, `.npy` arrays, test patterns; saving.
//!
//! Nothing here knows a socket or a window. Sources give frames one by one on demand, so that
//! whoever reads them decides how many are in memory.

mod source;

pub use source::{FrameSource, MediaError, SourceFrame};
