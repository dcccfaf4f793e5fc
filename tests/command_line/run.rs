//! Runs the built program and reads what it says.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use serde_json::Value;

/// What a run of the program said, and how it ended.
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) text: String,
    pub(crate) errors: String,
}

impl Run {
    /// The events of this kind, in order.
    pub(crate) fn events(&self, kind: &str) -> impl Iterator<Item = Value> {
        self.text
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).expect(line))
            .filter(move |event| event["event"] == kind)
    }

    /// The only event of this kind.
    pub(crate) fn event(&self, kind: &str) -> Value {
        let mut events = self.events(kind);
        let event = events.next().unwrap_or_else(|| panic!("no {kind} in {}", self.text));
        assert!(events.next().is_none(), "more than one {kind} in {}", self.text);
        event
    }
}

/// Runs the program to its end, as on a machine without a display.
pub(crate) fn pixelwire(arguments: &[&str]) -> Run {
    run_of(command(arguments).output().expect("started"))
}

/// The same, with these bytes on its standard input.
pub(crate) fn pixelwire_reading(arguments: &[&str], input: &[u8]) -> Run {
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    // Who refuses its input does not read it.
    let _ = child.stdin.take().expect("piped").write_all(input);
    run_of(child.wait_with_output().expect("ended"))
}

fn run_of(output: Output) -> Run {
    Run {
        status: output.status.code().expect("ended by itself"),
        text: String::from_utf8(output.stdout).expect("text"),
        errors: String::from_utf8(output.stderr).expect("text"),
    }
}

/// `pixelwire receive --json` on a port that the system chose; killed when dropped.
pub(crate) struct Receiver {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
    address: String,
}

impl Receiver {
    /// Starts it and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let fixed = ["receive", "--json", "--listen", "127.0.0.1:0"];
        let mut child = command(&[&fixed[..], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut output = BufReader::new(child.stdout.take().expect("piped"));
        let mut line = String::new();
        output.read_line(&mut line).expect("a line");
        let event: Value = serde_json::from_str(&line).expect("an event");
        assert_eq!(event["event"], "listening");
        let address = event["address"].as_str().expect("an address").to_owned();
        Self { child, output: Some(output), address }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Closes the pipe that its standard output goes to.
    pub(crate) fn stop_reading(mut self) -> Self {
        self.output = None;
        self
    }

    /// Presses Ctrl-C.
    #[cfg(unix)]
    pub(crate) fn interrupt(&self) {
        let process = self.child.id().to_string();
        let status = Command::new("kill").args(["-INT", &process]).status().expect("started");
        assert!(status.success());
    }

    /// Waits until it ends by itself.
    pub(crate) fn finish(mut self) -> Run {
        let (mut text, mut errors) = (String::new(), String::new());
        if let Some(output) = &mut self.output {
            output.read_to_string(&mut text).expect("text");
        }
        self.child.stderr.take().expect("piped").read_to_string(&mut errors).expect("text");
        let status = self.child.wait().expect("ended").code().expect("ended by itself");
        Run { status, text, errors }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pixelwire"));
    command.args(arguments).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    command.stdin(Stdio::null());
    command
}
