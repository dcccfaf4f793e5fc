//! What the figures mean, in a sentence, and the one next step.

use egui::Ui;

use crate::app::command::Command;
use crate::app::figures;
use crate::app::theme::{self, Meaning};
use crate::app::widgets;
use crate::flow::{Cause, Grade};
use crate::net::ListenStatus;

/// The listener's verdict, in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    meaning: Option<Meaning>,
    word: &'static str,
    headline: &'static str,
    text: String,
    mends: Option<String>,
}

impl Verdict {
    /// Puts the verdict of `status` into words.
    pub(super) fn of(status: &ListenStatus) -> Self {
        if status.last_second.packets_expected == 0 {
            return Self {
                meaning: None,
                word: "Idle",
                headline: "Nothing arrives now",
                text: "The figures are those of what came before.".to_owned(),
                mends: None,
            };
        }
        let (meaning, word) = match status.verdict.grade {
            Grade::Good => (Meaning::Received, "Good"),
            Grade::Fair => (Meaning::Recovered, "Fair"),
            Grade::Poor => (Meaning::Lost, "Poor"),
        };
        let (headline, text, mends) = match status.verdict.cause {
            None => ("Every frame arrives", nothing_to_do(status), None),
            Some(Cause::Network) => ("The network loses packets", on_the_way(status), None),
            Some(Cause::Buffer) => ("This PC drops packets", small_buffer(status), mend(status)),
            Some(Cause::Viewer) => ("This PC shows fewer frames", skipped(status), None),
        };
        Self { meaning: Some(meaning), word, headline, text, mends }
    }

    /// Draws it, always in the same space.
    pub(super) fn ui(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let size = egui::vec2(ui.available_width(), HEIGHT);
        ui.allocate_ui_with_layout(size, egui::Layout::top_down(egui::Align::Min), |ui| {
            ui.set_min_size(size);
            ui.spacing_mut().item_spacing.y = theme::space::TIGHT;
            ui.horizontal(|ui| {
                match self.meaning {
                    Some(meaning) => widgets::badge(ui, meaning, self.word),
                    None => widgets::dim_label(ui, theme::strong(self.word)),
                };
                ui.label(theme::strong(self.headline));
            });
            widgets::dim_label(ui, &*self.text);
            if let Some(command) = &self.mends
                && widgets::chip(ui, "Copy the command that mends it")
                    .on_hover_text(&**command)
                    .clicked()
            {
                commands.push(Command::CopyText(command.clone()));
            }
        });
    }
}

fn nothing_to_do(status: &ListenStatus) -> String {
    let lost = status.last_second.packets_lost;
    if lost == 0 {
        "Nothing was lost in the last second.".to_owned()
    } else {
        let lost = figures::percent(status.last_second.loss());
        if status.last_second.frames_incomplete == 0 {
            format!("What little was lost ({lost}) was recovered: nothing to do.")
        } else {
            format!("What little was lost ({lost}) can hardly be seen: nothing to do.")
        }
    }
}

/// Losses in bursts are a queue that overflows, and a slower sender mends that; losses one by one
/// are noise on the way, and a cable or parity does.
fn on_the_way(status: &ListenStatus) -> String {
    let lost = figures::percent(status.last_second.loss());
    let losses = status.streams.first().map(|stream| stream.losses).unwrap_or_default();
    let arrived = status.last_second.bytes_received as f64 * 8.0 / 1e6;
    if losses.burst_lost > losses.gap_lost && arrived >= 1.0 {
        let rate = figures::megabits(arrived * LESS);
        format!("{lost} lost in the last second, in bursts: let the sender stay below {rate}.")
    } else {
        format!("{lost} lost in the last second. Use a cable, or parity at the sender.")
    }
}

fn small_buffer(status: &ListenStatus) -> String {
    let buffer = figures::buffer_bytes(status.receive_buffer as u64);
    match &status.advice {
        Some(advice) if mend(status).is_some() => {
            let frame = figures::bytes(advice.frame_bytes);
            format!("The receive buffer holds {buffer}, one frame is {frame}.")
        }
        _ => format!("Its receive buffer of {buffer} overflows: let the sender send slower."),
    }
}

fn skipped(status: &ListenStatus) -> String {
    let dropped = figures::thousands(status.last_second.frames_dropped);
    format!(
        "{dropped} frames in the last second made way for newer ones unseen. \
         Let the sender send fewer frames a second."
    )
}

fn mend(status: &ListenStatus) -> Option<String> {
    status.advice.as_ref()?.command()
}

/// How much of what arrives a sender may send, so that a queue that overflows gets room.
const LESS: f64 = 0.9;
/// A line, two lines of text and a button.
const HEIGHT: f32 = 92.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Counters, LossPattern, Mode, Protocol, Verdict as Judged};

    fn verdict(grade: Grade, cause: Option<Cause>, expected: u64) -> Verdict {
        Verdict::of(&status(grade, cause, expected))
    }

    fn status(grade: Grade, cause: Option<Cause>, expected: u64) -> ListenStatus {
        let last_second =
            Counters { packets_expected: expected, packets_lost: 5, ..Counters::default() };
        ListenStatus {
            last_second,
            receive_buffer: 212_992,
            verdict: Judged { grade, cause },
            ..ListenStatus::before_anything(([0, 0, 0, 0], 4321).into())
        }
    }

    #[test]
    fn losses_in_bursts_call_for_a_slower_sender() {
        let key = crate::net::StreamKey::over_udp(([192, 0, 2, 1], 1).into(), 1);
        let mut status = status(Grade::Poor, Some(Cause::Network), 100);
        status.last_second.bytes_received = 12_500_000;
        let losses = LossPattern { burst_lost: 9, gap_lost: 1, ..LossPattern::default() };
        status.streams = vec![crate::net::StreamStatus {
            key,
            name: String::new(),
            protocol: Protocol::Pixelwire,
            mode: Mode::Live,
            shape: None,
            active: true,
            counters: Counters::default(),
            last_second: Counters::default(),
            jitter_us: None,
            losses,
            round_trip_us: None,
            latency_us: None,
        }];
        let text = Verdict::of(&status).text;
        assert!(text.contains("below 90.0 Mb/s"), "{text}");
    }

    #[test]
    fn the_verdict_names_the_culprit() {
        assert_eq!(verdict(Grade::Poor, Some(Cause::Network), 0).word, "Idle");
        assert_eq!(verdict(Grade::Good, None, 100).word, "Good");
        let network = verdict(Grade::Poor, Some(Cause::Network), 100);
        assert_eq!((network.word, network.headline), ("Poor", "The network loses packets"));
        assert!(network.text.contains("5.00 % lost"), "{}", network.text);
        assert!(network.text.contains("Use a cable"), "{}", network.text);
        let buffer = verdict(Grade::Fair, Some(Cause::Buffer), 100);
        assert_eq!((buffer.word, buffer.headline), ("Fair", "This PC drops packets"));
        assert!(buffer.text.contains("208 KiB"), "{}", buffer.text);
        assert_eq!(
            verdict(Grade::Fair, Some(Cause::Viewer), 9).headline,
            "This PC shows fewer frames"
        );
    }
}
