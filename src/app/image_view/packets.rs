//! What became of the packets, laid over the picture that they brought: each kind tinted and
//! striped its own way, with its shape at the picture's edge.

use std::sync::Arc;

use egui::{
    Align2, Color32, CornerRadius, FontSelection, Painter, Rect, Stroke, Style, TextStyle, Vec2,
    pos2, vec2,
};

use super::damage;
use super::projection::{PixelRect, Projection};
use crate::app::figures::thousands;
use crate::app::packet_map;
use crate::app::theme::{Meaning, Palette, radius, space};
use crate::flow::PacketRecord;
use crate::frame::Frame;

/// The overlay of one frame; empty when it is not wanted.
#[derive(Default)]
pub(super) struct PacketOverlay {
    record: Option<Arc<PacketRecord>>,
    areas: Vec<(Meaning, PixelRect)>,
}

impl PacketOverlay {
    /// Lays `record` over the picture of its frame; `None` takes it away.
    pub(super) fn set(&mut self, record: Option<Arc<PacketRecord>>, frame: &Frame) {
        let same = match (&self.record, &record) {
            (Some(old), Some(new)) => Arc::ptr_eq(old, new),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.areas = record.as_deref().map(|record| areas(record, frame)).unwrap_or_default();
            self.record = record;
        }
    }

    /// Draws it over the picture.
    pub(super) fn paint(&self, painter: &Painter, palette: &Palette, projection: &Projection) {
        let mut marks = Marks::default();
        for (index, (meaning, pixels)) in self.areas.iter().enumerate() {
            let area = projection.area(pixels);
            // Reduced, a packet can be thinner than a pixel; it must still be seen.
            let area = Rect::from_center_size(area.center(), area.size().max(Vec2::splat(2.0)));
            let visible = area.intersect(painter.clip_rect());
            if !visible.is_positive() {
                continue;
            }
            marks.add(*meaning, visible.center().y);
            // What is lost is hatched already, whether the overlay is there or not.
            if *meaning != Meaning::Lost {
                let color = palette.fill(*meaning);
                painter.rect_filled(visible, 0.0, color.gamma_multiply(TINT));
                if index < MOST_STRIPED {
                    stripe(&painter.with_clip_rect(visible), *meaning, color, visible);
                }
            }
        }
        marks.paint(painter, palette, projection.target);
    }

    /// Says in words what is tinted, in the left upper corner of `space`.
    pub(super) fn legend(&self, painter: &Painter, style: &Style, palette: &Palette, space: Rect) {
        let Some(record) = &self.record else { return };
        let counts = record.counts();
        let entries = [
            (Meaning::Recovered, format!("{} recovered", thousands(counts.recovered()))),
            (Meaning::Late, format!("{} late", thousands(counts.late))),
            (Meaning::Lost, format!("{} lost", thousands(counts.lost))),
        ];
        let font = FontSelection::Style(TextStyle::Body).resolve(style);
        let galleys = entries.map(|(meaning, text)| {
            (meaning, painter.layout_no_wrap(text, font.clone(), palette.on_backdrop))
        });
        let entry = |width: f32| SYMBOL + width + space::CARD;
        let width: f32 = galleys.iter().map(|(_, galley)| entry(galley.size().x)).sum();
        let corner = space.left_top() + Vec2::splat(space::CARD);
        let pill = Rect::from_min_size(corner, vec2(width + space::CARD, 28.0));
        painter.rect_filled(pill, CornerRadius::same(radius::CONTROL), palette.veil);
        let mut x = pill.left() + space::CARD;
        for (meaning, galley) in galleys {
            let center = pos2(x + 5.0, pill.center().y);
            painter.add(packet_map::shape(meaning, center, 5.0, palette.fill(meaning)));
            let width = galley.size().x;
            let place = pos2(x + SYMBOL, pill.center().y);
            let text = Align2::LEFT_CENTER.anchor_size(place, galley.size());
            painter.galley(text.min, galley, palette.on_backdrop);
            x += entry(width);
        }
    }
}

fn areas(record: &PacketRecord, frame: &Frame) -> Vec<(Meaning, PixelRect)> {
    let mut areas = Vec::new();
    if record.cut().row_bytes == 0 {
        // An encoded frame: where in the picture its packets belong nobody can tell.
        return areas;
    }
    for run in record.runs() {
        let Some(bytes) = record.cut().bytes_of(run.first..run.end) else { continue };
        let rects = damage::rects(std::slice::from_ref(&bytes), frame);
        areas.extend(rects.into_iter().map(|rect| (packet_map::meaning(run.fate), rect)));
    }
    areas
}

/// Stripes in another direction than those of what is lost: falling for recovered, upright for
/// late.
fn stripe(painter: &Painter, meaning: Meaning, color: Color32, area: Rect) {
    let lean = if meaning == Meaning::Recovered { area.height() } else { 0.0 };
    let first = ((area.left() - lean) / STRIPE_STEP).floor() as i32;
    let last = (area.right() / STRIPE_STEP).ceil() as i32;
    for step in first..=last {
        let x = step as f32 * STRIPE_STEP;
        let ends = [pos2(x, area.top()), pos2(x + lean, area.bottom())];
        painter.line_segment(ends, Stroke::new(STRIPE, color));
    }
}

/// Shapes at the left edge, one for each stretch of the picture's height: the worst in it.
#[derive(Default)]
struct Marks(std::collections::BTreeMap<i32, Meaning>);

impl Marks {
    fn add(&mut self, meaning: Meaning, y: f32) {
        let mark = self.0.entry((y / MARK_STEP).floor() as i32).or_insert(meaning);
        if badness(meaning) > badness(*mark) {
            *mark = meaning;
        }
    }

    fn paint(&self, painter: &Painter, palette: &Palette, target: Rect) {
        // Beside the picture where there is room, over it where there is none.
        let x = (target.left() - MARK_STEP / 2.0).max(painter.clip_rect().left() + MARK_STEP / 2.0);
        for (&step, &meaning) in &self.0 {
            let center = pos2(x, (step as f32 + 0.5) * MARK_STEP);
            painter.circle_filled(center, MARK_STEP / 2.0, palette.veil);
            painter.add(packet_map::shape(meaning, center, 4.5, palette.fill(meaning)));
        }
    }
}

const fn badness(meaning: Meaning) -> u8 {
    match meaning {
        Meaning::Received => 0,
        Meaning::Recovered => 1,
        Meaning::Late => 2,
        Meaning::Lost => 3,
    }
}

/// How much of the picture a tint covers: what is under it can still be judged.
const TINT: f32 = 0.35;
const STRIPE: f32 = 1.5;
const STRIPE_STEP: f32 = 9.0;
/// More areas than these are plain: nobody could tell their stripes apart.
const MOST_STRIPED: usize = 300;
const MARK_STEP: f32 = 14.0;
/// From a symbol's left edge to its word.
const SYMBOL: f32 = 16.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_what_lies_close_together_is_marked() {
        let mut marks = Marks::default();
        marks.add(Meaning::Recovered, 15.0);
        marks.add(Meaning::Lost, 20.0);
        marks.add(Meaning::Late, 27.0);
        marks.add(Meaning::Recovered, 29.0);
        assert_eq!(
            marks.0.into_iter().collect::<Vec<_>>(),
            [(1, Meaning::Lost), (2, Meaning::Recovered)]
        );
    }

    #[test]
    fn an_overlay_that_is_not_wanted_is_empty() {
        let frame = Frame::new(2, 2, crate::frame::PixelFormat::MONO8, vec![0; 4]).expect("valid");
        let mut overlay = PacketOverlay::default();
        overlay.set(Some(Arc::default()), &frame);
        assert!(overlay.record.is_some() && overlay.areas.is_empty(), "a clean record");
        overlay.set(None, &frame);
        assert!(overlay.record.is_none());
    }
}
