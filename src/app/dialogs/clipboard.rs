//! The clipboard, read in the background.

use crate::app::errand::Errand;
use crate::media::{Pasted, paste};

/// Reads the clipboard, one question at a time.
pub struct Clipboard {
    ctx: egui::Context,
    errand: Errand<Pasted>,
}

impl Clipboard {
    /// Nothing is asked yet; `ctx` is woken by answers.
    pub fn new(ctx: &egui::Context) -> Self {
        Self { ctx: ctx.clone(), errand: Errand::new("clipboard") }
    }

    /// Begins to read, unless that is under way.
    pub fn ask(&mut self) {
        if !self.errand.is_running() {
            // Out of threads, the system has worse worries than a paste.
            let _ = self.errand.start(&self.ctx, paste);
        }
    }

    /// What it held, once; to be asked in every pass.
    pub fn poll(&mut self) -> Option<Pasted> {
        self.errand.poll()
    }
}
