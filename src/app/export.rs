//! The account, the past and the problem frames as JSON and CSV, under the names that the command
//! line uses.

mod table;

use serde::Serialize;

use crate::flow::{Cause, Counters, FateRun, LossPattern, Outcome, ProblemFrame, StreamKey};
use crate::net::{HistoryPoint, ListenStatus, StreamStatus};

/// What can be exported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Export {
    /// Everything, as one JSON object.
    Json,
    /// The counters of everything and of each stream, as a table.
    Counters,
    /// The past, second by second and the last minute by tenths, as a table.
    History,
    /// The problem frames, as a table.
    Problems,
}

impl Export {
    /// Everything that can be exported, in the order of the menu.
    pub const ALL: [Self; 4] = [Self::Json, Self::Counters, Self::History, Self::Problems];

    /// What the menu says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Json => "Everything (JSON)…",
            Self::Counters => "Counters (CSV)…",
            Self::History => "Last ten minutes (CSV)…",
            Self::Problems => "Problem frames (CSV)…",
        }
    }

    /// What it does, in a sentence.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Json => "Save counters, past and problem frames as JSON",
            Self::Counters => "Save the counters of all and of each stream as a table",
            Self::History => "Save throughput and losses by the second as a table",
            Self::Problems => "Save the list of problem frames as a table",
        }
    }

    /// The file name that is offered.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Json => "pixelwire-account.json",
            Self::Counters => "pixelwire-counters.csv",
            Self::History => "pixelwire-history.csv",
            Self::Problems => "pixelwire-problems.csv",
        }
    }

    /// The extension of that name, and what the file type is called.
    pub const fn kind(self) -> (&'static str, &'static str) {
        match self {
            Self::Json => ("json", "JSON"),
            _ => ("csv", "Table (CSV)"),
        }
    }

    /// What is written into the file.
    pub fn text(self, status: &ListenStatus) -> String {
        match self {
            Self::Json => json(status),
            Self::Counters => table::of(&counters(status), &["stream", "name"]),
            Self::History => table::of(&history(status), &["seconds", "span"]),
            Self::Problems => table::of(&problems(status), &PROBLEM_NAMES),
        }
    }
}

/// Everything that a listener tells, as one JSON object.
fn json(status: &ListenStatus) -> String {
    let account = Account {
        address: status.address.to_string(),
        seconds: status.seconds,
        counted_seconds: status.counted_seconds,
        receive_buffer: status.receive_buffer,
        counters: counters(status),
        history: history(status),
        last_minute: status.history.iter().map(Moment::of).collect(),
        problems: status.problems.iter().map(Problem::with_runs).collect(),
    };
    // Numbers, texts and lists: there is nothing that JSON cannot say.
    serde_json::to_string_pretty(&account).unwrap_or_default()
}

fn counters(status: &ListenStatus) -> Vec<Row> {
    let span = status.counted_seconds;
    let streams = status.streams.iter().map(|stream| Row::of_stream(stream, span));
    std::iter::once(Row::of_all(status, span)).chain(streams).collect()
}

/// Second by second.
fn history(status: &ListenStatus) -> Vec<Moment> {
    status.long_history.iter().map(Moment::of).collect()
}

fn problems(status: &ListenStatus) -> Vec<Problem> {
    status.problems.iter().map(Problem::of).collect()
}

/// The table of problem frames, also when there are none.
const PROBLEM_NAMES: [&str; 11] = [
    "stream",
    "frame",
    "seconds",
    "outcome",
    "cause",
    "packets",
    "packets_received",
    "packets_recovered",
    "packets_late",
    "packets_lost",
    "kernel_drops",
];

#[derive(Serialize)]
struct Account {
    address: String,
    seconds: f64,
    counted_seconds: f64,
    receive_buffer: usize,
    counters: Vec<Row>,
    history: Vec<Moment>,
    last_minute: Vec<Moment>,
    problems: Vec<Problem>,
}

/// The counters of all streams, or of one.
#[derive(Serialize)]
struct Row {
    stream: String,
    name: Option<String>,
    protocol: Option<&'static str>,
    mode: Option<&'static str>,
    #[serde(flatten)]
    counters: Counters,
    throughput_mbps: f64,
    jitter_us: Option<u64>,
    round_trip_us: Option<u64>,
    latency_us: Option<u64>,
    #[serde(flatten)]
    losses: Option<LossPattern>,
}

impl Row {
    fn of_all(status: &ListenStatus, span: f64) -> Self {
        Self {
            stream: "all".to_owned(),
            name: None,
            protocol: None,
            mode: None,
            counters: status.total,
            throughput_mbps: mean_mbps(status.total.bytes_received, span),
            jitter_us: None,
            round_trip_us: None,
            latency_us: None,
            losses: None,
        }
    }

    fn of_stream(stream: &StreamStatus, span: f64) -> Self {
        Self {
            stream: stream_name(stream.key),
            name: Some(stream.name.clone()),
            protocol: Some(stream.protocol.name()),
            mode: Some(stream.mode.name()),
            counters: stream.counters,
            throughput_mbps: mean_mbps(stream.counters.bytes_received, span),
            jitter_us: stream.jitter_us,
            round_trip_us: stream.round_trip_us,
            latency_us: stream.latency_us,
            losses: Some(stream.losses),
        }
    }
}

/// A moment of the past.
#[derive(Serialize)]
struct Moment {
    seconds: f64,
    span: f64,
    throughput_mbps: f64,
    offered_mbps: Option<f64>,
    jitter_us: Option<u64>,
    round_trip_us: Option<u64>,
    #[serde(flatten)]
    added: Counters,
}

impl Moment {
    fn of(point: &HistoryPoint) -> Self {
        Self {
            seconds: point.seconds,
            span: point.span,
            throughput_mbps: point.throughput_mbps,
            offered_mbps: point.offered_mbps(),
            jitter_us: point.jitter_us,
            round_trip_us: point.round_trip_us,
            added: point.added,
        }
    }
}

/// A frame that had trouble.
#[derive(Serialize)]
struct Problem {
    stream: String,
    frame: u64,
    seconds: f64,
    outcome: Outcome,
    cause: &'static str,
    packets: u32,
    packets_received: u64,
    packets_recovered: u64,
    packets_late: u64,
    packets_lost: u64,
    kernel_drops: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    runs: Option<Vec<FateRun>>,
}

impl Problem {
    fn of(problem: &ProblemFrame) -> Self {
        let counts = problem.record.counts();
        Self {
            stream: stream_name(problem.stream),
            frame: problem.frame_id,
            seconds: problem.ended.since_start().as_secs_f64(),
            outcome: problem.outcome,
            cause: cause(problem.cause()),
            packets: problem.record.cut().packets,
            packets_received: counts.received,
            packets_recovered: counts.recovered(),
            packets_late: counts.late,
            packets_lost: counts.lost,
            kernel_drops: problem.buffer_drops,
            runs: None,
        }
    }

    /// With every packet that did not simply come.
    fn with_runs(problem: &ProblemFrame) -> Self {
        Self { runs: Some(problem.record.runs().to_vec()), ..Self::of(problem) }
    }
}

fn cause(cause: Cause) -> &'static str {
    match cause {
        Cause::Network => "network",
        Cause::Buffer => "buffer",
        Cause::Viewer => "viewer",
    }
}

fn stream_name(key: StreamKey) -> String {
    format!("{}/{:016x}", key.peer, key.id)
}

fn mean_mbps(bytes: u64, seconds: f64) -> f64 {
    if seconds > 0.0 { bytes as f64 * 8.0 / 1e6 / seconds } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::flow::{Mode, Protocol};

    fn status() -> ListenStatus {
        let counters = Counters {
            packets_expected: 110,
            packets_received: 100,
            packets_lost: 10,
            kernel_drops: Some(7),
            bytes_received: 2_000_000,
            ..Counters::default()
        };
        let key = StreamKey::over_udp(([192, 0, 2, 1], 5000).into(), 42);
        let stream = StreamStatus {
            key,
            name: "bench, \"left\"".to_owned(),
            protocol: Protocol::Pixelwire,
            mode: Mode::Live,
            shape: None,
            active: true,
            counters,
            last_second: Counters::default(),
            jitter_us: Some(21),
            losses: LossPattern { longest_run: 4, ..LossPattern::default() },
            round_trip_us: None,
            latency_us: None,
        };
        let point =
            HistoryPoint { seconds: 1.0, span: 1.0, added: counters, ..HistoryPoint::default() };
        let problem = ProblemFrame {
            stream: key,
            frame_id: 3,
            ended: crate::flow::Time::START,
            outcome: Outcome::Incomplete,
            buffer_drops: 0,
            record: std::sync::Arc::default(),
        };
        ListenStatus {
            streams: vec![stream],
            total: counters,
            history: vec![point; 3],
            long_history: vec![point].into(),
            problems: vec![problem].into(),
            counted_seconds: 2.0,
            ..ListenStatus::before_anything(([0, 0, 0, 0], 4321).into())
        }
    }

    /// Every counter, under its own name.
    fn assert_is(row: &Value, counters: &Counters) {
        let Value::Object(expected) = serde_json::to_value(counters).expect("numbers") else {
            panic!("not an object");
        };
        for (name, value) in expected {
            assert_eq!(row[&name], value, "{name}");
        }
    }

    #[test]
    fn what_is_exported_as_json_is_what_was_counted() {
        let status = status();
        let value: Value = serde_json::from_str(&Export::Json.text(&status)).expect("JSON");
        assert_eq!(value["counters"].as_array().map(Vec::len), Some(2));
        assert_is(&value["counters"][0], &status.total);
        assert_is(&value["counters"][1], &status.streams[0].counters);
        assert_eq!(value["counters"][0]["throughput_mbps"], 8.0);
        assert_eq!(value["counters"][1]["longest_run"], 4);
        assert_eq!(value["last_minute"].as_array().map(Vec::len), Some(3));
        assert_is(&value["history"][0], &status.long_history[0].added);
        assert_eq!(value["problems"][0]["outcome"], "incomplete");
        assert_eq!(value["problems"][0]["runs"], Value::Array(Vec::new()));
    }

    #[test]
    fn a_table_has_one_line_for_each_row_and_the_same_names_and_values() {
        let status = status();
        let json: Value = serde_json::from_str(&Export::Json.text(&status)).expect("JSON");
        for (export, key) in [
            (Export::Counters, "counters"),
            (Export::History, "history"),
            (Export::Problems, "problems"),
        ] {
            let text = export.text(&status);
            let mut lines = text.lines().map(table::tests::cells);
            let names = lines.next().expect("a line of names");
            let rows: Vec<Vec<String>> = lines.collect();
            assert_eq!(Some(rows.len()), json[key].as_array().map(Vec::len));
            for (row, object) in rows.iter().zip(json[key].as_array().into_iter().flatten()) {
                assert_eq!(row.len(), names.len());
                for (name, cell) in names.iter().zip(row) {
                    let expected = match &object[name] {
                        Value::Null => String::new(),
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    assert_eq!(*cell, expected, "{name}");
                }
            }
        }
    }
}
