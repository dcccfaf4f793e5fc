//! Draws whether frames are made smaller for the way, and how.

use egui::{DragValue, Ui};

use crate::app::widgets;
use crate::flow::Protocol;
use crate::frame::codec::{Codec, Compression};

use super::panel_rate::number;
use super::{Action, SendTab};

/// Draws it.
pub(super) fn show(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    widgets::section_title(ui, "Compression");
    let possible = tab.form.settings.protocol == Protocol::Pixelwire;
    ui.add_enabled_ui(possible, |ui| ui.horizontal(|ui| choice(tab, ui, actions)));
}

fn choice(tab: &SendTab, ui: &mut Ui, actions: &mut Vec<Action>) {
    let compression = tab.form.compression();
    let mut codec = compression.codec();
    if widgets::segmented(ui, &mut codec, &CODECS) {
        actions.push(Action::SetCompression(match codec {
            Codec::Raw => Compression::Raw,
            Codec::Lossless => Compression::Lossless,
            Codec::Jpeg => Compression::Jpeg(tab.form.quality),
        }));
    }
    if let Compression::Jpeg(mut quality) = compression {
        let field = DragValue::new(&mut quality).range(1..=100).speed(0.5).prefix("Quality ");
        if number(ui, field, "Quality of the JPEG").changed() {
            actions.push(Action::SetCompression(Compression::Jpeg(quality)));
        }
    }
}

const CODECS: [(Codec, &str, &str); 3] = [
    (Codec::Raw, "Raw", "Pixels as they are: the least work, and right for fast links"),
    (
        Codec::Lossless,
        "Lossless",
        "Every bit comes back; screens become much smaller, photographs about half",
    ),
    (
        Codec::Jpeg,
        "JPEG",
        "Much smaller, and what arrives looks alike but is not the same: for slow links; 8-bit only",
    ),
];
