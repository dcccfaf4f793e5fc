//! Asking where to write a file: by the desktop's dialog, or in a text field where it has none.

use std::path::{Path, PathBuf};

use egui::{Context, Ui};

use super::typed_path::ask_for_path;
use super::{Dialog, DialogAnswer, Dialogs};

/// Asks where to write one thing at a time.
///
/// Command: [`SaveAs::ask`]. Outputs, to be asked for in every pass: [`SaveAs::poll`] and
/// [`SaveAs::ui`].
pub struct SaveAs<T> {
    dialogs: Dialogs,
    /// What is to be written, and the file name that is offered.
    pending: Option<(T, String)>,
    /// The path that is typed where the desktop has no file dialogs.
    typed: Option<String>,
}

/// Where something is to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: PathBuf,
    /// What happens to a file that is there already.
    pub existing: Existing,
}

/// What happens to a file that has the chosen name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays: nobody was asked.
    Keep,
    /// It is replaced: the file dialog has asked.
    Replace,
}

impl Place {
    /// Whether it may be written to.
    ///
    /// # Errors
    /// In words, when a file would be lost that nobody was asked about.
    pub fn check(&self) -> Result<(), String> {
        if self.existing == Existing::Keep && self.path.exists() {
            let path = self.path.display();
            return Err(format!("Not saved: {path} exists already, choose another name"));
        }
        Ok(())
    }
}

impl<T> SaveAs<T> {
    /// Nothing is asked; `ctx` is woken by answers.
    pub fn new(ctx: &Context) -> Self {
        Self { dialogs: Dialogs::new(ctx), pending: None, typed: None }
    }

    /// Asks where to write `what`; the file type is called `kind`.
    pub fn ask(&mut self, what: T, name: String, kind: &str, extension: &str) {
        self.pending = Some((what, name.clone()));
        let (kind, extension) = (kind.to_owned(), extension.to_owned());
        self.dialogs.open(Dialog::Save { name, kind, extension });
    }

    /// What is to be written, and where, once the desktop's dialog was answered.
    pub fn poll(&mut self) -> Option<(T, Place)> {
        match self.dialogs.poll()? {
            DialogAnswer::Chosen(paths) => {
                let path = paths.into_iter().next()?;
                self.take(path, Existing::Replace)
            }
            DialogAnswer::Unavailable => {
                self.typed = Some(self.offered_path());
                None
            }
            DialogAnswer::Cancelled => {
                self.pending = None;
                None
            }
        }
    }

    /// Draws the window that asks for a path where the desktop has no file dialogs. What is to be
    /// written, and where, once that was typed.
    pub fn ui(&mut self, ui: &mut Ui) -> Option<(T, Place)> {
        let mut path = self.typed.take()?;
        let explanation = "This desktop has no file dialog: type where to save";
        let (done, closed) = ask_for_path(ui.ctx(), "Save as", explanation, "Save", &mut path);
        if done {
            return self.take(PathBuf::from(path), Existing::Keep);
        }
        if closed {
            self.pending = None;
        } else {
            self.typed = Some(path);
        }
        None
    }

    fn take(&mut self, path: PathBuf, existing: Existing) -> Option<(T, Place)> {
        let (what, _) = self.pending.take()?;
        Some((what, Place { path, existing }))
    }

    fn offered_path(&self) -> String {
        let name = self.pending.as_ref().map_or("", |(_, name)| name.as_str());
        let folder = directories::UserDirs::new();
        let folder = folder.as_ref().map_or(Path::new(""), |folders| {
            folders.document_dir().unwrap_or_else(|| folders.home_dir())
        });
        folder.join(name).display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_nobody_was_asked_about_is_kept() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let place = |existing| Place { path: file.path().to_owned(), existing };
        assert!(place(Existing::Keep).check().is_err());
        assert!(place(Existing::Replace).check().is_ok());
    }
}
