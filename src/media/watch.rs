//! A folder whose new images come as they appear.

use std::collections::{HashMap, VecDeque};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

use super::folder::{natural, readable_files};
use super::input::file_name;
use super::{FrameSource, MediaError, SourceFrame, file};

/// Plays a folder's files and then waits for more, without end. A file is read once it has stayed
/// the same between two looks, so that one that is still being written is left alone; a file that
/// was deleted and made anew is new.
pub(super) struct Watch<P> {
    folder: PathBuf,
    /// Lets the time between two looks pass.
    pause: P,
    /// Each file as it was at the last look.
    seen: HashMap<PathBuf, Seen>,
    ready: VecDeque<PathBuf>,
    current: Option<Box<dyn FrameSource>>,
    /// Whether the folder itself cannot be read any more.
    lost: bool,
}

/// How far a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It may still grow.
    Growing(Look),
    /// It was given, or waits to be.
    Taken,
}

/// What changes while a file is written.
type Look = (u64, Option<SystemTime>);

impl Watch<fn()> {
    /// Looks at the folder some times a second.
    pub(super) fn start(folder: &Path) -> Result<Self, MediaError> {
        Self::with_pause(folder, || thread::sleep(LOOK_INTERVAL))
    }
}

impl<P: FnMut() + Send> Watch<P> {
    fn with_pause(folder: &Path, pause: P) -> Result<Self, MediaError> {
        fs::read_dir(folder).map_err(|error| MediaError::reading(folder, &error))?;
        Ok(Self {
            folder: folder.to_owned(),
            pause,
            seen: HashMap::new(),
            ready: VecDeque::new(),
            current: None,
            lost: false,
        })
    }

    /// Looks at the folder once: files that have stayed the same are ready.
    fn look(&mut self) -> Result<(), MediaError> {
        let files = readable_files(&self.folder)?;
        let mut before = std::mem::take(&mut self.seen);
        let mut ready = Vec::new();
        for path in files {
            let Ok(metadata) = fs::metadata(&path) else { continue };
            let look = look_of(&metadata);
            let now = match before.remove(&path) {
                Some(Seen::Taken) => Seen::Taken,
                Some(Seen::Growing(earlier)) if earlier == look && look.0 > 0 => {
                    ready.push(path.clone());
                    Seen::Taken
                }
                Some(Seen::Growing(_)) | None => Seen::Growing(look),
            };
            self.seen.insert(path, now);
        }
        ready.sort_by(|a, b| natural(&file_name(a), &file_name(b)));
        self.ready.extend(ready);
        Ok(())
    }
}

impl<P: FnMut() + Send> FrameSource for Watch<P> {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        loop {
            if let Some(frame) = self.current.as_mut().and_then(|file| file.next_frame()) {
                return Some(frame);
            }
            self.current = None;
            while self.ready.is_empty() {
                if self.lost {
                    return None;
                }
                if let Err(error) = self.look() {
                    self.lost = true;
                    return Some(Err(error));
                }
                if self.ready.is_empty() {
                    (self.pause)();
                }
            }
            match self.ready.pop_front().map(|path| file::open(&path)) {
                Some(Ok(file)) => self.current = Some(file),
                Some(Err(error)) => return Some(Err(error)),
                None => {}
            }
        }
    }

    fn frames(&self) -> Option<u64> {
        None
    }
}

fn look_of(metadata: &Metadata) -> Look {
    (metadata.len(), metadata.modified().ok())
}

const LOOK_INTERVAL: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(path: &Path, shade: u8) -> Vec<u8> {
        image::GrayImage::from_pixel(2, 2, image::Luma([shade])).save(path).expect("saved");
        fs::read(path).expect("read")
    }

    /// What comes, with the names of the files, while `steps` happen between the looks.
    fn watched(folder: &Path, steps: Vec<Box<dyn FnOnce() + Send>>, wanted: usize) -> Vec<String> {
        let mut steps = steps.into_iter();
        let mut looks = 0;
        let pause = move || {
            looks += 1;
            assert!(looks < 100, "it waits for ever");
            if let Some(step) = steps.next() {
                step();
            }
        };
        let mut watch = Watch::with_pause(folder, pause).expect("a folder");
        std::iter::from_fn(|| watch.next_frame())
            .take(wanted)
            .map(|next| match next {
                Ok(frame) => frame.name,
                Err(error) => error.reason,
            })
            .collect()
    }

    #[test]
    fn what_is_there_comes_first_and_then_what_is_added() {
        let folder = tempfile::tempdir().expect("a folder");
        picture(&folder.path().join("shot10.png"), 1);
        picture(&folder.path().join("shot2.png"), 1);
        let later = folder.path().join("added.png");
        let steps: Vec<Box<dyn FnOnce() + Send>> =
            vec![Box::new(|| ()), Box::new(move || drop(picture(&later, 3)))];
        let names = watched(folder.path(), steps, 3);
        assert_eq!(names, ["shot2.png", "shot10.png", "added.png"]);
    }

    #[test]
    fn a_file_that_is_still_being_written_is_left_alone_until_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let whole = picture(&folder.path().join("model.png"), 9);
        fs::remove_file(folder.path().join("model.png")).expect("removed");
        let path = folder.path().join("slow.png");
        let mut steps: Vec<Box<dyn FnOnce() + Send>> = Vec::new();
        for length in [0, 0, whole.len() / 3, whole.len() / 2, whole.len()] {
            let (path, part) = (path.clone(), whole[..length].to_vec());
            steps.push(Box::new(move || fs::write(path, part).expect("written")));
        }
        assert_eq!(watched(folder.path(), steps, 1), ["slow.png"]);
    }

    #[test]
    fn a_file_comes_once_and_again_only_when_it_was_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        picture(&path, 1);
        let (again, anew, last) = (path.clone(), path.clone(), folder.path().join("z.png"));
        let steps: Vec<Box<dyn FnOnce() + Send>> = vec![
            Box::new(|| ()),
            Box::new(move || fs::remove_file(again).expect("removed")),
            Box::new(move || drop(picture(&anew, 2))),
            Box::new(|| ()),
            Box::new(move || drop(picture(&last, 3))),
        ];
        assert_eq!(watched(folder.path(), steps, 3), ["a.png", "a.png", "z.png"]);
    }

    #[test]
    fn what_cannot_be_read_is_said_once_and_the_next_follows() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("a.png"), "no image").expect("written");
        picture(&folder.path().join("b.png"), 1);
        let names = watched(folder.path(), Vec::new(), 2);
        assert!(names[0].contains("damaged"), "{names:?}");
        assert_eq!(names[1], "b.png");
    }

    #[test]
    fn a_folder_that_goes_away_is_said_and_ends_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().to_owned();
        let steps: Vec<Box<dyn FnOnce() + Send>> =
            vec![Box::new(move || fs::remove_dir(path).expect("removed"))];
        let said = watched(folder.path(), steps, 2);
        assert!(said.len() == 1 && said[0].contains("no such"), "{said:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_at_once() {
        assert!(Watch::start(Path::new("no such folder")).is_err());
    }
}
