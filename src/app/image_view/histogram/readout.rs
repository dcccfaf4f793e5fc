//! What the histogram says about the column under the pointer.

use egui::{Rect, Response, Stroke, Ui};

use super::Histogram;
use crate::app::figures;
use crate::app::image_view::statistics::{color_of, name};
use crate::app::theme::{self, space};
use crate::app::widgets;
use crate::frame::{BINS, ChannelStatistics};

impl Histogram<'_> {
    /// Marks the column under the pointer, and says which values it stands for and how often they
    /// occur.
    pub(super) fn read_out(&self, ui: &Ui, response: Response, plot: Rect) -> Response {
        let Some(pointer) = response.hover_pos().filter(|at| plot.x_range().contains(at.x)) else {
            return response.on_hover_text(DRAG);
        };
        let bin = bin_at((pointer.x - plot.left()) / plot.width());
        let line = Stroke::new(1.0, theme::palette(ui).text);
        ui.painter().vline(pointer.x.round(), plot.y_range(), line);
        response.on_hover_ui_at_pointer(|ui| {
            ui.spacing_mut().item_spacing.y = space::TIGHT;
            ui.label(theme::strong(self.values_of(bin)));
            for series in self.drawn() {
                let text = format!("{}: {}", name(series.of), occurrences(series, bin));
                let color = color_of(series.of, theme::palette(ui));
                ui.label(egui::RichText::new(text).color(color));
            }
            widgets::dim_label(ui, DRAG);
        })
    }

    /// `Value 12`, `Values 512 to 767`.
    fn values_of(&self, bin: usize) -> String {
        let of = |value| figures::sample(value, self.integer);
        let low = self.counted.domain.low;
        let width = (self.span() + if self.integer { 1.0 } else { 0.0 }) / BINS as f64;
        let first = low + bin as f64 * width;
        if self.integer && width <= 1.0 {
            return format!("Value {}", of(first));
        }
        let last = first + width - if self.integer { 1.0 } else { 0.0 };
        format!("Values {} to {}", of(first), of(last))
    }
}

/// The column at a share of the width.
fn bin_at(share: f32) -> usize {
    ((share.clamp(0.0, 1.0) * BINS as f32) as usize).min(BINS - 1)
}

/// `1,204 samples, 0.33 %`.
fn occurrences(series: &ChannelStatistics, bin: usize) -> String {
    let count = series.counts.get(bin).copied().unwrap_or(0);
    let all: u64 = series.counts.iter().sum();
    let share = if all == 0 { 0.0 } else { count as f64 / all as f64 };
    let samples = if count == 1 { "sample" } else { "samples" };
    format!("{} {samples}, {}", figures::thousands(count), figures::percent(share))
}

const DRAG: &str = "Drag: the nearer end of black to white follows";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Channel, DisplayRange, Frame, PixelFormat, Statistics};

    fn counted(format: PixelFormat, pixels: Vec<u8>) -> Statistics {
        let width = (pixels.len() / format.bytes_per_pixel()) as u32;
        Statistics::of(&Frame::new(width, 1, format, pixels).expect("valid"), &[])
    }

    fn histogram(counted: &Statistics, integer: bool) -> Histogram<'_> {
        Histogram {
            counted,
            channel: Channel::All,
            range: DisplayRange { low: 0.0, high: 255.0 },
            logarithmic: false,
            integer,
        }
    }

    #[test]
    fn the_column_says_its_value_how_often_it_occurs_and_which_share_that_is() {
        let counted = counted(PixelFormat::MONO8, vec![3, 3, 9, 200]);
        assert_eq!(histogram(&counted, true).values_of(3), "Value 3");
        let grey = &counted.series[0];
        assert_eq!(occurrences(grey, 3), "2 samples, 50.0 %");
        assert_eq!(occurrences(grey, 9), "1 sample, 25.0 %");
        assert_eq!(occurrences(grey, 10), "0 samples, 0 %");
    }

    #[test]
    fn a_column_of_many_values_says_the_first_and_the_last() {
        let deep = [1_u16, 700, 65_535].into_iter().flat_map(u16::to_le_bytes).collect();
        let counted = counted(PixelFormat::MONO16, deep);
        let histogram = histogram(&counted, true);
        assert_eq!(histogram.values_of(2), "Values 512 to 767");
        assert_eq!(occurrences(&counted.series[0], 2), "1 sample, 33.3 %");
        assert_eq!(histogram.values_of(BINS - 1), "Values 65280 to 65535");
    }

    #[test]
    fn every_place_belongs_to_a_column() {
        assert_eq!([0.0, 0.5, 1.0, 7.0].map(bin_at), [0, 128, 255, 255]);
    }
}
