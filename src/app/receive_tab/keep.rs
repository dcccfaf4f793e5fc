//! Keeping the picture: as a file or in the clipboard, always in the background.

mod every;
mod folder;

use std::borrow::Cow;
use std::sync::Arc;

use egui::{Context, Ui};

use crate::app::dialogs::{Place, SaveAs};
use crate::app::errand::Errand;
use crate::app::image_view::Shot;
use crate::frame::Frame;
use crate::media::{self, SaveFormat};
use crate::net::ReceivedFrame;

pub(super) use every::KeepInlet;
pub(super) use folder::FolderKeeper;

/// Saves and copies, one picture at a time.
pub(super) struct Keeper {
    ctx: Context,
    save_as: SaveAs<(Arc<Frame>, SaveFormat)>,
    work: Errand<Result<String, String>>,
}

impl Keeper {
    /// Nothing is being kept; `ctx` is woken by results.
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), save_as: SaveAs::new(ctx), work: Errand::new("keep picture") }
    }

    /// Asks where to save, then saves.
    pub(super) fn save(&mut self, received: &ReceivedFrame, format: SaveFormat) {
        let extension = format.extension();
        let name = format!("{}.{extension}", stem(received));
        let kind = match format {
            SaveFormat::Png => "PNG picture",
            SaveFormat::Npy => "NumPy array",
            SaveFormat::Raw => "Raw bytes",
        };
        self.save_as.ask((Arc::clone(&received.frame), format), name, kind, extension);
    }

    /// Puts the picture into the clipboard, as it is shown.
    pub(super) fn copy(&mut self, shot: Shot) {
        self.start(move || copy(&shot));
    }

    /// What came of it, once: a sentence.
    pub(super) fn poll(&mut self) -> Option<Result<String, String>> {
        if let Some((what, place)) = self.save_as.poll() {
            self.save_to(what, place);
        }
        self.work.poll()
    }

    /// The window that asks for a path where the desktop has no file dialogs.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        if let Some((what, place)) = self.save_as.ui(ui) {
            self.save_to(what, place);
        }
    }

    fn save_to(&mut self, (frame, format): (Arc<Frame>, SaveFormat), place: Place) {
        self.start(move || {
            place.check()?;
            match media::save(&frame, format, &place.path) {
                Ok(()) => Ok(format!("Saved {}", place.path.display())),
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
