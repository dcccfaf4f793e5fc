//! The tables beside the picture: what became of every packet and frame.

use egui::{Align, Layout, Ui, Vec2};

use super::account::Account;
use crate::app::command::Command;
use crate::app::export::Export;
use crate::app::figures::{self, thousands};
use crate::app::theme::{self, Meaning, space};
use crate::app::widgets::{self, FigureRow, column_titles, figure_row};
use crate::flow::Counters;

/// Packets: last second and total.
pub(super) fn packets(ui: &mut Ui, account: &Account, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        widgets::section_title(ui, "Packets");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let reset = Command::ResetCounters;
            let hover = reset.hover_text(ui);
            if widgets::chip(ui, reset.label()).on_hover_text(hover).clicked() {
                commands.push(reset);
            }
            export_menu(ui, commands);
        });
    });
    rows(ui, |ui| {
        column_titles(ui, "last second", "total");
        let (now, all) = (&account.last_second, &account.total);
        for (look, count) in PACKET_ROWS {
            look.show(ui, &thousands_or_dash(count(now)), &thousands_or_dash(count(all)));
        }
    });
}

fn export_menu(ui: &mut Ui, commands: &mut Vec<Command>) {
    let text = egui::RichText::new("Export…").text_style(egui::TextStyle::Small);
    let button = egui::Button::new(text).small().min_size(Vec2::new(0.0, theme::height::CHIP));
    let menu = egui::containers::menu::MenuButton::from_button(button);
    let (response, _) = menu.ui(ui, |ui| {
        widgets::menu_frame(ui);
        for command in Export::ALL.map(Command::Export) {
            widgets::menu_item(ui, &command, false, commands);
        }
    });
    response.on_hover_text("Save counters, past and problem frames as a file");
}

/// Frames: last second and total.
pub(super) fn frames(ui: &mut Ui, account: &Account) {
    widgets::section_title(ui, "Frames");
    rows(ui, |ui| {
        let (now, all) = (&account.last_second, &account.total);
        let rate = figures::per_second(now.frames_complete as f64);
        COMPLETE.show(ui, &rate, &thousands(all.frames_complete));
        let incomplete = (thousands(now.frames_incomplete), thousands(all.frames_incomplete));
        INCOMPLETE.show(ui, &incomplete.0, &incomplete.1);
        let dropped = (thousands(now.frames_dropped), thousands(all.frames_dropped));
        DROPPED.show(ui, &dropped.0, &dropped.1);
        let data = (figures::bytes(now.bytes_received), figures::bytes(all.bytes_received));
        DATA.show(ui, &data.0, &data.1);
    });
}

/// Throughput and the like, in rows of three.
pub(super) fn line_figures(ui: &mut Ui, account: &Account) {
    let time = |micros: Option<u64>| micros.map_or_else(|| DASH.to_owned(), figures::micros);
    let offered = account.offered_mbps().map_or_else(|| DASH.to_owned(), figures::megabits);
    let cells = [
        ("Throughput", THROUGHPUT, figures::megabits(account.throughput_mbps())),
        ("Offered", OFFERED, offered),
        ("Loss", LOSS, figures::percent(account.last_second.loss())),
        ("Jitter", JITTER, time(account.jitter_us)),
        ("Round trip", ROUND_TRIP, time(account.round_trip_us)),
        ("Latency", LATENCY, time(account.latency_us)),
        ("Longest run", LONGEST_RUN, thousands(account.losses.longest_run)),
        ("In bursts", IN_BURSTS, thousands(account.losses.burst_lost)),
        ("Alone", ALONE, thousands(account.losses.gap_lost)),
    ];
    let width = (ui.available_width() - 2.0 * space::CONTROL) / 3.0;
    for row in cells.chunks(3) {
        ui.add_space(space::TIGHT);
        ui.horizontal(|ui| {
            for (label, explanation, value) in row {
                cell(ui, width, label, value).on_hover_text(*explanation);
            }
        });
    }
}

fn cell(ui: &mut Ui, width: f32, label: &str, value: &str) -> egui::Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 34.0), egui::Sense::hover());
    let font = |style: egui::TextStyle| style.resolve(ui.style());
    let painter = ui.painter();
    let (top, bottom) = (egui::Align2::LEFT_TOP, egui::Align2::LEFT_BOTTOM);
    painter.text(rect.left_top(), top, label, font(egui::TextStyle::Small), palette.dim);
    painter.text(rect.left_bottom(), bottom, value, font(egui::TextStyle::Body), palette.text);
    let info = || egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{label}: {value}"));
    response.widget_info(info);
    response
}

fn rows(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        contents(ui);
    });
}

struct Look {
    label: &'static str,
    explanation: &'static str,
    meaning: Option<Meaning>,
    part: bool,
}

impl Look {
    const fn new(label: &'static str, explanation: &'static str) -> Self {
        Self { label, explanation, meaning: None, part: false }
    }

    const fn meaning(self, meaning: Meaning) -> Self {
        Self { meaning: Some(meaning), ..self }
    }

    const fn part(self) -> Self {
        Self { part: true, ..self }
    }

    fn show(&self, ui: &mut Ui, last_second: &str, total: &str) {
        let Self { label, explanation, meaning, part } = *self;
        figure_row(ui, &FigureRow { label, explanation, meaning, part, last_second, total });
    }
}

fn thousands_or_dash(count: Option<u64>) -> String {
    count.map_or_else(|| DASH.to_owned(), thousands)
}

/// Stands for what cannot be known.
const DASH: &str = "–";

type Count = fn(&Counters) -> Option<u64>;

const PACKET_ROWS: [(Look, Count); 9] = [
    (
        Look::new(
            "Received",
            "Distinct packets that arrived and were valid, packets sent again included",
        ),
        |counters| Some(counters.packets_received),
    ),
    (
        Look::new(
            "Lost",
            "Put on the wire and never arrived: expected less received, before any repair",
        )
        .meaning(Meaning::Lost),
        |counters| Some(counters.packets_lost),
    ),
    (Look::new("on the network", "Lost before they reached this PC").part(), |counters| {
        counters.kernel_drops.map(|drops| counters.packets_lost.saturating_sub(drops))
    }),
    (
        Look::new(
            "in this PC's buffer",
            "Kernel drops: reached this PC and found the socket's receive buffer full. \
             A dash where the system cannot tell",
        )
        .part(),
        |counters| counters.kernel_drops,
    ),
    (
        Look::new(
            "Recovered",
            "Payloads that were missing and came when sent again, or were restored from parity",
        )
        .meaning(Meaning::Recovered),
        |counters| Some(counters.packets_recovered),
    ),
    (Look::new("Reordered", "Arrived after a packet with a higher number"), |counters| {
        Some(counters.packets_reordered)
    }),
    (Look::new("Duplicate", "Arrived once more; never also counted as received"), |counters| {
        Some(counters.packets_duplicate)
    }),
    (Look::new("Late", "Arrived too late to be used").meaning(Meaning::Late), |counters| {
        Some(counters.packets_late)
    }),
    (Look::new("Invalid", "Not ours, malformed or not authentic"), |counters| {
        Some(counters.packets_invalid)
    }),
];

const COMPLETE: Look = Look::new("Complete", "Frames that arrived whole");
const INCOMPLETE: Look = Look::new(
    "Incomplete",
    "Frames that the wire did not bring whole in time: shown damaged, or skipped",
);
const DROPPED: Look = Look::new(
    "Dropped here",
    "Frames that arrived and were not shown because this PC was slower than the wire",
);

const DATA: Look = Look::new("Data", "Payload bytes of the packets that were received");

const OFFERED: &str = "Megabits of payload that the sender put on the wire over the last second: \
                       what came and what was lost, when a lost packet was as large as one that came";
const THROUGHPUT: &str = "Megabits of payload over the last second";
const LOSS: &str =
    "Share of the expected packets that were lost over the last second, before repair";
const JITTER: &str = "How unevenly packets arrive: interarrival jitter as in RFC 3550";
const ROUND_TRIP: &str = "From this PC to the sender and back, smoothed";
const LATENCY: &str = "From a frame's first packet being sent to the frame being whole, \
                       corrected for the clocks by the round trip";
const LONGEST_RUN: &str = "Most packets lost one after the other";
const IN_BURSTS: &str = "Packets lost in bursts (RFC 3611): fewer than 64 received ones between them. \
                         A switch or a buffer that overflows loses in bursts";
const ALONE: &str = "Packets lost one by one in the gaps between bursts, as noise on the way does";
