//! The value under the pointer, as the wire carried it.

use egui::{
    Align2, Color32, CornerRadius, FontSelection, Painter, Pos2, Rect, Stroke, StrokeKind, Style,
    TextStyle, Vec2, vec2,
};

use crate::app::present::Presented;
use crate::app::theme::{Palette, radius, space};
use crate::frame::{DisplayRange, Frame, write_rgba};

/// A pixel of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// Place and samples, in words.
    text: String,
    /// As it is drawn.
    color: Color32,
}

/// What lies under `pointer` when the picture is drawn in `image`; `None` beside it.
pub(super) fn at(presented: &Presented, image: Rect, pointer: Pos2) -> Option<Probe> {
    let frame = &presented.received.frame;
    let size = vec2(frame.width() as f32, frame.height() as f32);
    let place = (pointer - image.min) / image.size() * size;
    if place.min_elem() < 0.0 {
        return None;
    }
    probe(frame, presented.range, place.x as u32, place.y as u32)
}

/// Draws the probe as a pill whose left lower corner is `corner`.
pub(super) fn paint(
    painter: &Painter,
    style: &Style,
    palette: &Palette,
    corner: Pos2,
    probe: &Probe,
) {
    let font = FontSelection::Style(TextStyle::Body).resolve(style);
    let galley = painter.layout_no_wrap(probe.text.clone(), font, palette.on_backdrop);
    let swatch = Vec2::splat(12.0);
    let content = galley.size() + vec2(space::CONTROL + swatch.x, 0.0);
    let size = content + 2.0 * vec2(space::CARD, space::CONTROL);
    let pill = Rect::from_min_size(corner - vec2(0.0, size.y), size);
    let rounding = CornerRadius::same(radius::CONTROL);
    painter.rect_filled(pill, rounding, palette.veil);
    painter.rect_stroke(pill, rounding, Stroke::new(1.0, palette.veil_line), StrokeKind::Inside);
    let text =
        Align2::LEFT_CENTER.anchor_size(pill.left_center() + vec2(space::CARD, 0.0), galley.size());
    painter.galley(text.min, galley, palette.on_backdrop);
    let square =
        Align2::RIGHT_CENTER.anchor_size(pill.right_center() - vec2(space::CARD, 0.0), swatch);
    painter.rect_filled(square, CornerRadius::same(2), probe.color);
}

fn probe(frame: &Frame, range: DisplayRange, x: u32, y: u32) -> Option<Probe> {
    let samples = frame.samples_at(x, y)?;
    let letters = frame.format().order.letters().chars();
    let mut text = format!("x {x} y {y} ·");
    for (letter, sample) in letters.zip(samples) {
        text.push(' ');
        text.push(letter);
        text.push(' ');
        text.push_str(&value(sample, frame.format().sample.is_integer()));
    }
    Some(Probe { text, color: color(frame, range, x, y)? })
}

fn value(sample: f64, integer: bool) -> String {
    match sample {
        _ if integer => format!("{sample:.0}"),
        _ if sample == 0.0 || (1e-3..1e6).contains(&sample.abs()) => format!("{sample:.4}"),
        _ => format!("{sample:.3e}"),
    }
}

fn color(frame: &Frame, range: DisplayRange, x: u32, y: u32) -> Option<Color32> {
    let size = frame.format().bytes_per_pixel();
    let start = y as usize * frame.row_bytes() + x as usize * size;
    let pixel = frame.pixels().get(start..start + size)?.to_vec();
    let pixel = Frame::new(1, 1, frame.format(), pixel).ok()?;
    let mut rgba = [0; 4];
    write_rgba(&pixel, range, &mut rgba);
    Some(Color32::from_rgb(rgba[0], rgba[1], rgba[2]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PixelFormat;

    fn text(format: PixelFormat, pixels: Vec<u8>) -> String {
        let frame = Frame::new(1, 1, format, pixels).expect("valid");
        probe(&frame, DisplayRange::of(&frame), 0, 0).expect("inside").text
    }

    #[test]
    fn samples_are_named_and_shown_in_the_order_of_the_wire() {
        assert_eq!(text(PixelFormat::BGR8, vec![94, 152, 232]), "x 0 y 0 · B 94 G 152 R 232");
        assert_eq!(text(PixelFormat::MONO16, vec![0xff, 0xff]), "x 0 y 0 · Y 65535");
        let float = 1.25_f32.to_le_bytes().to_vec();
        assert_eq!(text(PixelFormat::MONO32F, float), "x 0 y 0 · Y 1.2500");
    }

    #[test]
    fn the_swatch_is_the_colour_that_is_drawn() {
        let frame = Frame::new(1, 1, PixelFormat::BGR8, vec![1, 2, 3]).expect("valid");
        let probe = probe(&frame, DisplayRange::of(&frame), 0, 0).expect("inside");
        assert_eq!(probe.color, Color32::from_rgb(3, 2, 1));
        assert_eq!(super::probe(&frame, DisplayRange::of(&frame), 1, 0), None);
    }
}
