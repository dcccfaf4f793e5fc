//! The picture's pixels told apart: lines between them, and in each its values, once it is large
//! enough.

use egui::{Color32, FontId, FontSelection, Painter, Stroke, TextStyle, Ui, Vec2, vec2};

use super::Shown;
use super::probe::Probe;
use super::projection::{PixelRect, Projection};
use crate::app::theme::{self, Palette, space};
use crate::frame::PixelFormat;

/// Draws lines and values over the picture where `painter` may draw.
pub(super) fn paint(ui: &Ui, painter: &Painter, shown: &Shown, projection: &Projection) {
    let palette = theme::palette(ui);
    let visible = projection.visible(painter.clip_rect());
    let side = projection.pixel_side();
    if side * ui.pixels_per_point() < FIRST_GRID || visible.is_empty() {
        return;
    }
    lines(painter, palette, projection, &visible);
    let font = FontSelection::Style(TextStyle::Small).resolve(ui.style());
    let format = shown.presented.received.frame.format();
    let needed = widest(painter, &font, format, palette.on_backdrop) + Vec2::splat(space::TIGHT);
    // On a large screen there is room for more values than anybody reads.
    let least = (painter.clip_rect().area() / MOST_VALUES).sqrt();
    if side < needed.max_elem().max(least) {
        return;
    }
    for y in visible.rows {
        for x in visible.columns.clone() {
            let Some(probe) = Probe::of(shown, [x as u32, y as u32]) else { continue };
            let area = projection.area(&PixelRect::pixel(x, y));
            let ink = readable_on(palette, probe.color);
            let galley = painter.layout_no_wrap(lines_of(&probe), font.clone(), ink);
            if galley.size().x <= area.width() {
                painter.galley(area.center() - galley.size() / 2.0, galley, ink);
            }
        }
    }
}

fn lines(painter: &Painter, palette: &Palette, projection: &Projection, visible: &PixelRect) {
    let area = projection.area(visible);
    let (side, stroke) = (projection.pixel_side(), Stroke::new(1.0, palette.pixel_grid));
    for column in 0..=(area.width() / side).round() as usize {
        painter.vline(area.left() + column as f32 * side, area.y_range(), stroke);
    }
    for row in 0..=(area.height() / side).round() as usize {
        painter.hline(area.x_range(), area.top() + row as f32 * side, stroke);
    }
}

fn lines_of(probe: &Probe) -> String {
    let named = probe.samples.len() > 1;
    let line = |(letter, sample): &(char, String)| {
        if named { format!("{letter} {sample}") } else { sample.clone() }
    };
    probe.samples.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The room that the values of a pixel take, the usual ones of floats.
fn widest(painter: &Painter, font: &FontId, format: PixelFormat, ink: Color32) -> Vec2 {
    let digits = match (format.sample.bytes(), format.sample.is_integer()) {
        (_, false) => 7,
        (1, _) => 3,
        (2, _) => 5,
        (4, _) => 10,
        _ => 20,
    };
    let digits = digits + usize::from(format.sample.is_signed() && format.sample.is_integer());
    let channels = format.order.channels();
    let letter = if channels > 1 { "G " } else { "" };
    let line = format!("{letter}{}", "0".repeat(digits));
    let line = painter.layout_no_wrap(line, font.clone(), ink).size();
    vec2(line.x, line.y * channels as f32)
}

/// Black or white, whichever is read more easily.
fn readable_on(palette: &Palette, ground: Color32) -> Color32 {
    let [r, g, b, _] = egui::Rgba::from(ground).to_array();
    let bright = crate::frame::luminance(f64::from(r), f64::from(g), f64::from(b));
    // Where the contrast to black and to white is the same.
    if bright > 0.18 { palette.backdrop } else { palette.on_backdrop }
}

/// Pixels of the screen for each pixel of the picture from which on there are lines.
const FIRST_GRID: f32 = 8.0;
/// At most so many pixels have their values drawn.
const MOST_VALUES: f32 = 2_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_on_any_colour() {
        let luminance = |color: Color32| {
            let [r, g, b, _] = egui::Rgba::from(color).to_array();
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let palette = &Palette::DARK;
        for step in 0..4_096_u32 {
            let [r, g, b] = [step & 15, step >> 4 & 15, step >> 8].map(|level| level as u8 * 17);
            let ground = Color32::from_rgb(r, g, b);
            let (text, ground) = (luminance(readable_on(palette, ground)), luminance(ground));
            let contrast = (text.max(ground) + 0.05) / (text.min(ground) + 0.05);
            assert!(contrast >= 3.5, "{r} {g} {b}: {contrast}");
        }
    }
}
