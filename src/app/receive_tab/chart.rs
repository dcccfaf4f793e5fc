//! Throughput and loss over the past: one time axis that scrolls, scales that change in steps and
//! seldom, losses stacked by their cause.

mod legend;
mod moments;
mod scale;

use egui::{Align, Align2, Layout, Response, Stroke, Ui, pos2};
use egui_plot::{
    Bar, BarChart, Line, LineStyle, MarkerShape, Plot, PlotBounds, PlotPoint, PlotPoints,
    PlotResponse, Points,
};

use crate::app::command::Command;
use crate::app::figures::{self, thousands};
use crate::app::theme::{self, Meaning, Palette, space};
use crate::app::widgets;
use crate::net::ListenStatus;
use legend::{Sign, columns};
use moments::{Moment, Span, moments};
use scale::Scale;

/// The chart, which remembers its scales.
#[derive(Default)]
pub(super) struct Chart {
    span: Span,
    throughput: Scale,
    lost: Scale,
}

impl Chart {
    /// Shows ten minutes of the past, or one.
    pub(super) fn show_ten_minutes(&mut self, wanted: bool) {
        self.span = if wanted { Span::TenMinutes } else { Span::Minute };
    }

    /// Draws the past of `status`.
    pub(super) fn ui(&mut self, ui: &mut Ui, status: &ListenStatus, commands: &mut Vec<Command>) {
        let moments = match self.span {
            Span::Minute => moments(&status.history, self.span),
            Span::TenMinutes => moments(&status.long_history, self.span),
        };
        let largest = |value: fn(&Moment) -> f64| moments.iter().map(value).fold(0.0, f64::max);
        self.throughput.follow(largest(|moment| moment.offered_mbps().max(moment.mbps())));
        self.lost.follow(largest(|moment| moment.added.packets_lost as f64));
        self.title(ui, commands);
        let now = status.history.last().map_or(0.0, |point| point.seconds);
        self.plot(ui, &moments, now);
        self.legend(ui, status, &moments);
    }

    fn title(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        ui.horizontal(|ui| {
            widgets::section_title(ui, "Throughput and loss");
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::TIGHT;
                for (long, span) in [(true, Span::TenMinutes), (false, Span::Minute)] {
                    let command = Command::ShowTenMinutes(long);
                    let chip = widgets::choice_chip(ui, command.label(), self.span == span);
                    if chip.on_hover_text(command.explanation()).clicked() {
                        commands.push(command);
                    }
                }
            });
        });
    }

    fn plot(&self, ui: &mut Ui, moments: &[Moment], now: f64) {
        let palette = theme::palette(ui);
        let shown = still_plot("throughput and loss").height(HEIGHT).show(ui, |plot| {
            let (left, top) = (now - self.span.seconds(), self.throughput.top() * HEADROOM);
            plot.set_plot_bounds(PlotBounds::from_min_max([left, 0.0], [now, top]));
            plot.bar_chart(BarChart::new("Lost", self.bars(moments, palette)).allow_hover(false));
            let rate = |name: &str, value: fn(&Moment) -> f64| {
                let points = moments.iter().map(|m| [m.middle(self.span), value(m)]).collect();
                Line::new(name, PlotPoints::new(points)).width(1.5).allow_hover(false)
            };
            let dashed = LineStyle::Dashed { length: 4.0 };
            plot.line(rate("Offered", Moment::offered_mbps).color(palette.dim).style(dashed));
            plot.line(rate("Received", Moment::mbps).color(palette.accent));
            plot.points(self.dropped(moments, palette));
        });
        self.scale_labels(ui, &shown.response);
        let name = "Throughput and loss over time";
        shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, name));
        self.hover(ui, shown, moments, now);
    }

    /// Lost on the network: solid; upon it, lost in this machine's buffer: hollow.
    fn bars(&self, moments: &[Moment], palette: &Palette) -> Vec<Bar> {
        let top = self.throughput.top();
        let scale = top * LOSS_SHARE / self.lost.top();
        let width = self.span.step() * 0.8;
        let lost = palette.fill(Meaning::Lost);
        let mut bars = Vec::new();
        for moment in moments.iter().filter(|moment| moment.added.packets_lost > 0) {
            // A single lost packet must be seen beside a thousand.
            let whole = (moment.added.packets_lost as f64 * scale).max(top * 0.05);
            let network = whole * moment.share_on_network();
            let bar = |height: f64| Bar::new(moment.middle(self.span), height).width(width);
            if network > 0.0 {
                bars.push(bar(network).fill(lost).stroke(Stroke::new(1.0, lost)));
            }
            if whole > network {
                let hollow = bar(whole - network).base_offset(network);
                bars.push(hollow.fill(palette.panel).stroke(Stroke::new(1.0, lost)));
            }
        }
        bars
    }

    /// A cross wherever frames were let go because the viewer was slower than the wire.
    fn dropped(&self, moments: &[Moment], palette: &Palette) -> Points<'static> {
        let height = self.throughput.top() * LOSS_SHARE;
        let dropped = moments.iter().filter(|moment| moment.added.frames_dropped > 0);
        let points: Vec<[f64; 2]> = dropped.map(|m| [m.middle(self.span), height]).collect();
        let points = Points::new("Dropped", points).shape(MarkerShape::Cross).radius(2.5);
        points.color(palette.text).allow_hover(false)
    }

    fn scale_labels(&self, ui: &Ui, plot: &Response) {
        let palette = theme::palette(ui);
        let font = egui::TextStyle::Small.resolve(ui.style());
        let rect = plot.rect.shrink2(egui::vec2(space::TIGHT, 2.0));
        let label = |place, align, text: String| {
            ui.painter().text(place, align, text, font.clone(), palette.dim);
        };
        label(rect.left_top(), Align2::LEFT_TOP, figures::megabits(self.throughput.top()));
        let most = thousands(self.lost.top() as u64);
        let lost = format!("bars to {most} lost in {}", self.span.step_words());
        label(rect.right_top(), Align2::RIGHT_TOP, lost);
    }

    fn hover(&self, ui: &Ui, shown: PlotResponse<()>, moments: &[Moment], now: f64) {
        let Some(pointer) = shown.response.hover_pos() else { return };
        let seconds = shown.transform.value_from_position(pointer).x;
        let number = (seconds / self.span.step()).max(0.0) as u64;
        let Some(moment) = moments.iter().find(|moment| moment.number == number) else { return };
        let middle = PlotPoint::new(moment.middle(self.span), 0.0);
        let x = shown.transform.position_from_point(&middle).x;
        let rect = shown.response.rect;
        let stroke = Stroke::new(1.0, theme::palette(ui).strong_line);
        ui.painter().line_segment([pos2(x, rect.top()), pos2(x, rect.bottom())], stroke);
        let ago = (now - moment.middle(self.span)).max(0.0);
        shown.response.on_hover_ui_at_pointer(|ui| explain(ui, moment, ago));
    }

    fn legend(&self, ui: &mut Ui, status: &ListenStatus, moments: &[Moment]) {
        let palette = theme::palette(ui);
        let second = &status.last_second;
        let received = second.bytes_received as f64 * 8.0 / 1e6;
        let offered = crate::net::offered(received, second);
        let offered = offered.map_or_else(|| "–".to_owned(), figures::megabits);
        columns(
            ui,
            [
                (Sign::Line, palette.accent, format!("received {}", figures::megabits(received))),
                (Sign::Dashes, palette.dim, format!("offered {offered}")),
            ],
        )
        .on_hover_text(OFFERED);
        let sum = |value: fn(&Moment) -> u64| thousands(moments.iter().map(value).sum());
        let lost = palette.fill(Meaning::Lost);
        columns(
            ui,
            [
                (Sign::Solid, lost, format!("network {}", sum(Moment::lost_on_network))),
                (Sign::Hollow, lost, format!("buffer {}", sum(Moment::lost_in_buffer))),
                (Sign::Cross, palette.text, format!("dropped {}", sum(|m| m.added.frames_dropped))),
            ],
        )
        .on_hover_text(format!("{CAUSES}. Sums over the {} that is shown", self.span.words()));
    }
}

fn explain(ui: &mut Ui, moment: &Moment, ago: f64) {
    ui.spacing_mut().item_spacing.y = space::TIGHT;
    ui.label(theme::strong(format!("{ago:.1} s ago")));
    let (received, offered) = (moment.mbps(), moment.offered_mbps());
    let rates = (figures::megabits(received), figures::megabits(offered));
    widgets::dim_label(ui, format!("Received {}, offered {}", rates.0, rates.1));
    let added = &moment.added;
    for (meaning, count, words) in [
        (Meaning::Lost, moment.lost_on_network(), "lost on the network"),
        (Meaning::Lost, moment.lost_in_buffer(), "lost in this PC's buffer"),
        (Meaning::Recovered, added.packets_recovered, "recovered"),
        (Meaning::Late, added.packets_late, "late"),
    ] {
        if count > 0 {
            let text = format!("{} {words}", thousands(count));
            widgets::meaning_label(ui, meaning, meaning.symbol(), &text);
        }
    }
    let frames = (added.frames_complete, added.frames_incomplete, added.frames_dropped);
    widgets::dim_label(
        ui,
        format!(
            "Frames: {} complete, {} incomplete, {} dropped here",
            frames.0, frames.1, frames.2
        ),
    );
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

const HEIGHT: f32 = 76.0;
/// Room above the curves for what the scales are.
const HEADROOM: f64 = 1.3;
/// How much of the height the bars of loss may take.
const LOSS_SHARE: f64 = 0.6;

const OFFERED: &str = "What came in the last second, and what senders put on the wire: what came and \
                       what was lost, when a lost packet was as large as one that came";
const CAUSES: &str = "Solid bars were lost on the network, hollow ones in this PC's receive buffer; \
                      a cross is where frames were dropped because the viewer was slower than the \
                      wire";
