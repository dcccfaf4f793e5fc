//! Throughput and loss over the last minute: an axis that scrolls, and a scale that changes in
//! steps and seldom.

use egui::{Align, Color32, Layout, RichText, Ui};
use egui_plot::{Bar, BarChart, Line, Plot, PlotBounds, PlotPoints};

use crate::app::figures;
use crate::app::theme::{self, Meaning};
use crate::app::widgets;
use crate::net::HistoryPoint;

/// The chart, which remembers its scales.
pub(super) struct Chart {
    throughput: Scale,
    lost: Scale,
}

impl Default for Chart {
    fn default() -> Self {
        Self { throughput: Scale(10.0), lost: Scale(10.0) }
    }
}

impl Chart {
    /// Draws the last minute of `history`.
    pub(super) fn ui(&mut self, ui: &mut Ui, history: &[HistoryPoint]) {
        let buckets = buckets(history);
        let largest = |value: fn(&Bucket) -> f64| buckets.iter().map(value).fold(0.0, f64::max);
        self.throughput.follow(largest(|bucket| bucket.throughput_mbps));
        self.lost.follow(largest(|bucket| bucket.lost));
        widgets::section_title(ui, "Throughput and loss, last minute");
        self.plot(ui, &buckets, history.last().map_or(0.0, |point| point.seconds));
        self.legend(ui);
    }

    fn plot(&self, ui: &mut Ui, buckets: &[Bucket], now: f64) {
        let palette = theme::palette(ui);
        let top = self.throughput.0;
        let line: Vec<[f64; 2]> =
            buckets.iter().map(|bucket| [bucket.middle(), bucket.throughput_mbps]).collect();
        let scale = top * LOSS_SHARE / self.lost.0;
        let bars = buckets
            .iter()
            .filter(|bucket| bucket.lost > 0.0)
            .map(|bucket| {
                // A single lost packet must be seen beside a thousand.
                let height = (bucket.lost * scale).max(top * 0.04);
                Bar::new(bucket.middle(), height).width(BUCKET * 0.8)
            })
            .collect();
        let bars = BarChart::new("Lost", bars).color(palette.fill(Meaning::Lost));
        let line = Line::new("Throughput", PlotPoints::from(line)).color(palette.accent).width(1.5);
        still_plot("throughput and loss")
            .height(HEIGHT)
            .show(ui, |plot| {
                plot.set_plot_bounds(PlotBounds::from_min_max(
                    [now - MINUTE, 0.0],
                    [now, top * 1.05],
                ));
                plot.bar_chart(bars.allow_hover(false));
                plot.line(line.allow_hover(false));
            })
            .response
            .on_hover_text(
                "The line is throughput, the bars are lost packets; now is at the right",
            );
    }

    fn legend(&self, ui: &mut Ui) {
        let palette = theme::palette(ui);
        let entry = |ui: &mut Ui, symbol: &str, color: Color32, text: String| {
            ui.spacing_mut().item_spacing.x = theme::space::TIGHT;
            ui.label(theme::small(symbol).color(color));
            ui.label(theme::small(text).color(palette.dim));
        };
        ui.horizontal(|ui| {
            let top = figures::megabits(self.throughput.0);
            entry(ui, "—", palette.accent, format!("up to {top}"));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let most = figures::thousands(self.lost.0 as u64);
                let text = RichText::new(format!("lost, up to {most} in ½ s"));
                ui.spacing_mut().item_spacing.x = theme::space::TIGHT;
                ui.label(text.text_style(egui::TextStyle::Small).color(palette.dim));
                let disc = theme::small(Meaning::Lost.symbol());
                ui.label(disc.color(palette.ink(Meaning::Lost)));
            });
        });
    }
}

/// A plot that does nothing but show.
fn still_plot(name: &str) -> Plot<'_> {
    Plot::new(name)
        .show_axes(false)
        .show_grid(false)
        .show_x(false)
        .show_y(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_axis_zoom_drag(false)
        .allow_double_click_reset(false)
        .set_margin_fraction(egui::Vec2::ZERO)
}

/// The upper end of an axis: 1, 2 or 5 times a power of ten.
struct Scale(f64);

impl Scale {
    /// Grows at once when `largest` leaves it, shrinks when it has become far too large.
    fn follow(&mut self, largest: f64) {
        if largest > self.0 || largest < self.0 * SHRINK_BELOW {
            self.0 = step_above(largest).max(SMALLEST_STEP);
        }
    }
}

fn step_above(value: f64) -> f64 {
    let mut decade = SMALLEST_STEP;
    while decade.is_finite() {
        for factor in [1.0, 2.0, 5.0] {
            if value <= decade * factor {
                return decade * factor;
            }
        }
        decade *= 10.0;
    }
    f64::MAX
}

/// Half a second of the past, always cut at the same places so that nothing flickers.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Bucket {
    number: u64,
    throughput_mbps: f64,
    readings: u32,
    lost: f64,
}

impl Bucket {
    fn middle(&self) -> f64 {
        (self.number as f64 + 0.5) * BUCKET
    }
}

fn buckets(history: &[HistoryPoint]) -> Vec<Bucket> {
    let mut buckets: Vec<Bucket> = Vec::new();
    for point in history {
        // A reading is of the time before it.
        let number = ((point.seconds - 0.05).max(0.0) / BUCKET) as u64;
        match buckets.last_mut() {
            Some(bucket) if bucket.number == number => {
                bucket.throughput_mbps += point.throughput_mbps;
                bucket.readings += 1;
                bucket.lost += point.lost as f64;
            }
            _ => buckets.push(Bucket {
                number,
                throughput_mbps: point.throughput_mbps,
                readings: 1,
                lost: point.lost as f64,
            }),
        }
    }
    for bucket in &mut buckets {
        bucket.throughput_mbps /= f64::from(bucket.readings);
    }
    buckets
}

const MINUTE: f64 = 60.0;
const BUCKET: f64 = 0.5;
const HEIGHT: f32 = 72.0;
/// How much of the height the bars of loss may take.
const LOSS_SHARE: f64 = 0.6;
const SMALLEST_STEP: f64 = 1.0;
const SHRINK_BELOW: f64 = 0.15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_changes_in_steps_and_seldom() {
        let mut scale = Scale(10.0);
        let mut steps = vec![scale.0];
        for throughput in (0..1500).chain((200..1500).rev()) {
            scale.follow(f64::from(throughput));
            if steps.last() != Some(&scale.0) {
                steps.push(scale.0);
            }
        }
        assert_eq!(
            steps,
            [10.0, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 2000.0, 500.0]
        );
    }

    #[test]
    fn half_seconds_add_up_what_was_lost_in_them() {
        let point = |seconds: f64, lost| HistoryPoint {
            seconds,
            throughput_mbps: 10.0,
            lost,
            expected: 100,
        };
        let history: Vec<_> = (1..=10).map(|tenth| point(f64::from(tenth) / 10.0, 1)).collect();
        let buckets = buckets(&history);
        assert_eq!(buckets.len(), 2);
        assert!(buckets.iter().all(|bucket| bucket.lost == 5.0 && bucket.throughput_mbps == 10.0));
    }
}
