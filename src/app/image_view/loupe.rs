//! The loupe: the pixels around the pointer, magnified, with the value of the one in the middle.

use egui::{
    Align2, CornerRadius, FontSelection, Painter, Pos2, Rect, Stroke, StrokeKind, TextStyle, Ui,
    Vec2, vec2,
};

use super::Shown;
use super::damage;
use super::probe::Probe;
use super::projection::{PixelRect, Projection};
use super::texture::Tiles;
use crate::app::theme::{self, Palette, radius, space};

/// What the loupe looks at.
pub(super) struct Loupe<'a> {
    pub shown: &'a Shown,
    pub tiles: &'a Tiles,
    pub projection: &'a Projection,
    pub probe: &'a Probe,
}

impl Loupe<'_> {
    /// Draws it `beside` the pointer, always within `area`.
    pub(super) fn paint(&self, ui: &Ui, area: Rect, beside: Pos2) {
        let palette = theme::palette(ui);
        let painter = ui.painter_at(area);
        let card = place(area, beside, card_size(self.shown));
        let rounding = CornerRadius::same(radius::CONTROL);
        let line = Stroke::new(1.0, palette.veil_line);
        painter.rect(card, rounding, palette.veil, line, StrokeKind::Inside);
        let inner = card.shrink(space::CONTROL);
        let glass = Rect::from_min_size(inner.min, Vec2::splat(GLASS));
        self.magnified(&painter, palette, glass);
        let column = Rect::from_min_max(glass.right_top() + vec2(space::CARD, 0.0), inner.max);
        self.figures(ui, &painter, column);
        self.probe.announce(ui, card);
    }

    fn magnified(&self, painter: &Painter, palette: &Palette, glass: Rect) {
        let painter = painter.with_clip_rect(glass.intersect(painter.clip_rect()));
        painter.rect_filled(glass, 0.0, palette.backdrop);
        let side = GLASS / ACROSS;
        let projection = self.projection.magnified(self.probe.place, glass.center(), side);
        self.tiles.paint(&painter, &projection);
        damage::paint(&painter, palette, &projection, &self.shown.damage);
        let [x, y] = self.probe.place;
        let middle = projection.area(&PixelRect::pixel(x as usize, y as usize));
        // Two lines, one of which is seen on any colour.
        let outside = StrokeKind::Outside;
        painter.rect_stroke(middle.expand(1.0), 0.0, Stroke::new(1.0, palette.backdrop), outside);
        painter.rect_stroke(middle, 0.0, Stroke::new(1.0, palette.on_backdrop), outside);
    }

    fn figures(&self, ui: &Ui, painter: &Painter, column: Rect) {
        let palette = theme::palette(ui);
        let font = FontSelection::Style(TextStyle::Body).resolve(ui.style());
        let line = |row: usize| column.top() + LINE * (row as f32 + 0.5);
        let [x, y] = self.probe.place;
        let place = [("x".to_owned(), x.to_string()), ("y".to_owned(), y.to_string())];
        let samples = self.probe.samples.iter();
        let samples = samples.map(|(letter, sample)| (letter.to_string(), sample.clone()));
        let mut rows: Vec<_> = place.into_iter().chain(samples).collect();
        if self.probe.samples.is_empty() {
            rows.push(("missing".to_owned(), String::new()));
        }
        for (row, (name, value)) in rows.into_iter().enumerate() {
            for (text, at, align) in [
                (name, column.left(), Align2::LEFT_CENTER),
                (value, column.right(), Align2::RIGHT_CENTER),
            ] {
                let place = Pos2::new(at, line(row));
                painter.text(place, align, text, font.clone(), palette.on_backdrop);
            }
        }
        let mut swatch = column;
        swatch.set_top(column.bottom() - SWATCH);
        let rounding = CornerRadius::same(radius::SMALL);
        let stroke = Stroke::new(1.0, palette.veil_line);
        painter.rect(swatch, rounding, self.probe.color, stroke, StrokeKind::Inside);
    }
}

/// As large for every pixel of a picture: the width follows the format, not the value.
fn card_size(shown: &Shown) -> Vec2 {
    let sample = shown.presented.received.frame.format().sample;
    let column = match (sample.bytes(), sample.is_integer()) {
        (1 | 2, _) => 64.0,
        (4, _) | (_, false) => 96.0,
        _ => 168.0,
    };
    vec2(GLASS + space::CARD + column, GLASS) + Vec2::splat(2.0 * space::CONTROL)
}

/// Right below the pointer; on its other side where there is no room.
fn place(area: Rect, pointer: Pos2, size: Vec2) -> Rect {
    let start = |at: f32, size: f32, end: f32| {
        if at + AWAY + size <= end { at + AWAY } else { at - AWAY - size }
    };
    let corner =
        Pos2::new(start(pointer.x, size.x, area.right()), start(pointer.y, size.y, area.bottom()));
    let last = (area.max - size).max(area.min);
    Rect::from_min_size(corner.clamp(area.min, last), size)
}

/// Pixels along the side of the loupe: odd, so that one is in the middle.
const ACROSS: f32 = 11.0;
/// The side of the loupe, in points.
const GLASS: f32 = 132.0;
/// From the pointer to the loupe.
const AWAY: f32 = 20.0;
const LINE: f32 = 18.0;
const SWATCH: f32 = 16.0;

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    #[test]
    fn the_loupe_stays_within_the_picture_area_and_off_the_pointer() {
        let area = Rect::from_min_size(pos2(10.0, 90.0), vec2(680.0, 500.0));
        let size = vec2(224.0, 148.0);
        for x in 0..=34 {
            for y in 0..=25 {
                let pointer = area.min + vec2(x as f32, y as f32) * 20.0;
                let card = place(area, pointer, size);
                assert!(area.contains_rect(card), "{pointer:?} {card:?}");
                assert!(!card.contains(pointer), "{pointer:?} {card:?}");
            }
        }
    }
}
