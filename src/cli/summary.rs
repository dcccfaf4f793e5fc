//! The account at the end, for programs and for people.

use std::time::Duration;

use serde::Serialize;

use crate::flow::{Counters, LossPattern};
use crate::net::{ListenStatus, ReceiverReport, SendStatus};

/// Every counter, and what only one side knows. A sender does not know what arrived but by what
/// it is told, so most of the receiver's counters are null in its summary.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Summary {
    packets_expected: Option<u64>,
    packets_received: Option<u64>,
    packets_lost: Option<u64>,
    packets_recovered: Option<u64>,
    packets_duplicate: Option<u64>,
    packets_reordered: Option<u64>,
    packets_late: Option<u64>,
    packets_invalid: Option<u64>,
    kernel_drops: Option<u64>,
    frames_complete: Option<u64>,
    frames_incomplete: Option<u64>,
    frames_dropped: Option<u64>,
    bytes_received: Option<u64>,
    throughput_mbps: f64,
    jitter_us: Option<u64>,
    losses: Option<LossPattern>,
    round_trip_us: Option<u64>,
    latency_us: Option<u64>,
    seconds: f64,
    #[serde(flatten)]
    sent: Option<Sent>,
    /// At the sender: what came of it at each receiver.
    #[serde(skip_serializing_if = "Option::is_none")]
    receivers: Option<Vec<AtReceiver>>,
}

#[derive(Clone, Debug, Serialize)]
struct AtReceiver {
    address: String,
    frames_delivered: u64,
    packets_received: u64,
    packets_lost: u64,
    kernel_drops: Option<u64>,
    round_trip_us: Option<u64>,
    failure: Option<String>,
}

impl AtReceiver {
    fn of(report: &ReceiverReport) -> Self {
        Self {
            address: report.address.clone(),
            frames_delivered: report.frames_delivered,
            packets_received: report.packets_received,
            packets_lost: report.packets_lost,
            kernel_drops: report.kernel_drops,
            round_trip_us: report.round_trip.map(microseconds),
            failure: report.failure.clone(),
        }
    }

    /// A line for people.
    fn row(&self) -> String {
        let mark = if self.failure.is_none() { "✓" } else { "✗" };
        let Self { address, frames_delivered, packets_lost, .. } = self;
        format!(
            "  {mark} {address}: {frames_delivered} frames delivered, {packets_lost} packets lost"
        )
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[expect(clippy::struct_field_names, reason = "these are the names of the contract")]
struct Sent {
    frames_sent: u64,
    frames_delivered: u64,
    packets_sent: u64,
    packets_resent: u64,
    packets_impaired: u64,
}

impl Summary {
    pub(super) fn of_receiver(status: &ListenStatus) -> Self {
        let newest = status.streams.first();
        Self {
            throughput_mbps: mean_throughput(status),
            jitter_us: newest.and_then(|stream| stream.jitter_us),
            losses: newest.map(|stream| stream.losses),
            round_trip_us: newest.and_then(|stream| stream.round_trip_us),
            latency_us: newest.and_then(|stream| stream.latency_us),
            seconds: status.seconds,
            sent: None,
            ..Self::of(Some(status.total))
        }
    }

    pub(super) fn of_sender(status: &SendStatus) -> Self {
        let megabits = status.bytes_sent as f64 * 8.0 / 1e6;
        Self {
            throughput_mbps: if status.seconds > 0.0 { megabits / status.seconds } else { 0.0 },
            round_trip_us: status.round_trip.map(microseconds),
            seconds: status.seconds,
            sent: Some(Sent {
                frames_sent: status.frames_sent,
                frames_delivered: status.frames_delivered,
                packets_sent: status.packets_sent,
                packets_resent: status.packets_resent,
                packets_impaired: status.packets_impaired,
            }),
            receivers: Some(status.receivers.iter().map(AtReceiver::of).collect()),
            ..Self::of(None)
        }
    }

    fn of(counters: Option<Counters>) -> Self {
        let each = |field: fn(&Counters) -> u64| counters.as_ref().map(field);
        Self {
            packets_expected: each(|c| c.packets_expected),
            packets_received: each(|c| c.packets_received),
            packets_lost: each(|c| c.packets_lost),
            packets_recovered: each(|c| c.packets_recovered),
            packets_duplicate: each(|c| c.packets_duplicate),
            packets_reordered: each(|c| c.packets_reordered),
            packets_late: each(|c| c.packets_late),
            packets_invalid: each(|c| c.packets_invalid),
            kernel_drops: counters.and_then(|c| c.kernel_drops),
            frames_complete: each(|c| c.frames_complete),
            frames_incomplete: each(|c| c.frames_incomplete),
            frames_dropped: each(|c| c.frames_dropped),
            bytes_received: each(|c| c.bytes_received),
            throughput_mbps: 0.0,
            jitter_us: None,
            losses: None,
            round_trip_us: None,
            latency_us: None,
            seconds: 0.0,
            sent: None,
            receivers: None,
        }
    }

    /// A table of names and values, for people.
    pub(super) fn table(&self) -> String {
        let rows = if self.sent.is_some() { self.sender_rows() } else { self.receiver_rows() };
        let lines: Vec<String> =
            rows.iter().map(|(name, value)| format!("  {name:<19}{value:>14}")).collect();
        // One receiver's figures are those of the job.
        let several = self
            .receivers
            .iter()
            .flatten()
            .filter(|_| self.receivers.as_ref().is_some_and(|receivers| receivers.len() > 1));
        lines.into_iter().chain(several.map(AtReceiver::row)).collect::<Vec<_>>().join("\n")
    }

    fn receiver_rows(&self) -> Vec<(&'static str, String)> {
        vec![
            ("frames complete", number(self.frames_complete)),
            ("frames incomplete", number(self.frames_incomplete)),
            ("frames dropped", number(self.frames_dropped)),
            ("packets expected", number(self.packets_expected)),
            ("packets received", number(self.packets_received)),
            ("packets lost", number(self.packets_lost)),
            ("longest run lost", number(self.losses.map(|losses| losses.longest_run))),
            ("packets recovered", number(self.packets_recovered)),
            ("packets duplicate", number(self.packets_duplicate)),
            ("packets reordered", number(self.packets_reordered)),
            ("packets late", number(self.packets_late)),
            ("packets invalid", number(self.packets_invalid)),
            ("kernel drops", number(self.kernel_drops)),
            ("bytes received", number(self.bytes_received)),
            ("throughput", format!("{:.1} Mbit/s", self.throughput_mbps)),
            ("jitter", time(self.jitter_us)),
            ("round trip", time(self.round_trip_us)),
            ("latency", time(self.latency_us)),
            ("listened", format!("{:.1} s", self.seconds)),
        ]
    }

    fn sender_rows(&self) -> Vec<(&'static str, String)> {
        let of = |field: fn(&Sent) -> u64| number(self.sent.as_ref().map(field));
        vec![
            ("frames sent", of(|sent| sent.frames_sent)),
            ("frames delivered", of(|sent| sent.frames_delivered)),
            ("packets sent", of(|sent| sent.packets_sent)),
            ("packets resent", of(|sent| sent.packets_resent)),
            ("dropped by --impair", of(|sent| sent.packets_impaired)),
            ("throughput", format!("{:.1} Mbit/s", self.throughput_mbps)),
            ("round trip", time(self.round_trip_us)),
            ("time", format!("{:.1} s", self.seconds)),
        ]
    }
}

/// Whole microseconds, as far as 64 bits reach.
pub(super) fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A time that a person can read at a glance.
pub(super) fn time(microseconds: Option<u64>) -> String {
    match microseconds {
        None => "unknown".to_owned(),
        Some(us @ 0..1_000) => format!("{us} µs"),
        Some(us @ 1_000..1_000_000) => format!("{:.1} ms", us as f64 / 1e3),
        Some(us) => format!("{:.1} s", us as f64 / 1e6),
    }
}

/// Over those tenths of a second of the last minute in which something arrived: a receiver that
/// waited is not a slow one.
fn mean_throughput(status: &ListenStatus) -> f64 {
    let busy = status.history.iter().map(|point| point.throughput_mbps).filter(|mbps| *mbps > 0.0);
    let (sum, count) = busy.fold((0.0, 0_u32), |(sum, count), mbps| (sum + mbps, count + 1));
    if count == 0 { 0.0 } else { sum / f64::from(count) }
}

fn number(value: Option<u64>) -> String {
    value.map_or_else(|| "unknown".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_says_what_it_knows_and_null_for_the_rest() {
        let status = SendStatus {
            frames_sent: 3,
            packets_sent: 7,
            bytes_sent: 1_000_000,
            seconds: 2.0,
            ..SendStatus::default()
        };
        let summary = Summary::of_sender(&status);
        let json = serde_json::to_value(&summary).expect("written");
        assert_eq!(json["frames_sent"], 3);
        assert_eq!(json["packets_sent"], 7);
        assert_eq!(json["throughput_mbps"], 4.0);
        assert!(json["packets_lost"].is_null());
        assert!(summary.table().contains("frames delivered"));
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(time(Some(12)), "12 µs");
        assert_eq!(time(Some(3_400)), "3.4 ms");
        assert_eq!(time(Some(2_000_000)), "2.0 s");
        assert_eq!(time(None), "unknown");
    }
}
