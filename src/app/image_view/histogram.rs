//! The histogram: a curve for each channel, and two handles for black and white.

mod readout;

use egui::epaint::Mesh;
use egui::{
    Align2, Color32, CornerRadius, FontSelection, Pos2, Rangef, Rect, Response, Role, Sense, Shape,
    Stroke, StrokeKind, TextStyle, Ui, WidgetInfo, pos2, vec2,
};

use super::statistics::color_of;
use crate::app::figures;
use crate::app::theme::{self, Palette, radius, space};
use crate::frame::{BINS, Channel, ChannelStatistics, DisplayRange, Series, Statistics};

/// What is drawn.
pub(super) struct Histogram<'a> {
    pub counted: &'a Statistics,
    /// Which channels.
    pub channel: Channel,
    /// What is black and white now.
    pub range: DisplayRange,
    pub logarithmic: bool,
    /// Whether samples are whole numbers.
    pub integer: bool,
}

/// An end of the range that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Black,
    White,
}

impl Histogram<'_> {
    /// Draws it; gives the range to which the user has dragged.
    pub(super) fn ui(&self, ui: &mut Ui, dragged: &mut Option<End>) -> Option<DisplayRange> {
        let size = vec2(ui.available_width(), HEIGHT + HANDLES + LABELS);
        // The handles are reached by the keyboard as the two fields below.
        let (rect, response) = ui.allocate_exact_size(size, Sense::DRAG);
        let palette = theme::palette(ui);
        let plot = Rect::from_min_size(rect.min, vec2(rect.width(), HEIGHT));
        let line = Stroke::new(1.0, palette.line);
        let rounding = CornerRadius::same(radius::SMALL);
        ui.painter().rect(plot, rounding, palette.raised, line, StrokeKind::Inside);
        let inner = plot.shrink2(vec2(INSET, 1.0));
        self.curves(ui, inner);
        self.handles(ui, inner, palette);
        self.labels(ui, rect);
        response.widget_info(|| WidgetInfo::labeled(Role::Figure, true, self.summary()));
        let range = self.drag(&response, inner, dragged);
        self.read_out(ui, response, inner);
        range
    }

    fn summary(&self) -> String {
        let of = |value| figures::sample(value, self.integer);
        let DisplayRange { low, high } = self.counted.domain;
        format!("Histogram from {} to {}", of(low), of(high))
    }

    /// What is drawn: the one channel that is shown, or all but opacity.
    fn drawn(&self) -> Vec<&ChannelStatistics> {
        let all = &self.counted.series;
        let only = self.channel.letter().map(Series::Channel);
        if let Some(one) = all.iter().find(|series| Some(series.of) == only) {
            return vec![one];
        }
        all.iter().filter(|series| series.of != Series::Channel('A')).collect()
    }

    fn curves(&self, ui: &Ui, plot: Rect) {
        let palette = theme::palette(ui);
        let drawn = self.drawn();
        let top = drawn.iter().map(|series| tallest(&series.counts)).max().unwrap_or(1);
        for series in drawn {
            let color = color_of(series.of, palette);
            let heights = self.heights(&series.counts, top, plot.width() as usize);
            if series.of == Series::Luminance {
                outline(ui, plot, &heights, color);
            } else {
                area(ui, plot, &heights, color);
            }
        }
    }

    /// For each column of the plot, 0 to 1: the fullest of the bins that lie in it.
    fn heights(&self, counts: &[u64], top: u64, columns: usize) -> Vec<f32> {
        let height = |count: u64| {
            let (count, top) = (count as f32, top as f32);
            let share = if self.logarithmic { count.ln_1p() / top.ln_1p() } else { count / top };
            share.min(1.0)
        };
        let bins = |column: usize| {
            let first = column * BINS / columns;
            first..((column + 1) * BINS).div_ceil(columns).max(first + 1)
        };
        let fullest = |column| counts.get(bins(column)).and_then(|bins| bins.iter().max());
        (0..columns).map(|column| height(fullest(column).copied().unwrap_or(0))).collect()
    }

    fn handles(&self, ui: &Ui, plot: Rect, palette: &Palette) {
        let painter = ui.painter();
        for (end, fill) in [(End::Black, palette.backdrop), (End::White, palette.on_backdrop)] {
            let tip = pos2(self.x_of(self.value(end), plot), plot.bottom());
            let stroke = Stroke::new(1.0, palette.dim);
            painter.vline(tip.x, plot.y_range(), stroke);
            let [left, right] = [-5.0, 5.0].map(|side| tip + vec2(side, HANDLES - 4.0));
            painter.add(Shape::convex_polygon(vec![tip, right, left], fill, stroke));
        }
    }

    fn labels(&self, ui: &Ui, rect: Rect) {
        let font = FontSelection::Style(TextStyle::Small).resolve(ui.style());
        let dim = theme::palette(ui).dim;
        let DisplayRange { low, high } = self.counted.domain;
        for (value, at, align) in [
            (low, rect.left_bottom(), Align2::LEFT_BOTTOM),
            (high, rect.right_bottom(), Align2::RIGHT_BOTTOM),
        ] {
            let text = figures::sample(value, self.integer);
            ui.painter().text(at, align, text, font.clone(), dim);
        }
    }

    fn drag(
        &self,
        response: &Response,
        plot: Rect,
        dragged: &mut Option<End>,
    ) -> Option<DisplayRange> {
        let Some(pointer) = response.interact_pointer_pos() else {
            *dragged = None;
            return None;
        };
        let distance = |end| (self.x_of(self.value(end), plot) - pointer.x).abs();
        let nearer =
            || if distance(End::Black) < distance(End::White) { End::Black } else { End::White };
        let end = *dragged.get_or_insert_with(nearer);
        let range = self.moved(end, self.value_at(pointer, plot));
        (range != self.range).then_some(range)
    }

    /// The range with `end` at `value`, but never beyond the other end.
    fn moved(&self, end: End, value: f64) -> DisplayRange {
        let DisplayRange { low, high } = self.range;
        let least = if self.integer { 1.0 } else { self.span() / 1_000.0 };
        match end {
            End::Black => DisplayRange { low: value.min(high - least), high },
            End::White => DisplayRange { low, high: value.max(low + least) },
        }
    }

    const fn value(&self, end: End) -> f64 {
        match end {
            End::Black => self.range.low,
            End::White => self.range.high,
        }
    }

    fn span(&self) -> f64 {
        self.counted.domain.high - self.counted.domain.low
    }

    /// Where a value lies; at an edge if beyond.
    fn x_of(&self, value: f64, plot: Rect) -> f32 {
        let share = ((value - self.counted.domain.low) / self.span()).clamp(0.0, 1.0);
        plot.left() + share as f32 * plot.width()
    }

    fn value_at(&self, at: Pos2, plot: Rect) -> f64 {
        let share = f64::from((at.x - plot.left()) / plot.width()).clamp(0.0, 1.0);
        let value = self.counted.domain.low + share * self.span();
        if self.integer { value.round() } else { value }
    }
}

/// The fullest bin, but not at the ends: what is cut off gathers there and would flatten the rest.
fn tallest(counts: &[u64]) -> u64 {
    let most = |counts: &[u64]| counts.iter().copied().max().unwrap_or(0);
    let inside = counts.get(1..counts.len() - 1).map_or(0, most);
    if inside > 0 { inside } else { most(counts).max(1) }
}

fn area(ui: &Ui, plot: Rect, heights: &[f32], color: Color32) {
    let mut mesh = Mesh::default();
    let step = plot.width() / heights.len() as f32;
    for (column, height) in heights.iter().enumerate().filter(|(_, height)| **height > 0.0) {
        let left = plot.left() + column as f32 * step;
        // A single sample must be seen beside a million.
        let top = plot.bottom() - (height * plot.height()).max(1.0);
        let bar = Rect::from_x_y_ranges(left..=left + step, Rangef::new(top, plot.bottom()));
        mesh.add_colored_rect(bar, color.gamma_multiply(0.55));
    }
    ui.painter().add(mesh);
}

fn outline(ui: &Ui, plot: Rect, heights: &[f32], color: Color32) {
    let step = plot.width() / heights.len() as f32;
    let point = |(column, height): (usize, &f32)| {
        let x = plot.left() + (column as f32 + 0.5) * step;
        pos2(x, plot.bottom() - height * plot.height())
    };
    let points = heights.iter().enumerate().map(point).collect();
    ui.painter().line(points, Stroke::new(1.0, color));
}

const HEIGHT: f32 = 112.0;
/// The strip of the handles, below the curves.
const HANDLES: f32 = 14.0;
/// The strip of the labels, below the handles.
const LABELS: f32 = 14.0;
/// Room for half a handle.
const INSET: f32 = space::TIGHT;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, PixelFormat};

    const PLOT: Rect = Rect { min: Pos2::new(10.0, 0.0), max: Pos2::new(265.0, 100.0) };

    fn counted() -> Statistics {
        let frame = Frame::new(4, 1, PixelFormat::MONO8, vec![3, 3, 9, 200]).expect("valid");
        Statistics::of(&frame, &[])
    }

    fn histogram(counted: &Statistics, low: f64, high: f64) -> Histogram<'_> {
        Histogram {
            counted,
            channel: Channel::All,
            range: DisplayRange { low, high },
            logarithmic: false,
            integer: true,
        }
    }

    #[test]
    fn a_value_lies_where_it_is_found_again() {
        let counted = counted();
        let histogram = histogram(&counted, 0.0, 255.0);
        for value in [0.0, 1.0, 128.0, 255.0] {
            let at = pos2(histogram.x_of(value, PLOT), 50.0);
            assert_eq!(histogram.value_at(at, PLOT), value);
        }
        assert_eq!(histogram.x_of(70_000.0, PLOT), PLOT.right());
    }

    #[test]
    fn dragged_black_never_passes_white() {
        let counted = counted();
        let histogram = histogram(&counted, 10.0, 100.0);
        let moved = |end, value| histogram.moved(end, value);
        assert_eq!(moved(End::Black, 40.0), DisplayRange { low: 40.0, high: 100.0 });
        assert_eq!(moved(End::Black, 240.0), DisplayRange { low: 99.0, high: 100.0 });
        assert_eq!(moved(End::White, 0.0), DisplayRange { low: 10.0, high: 11.0 });
    }

    #[test]
    fn no_bin_is_lost_however_wide_the_plot() {
        let counted = counted();
        let counts = &counted.series[0].counts;
        for columns in [100, 256, 700] {
            let heights = histogram(&counted, 0.0, 255.0).heights(counts, 2, columns);
            assert_eq!(heights.len(), columns);
            let used = heights.iter().filter(|height| **height > 0.0).count();
            assert!(used >= 3, "{columns}: {used}");
            assert_eq!(heights[3 * columns / 256], 1.0);
        }
    }
}
