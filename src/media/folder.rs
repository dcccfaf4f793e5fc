//! The images and arrays of a folder, in the order in which a person counts.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use super::file::{self, Header};
use super::input::file_name;
use super::{FrameSource, MediaError, SourceFrame};

/// Plays a folder's files one after the other. A file that cannot be read gives its error, and
/// the next one follows.
pub(super) struct Folder {
    left: VecDeque<PathBuf>,
    current: Option<Box<dyn FrameSource>>,
}

impl Folder {
    /// Lists what can be read by its name; hidden files and folders inside are left out.
    pub(super) fn list(path: &Path) -> Result<Self, MediaError> {
        let mut files = readable_files(path)?;
        if files.is_empty() {
            return Err(MediaError::new(path, "there are no images or .npy arrays in this folder"));
        }
        files.sort_by(|a, b| natural(&file_name(a), &file_name(b)));
        Ok(Self { left: files.into(), current: None })
    }

    /// The headers of those files that can be read.
    pub(super) fn headers(&self) -> impl Iterator<Item = Header> + '_ {
        self.left.iter().filter_map(|path| file::probe(path).ok())
    }
}

impl FrameSource for Folder {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        loop {
            if let Some(frame) = self.current.as_mut().and_then(|file| file.next_frame()) {
                return Some(frame);
            }
            match file::open(&self.left.pop_front()?) {
                Ok(file) => self.current = Some(file),
                Err(error) => {
                    self.current = None;
                    return Some(Err(error));
                }
            }
        }
    }

    fn frames(&self) -> Option<u64> {
        self.headers().map(|header| header.frames).sum()
    }
}

/// The files of a folder that can be read by their names, without hidden ones, in any order.
pub(super) fn readable_files(folder: &Path) -> Result<Vec<PathBuf>, MediaError> {
    let entries = fs::read_dir(folder).map_err(|error| MediaError::reading(folder, &error))?;
    Ok(entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| !file_name(path).starts_with('.'))
        .filter(|path| file::is_readable_name(path) && path.is_file())
        .collect())
}

/// 2 before 10, whatever the capitals; names that differ only in what this passes over keep one
/// order too.
pub(super) fn natural(a: &str, b: &str) -> std::cmp::Ordering {
    natord::compare_ignore_case(a, b).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::{Input, Playback, open};

    fn picture(path: &Path) {
        image::GrayImage::new(2, 2).save(path).expect("saved");
    }

    #[test]
    fn files_come_in_natural_order_without_hidden_ones_and_folders() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["shot10.png", "shot2.png", "Shot1.png", ".hidden.png"] {
            picture(&folder.path().join(name));
        }
        fs::write(folder.path().join("notes.txt"), "no image").expect("written");
        fs::create_dir(folder.path().join("inner.png")).expect("created");
        let mut source = open(vec![Input::at(folder.path()).expect("there")], Playback::default())
            .expect("opened");
        assert_eq!(source.frames(), Some(3));
        let names: Vec<String> =
            std::iter::from_fn(|| source.next_frame()).map(|f| f.expect("readable").name).collect();
        assert_eq!(names, ["Shot1.png", "shot2.png", "shot10.png"]);
    }

    #[test]
    fn a_file_that_cannot_be_read_does_not_stop_the_others() {
        let folder = tempfile::tempdir().expect("a folder");
        picture(&folder.path().join("a.png"));
        fs::write(folder.path().join("b.png"), "no image").expect("written");
        picture(&folder.path().join("c.png"));
        let mut source = Folder::list(folder.path()).expect("listed");
        let read: Vec<bool> =
            std::iter::from_fn(|| source.next_frame()).map(|frame| frame.is_ok()).collect();
        assert_eq!(read, [true, false, true]);
    }

    #[test]
    fn an_empty_folder_is_an_error_in_words() {
        let folder = tempfile::tempdir().expect("a folder");
        let error = open(vec![Input::Folder(folder.path().into())], Playback::default())
            .err()
            .expect("refused");
        assert!(error.reason.contains("no images"), "{error}");
    }
}
