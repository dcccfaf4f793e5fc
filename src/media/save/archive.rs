//! Frame after frame into one folder, as long as there is room for them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::frame::Frame;

use super::{SaveError, SaveFormat, save_new};

/// A folder that frames are kept in. Nothing in it is ever overwritten, and some space on its disk
/// is always left to others.
pub struct Archive {
    folder: PathBuf,
    format: SaveFormat,
    free_space: Box<FreeSpace>,
}

/// Tells how many bytes are free on the disk of a folder.
type FreeSpace = dyn Fn(&Path) -> io::Result<u64> + Send;

impl Archive {
    /// Makes the folder if there is none. Frames that `format` cannot hold become `.npy`.
    ///
    /// # Errors
    /// [`SaveError`] when there is no such folder and none can be made, or its disk has no room.
    pub fn open(folder: &Path, format: SaveFormat) -> Result<Self, SaveError> {
        fs::create_dir_all(folder).map_err(SaveError::io(folder))?;
        let free_space = Box::new(|folder: &Path| fs4::available_space(folder));
        let archive = Self { folder: folder.to_owned(), format, free_space };
        archive.check_room(0).map(|()| archive)
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes `frame` to a new file called after `stem`. Gives the path.
    ///
    /// # Errors
    /// [`SaveError`]; no file is then left behind.
    pub fn keep(&self, frame: &Frame, stem: &str) -> Result<PathBuf, SaveError> {
        self.check_room(frame.pixels().len() as u64)?;
        let format = match SaveFormat::exact_for(frame.format()) {
            SaveFormat::Npy => SaveFormat::Npy,
            _ => self.format,
        };
        save_new(frame, format, &self.folder, stem)
    }

    /// Whether so many bytes leave enough for others. Where the system cannot tell what is free,
    /// it is left to the disk to be full.
    fn check_room(&self, bytes: u64) -> Result<(), SaveError> {
        let Ok(free) = (self.free_space)(&self.folder) else { return Ok(()) };
        if free < RESERVE_BYTES.saturating_add(bytes) {
            return Err(SaveError::LittleSpace { folder: self.folder.clone() });
        }
        Ok(())
    }
}

/// What is left free on the disk: a system that has nothing at all behaves strangely.
pub(super) const RESERVE_BYTES: u64 = 250_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn archive(folder: &Path, free: u64) -> Archive {
        Archive {
            folder: folder.to_owned(),
            format: SaveFormat::Png,
            free_space: Box::new(move |_| Ok(free)),
        }
    }

    fn frame(format: PixelFormat) -> Frame {
        Frame::new(2, 1, format, vec![0; 2 * format.bytes_per_pixel()]).expect("valid")
    }

    #[test]
    fn frames_are_kept_only_while_enough_space_stays_free() {
        let folder = tempfile::tempdir().expect("a folder");
        let grey = frame(PixelFormat::MONO8);
        let path = archive(folder.path(), RESERVE_BYTES + 2).keep(&grey, "a").expect("room");
        assert_eq!(path, folder.path().join("a.png"));
        let error = archive(folder.path(), RESERVE_BYTES + 1).keep(&grey, "b").expect_err("none");
        assert!(error.to_string().contains("less than 250 MB"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn what_png_cannot_hold_becomes_npy() {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = archive(folder.path(), u64::MAX);
        let path = archive.keep(&frame(PixelFormat::MONO32F), "a").expect("kept");
        assert_eq!(path.extension().expect("an extension"), "npy");
    }

    #[test]
    fn where_free_space_is_unknown_the_disk_decides() {
        let folder = tempfile::tempdir().expect("a folder");
        let free_space = Box::new(|_: &Path| Err(io::Error::other("no such call")));
        let archive = Archive { free_space, ..archive(folder.path(), 0) };
        archive.keep(&frame(PixelFormat::MONO8), "a").expect("kept");
    }

    #[test]
    fn a_folder_is_made_where_there_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let deeper = folder.path().join("deeper").join("still");
        Archive::open(&deeper, SaveFormat::Png).expect("made");
        assert!(deeper.is_dir());
    }
}
