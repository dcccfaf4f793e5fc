//! The whole picture as it is shown, to be copied.

use std::sync::Arc;

use super::orientation::Orientation;
use crate::frame::{Display, Frame};

/// A picture and how it is shown: which channels, which levels, how it is turned.
pub struct Shot {
    pub(super) frame: Arc<Frame>,
    pub(super) display: Display,
    pub(super) orientation: Orientation,
}

impl Shot {
    /// RGBA bytes, row by row from the top, with width and height.
    pub fn rgba(&self) -> (Vec<u8>, [usize; 2]) {
        let [width, height] = [self.frame.width() as usize, self.frame.height() as usize];
        let mut rgba = vec![0; width * height * 4];
        self.display.write(&self.frame, &mut rgba);
        self.orientation.turn_rgba(rgba, [width, height])
    }
}
