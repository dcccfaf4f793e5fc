//! Frame after frame into one folder, as files or as videos, as long as there is room for them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::frame::Frame;

use super::film::Film;
use super::{KeepFormat, SaveError, SaveFormat, VideoFormat, save_new};

/// A folder that frames are kept in. Nothing in it is ever overwritten, and some space on its disk
/// is always left to others.
pub struct Archive {
    folder: PathBuf,
    format: KeepFormat,
    /// The videos that are being made, the newest last.
    films: Vec<Film>,
    free_space: Box<FreeSpace>,
}

/// Tells how many bytes are free on the disk of a folder.
type FreeSpace = dyn Fn(&Path) -> io::Result<u64> + Send;

impl Archive {
    /// Makes the folder if there is none.
    ///
    /// # Errors
    /// [`SaveError`] when there is no such folder and none can be made, or its disk has no room.
    pub fn open(folder: &Path, format: KeepFormat) -> Result<Self, SaveError> {
        fs::create_dir_all(folder).map_err(SaveError::io(folder))?;
        let free_space = Box::new(|folder: &Path| fs4::available_space(folder));
        let archive = Self { folder: folder.to_owned(), format, films: Vec::new(), free_space };
        archive.check_room(0).map(|()| archive)
    }

    /// Keeps `frame` of the stream called `stream`; a new file is called after `stem`. Gives the files that are
    /// whole now: this frame's, or a video that another one follows.
    ///
    /// # Errors
    /// [`SaveError`]; of this frame nothing is then left behind.
    pub fn keep(
        &mut self,
        frame: &Frame,
        stream: u64,
        stem: &str,
    ) -> Result<Option<PathBuf>, SaveError> {
        self.check_room(frame.pixels().len() as u64)?;
        let format = match self.format {
            KeepFormat::Exact => SaveFormat::exact_for(frame.format()),
            KeepFormat::Files(format) => format,
            KeepFormat::Video(format) => return self.film(format, frame, stream, stem),
        };
        save_new(frame, format, &self.folder, stem).map(Some)
    }

    /// Waits until every video is whole. Gives their paths.
    pub fn finish(mut self) -> Vec<Result<PathBuf, SaveError>> {
        self.finish_films()
    }

    fn finish_films(&mut self) -> Vec<Result<PathBuf, SaveError>> {
        self.films.drain(..).map(Film::finish).collect()
    }

    /// Adds a frame to the video of its stream. Another size or pixel format begins another video.
    fn film(
        &mut self,
        format: VideoFormat,
        frame: &Frame,
        stream: u64,
        stem: &str,
    ) -> Result<Option<PathBuf>, SaveError> {
        let mut finished = None;
        let open = self.films.iter().position(|film| film.stream == stream);
        let mut film = match open.map(|place| self.films.remove(place)) {
            Some(film) if film.takes(frame) => film,
            other => {
                let oldest = (self.films.len() >= MOST_FILMS).then(|| self.films.remove(0));
                if let Some(film) = other.or(oldest) {
                    finished = Some(film.finish()?);
                }
                Film::start(format, frame, &self.folder, stem, stream)?
            }
        };
        film.add(frame)?;
        self.films.push(film);
        Ok(finished)
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

impl Drop for Archive {
    /// What was recorded so far is worth keeping, whatever ended it.
    fn drop(&mut self) {
        // Those who want to know what became of it have called `finish`.
        drop(self.finish_films());
    }
}

/// Videos that are made at once: each is a process.
const MOST_FILMS: usize = 4;

/// What is left free on the disk: a system that has nothing at all behaves strangely.
pub(super) const RESERVE_BYTES: u64 = 250_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn archive(folder: &Path, free: u64) -> Archive {
        Archive {
            folder: folder.to_owned(),
            format: KeepFormat::Exact,
            films: Vec::new(),
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
        let path = archive(folder.path(), RESERVE_BYTES + 2).keep(&grey, 1, "a").expect("room");
        assert_eq!(path, Some(folder.path().join("a.png")));
        let error =
            archive(folder.path(), RESERVE_BYTES + 1).keep(&grey, 1, "b").expect_err("none");
        assert!(error.to_string().contains("less than 250 MB"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).expect("listed").count(), 1);
    }

    #[test]
    fn what_png_cannot_hold_becomes_npy() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut archive = archive(folder.path(), u64::MAX);
        let path = archive.keep(&frame(PixelFormat::MONO32F), 1, "a").expect("kept");
        assert_eq!(path, Some(folder.path().join("a.npy")));
    }

    #[test]
    fn where_free_space_is_unknown_the_disk_decides() {
        let folder = tempfile::tempdir().expect("a folder");
        let free_space = Box::new(|_: &Path| Err(io::Error::other("no such call")));
        let mut archive = archive(folder.path(), 0);
        archive.free_space = free_space;
        archive.keep(&frame(PixelFormat::MONO8), 1, "a").expect("kept");
    }

    #[test]
    fn a_folder_is_made_where_there_is_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let deeper = folder.path().join("deeper").join("still");
        Archive::open(&deeper, KeepFormat::Exact).expect("made");
        assert!(deeper.is_dir());
    }
}
