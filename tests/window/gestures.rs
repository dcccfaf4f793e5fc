//! What a person does with the window, for its tests and for its pictures.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui::{Event, Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pixelwire::app::PixelwireApp;

/// The window without a display.
pub(crate) type Window = Harness<'static, PixelwireApp>;

/// Presses the only thing called `name`, where it stands once nothing moves any more.
pub(crate) fn press<S>(window: &mut Harness<'_, S>, name: &str) {
    settle(window);
    window.get_by_label(name).click();
}

/// Lets the window go on until everything stands where it stood a step ago: what has only just appeared takes its
/// place one step later, and a press at the old place would miss it.
pub(crate) fn settle<S>(window: &mut Harness<'_, S>) {
    let mut before = places(window);
    for _ in 0..20 {
        window.step();
        let now = places(window);
        if now == before {
            return;
        }
        before = now;
    }
}

fn places<S>(window: &Harness<'_, S>) -> Vec<Option<egui::accesskit::Rect>> {
    let all = window.root().children_recursive();
    all.map(|node| node.accesskit_node().bounding_box()).collect()
}

/// Replaces the text of the field called `name`.
pub(crate) fn type_into(window: &mut Window, name: &str, text: &str) {
    window.get_by_role_and_label(egui::accesskit::Role::TextInput, name).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window.event(Event::Text(text.to_owned()));
    window.run_steps(2);
}

/// Drops a file on the window.
pub(crate) fn drop_file(window: &mut Window, path: &Path) {
    let file: egui::DroppedFileHandle = Arc::new(Dropped(path.to_owned()));
    window.input_mut().dropped_files.push(file);
    window.step();
    window.input_mut().dropped_files.clear();
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}
