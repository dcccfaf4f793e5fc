//! How entries come into the list, and out of it.

use std::path::PathBuf;

use crate::app::dialogs::{Dialog, DialogAnswer};
use crate::app::theme::Meaning;
use crate::media::{Input, Pasted};

use super::row::{Origin, RowId};
use super::{Remark, SendTab};

impl SendTab {
    pub(super) fn open_dialog(&mut self, dialog: Dialog) {
        if !self.dialogs.open(dialog) {
            self.ask_for_path(DIALOG_OPEN);
        }
    }

    pub(super) fn take_dialog_answer(&mut self, answer: DialogAnswer) {
        match answer {
            DialogAnswer::Chosen(paths) => self.add_all(paths),
            DialogAnswer::Unavailable => self.ask_for_path(NO_DIALOG),
            DialogAnswer::Cancelled => {}
        }
    }

    fn ask_for_path(&mut self, why: &str) {
        self.notice = Some(Remark { meaning: Meaning::Recovered, text: why.to_owned() });
        self.typed_path.get_or_insert_default();
    }

    pub(super) fn take_pasted(&mut self, pasted: Pasted) {
        match pasted {
            Pasted::Paths(paths) => self.add_all(paths),
            Pasted::Image(frame) => {
                self.pasted += 1;
                let name = format!("Pasted image {}", self.pasted);
                self.add(Origin::Input(Input::Image { name, frame }));
            }
            Pasted::Nothing(text) => {
                self.notice = Some(Remark { meaning: Meaning::Recovered, text });
            }
        }
    }

    pub(super) fn add_typed_path(&mut self) {
        let typed = self.typed_path.take().unwrap_or_default();
        let path = typed.trim().trim_matches('"');
        if !path.is_empty() {
            self.add(Origin::Path(PathBuf::from(path)));
        }
    }

    pub(super) fn add_all(&mut self, paths: Vec<PathBuf>) {
        for path in paths {
            self.add(Origin::Path(path));
        }
    }

    pub(super) fn add(&mut self, origin: Origin) {
        self.notice = None;
        let id = self.list.add(origin.clone());
        self.inspector.ask(id, origin);
    }

    pub(super) fn remove(&mut self, id: RowId) {
        if self.list.remove(id) {
            self.inspector.forget(id);
        }
    }

    pub(super) fn remove_unreadable(&mut self) {
        for id in self.list.clear_unreadable() {
            self.inspector.forget(id);
        }
    }
}

const NO_DIALOG: &str =
    "This desktop has no file dialogs: type a path here, or drop files on the window";
const DIALOG_OPEN: &str =
    "A file dialog is open already: if you do not see it, type a path here instead";
