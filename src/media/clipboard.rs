//! What was copied: files, a picture, or text that is a path.

use std::path::PathBuf;
use std::sync::Arc;

use crate::frame::{Frame, PixelFormat};

/// What the clipboard held.
#[derive(Clone, Debug)]
pub enum Pasted {
    /// Files and folders.
    Paths(Vec<PathBuf>),
    /// A picture.
    Image(Arc<Frame>),
    /// Nothing that can be sent; says why and what to do.
    Nothing(String),
}

/// Reads the clipboard, which may take the other program a while: call it off the window's thread.
pub fn paste() -> Pasted {
    let mut clipboard = match arboard::Clipboard::new() {
        Ok(clipboard) => clipboard,
        Err(error) => return Pasted::Nothing(format!("The clipboard cannot be read: {error}")),
    };
    if let Ok(paths) = clipboard.get().file_list()
        && !paths.is_empty()
    {
        return Pasted::Paths(paths);
    }
    if let Ok(image) = clipboard.get_image() {
        return from_rgba(image.width, image.height, image.bytes.into_owned());
    }
    let text = clipboard.get_text().unwrap_or_default();
    let paths = paths_in(&text);
    if paths.is_empty() {
        return Pasted::Nothing(NOTHING.to_owned());
    }
    Pasted::Paths(paths)
}

/// A picture as the clipboard gives it: red, green, blue, opacity.
fn from_rgba(width: usize, height: usize, rgba: Vec<u8>) -> Pasted {
    let opaque = rgba.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX);
    let (format, pixels) = if opaque {
        let rgb = rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        (PixelFormat::RGB8, rgb)
    } else {
        (PixelFormat::RGBA8, rgba)
    };
    let size = u32::try_from(width).ok().zip(u32::try_from(height).ok());
    let frame = size.and_then(|(width, height)| Frame::new(width, height, format, pixels).ok());
    frame.map_or_else(
        || Pasted::Nothing("The picture in the clipboard is not whole: copy it again".to_owned()),
        |frame| Pasted::Image(Arc::new(frame)),
    )
}

/// The lines of `text` that name something that exists.
fn paths_in(text: &str) -> Vec<PathBuf> {
    text.lines()
        .map(|line| line.trim().trim_matches(['"', '\'']))
        .map(|line| PathBuf::from(line.strip_prefix("file://").unwrap_or(line)))
        .filter(|path| path.is_absolute() && path.exists())
        .collect()
}

const NOTHING: &str = "The clipboard holds no picture and no files: copy one, then try again";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opaque_picture_is_sent_without_its_opacity() {
        let Pasted::Image(frame) = from_rgba(2, 1, vec![1, 2, 3, 255, 4, 5, 6, 255]) else {
            panic!("a picture");
        };
        assert_eq!(frame.format(), PixelFormat::RGB8);
        assert_eq!(frame.pixels(), [1, 2, 3, 4, 5, 6]);
        let Pasted::Image(frame) = from_rgba(1, 1, vec![1, 2, 3, 254]) else {
            panic!("a picture");
        };
        assert_eq!(frame.format(), PixelFormat::RGBA8);
    }

    #[test]
    fn a_picture_of_the_wrong_length_is_refused() {
        assert!(matches!(from_rgba(2, 2, vec![0; 4]), Pasted::Nothing(_)));
    }

    #[test]
    fn only_lines_that_name_something_are_paths() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("a b.png");
        std::fs::write(&file, b"").expect("writable");
        let name = file.display();
        let text = format!("\"{name}\"\r\nhello\nfile://{name}\n/no/such/thing.png\n");
        assert_eq!(paths_in(&text), [file.clone(), file]);
    }
}
