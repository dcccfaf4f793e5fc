//! Keeping the picture: as a file or in the clipboard, always in the background.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Context, Ui};

use crate::app::dialogs::{Dialog, DialogAnswer, Dialogs};
use crate::app::errand::Errand;
use crate::app::image_view::Shot;
use crate::app::theme::space;
use crate::app::widgets;
use crate::frame::Frame;
use crate::media::{self, SaveFormat};
use crate::net::ReceivedFrame;

/// Saves and copies, one picture at a time.
pub(super) struct Keeper {
    ctx: Context,
    dialogs: Dialogs,
    /// What is to be saved while the user chooses where.
    pending: Option<Pending>,
    /// The path that is typed where the desktop has no file dialogs.
    typed: Option<String>,
    work: Errand<Result<String, String>>,
}

/// A picture that is to be saved.
struct Pending {
    frame: Arc<Frame>,
    format: SaveFormat,
    /// The file name that is offered.
    name: String,
}

/// What happens to a file that has the chosen name already.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Existing {
    /// It stays: nobody was asked.
    Keep,
    /// It is replaced: the file dialog has asked.
    Replace,
}

impl Keeper {
    /// Nothing is being kept; `ctx` is woken by results.
    pub(super) fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            dialogs: Dialogs::new(ctx),
            pending: None,
            typed: None,
            work: Errand::new("keep picture"),
        }
    }

    /// Asks where to save, then saves.
    pub(super) fn save(&mut self, received: &ReceivedFrame, format: SaveFormat) {
        let extension = format.extension();
        let name = format!("{}.{extension}", stem(received));
        let frame = Arc::clone(&received.frame);
        self.pending = Some(Pending { frame, format, name: name.clone() });
        let kind = match format {
            SaveFormat::Png => "PNG picture",
            SaveFormat::Npy => "NumPy array",
            SaveFormat::Raw => "Raw bytes",
        };
        self.dialogs.open(Dialog::Save {
            name,
            kind: kind.to_owned(),
            extension: extension.to_owned(),
        });
    }

    /// Puts the picture into the clipboard, as it is shown.
    pub(super) fn copy(&mut self, shot: Shot) {
        self.start(move || copy(&shot));
    }

    /// What came of it, once: a sentence.
    pub(super) fn poll(&mut self) -> Option<Result<String, String>> {
        match self.dialogs.poll() {
            Some(DialogAnswer::Chosen(paths)) => {
                if let Some(path) = paths.into_iter().next() {
                    self.save_to(path, Existing::Replace);
                }
            }
            Some(DialogAnswer::Unavailable) => self.typed = Some(self.offered_path()),
            Some(DialogAnswer::Cancelled) => self.pending = None,
            None => {}
        }
        self.work.poll()
    }

    /// The window that asks for a path where the desktop has no file dialogs.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        let Some(mut path) = self.typed.take() else { return };
        let (done, closed) = widgets::dialog(ui.ctx(), "Save as", DIALOG_WIDTH, |ui| {
            widgets::dim_label(ui, "This desktop has no file dialog: type where to save");
            ui.horizontal(|ui| {
                let width = ui.available_width() - SAVE_WIDTH - space::CONTROL;
                let field = widgets::text_field(ui, &mut path, "Path", width);
                let enter = ui.input(|input| input.key_pressed(egui::Key::Enter));
                let save = widgets::fixed_button(ui, "Save", SAVE_WIDTH).clicked();
                save || (field.lost_focus() && enter)
            })
            .inner
        });
        if done {
            self.save_to(PathBuf::from(path), Existing::Keep);
        } else if closed {
            self.pending = None;
        } else {
            self.typed = Some(path);
        }
    }

    fn offered_path(&self) -> String {
        let name = self.pending.as_ref().map_or("", |pending| pending.name.as_str());
        let folder = directories::UserDirs::new();
        let folder = folder.as_ref().map_or(Path::new(""), |folders| {
            folders.picture_dir().unwrap_or_else(|| folders.home_dir())
        });
        folder.join(name).display().to_string()
    }

    fn save_to(&mut self, path: PathBuf, existing: Existing) {
        let Some(pending) = self.pending.take() else { return };
        self.start(move || {
            if existing == Existing::Keep && path.exists() {
                let path = path.display();
                return Err(format!("Not saved: {path} exists already, choose another name"));
            }
            match media::save(&pending.frame, pending.format, &path) {
                Ok(()) => Ok(format!("Saved {}", path.display())),
                Err(error) => Err(format!("Not saved: {error}")),
            }
        });
    }

    fn start(&mut self, work: impl FnOnce() -> Result<String, String> + Send + 'static) {
        // Out of threads, the system has worse worries than this picture.
        let _ = self.work.start(&self.ctx, work);
    }
}

fn stem(received: &ReceivedFrame) -> String {
    let number = received.frame_id;
    match &received.name {
        Some(name) => media::safe_stem(name),
        None => format!("frame-{number}"),
    }
}

fn copy(shot: &Shot) -> Result<String, String> {
    let (rgba, [width, height]) = shot.rgba();
    let image = arboard::ImageData { width, height, bytes: Cow::Owned(rgba) };
    arboard::Clipboard::new()
        .and_then(|mut clipboard| clipboard.set_image(image))
        .map(|()| "Picture copied".to_owned())
        .map_err(|error| format!("Not copied: the clipboard says: {error}"))
}

const DIALOG_WIDTH: f32 = 480.0;
const SAVE_WIDTH: f32 = 72.0;
