//! Keeping every frame, as a person sees it: the folder is chosen, filled, stopped and opened.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use egui::{Align, Context, Layout, Panel, Ui};

use super::every::{Counts, KeepInlet, Run};
use crate::app::command::Command;
use crate::app::dialogs::{Dialog, DialogAnswer, Dialogs, ask_for_path};
use crate::app::errand::Errand;
use crate::app::figures;
use crate::app::theme::{self, Meaning};
use crate::app::widgets;
use crate::media::KeepFormat;

/// Asks for a folder, and fills it until it is told to stop or the disk is full.
pub(in crate::app::receive_tab) struct FolderKeeper {
    ctx: Context,
    dialogs: Dialogs,
    format: KeepFormat,
    /// The path that is typed where the desktop has no file dialogs.
    typed: Option<String>,
    inlet: KeepInlet,
    run: Option<Run>,
    problem: Option<String>,
    opening: Errand<Result<(), String>>,
}

impl FolderKeeper {
    /// Nothing is kept; `ctx` is woken by results.
    pub(in crate::app::receive_tab) fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            dialogs: Dialogs::new(ctx),
            format: KeepFormat::Exact,
            typed: None,
            inlet: KeepInlet::default(),
            run: None,
            problem: None,
            opening: Errand::new("open folder"),
        }
    }

    /// Where frames go that are to be kept.
    pub(in crate::app::receive_tab) fn inlet(&self) -> KeepInlet {
        self.inlet.clone()
    }

    /// Asks for a folder, then fills it.
    pub(in crate::app::receive_tab) fn ask(&mut self, format: KeepFormat) {
        if self.run.is_none() {
            self.format = format;
            self.dialogs.open(Dialog::KeepFolder);
        }
    }

    /// Takes no more frames.
    pub(in crate::app::receive_tab) fn stop(&self) {
        if let Some(run) = &self.run {
            run.stop();
        }
    }

    /// Shows the folder in the desktop's file manager.
    pub(in crate::app::receive_tab) fn show_folder(&mut self) {
        if let Some(run) = &self.run {
            let folder = run.folder.clone();
            // Out of threads, the system has worse worries than this folder.
            let _ = self.opening.start(&self.ctx, move || open(&folder));
        }
    }

    /// What came of it, once: a sentence.
    pub(in crate::app::receive_tab) fn poll(&mut self) -> Option<Result<String, String>> {
        match self.dialogs.poll() {
            Some(DialogAnswer::Chosen(paths)) => {
                if let Some(folder) = paths.into_iter().next() {
                    self.start(&folder);
                }
            }
            Some(DialogAnswer::Unavailable) => {
                self.typed = Some(pictures_folder().join("pixelwire").display().to_string());
            }
            Some(DialogAnswer::Cancelled) | None => {}
        }
        if let Some(Err(problem)) = self.opening.poll() {
            return Some(Err(problem));
        }
        if let Some(problem) = self.problem.take() {
            return Some(Err(format!("Not kept: {problem}")));
        }
        let run = self.run.take_if(|run| run.is_over())?;
        let counts = words(run.counts());
        let folder = run.folder.display();
        Some(match run.problem() {
            None => Ok(format!("{counts}, in {folder}")),
            Some(problem) => Err(format!("Keeping stopped: {problem}. {counts}")),
        })
    }

    /// The window that asks for a folder where the desktop has no file dialogs.
    pub(in crate::app::receive_tab) fn dialog(&mut self, ui: &Ui) {
        let Some(mut path) = self.typed.take() else { return };
        let (done, closed) = ask_for_path(
            ui.ctx(),
            "Keep every frame",
            "This desktop has no file dialog: type the folder; it is made if there is none",
            "Keep",
            &mut path,
        );
        if done {
            self.start(&PathBuf::from(path));
        } else if !closed {
            self.typed = Some(path);
        }
    }

    /// Draws the line that says what is being kept.
    pub(in crate::app::receive_tab) fn ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let Some(run) = &self.run else { return };
        let frame = widgets::side_panel(ui).inner_margin(egui::Margin::symmetric(16, 4));
        Panel::bottom("keeping").frame(frame).exact_size(HEIGHT).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for command in [Command::StopKeeping, Command::ShowFolder] {
                    let button = widgets::tool_button(ui, command.label());
                    if button.on_hover_text(command.hover_text(ui)).clicked() {
                        commands.push(command);
                    }
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| state(ui, run));
            });
        });
    }

    fn start(&mut self, folder: &Path) {
        match Run::start(&self.ctx, &self.inlet, folder, self.format) {
            Ok(run) => self.run = Some(run),
            Err(problem) => self.problem = Some(problem),
        }
    }
}

fn state(ui: &mut Ui, run: &Run) {
    let counts = run.counts();
    let format = run.format.to_string().to_uppercase();
    let folder = run.folder.file_name().unwrap_or(run.folder.as_os_str()).to_string_lossy();
    widgets::meaning_label(ui, Meaning::Received, "●", "Keeping");
    let dim = theme::palette(ui).dim;
    let text = format!("{format} in {folder} · {}", words(counts));
    let label = egui::Label::new(egui::RichText::new(&text).color(dim)).truncate();
    let hover = format!("{}\n{text}\nIt ends by itself when 250 MB are left", run.folder.display());
    ui.add(label).on_hover_text(hover);
}

fn words(counts: Counts) -> String {
    let mut parts = vec![format!("Kept {}", figures::thousands(counts.kept))];
    if counts.skipped > 0 {
        let skipped = figures::thousands(counts.skipped);
        parts.push(format!("skipped {skipped}: the disk is slower than the stream"));
    }
    if counts.damaged > 0 {
        parts.push(format!("left out {} damaged", figures::thousands(counts.damaged)));
    }
    parts.join(", ")
}

/// Hands the folder to the desktop.
fn open(folder: &Path) -> Result<(), String> {
    let opened =
        Process::new(OPENER).arg(folder).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match opened {
        // The one of Windows reports a failure even where it worked.
        Ok(status) if status.success() || cfg!(windows) => Ok(()),
        _ => Err(format!("The folder cannot be shown here; it is {}", folder.display())),
    }
}

const OPENER: &str = if cfg!(windows) {
    "explorer"
} else if cfg!(target_os = "macos") {
    "open"
} else {
    "xdg-open"
};

const HEIGHT: f32 = 40.0;

/// Where pictures lie on this machine; nowhere in particular for a user without a home.
fn pictures_folder() -> PathBuf {
    let folders = directories::UserDirs::new();
    let pictures = folders
        .as_ref()
        .map(|folders| folders.picture_dir().unwrap_or_else(|| folders.home_dir()).to_owned());
    pictures.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_kept_is_said_with_the_reason() {
        let text = words(Counts { kept: 812, skipped: 3, damaged: 0 });
        assert_eq!(text, "Kept 812, skipped 3: the disk is slower than the stream");
        let text = words(Counts { kept: 1_812, skipped: 0, damaged: 2 });
        assert_eq!(text, "Kept 1,812, left out 2 damaged");
    }
}
