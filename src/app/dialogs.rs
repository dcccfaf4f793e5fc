//! File dialogs and the clipboard, each asked on a thread of its own.
//!
//! Both can take as long as a person thinks, and on some desktops for ever: a portal that is
//! installed but does not start never answers. The window must go on meanwhile.

mod clipboard;
mod save_as;
mod typed_path;

use std::path::{Path, PathBuf};

use super::errand::Errand;
use crate::media::{FOREIGN_EXTENSIONS, IMAGE_EXTENSIONS, VIDEO_EXTENSIONS};

pub use clipboard::Clipboard;
pub use save_as::{Existing, Place, SaveAs};
pub use typed_path::ask_for_path;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// One or several images, animations or arrays.
    Images,
    /// One or several video files.
    Videos,
    /// The SDP file of a stream.
    Sdp,
    /// A folder.
    Folder,
    /// A folder that frames are to be kept in.
    KeepFolder,
    /// Where to write a file.
    Save {
        /// The name that is offered.
        name: String,
        /// What the file type is called.
        kind: String,
        /// The extension of that type, without the dot.
        extension: String,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DialogAnswer {
    /// What was chosen; never empty. One path for a folder or a file to write.
    Chosen(Vec<PathBuf>),
    /// The person closed it.
    Cancelled,
    /// This desktop has no file dialogs: ask for the path in a text field.
    Unavailable,
}

/// Shows one file dialog at a time.
pub struct Dialogs {
    ctx: egui::Context,
    errand: Errand<Option<Vec<PathBuf>>>,
    asked_at: f64,
    last_folder: Option<PathBuf>,
}

impl Dialogs {
    /// Nothing is open; `ctx` is woken by answers.
    pub fn new(ctx: &egui::Context) -> Self {
        Self {
            ctx: ctx.clone(),
            errand: Errand::new("file dialog"),
            asked_at: 0.0,
            last_folder: None,
        }
    }

    /// Whether a dialog is open, or a desktop never answered.
    pub const fn is_open(&self) -> bool {
        self.errand.is_running()
    }

    /// Opens `dialog`; `false` when one is open already.
    pub fn open(&mut self, dialog: Dialog) -> bool {
        if self.is_open() {
            return false;
        }
        self.asked_at = now(&self.ctx);
        let folder = self.last_folder.clone();
        self.errand.start(&self.ctx, move || ask(dialog, folder.as_deref())).is_ok()
    }

    /// The answer, once; to be asked in every pass.
    pub fn poll(&mut self) -> Option<DialogAnswer> {
        let paths = self.errand.poll()?;
        let answer = answer(paths, now(&self.ctx) - self.asked_at);
        if let DialogAnswer::Chosen(paths) = &answer {
            self.last_folder = paths.first().and_then(|path| path.parent()).map(Path::to_owned);
        }
        Some(answer)
    }
}

fn ask(dialog: Dialog, folder: Option<&Path>) -> Option<Vec<PathBuf>> {
    let mut picker = rfd::FileDialog::new();
    if let Some(folder) = folder {
        picker = picker.set_directory(folder);
    }
    match dialog {
        Dialog::Images => picker
            .set_title("Add images")
            .add_filter("Images and arrays", &[IMAGE_EXTENSIONS, FOREIGN_EXTENSIONS].concat())
            .add_filter("All files", &["*"])
            .pick_files(),
        Dialog::Videos => picker
            .set_title("Add videos")
            .add_filter("Videos", VIDEO_EXTENSIONS)
            .add_filter("All files", &["*"])
            .pick_files(),
        Dialog::Sdp => picker
            .set_title("Open the SDP file of a stream")
            .add_filter("SDP files", &["sdp"])
            .add_filter("All files", &["*"])
            .pick_file()
            .map(|file| vec![file]),
        Dialog::Folder => picker.set_title("Add a folder of images").pick_folder().map(|f| vec![f]),
        Dialog::KeepFolder => {
            picker.set_title("Keep every frame in a folder").pick_folder().map(|f| vec![f])
        }
        Dialog::Save { name, kind, extension } => picker
            .set_title("Save")
            .set_file_name(name)
            .add_filter(kind, &[extension])
            .save_file()
            .map(|file| vec![file]),
    }
}

fn answer(paths: Option<Vec<PathBuf>>, seconds: f64) -> DialogAnswer {
    match paths {
        Some(paths) if !paths.is_empty() => DialogAnswer::Chosen(paths),
        // Without a portal the answer is "nothing", faster than any hand.
        _ if seconds < FASTEST_HAND => DialogAnswer::Unavailable,
        _ => DialogAnswer::Cancelled,
    }
}

fn now(ctx: &egui::Context) -> f64 {
    ctx.input(|input| input.time)
}

/// Nobody sees, reads and closes a dialog in fewer seconds than these.
const FASTEST_HAND: f64 = 0.3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_at_once_means_that_there_are_no_dialogs() {
        assert_eq!(answer(None, 0.01), DialogAnswer::Unavailable);
        assert_eq!(answer(None, 2.0), DialogAnswer::Cancelled);
        assert_eq!(answer(Some(Vec::new()), 2.0), DialogAnswer::Cancelled);
        let chosen = vec![PathBuf::from("a.png")];
        assert_eq!(answer(Some(chosen.clone()), 0.01), DialogAnswer::Chosen(chosen));
    }
}
