//! Writing the account into a file, always in the background.

use std::sync::Arc;

use egui::{Context, Ui};

use crate::app::dialogs::{Place, SaveAs};
use crate::app::errand::Errand;
use crate::app::export::Export;
use crate::net::ListenStatus;

/// Exports one thing at a time.
pub(super) struct Exporter {
    ctx: Context,
    save_as: SaveAs<(Export, Arc<ListenStatus>)>,
    work: Errand<Result<String, String>>,
}

impl Exporter {
    /// Nothing is being exported; `ctx` is woken by results.
    pub(super) fn new(ctx: &Context) -> Self {
        Self { ctx: ctx.clone(), save_as: SaveAs::new(ctx), work: Errand::new("export account") }
    }

    /// Asks where to save, then saves `status` as it is now.
    pub(super) fn export(&mut self, export: Export, status: Arc<ListenStatus>) {
        let (extension, kind) = export.kind();
        let name = export.file_name().to_owned();
        self.save_as.ask((export, status), name, kind, extension);
    }

    /// What came of it, once: a sentence.
    pub(super) fn poll(&mut self) -> Option<Result<String, String>> {
        if let Some((what, place)) = self.save_as.poll() {
            self.save(what, place);
        }
        self.work.poll()
    }

    /// The window that asks for a path where the desktop has no file dialogs.
    pub(super) fn ui(&mut self, ui: &mut Ui) {
        if let Some((what, place)) = self.save_as.ui(ui) {
            self.save(what, place);
        }
    }

    fn save(&mut self, (export, status): (Export, Arc<ListenStatus>), place: Place) {
        // Out of threads, the system has worse worries than this file.
        let _ = self.work.start(&self.ctx, move || {
            place.check()?;
            let path = place.path.display();
            std::fs::write(&place.path, export.text(&status))
                .map(|()| format!("Saved {path}"))
                .map_err(|error| format!("Not saved: {path}: {error}"))
        });
    }
}
