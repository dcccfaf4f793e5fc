//! The smallest, the mean and the largest sample of each channel, as a table.

use egui::{Align2, Color32, FontSelection, Role, Sense, TextStyle, Ui, WidgetInfo, pos2, vec2};

use crate::app::figures;
use crate::app::theme::{self, Palette, height};
use crate::app::widgets;
use crate::frame::{ChannelStatistics, Series, Statistics};

/// A row for each channel, and for the luminance of colours.
pub(super) fn table(ui: &mut Ui, counted: &Statistics, integer: bool) {
    let titles = ["Samples", "smallest", "mean", "largest"].map(str::to_owned);
    row(ui, titles, None, "As the wire carries them, whatever is drawn");
    for series in &counted.series {
        let color = color_of(series.of, theme::palette(ui));
        row(ui, texts(series, integer), Some(color), explanation(series.of));
    }
}

/// What is to be known about the count.
pub(super) fn remarks(ui: &mut Ui, counted: &Statistics, damaged: bool) {
    let mut remarks = Vec::new();
    match counted.row_step {
        1 => {}
        2 => remarks.push("Every second row is counted".to_owned()),
        step => remarks.push(format!("One row of {step} is counted")),
    }
    if damaged {
        remarks.push("What is missing is not counted".to_owned());
    }
    let strange: u64 = counted
        .series
        .iter()
        .filter(|one| one.of != Series::Luminance)
        .map(|one| one.not_finite)
        .sum();
    if strange > 0 {
        let count = figures::thousands(strange);
        remarks.push(format!("{count} samples are infinite or not a number"));
    }
    for remark in remarks {
        widgets::dim_label(ui, theme::small(remark));
    }
}

/// The colour of a channel's curve and name.
pub(super) fn color_of(series: Series, palette: &Palette) -> Color32 {
    let [red, green, blue] = palette.channels;
    match series {
        Series::Channel('R') => red,
        Series::Channel('G') => green,
        Series::Channel('B') => blue,
        Series::Channel(_) => palette.dim,
        Series::Luminance => palette.text,
    }
}

fn texts(series: &ChannelStatistics, integer: bool) -> [String; 4] {
    [
        name(series.of).to_owned(),
        figures::short(series.min, integer),
        figures::short(series.mean, false),
        figures::short(series.max, integer),
    ]
}

/// What a channel is called.
pub(super) const fn name(series: Series) -> &'static str {
    match series {
        Series::Channel('R') => "Red",
        Series::Channel('G') => "Green",
        Series::Channel('B') => "Blue",
        Series::Channel('A') => "Opacity",
        Series::Channel(_) => "Grey",
        Series::Luminance => "Luminance",
    }
}

const fn explanation(series: Series) -> &'static str {
    match series {
        Series::Channel(_) => "Samples of this channel, as the wire carries them",
        Series::Luminance => "0.2126 red + 0.7152 green + 0.0722 blue, of the samples as they are",
    }
}

/// A row of figures, or with no colour of titles.
fn row(ui: &mut Ui, texts: [String; 4], color: Option<Color32>, hover: &str) {
    let size = vec2(ui.available_width(), height::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let palette = theme::palette(ui);
    let style = if color.is_some() { TextStyle::Body } else { TextStyle::Small };
    let font = FontSelection::Style(style).resolve(ui.style());
    let ink = if color.is_some() { palette.text } else { palette.dim };
    let put = |x: f32, align: Align2, text: &str| {
        let at = pos2(x, rect.center().y);
        ui.painter().text(at, align, text, font.clone(), ink);
    };
    if let Some(color) = color {
        let key = egui::Rect::from_center_size(rect.left_center() + vec2(4.0, 0.0), vec2(8.0, 8.0));
        ui.painter().rect_filled(key, 2.0, color);
    }
    let indent = if color.is_some() { 14.0 } else { 0.0 };
    put(rect.left() + indent, Align2::LEFT_CENTER, &texts[0]);
    for (column, text) in texts[1..].iter().rev().enumerate() {
        put(rect.right() - column as f32 * COLUMN, Align2::RIGHT_CENTER, text);
    }
    let [name, min, mean, max] = texts;
    response.widget_info(|| {
        let text = if color.is_some() {
            format!("{name}: smallest {min}, mean {mean}, largest {max}")
        } else {
            name.clone()
        };
        WidgetInfo::labeled(Role::Label, true, text)
    });
    response.on_hover_text(hover);
}

/// Width of a column of figures.
const COLUMN: f32 = 60.0;
