//! Frames kept as files: PNG for pictures, `.npy` for exact arrays, raw bytes; and as videos.

mod archive;
mod encode;
mod film;
mod form;
mod name;

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::frame::{Frame, PixelFormat};

pub use archive::Archive;
use archive::RESERVE_BYTES;
pub use form::{KeepFormat, SaveFormat, UnknownFormat, VideoFormat};
pub use name::{frame_stem, safe_stem};

/// Why a frame could not be kept; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The format cannot hold these pixels exactly.
    #[error("a {format} picture cannot be kept exactly as PNG; save it as npy")]
    Inexact {
        /// The pixel format.
        format: PixelFormat,
    },
    /// A video cannot hold these pixels.
    #[error("a {format} picture cannot be kept in a video; save it as npy")]
    NoPicture {
        /// The pixel format.
        format: PixelFormat,
    },
    /// ffmpeg made no video.
    #[error("{folder}: no video: {reason}", folder = folder.display())]
    Video {
        /// The folder that it was for.
        folder: PathBuf,
        /// What ffmpeg said, or why there is none.
        reason: String,
    },
    /// The disk is nearly full.
    #[error(
        "{folder}: less than {reserve} MB would stay free on this disk; free some space or choose \
         another folder",
        folder = folder.display(),
        reserve = RESERVE_BYTES / 1_000_000
    )]
    LittleSpace {
        /// The folder.
        folder: PathBuf,
    },
    /// The operating system refused.
    #[error("{path}: {reason}", path = path.display(), reason = said(source))]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SaveError {
    fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        move |source| Self::Io { path: path.to_owned(), source }
    }
}

/// Writes `frame` to `path` and replaces what is there: for a name that the user confirmed.
///
/// # Errors
/// [`SaveError`]; what was at `path` is then still there.
pub fn save(frame: &Frame, format: SaveFormat, path: &Path) -> Result<(), SaveError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let draft = Draft::write(frame, format, folder.unwrap_or(Path::new(".")))?;
    fs::rename(&draft.path, path).map_err(SaveError::io(path))
}

/// Writes `frame` to a new file in `folder`: `stem.png`, or `stem-2.png` and so on where that
/// exists already. Gives the path.
///
/// # Errors
/// [`SaveError`]; no file is then left behind.
pub fn save_new(
    frame: &Frame,
    format: SaveFormat,
    folder: &Path,
    stem: &str,
) -> Result<PathBuf, SaveError> {
    Draft::write(frame, format, folder)?.publish_new(folder, stem, format.extension())
}

/// A file under a passing name, so that no half-written file ever has the final one. Removed
/// when dropped, unless it was renamed.
struct Draft {
    path: PathBuf,
}

impl Draft {
    fn write(frame: &Frame, format: SaveFormat, folder: &Path) -> Result<Self, SaveError> {
        encode::check(frame, format)?;
        let (draft, file) = Self::create(folder).map_err(SaveError::io(folder))?;
        let mut writer = BufWriter::with_capacity(1 << 18, file);
        encode::write(frame, format, &mut writer)
            .and_then(|()| writer.flush())
            .map_err(SaveError::io(folder))?;
        Ok(draft)
    }

    /// An empty file under a name that nobody has.
    fn create(folder: &Path) -> io::Result<(Self, File)> {
        static DRAFTS: AtomicU64 = AtomicU64::new(0);

        loop {
            let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".pixelwire-{}-{number}.part", process::id()));
            match create_new(&path) {
                // Left by a process that had our number and was killed.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                created => return created.map(|file| (Self { path }, file)),
            }
        }
    }

    /// Gives the file the first name that is free: `stem.png`, `stem-2.png` and so on.
    fn publish_new(
        &self,
        folder: &Path,
        stem: &str,
        extension: &str,
    ) -> Result<PathBuf, SaveError> {
        let mut path = folder.join(format!("{stem}.{extension}"));
        for number in 2_u64.. {
            match self.publish(&path) {
                Ok(()) => break,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    path = folder.join(format!("{stem}-{number}.{extension}"));
                }
                Err(error) => return Err(SaveError::io(&path)(error)),
            }
        }
        Ok(path)
    }

    /// Gives the file its name, which must be free.
    fn publish(&self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.path, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) => Ok(()),
            // Not every file system has links: then the name is reserved and filled at once.
            Err(_) => {
                create_new(path)?;
                fs::rename(&self.path, path).inspect_err(|_| {
                    // The reservation is ours; the error that is told is why it was not filled.
                    let _ = fs::remove_file(path);
                })
            }
        }
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Gone already when it was renamed; else there is nobody to tell.
        let _ = fs::remove_file(&self.path);
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "the disk is full; free some space or choose another folder".to_owned()
        }
        io::ErrorKind::NotFound => "there is no such folder; choose another one".to_owned(),
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            "this is not a folder; choose another folder".to_owned()
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "nothing may be written here; choose another folder".to_owned()
        }
        _ => format!("it cannot be written: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey(value: u8) -> Frame {
        Frame::new(2, 1, PixelFormat::MONO8, vec![value; 2]).expect("valid")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("listed");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("read").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn nothing_is_ever_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        let new = |value| save_new(&grey(value), SaveFormat::Raw, folder.path(), "shot");
        fs::write(folder.path().join("shot.raw"), "precious").expect("written");
        assert_eq!(new(1).expect("saved"), folder.path().join("shot-2.raw"));
        assert_eq!(new(2).expect("saved"), folder.path().join("shot-3.raw"));
        assert_eq!(names(folder.path()), ["shot-2.raw", "shot-3.raw", "shot.raw"]);
        assert_eq!(fs::read(folder.path().join("shot.raw")).expect("read"), b"precious");
        assert_eq!(fs::read(folder.path().join("shot-3.raw")).expect("read"), [2, 2]);
    }

    #[test]
    fn a_confirmed_name_is_replaced_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("shot.raw");
        save(&grey(1), SaveFormat::Raw, &path).expect("saved");
        save(&grey(2), SaveFormat::Raw, &path).expect("saved");
        assert_eq!(fs::read(&path).expect("read"), [2, 2]);
        assert_eq!(names(folder.path()), ["shot.raw"]);
    }

    #[test]
    fn what_png_cannot_hold_is_refused_with_a_way_out_and_leaves_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let floats = Frame::new(1, 1, PixelFormat::MONO32F, vec![0; 4]).expect("valid");
        let error = save_new(&floats, SaveFormat::Png, folder.path(), "a").expect_err("refused");
        assert!(error.to_string().contains("npy"), "{error}");
        assert!(names(folder.path()).is_empty());
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing");
        let error = save_new(&grey(0), SaveFormat::Png, &missing, "a").expect_err("refused");
        assert!(error.to_string().contains("missing: there is no such folder"), "{error}");
    }
}
