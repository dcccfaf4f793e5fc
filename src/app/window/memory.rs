//! The settings, written to their file when they have changed and come to rest.

use std::path::PathBuf;

use egui::Context;

use crate::app::errand::Errand;
use crate::app::settings::{ReceiveSettings, SendSettings, Settings};

/// What is remembered, and where.
pub struct Memory {
    settings: Settings,
    path: Option<PathBuf>,
    saved: Settings,
    changed_at: Option<f64>,
    saving: Errand<()>,
}

impl Memory {
    /// This user's settings.
    pub fn of_user() -> Self {
        Self::new(Settings::load(), Settings::path())
    }

    /// These settings, written to `path` when they change; nowhere when it is `None`.
    pub fn new(settings: Settings, path: Option<PathBuf>) -> Self {
        let saved = settings.clone();
        Self { settings, path, saved, changed_at: None, saving: Errand::new("save settings") }
    }

    /// The settings as they are now.
    pub(super) const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Changes something.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
    }

    /// Notes what the tabs would like to be remembered, and saves it after a while of rest.
    pub(super) fn keep(&mut self, ctx: &Context, send: SendSettings, receive: ReceiveSettings) {
        // The result is nothing, and what could not be saved is tried again at the next change.
        let _ = self.saving.poll();
        let now = ctx.input(|input| input.time);
        let before = self.settings.clone();
        self.settings.send = send;
        self.settings.receive = receive;
        if self.settings == self.saved {
            self.changed_at = None;
            return;
        }
        if self.settings != before || self.changed_at.is_none() {
            self.changed_at = Some(now);
            ctx.request_repaint_after_secs(REST_SECONDS as f32);
        }
        if self.changed_at.is_some_and(|at| now - at >= REST_SECONDS) {
            self.save(ctx);
        }
    }

    /// Saves at once: the window closes.
    pub(super) fn keep_now(&mut self, send: SendSettings, receive: ReceiveSettings) {
        self.settings.send = send;
        self.settings.receive = receive;
        if let Some(path) = &self.path
            && self.settings != self.saved
        {
            // There is no window left to say it in, and the old file stays as it was.
            let _ = self.settings.save_to(path);
        }
    }

    fn save(&mut self, ctx: &Context) {
        self.changed_at = None;
        self.saved = self.settings.clone();
        let Some(path) = self.path.clone() else { return };
        let settings = self.settings.clone();
        // A failure is no reason to disturb: everything works, only not remembered.
        let _ = self.saving.start(ctx, move || drop(settings.save_to(&path)));
    }
}

/// Typing a target should not write a file for each letter.
const REST_SECONDS: f64 = 1.0;
