//! How far things are, in words.

use std::time::Duration;

use crate::app::figures;
use crate::app::theme::Meaning;
use crate::flow::Mode;
use crate::net::{ReceiverReport, SendPhase, SendStatus};

use super::estimate::remaining;
use super::row::{Facts, Row, RowState};
use super::{Remark, SendTab};

/// What stands at the right of an entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct StateWords {
    pub(super) headline: String,
    /// The colour of the headline and the sign before it.
    pub(super) meaning: Option<(Meaning, &'static str)>,
    /// A second line, or nothing.
    pub(super) detail: String,
    /// How much is done, where a bar is shown.
    pub(super) fraction: Option<f32>,
}

/// The state of `row`; `status` is that of the job if the entry is leaving right now.
pub(super) fn state(row: &Row, status: Option<&SendStatus>) -> StateWords {
    let tally = row.tally();
    match &row.state {
        RowState::Waiting | RowState::Queued => plain("waiting"),
        RowState::Preparing => plain("preparing"),
        RowState::Sending => match status {
            Some(status) => sending(row, status),
            None if row.is_sequence() && tally.done > 0 => plain(&frames_sent(tally.done)),
            None => plain("waiting for confirmation"),
        },
        RowState::Delivered => StateWords {
            headline: "delivered, verified".to_owned(),
            meaning: Some((Meaning::Received, "✓")),
            detail: account(row),
            fraction: None,
        },
        RowState::Sent => StateWords { detail: account(row), ..plain("sent") },
        RowState::Stopped => {
            let of = row.facts.and_then(|facts| facts.frames);
            let of = of.map_or_else(String::new, |of| format!(" of {}", figures::thousands(of)));
            plain(&format!("stopped after {}{of} frames", figures::thousands(tally.done)))
        }
        RowState::Failed(reason) => StateWords {
            headline: format!("failed: {reason}"),
            meaning: Some((Meaning::Lost, "✕")),
            ..StateWords::default()
        },
    }
}

/// Size, format and bytes of an entry: `4096 × 3000 · Mono16 · 24.6 MB`.
pub(super) fn facts(row: &Row) -> String {
    let Some(Facts { width, height, format, frames, bytes }) = row.facts else {
        return if row.looked_at { "" } else { "reading…" }.to_owned();
    };
    let (size, bytes) = (figures::size(width, height), figures::bytes(bytes));
    match frames {
        Some(_) => format!("{size} · {format} · {bytes}"),
        None => format!("{size} · {format} · {bytes} a frame"),
    }
}

/// What the bar at the bottom of the window says.
pub(super) fn status_line(tab: &SendTab) -> String {
    if let Some(session) = &tab.session {
        let Some(status) = session.status() else {
            return "Opening images".to_owned();
        };
        let rate = figures::megabits(status.throughput_mbps);
        return match status.phase {
            SendPhase::Connecting => format!("Connecting to {}", session.addressee()),
            _ => format!("Sending to {} · {} · {rate}", session.addressee(), frames(&status)),
        };
    }
    let due = tab.list.due();
    if due.is_empty() {
        return String::new();
    }
    let waiting = format!("{} to send", figures::thousands(due.len() as u64));
    match tab.list.totals(&due).bytes {
        0 => waiting,
        bytes => format!("{waiting} · {}", figures::bytes(bytes)),
    }
}

/// How many frames of how many: `2 of 40 frames`.
pub(super) fn frames(status: &SendStatus) -> String {
    let sent = figures::thousands(status.frames_sent);
    match status.frames_total {
        Some(total) => format!("{sent} of {}", figures::thousands(total)),
        None if status.frames_sent == 1 => "1 frame".to_owned(),
        None => format!("{sent} frames"),
    }
}

/// What came of a job all of whose frames went well.
pub(super) fn finished(status: &SendStatus, mode: Mode) -> Remark {
    let seconds = Duration::try_from_secs_f64(status.seconds).unwrap_or_default();
    let took = figures::duration(seconds);
    let verified = mode == Mode::Deliver && status.frames_delivered == status.frames_sent;
    let done = if verified { "delivered, verified" } else { "sent" };
    let count = match status.frames_sent {
        1 => "1 frame".to_owned(),
        frames => format!("{} frames", figures::thousands(frames)),
    };
    Remark { meaning: Meaning::Received, text: format!("{count} {done} in {took}") }
}

/// Where there were several receivers, a line for each: what it got, or why not.
pub(super) fn each_receiver(receivers: &[ReceiverReport]) -> String {
    if receivers.len() < 2 {
        return String::new();
    }
    let line = |one: &ReceiverReport| match &one.failure {
        Some(failure) => format!("\n✕ {failure}"),
        None if one.frames_delivered == 0 => format!("\n✓ {}", one.address),
        None => {
            let frames = figures::thousands(one.frames_delivered);
            let lost = figures::thousands(one.packets_lost);
            format!("\n✓ {}: {frames} delivered, {lost} packets lost on the way", one.address)
        }
    };
    receivers.iter().map(line).collect()
}

/// `sentence` with a capital at its beginning.
pub(super) fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().collect::<String>() + letters.as_str()
    })
}

fn plain(headline: &str) -> StateWords {
    StateWords { headline: headline.to_owned(), ..StateWords::default() }
}

fn sending(row: &Row, status: &SendStatus) -> StateWords {
    let rate = figures::megabits(status.throughput_mbps);
    let Some((fraction, bytes)) = fraction(row, status) else {
        return StateWords { detail: frames_sent(row.tally().done), ..plain(&rate) };
    };
    let rest = bytes as f64 * f64::from(1.0 - fraction);
    let left = remaining(rest as u64, status.throughput_mbps);
    let left = left.map_or_else(String::new, |left| format!(" · {} left", figures::duration(left)));
    StateWords {
        headline: format!("{:.0} % · {rate}{left}", fraction * 100.0),
        fraction: Some(fraction),
        ..StateWords::default()
    }
}

/// How much of an entry with an end has left, and its bytes.
fn fraction(row: &Row, status: &SendStatus) -> Option<(f32, u64)> {
    let facts = row.facts?;
    let frames = facts.frames.filter(|frames| *frames > 0)?;
    let tally = row.tally();
    let done = (tally.done + tally.failed) as f32 + status.frame_progress.clamp(0.0, 1.0);
    Some(((done / frames as f32).clamp(0.0, 1.0), facts.bytes))
}

fn frames_sent(frames: u64) -> String {
    match frames {
        1 => "1 frame sent".to_owned(),
        _ => format!("{} frames sent", figures::thousands(frames)),
    }
}

/// The time it took, and what had to be sent again.
fn account(row: &Row) -> String {
    let tally = row.tally();
    let mut parts = Vec::new();
    if row.is_sequence() {
        parts.push(format!("{} frames", figures::thousands(tally.done)));
    }
    if !tally.elapsed.is_zero() {
        parts.push(figures::duration(tally.elapsed));
    }
    match tally.resent {
        0 => {}
        1 => parts.push("1 packet resent".to_owned()),
        resent => parts.push(format!("{} packets resent", figures::thousands(resent))),
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::super::row::tests::{report, row};
    use super::*;

    #[test]
    fn a_delivered_image_says_how_long_it_took_and_what_was_resent() {
        let mut row = row(Some(1));
        row.queue();
        row.frame_done(&report(0, true));
        row.settle();
        let words = state(&row, None);
        assert_eq!(words.headline, "delivered, verified");
        assert_eq!(words.meaning, Some((Meaning::Received, "✓")));
        assert_eq!(words.detail, "11 ms · 3 packets resent");
        assert_eq!(facts(&row), "4 × 2 · BGR8 · 24 B");
    }

    #[test]
    fn a_leaving_sequence_counts_whole_frames_and_the_one_that_leaves() {
        let mut row = row(Some(4));
        row.queue();
        row.frame_done(&report(0, true));
        let status =
            SendStatus { frame_progress: 0.5, throughput_mbps: 941.0, ..SendStatus::default() };
        let words = state(&row, Some(&status));
        assert_eq!(words.fraction, Some(0.375));
        assert!(words.headline.starts_with("38 % · 941 Mb/s · "), "{}", words.headline);
    }

    #[test]
    fn a_stream_without_end_counts_its_frames() {
        let mut row = row(None);
        row.queue();
        row.frame_done(&report(0, false));
        let words = state(&row, Some(&SendStatus::default()));
        assert_eq!((words.fraction, words.detail.as_str()), (None, "1 frame sent"));
        row.frame_done(&report(0, false));
        row.stop();
        assert_eq!(state(&row, None).headline, "stopped after 2 frames");
    }

    #[test]
    fn a_job_that_was_verified_says_so() {
        let mut status = SendStatus {
            frames_sent: 2,
            frames_delivered: 2,
            seconds: 2.3,
            ..SendStatus::default()
        };
        let good = finished(&status, Mode::Deliver);
        assert_eq!(good.text, "2 frames delivered, verified in 2.3 s");
        status.frames_delivered = 0;
        assert_eq!(finished(&status, Mode::Live).text, "2 frames sent in 2.3 s");
    }

    #[test]
    fn each_of_several_receivers_has_a_line() {
        let good = ReceiverReport {
            address: "10.0.0.1:4321".to_owned(),
            frames_delivered: 20,
            packets_received: 2000,
            packets_lost: 3,
            kernel_drops: None,
            round_trip: None,
            failure: None,
        };
        assert_eq!(each_receiver(std::slice::from_ref(&good)), "", "one needs no list");
        let failure = Some("10.0.0.2:4321 stopped listening".to_owned());
        let lines = each_receiver(&[good.clone(), ReceiverReport { failure, ..good }]);
        assert_eq!(
            lines,
            "\n✓ 10.0.0.1:4321: 20 delivered, 3 packets lost on the way\n✕ 10.0.0.2:4321 stopped listening"
        );
    }

    #[test]
    fn sentences_begin_with_a_capital() {
        assert_eq!(capitalised("élan"), "Élan");
        assert_eq!(capitalised(""), "");
    }
}
