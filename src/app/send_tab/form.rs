//! What the user chose at the right of the list, as typed and as meant.

use crate::app::settings::SendSettings;
use crate::flow::impair::Impairment;
use crate::flow::{Fec, Mode, Protocol, Rate, Transport};
use crate::frame::PackedYcbcr;
use crate::frame::codec::{Compression, DEFAULT_QUALITY};
use crate::net::{Chunk, SendOptions, Spread, Target};

/// The choices for the next job.
#[derive(Clone, Debug)]
pub(super) struct Form {
    /// What is remembered; its `host` and `port` are the last ones typed.
    pub(super) settings: SendSettings,
    /// The port as typed.
    pub(super) port: String,
    /// The fixed rate that was used last, in megabits a second.
    pub(super) fixed_megabits: f64,
    /// The quality of a JPEG that was used last.
    pub(super) quality: u8,
    /// The fixed frames a second that were used last.
    pub(super) fixed_frames: f64,
    /// The bad network that was asked for, as typed; empty for none. Never remembered: a network
    /// that is bad on purpose must not surprise anybody tomorrow.
    pub(super) bench: String,
}

/// Why there is no target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TargetProblem {
    /// Nothing is typed yet.
    Missing,
    /// What is typed cannot be meant; says why.
    Wrong(String),
}

impl Form {
    /// The choices of the last run.
    pub(super) fn new(settings: &SendSettings) -> Self {
        let fixed_megabits = match settings.rate {
            Rate::Fixed(megabits) => megabits,
            Rate::Auto | Rate::Max => USUAL_MEGABITS,
        };
        Self {
            port: settings.port.to_string(),
            fixed_megabits,
            fixed_frames: settings.frames_per_second.unwrap_or(USUAL_FRAMES),
            quality: match settings.compression {
                Compression::Jpeg(quality) => quality,
                Compression::Raw | Compression::Lossless => DEFAULT_QUALITY,
            },
            bench: String::new(),
            settings: settings.clone(),
        }
    }

    /// The bad network that was asked for, or what is wrong with it.
    pub(super) fn impairment(&self) -> Result<Option<Impairment>, String> {
        match self.bench.trim() {
            "" => Ok(None),
            typed => typed.parse().map(Some),
        }
    }

    /// To whom first, if what is typed says so.
    pub(super) fn target(&self) -> Result<Target, TargetProblem> {
        self.targets().map(|(first, _)| first)
    }

    /// To whom, and to whom else: hosts divided by commas or spaces. A port typed behind a host
    /// wins over the field's.
    pub(super) fn targets(&self) -> Result<(Target, Vec<Target>), TargetProblem> {
        let mut typed = typed_hosts(&self.settings.host);
        let first = typed.next().ok_or(TargetProblem::Missing)?;
        let others: Result<Vec<Target>, TargetProblem> =
            typed.map(|typed| self.one_target(typed)).collect();
        Ok((self.one_target(first)?, others?))
    }

    fn one_target(&self, typed: &str) -> Result<Target, TargetProblem> {
        let target: Target = typed.parse().map_err(TargetProblem::Wrong)?;
        if has_port(typed, &target) {
            return Ok(target);
        }
        let port = self.port.trim().parse().ok().filter(|port| *port > 0);
        let port = port.ok_or_else(|| TargetProblem::Wrong(WRONG_PORT.to_owned()))?;
        Ok(Target { port, ..target })
    }

    /// Fills in host and port from one text, such as a recent target.
    pub(super) fn set_target(&mut self, text: &str) {
        text.trim().clone_into(&mut self.settings.host);
        // Of several each may have a port of its own.
        if let Ok((target, others)) = self.targets()
            && others.is_empty()
        {
            self.port = target.port.to_string();
            self.settings.port = target.port;
            self.settings.host = target.host;
        }
    }

    /// The port field was edited.
    pub(super) fn set_port(&mut self, text: String) {
        self.port = text;
        if let Ok(target) = self.target() {
            self.settings.port = target.port;
        }
    }

    /// How the next job is to be sent to `target` and to `others`.
    pub(super) fn options(&self, (target, others): (Target, Vec<Target>)) -> SendOptions {
        let settings = &self.settings;
        let transport = settings.transport();
        let udp = transport == Transport::Udp;
        SendOptions {
            protocol: settings.protocol,
            mode: self.mode(),
            chunk: settings.chunk.map_or(Chunk::Auto, Chunk::Bytes),
            rate: settings.rate,
            frames_per_second: settings.frames_per_second,
            impairment: self.impairment().ok().flatten().filter(|_| udp),
            compression: self.compression(),
            fec: self.fec(),
            source: settings.source,
            transport,
            packing: self.packing(),
            spread: Spread { others, ..Spread::default() },
            ..SendOptions::new(target)
        }
    }

    /// How frames are made smaller: other protocols carry pixels as they are.
    pub(super) fn compression(&self) -> Compression {
        match self.settings.protocol {
            Protocol::Classic | Protocol::Rtp => Compression::Raw,
            Protocol::Pixelwire => self.settings.compression,
        }
    }

    /// The samples that are sent instead of the pixels: only RTP knows others.
    pub(super) fn packing(&self) -> Option<PackedYcbcr> {
        self.settings.packing.filter(|_| self.settings.protocol == Protocol::Rtp)
    }

    /// How much parity: only our own protocol has a place for any, and over TCP nothing is lost.
    fn fec(&self) -> Fec {
        match self.settings.protocol {
            Protocol::Pixelwire if self.settings.transport() == Transport::Udp => self.settings.fec,
            Protocol::Classic | Protocol::Pixelwire | Protocol::Rtp => Fec::Off,
        }
    }

    /// What is promised: classic knows no answers, so every frame is sent once, in order.
    fn mode(&self) -> Mode {
        match self.settings.protocol {
            Protocol::Classic => Mode::Deliver,
            Protocol::Rtp => Mode::Live,
            Protocol::Pixelwire => self.settings.mode,
        }
    }
}

/// The hosts in a text that may hold several.
fn typed_hosts(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ',' || c.is_whitespace()).filter(|host| !host.is_empty())
}

/// Whether `typed` says more than the host, brackets around an IPv6 address aside.
fn has_port(typed: &str, target: &Target) -> bool {
    typed.trim_matches(['[', ']']) != target.host
}

const WRONG_PORT: &str = "A port is a number from 1 to 65535";
/// A fixed rate to begin with: what any wired link carries.
const USUAL_MEGABITS: f64 = 100.0;
/// Frames a second to begin with.
const USUAL_FRAMES: f64 = 30.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn form(host: &str, port: &str) -> Form {
        let mut form = Form::new(&SendSettings::default());
        host.clone_into(&mut form.settings.host);
        form.set_port(port.to_owned());
        form
    }

    #[test]
    fn the_target_is_the_host_and_the_port_of_both_fields() {
        let target = form(" 192.168.1.20 ", "5000").target().expect("a target");
        assert_eq!((target.host.as_str(), target.port), ("192.168.1.20", 5000));
    }

    #[test]
    fn a_port_typed_behind_the_host_wins() {
        assert_eq!(form("lab-viewer:9", "5000").target().map(|target| target.port), Ok(9));
        let mut form = form("", "5000");
        form.set_target("lab-viewer:7000");
        assert_eq!((form.settings.host.as_str(), form.port.as_str()), ("lab-viewer", "7000"));
        assert_eq!(form.settings.port, 7000);
    }

    #[test]
    fn several_targets_are_divided_by_commas_or_spaces() {
        let mut form = form("", "5000");
        form.set_target("lab-viewer, 10.0.0.5:7000  239.1.2.3");
        let (first, others) = form.targets().expect("three targets");
        let all: Vec<String> = [first].iter().chain(&others).map(ToString::to_string).collect();
        assert_eq!(all, ["lab-viewer:5000", "10.0.0.5:7000", "239.1.2.3:5000"]);
        assert_eq!(form.settings.host, "lab-viewer, 10.0.0.5:7000  239.1.2.3", "stays as typed");
        form.set_target("lab-viewer, 300.1.1.1");
        assert!(matches!(form.targets(), Err(TargetProblem::Wrong(_))));
    }

    #[test]
    fn what_can_not_be_a_target_says_why() {
        assert_eq!(form("", "4321").target(), Err(TargetProblem::Missing));
        for (host, port) in [("300.1.1.1", "4321"), ("a/b", "4321"), ("a", "0"), ("a", "70000")] {
            let problem = form(host, port).target();
            assert!(matches!(problem, Err(TargetProblem::Wrong(_))), "{host}:{port}");
        }
    }

    #[test]
    fn ports_are_told_from_the_colons_of_an_address() {
        for (typed, port) in [
            ("a:1", true),
            ("a", false),
            ("fe80::1", false),
            ("[fe80::1]", false),
            ("[::1]:9", true),
        ] {
            let target = typed.parse().expect("a target");
            assert_eq!(has_port(typed, &target), port, "{typed}");
        }
    }
}
