//! What the commands say: events as JSON or lines, progress, and failures.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use serde::Serialize;

use super::summary::Summary;

/// Why a command ends early.
#[derive(Debug)]
pub(super) enum Failure {
    /// Something did not go well; the sentence says what, and what to do.
    Failed(String),
    /// Nobody reads standard output any more, which is a way to end a command.
    PipeClosed,
    /// The command line is wrong.
    Usage(String),
}

impl Failure {
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self::Failed(reason.into())
    }

    /// Says it in one line on standard error, and gives the exit status.
    pub(super) fn said(&self) -> ExitCode {
        match self {
            Self::Failed(reason) => {
                say(reason);
                ExitCode::from(1)
            }
            Self::PipeClosed => ExitCode::SUCCESS,
            Self::Usage(reason) => {
                say(reason);
                ExitCode::from(2)
            }
        }
    }
}

/// Errors of the engine are sentences for users already.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Something that happened, in the words of the contract for `--json`.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub(super) enum Event<'a> {
    Connected {
        peer: String,
        chunk: usize,
        round_trip_us: Option<u64>,
    },
    Delivered {
        frame: Option<u64>,
        name: &'a str,
        packets_resent: u64,
        elapsed_us: u64,
    },
    Failed {
        frame: Option<u64>,
        name: &'a str,
        reason: &'a str,
    },
    Reach {
        peer: String,
        verdict: &'a str,
        round_trip_us: Option<u64>,
        interface: Option<&'a str>,
        mtu: Option<u32>,
        path_mtu: Option<u32>,
        link_mbps: Option<u64>,
        receive_buffer: Option<u32>,
        full_hd_colour_fps: Option<f64>,
    },
    Frame {
        /// The sender's address and the job's number in hexadecimal.
        peer: String,
        transport: &'static str,
        stream: String,
        frame: u64,
        name: Option<&'a str>,
        width: u32,
        height: u32,
        format: String,
        /// Of the pixels.
        bytes: usize,
        /// How they came, and in how many bytes.
        codec: &'static str,
        wire_bytes: usize,
        outcome: &'static str,
        /// Of complete frames.
        digest: Option<String>,
        packets: u64,
        packets_recovered: u64,
        latency_us: Option<u64>,
    },
    Listening {
        address: String,
        /// Over what: `udp`, and `tcp` unless another program has that port.
        transports: &'static [&'static str],
    },
    Saved {
        /// `None` for a video.
        frame: Option<u64>,
        path: Cow<'a, str>,
    },
    Sent {
        frame: Option<u64>,
        name: &'a str,
    },
    Summary(&'a Summary),
}

/// Where a command's words go.
pub(super) struct Output {
    json: bool,
    /// Standard output is for something else: words go to standard error.
    aside: bool,
    /// Characters of the progress line that stands on the terminal; `None` where progress is not
    /// shown.
    progress: Option<usize>,
}

impl Output {
    pub(super) fn new(json: bool) -> Self {
        let shows_progress = !json && io::stderr().is_terminal();
        Self { json, aside: false, progress: shows_progress.then_some(0) }
    }

    /// Words for people beside a standard output that carries something else.
    pub(super) fn aside() -> Self {
        Self { aside: true, ..Self::new(false) }
    }

    /// Whether programs read this.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Says that something happened, to a program or to a person.
    pub(super) fn event(
        &mut self,
        event: &Event<'_>,
        words: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            let json = serde_json::to_string(event)?;
            self.write(&json)
        } else {
            self.write(&words())
        }
    }

    /// Says something to a program, and nothing to a person.
    pub(super) fn event_only(&mut self, event: &Event<'_>) -> Result<(), Failure> {
        if self.json { self.event(event, String::new) } else { Ok(()) }
    }

    /// Says something to a person, and nothing to a program.
    pub(super) fn line(&mut self, words: &str) -> Result<(), Failure> {
        if self.json { Ok(()) } else { self.write(words) }
    }

    /// Something worth a line beside the results, on standard error.
    pub(super) fn remark(&mut self, words: &str) {
        self.progress(String::new);
        say(words);
    }

    /// Rewrites the progress line, where there is a terminal.
    pub(super) fn progress(&mut self, words: impl FnOnce() -> String) {
        let Some(standing) = self.progress else { return };
        let words = words();
        let length = words.chars().count();
        if standing + length == 0 {
            return;
        }
        let blank = " ".repeat(standing.saturating_sub(length));
        // Progress that cannot be shown is not missed.
        let _ = write!(io::stderr(), "\r{words}{blank}\r");
        self.progress = Some(length);
    }

    fn write(&mut self, line: &str) -> Result<(), Failure> {
        self.progress(String::new);
        if self.aside {
            // What nobody can read is not missed beside the frames.
            let _ = writeln!(io::stderr(), "{line}");
            return Ok(());
        }
        writeln!(io::stdout(), "{line}").map_err(|error| match error.kind() {
            io::ErrorKind::BrokenPipe => Failure::PipeClosed,
            _ => Failure::because(format!("standard output cannot be written: {error}")),
        })
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.progress(String::new);
    }
}

/// A name from outside as it may be shown on a terminal: nothing in it steers the terminal.
pub(super) fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

/// One line on standard error.
fn say(reason: &str) {
    let words: Vec<&str> = reason.split_whitespace().collect();
    let line: String = words.join(" ").chars().filter(|c| !c.is_control()).collect();
    // With standard error gone as well, the exit status has to do.
    let _ = writeln!(io::stderr(), "pixelwire: {line}");
}

/// Characters of a name that are shown.
const LONGEST_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_the_names_of_the_contract() {
        let event = Event::Listening { address: "127.0.0.1:4321".to_owned(), transports: &["udp"] };
        let json = serde_json::to_string(&event).expect("written");
        assert_eq!(
            json,
            r#"{"event":"listening","address":"127.0.0.1:4321","transports":["udp"]}"#
        );
    }

    #[test]
    fn names_cannot_steer_the_terminal() {
        assert_eq!(shown("a\x1b[2Jb\r\n"), "a[2Jb");
    }
}
