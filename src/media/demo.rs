//! The picture that `pixelwire demo` sends, part of the program so that it is always there.

use std::path::Path;
use std::sync::Arc;

use super::{MediaError, still};
use crate::frame::Frame;

/// Decodes the demonstration's picture: 960 x 640, RGB8.
///
/// # Errors
/// [`MediaError`] only if the program was built from a damaged picture.
pub fn demo_picture() -> Result<Arc<Frame>, MediaError> {
    let path = Path::new("the demonstration's picture");
    let image = image::load_from_memory_with_format(PICTURE, image::ImageFormat::Png)
        .map_err(|error| MediaError::new(path, error.to_string()))?;
    let frame = still::frame_of(image).ok_or_else(|| MediaError::new(path, "unknown format"))?;
    Ok(Arc::new(frame))
}

const PICTURE: &[u8] = include_bytes!("../../assets/demo.png");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    #[test]
    fn the_picture_is_there() {
        let picture = demo_picture().expect("decoded");
        assert_eq!((picture.width(), picture.height()), (960, 640));
        assert_eq!(picture.format(), PixelFormat::RGB8);
    }
}
