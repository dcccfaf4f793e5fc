//! The value under the pointer, as the wire carried it.

use egui::{
    Align2, Color32, CornerRadius, FontSelection, Pos2, Rect, Role, Sense, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, vec2,
};

use super::Shown;
use crate::app::figures;
use crate::app::theme::{self, radius, space};

/// A pixel of a picture.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// Where it lies, in the picture of the wire.
    pub place: [u32; 2],
    /// Each channel's letter and sample, in the order of the wire; none where the pixel never
    /// arrived.
    pub samples: Vec<(char, String)>,
    /// As it is drawn.
    pub color: Color32,
}

impl Probe {
    /// The pixel at `place`; `None` outside the picture.
    pub(super) fn of(shown: &Shown, place: [u32; 2]) -> Option<Self> {
        let frame = &shown.presented.received.frame;
        let [x, y] = place;
        let samples = frame.samples_at(x, y)?;
        let [red, green, blue] = shown.presented.display.color_at(frame, x, y)?;
        let integer = frame.format().sample.is_integer();
        let named = frame.format().order.letters().chars().zip(samples);
        let samples = if shown.is_missing(place) {
            Vec::new()
        } else {
            named.map(|(letter, sample)| (letter, figures::sample(sample, integer))).collect()
        };
        Some(Self { place, samples, color: Color32::from_rgb(red, green, blue) })
    }

    /// Place and samples, in words.
    pub(super) fn text(&self) -> String {
        let [x, y] = self.place;
        let mut text = format!("x {x} y {y} ·");
        if self.samples.is_empty() {
            text.push_str(" missing");
        }
        for (letter, sample) in &self.samples {
            text.push(' ');
            text.push(*letter);
            text.push(' ');
            text.push_str(sample);
        }
        text
    }

    /// Draws the probe as a pill whose left lower corner is `corner`.
    pub(super) fn pill(&self, ui: &Ui, clip: Rect, corner: Pos2) {
        let palette = theme::palette(ui);
        let painter = ui.painter_at(clip);
        let font = FontSelection::Style(TextStyle::Body).resolve(ui.style());
        let galley = painter.layout_no_wrap(self.text(), font, palette.on_backdrop);
        let swatch = Vec2::splat(12.0);
        let content = galley.size() + vec2(space::CONTROL + swatch.x, 0.0);
        let size = content + 2.0 * vec2(space::CARD, space::CONTROL);
        let pill = Rect::from_min_size(corner - vec2(0.0, size.y), size);
        let rounding = CornerRadius::same(radius::CONTROL);
        let line = Stroke::new(1.0, palette.veil_line);
        painter.rect(pill, rounding, palette.veil, line, StrokeKind::Inside);
        let left = pill.left_center() + vec2(space::CARD, 0.0);
        let text = Align2::LEFT_CENTER.anchor_size(left, galley.size());
        painter.galley(text.min, galley, palette.on_backdrop);
        let right = pill.right_center() - vec2(space::CARD, 0.0);
        let square = Align2::RIGHT_CENTER.anchor_size(right, swatch);
        painter.rect_filled(square, CornerRadius::same(2), self.color);
        self.announce(ui, pill);
    }

    /// Says to assistive technology what is drawn in `area`.
    pub(super) fn announce(&self, ui: &Ui, area: Rect) {
        let response = ui.interact(area, ui.scope_id().with("probe"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.text()));
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::shown;
    use super::*;
    use crate::frame::PixelFormat;

    fn text(format: PixelFormat, pixels: Vec<u8>) -> String {
        Probe::of(&shown(format, pixels, &[]), [0, 0]).expect("inside").text()
    }

    #[test]
    fn samples_are_named_and_shown_in_the_order_of_the_wire() {
        assert_eq!(text(PixelFormat::BGR8, vec![94, 152, 232]), "x 0 y 0 · B 94 G 152 R 232");
        assert_eq!(text(PixelFormat::MONO16, vec![0xff, 0xff]), "x 0 y 0 · Y 65535");
        let float = 1.25_f32.to_le_bytes().to_vec();
        assert_eq!(text(PixelFormat::MONO32F, float), "x 0 y 0 · Y 1.2500");
    }

    #[test]
    fn a_pixel_that_never_arrived_has_no_value() {
        let shown = shown(PixelFormat::BGR8, vec![1, 2, 3, 4, 5, 6], std::slice::from_ref(&(4..5)));
        let text = |x| Probe::of(&shown, [x, 0]).expect("inside").text();
        assert_eq!(text(0), "x 0 y 0 · B 1 G 2 R 3");
        assert_eq!(text(1), "x 1 y 0 · missing");
    }

    #[test]
    fn the_swatch_is_the_colour_that_is_drawn() {
        let shown = shown(PixelFormat::BGR8, vec![1, 2, 3], &[]);
        let probe = Probe::of(&shown, [0, 0]).expect("inside");
        assert_eq!(probe.color, Color32::from_rgb(3, 2, 1));
        assert_eq!(Probe::of(&shown, [1, 0]), None);
    }
}
