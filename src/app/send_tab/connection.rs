//! The test of the connection to the target, and what it found in words.

use std::net::IpAddr;

use crate::app::errand::Errand;
use crate::app::figures;
use crate::app::theme::Meaning;
use crate::flow::Protocol;
use crate::net::{self, Interface, Reach, ReachVerdict, SendError, Target};

use super::link::Link;
use super::{Remark, estimate};

/// Asks in the background.
///
/// Commands: [`ConnectionTest::start`], [`ConnectionTest::dismiss`]. Getters:
/// [`ConnectionTest::is_running`], [`ConnectionTest::result`]. [`ConnectionTest::poll`] is to be
/// called once in every pass of the window.
pub(super) struct ConnectionTest {
    ctx: egui::Context,
    errand: Errand<Result<Reach, SendError>>,
    asked: Option<(Target, Option<IpAddr>)>,
    result: Option<Result<Reach, SendError>>,
}

impl ConnectionTest {
    /// Nothing was asked yet; `ctx` is woken when there is an answer.
    pub(super) fn new(ctx: &egui::Context) -> Self {
        let errand = Errand::new("connection test");
        Self { ctx: ctx.clone(), errand, asked: None, result: None }
    }

    /// Whether an answer is awaited.
    pub(super) const fn is_running(&self) -> bool {
        self.errand.is_running()
    }

    /// What was found, as long as the target stays the same.
    pub(super) const fn result(&self) -> Option<&Result<Reach, SendError>> {
        self.result.as_ref()
    }

    /// What is known of a receiver that answered.
    pub(super) fn reach(&self) -> Option<&Reach> {
        self.result.as_ref()?.as_ref().ok()
    }

    /// Asks whether somebody listens at `target`.
    pub(super) fn start(&mut self, target: Target, source: Option<IpAddr>) {
        self.result = None;
        self.asked = Some((target.clone(), source));
        let work = move || net::test_connection(&target, source);
        if let Err(error) = self.errand.start(&self.ctx, work) {
            self.result = Some(Err(SendError::System(error.to_string())));
        }
    }

    /// Puts the result away.
    pub(super) fn dismiss(&mut self) {
        self.result = None;
        self.errand.forget();
    }

    /// Takes in the answer; what was found about another target is no longer true.
    pub(super) fn poll(&mut self, target: Option<&Target>, source: Option<IpAddr>) {
        if let Some(result) = self.errand.poll() {
            self.result = Some(result);
        }
        let of_this =
            |(asked, from): &(Target, Option<IpAddr>)| Some(asked) == target && *from == source;
        if self.asked.as_ref().is_some_and(|asked| !of_this(asked)) {
            self.asked = None;
            self.dismiss();
        }
    }
}

/// Whether somebody listens, and what to do if not.
pub(super) fn verdict(result: &Result<Reach, SendError>, protocol: Protocol) -> Remark {
    let reach = match result {
        Ok(reach) => reach,
        Err(error) => {
            let text = figures::sentence(&error.to_string());
            return Remark { meaning: Meaning::Lost, text };
        }
    };
    let (host, port) = (reach.peer.ip(), reach.peer.port());
    let (meaning, text) = match reach.verdict {
        ReachVerdict::Listening => {
            let time = reach.round_trip.map_or_else(String::new, |time| {
                format!(" · round trip {}", figures::micros(time.as_micros() as u64))
            });
            (Meaning::Received, format!("Reachable{time}"))
        }
        ReachVerdict::NobodyListening => (
            Meaning::Lost,
            format!(
                "Nobody listens there on port {port}: press Listen on that PC, or check the port"
            ),
        ),
        ReachVerdict::NobodyThere => (
            Meaning::Lost,
            format!("No PC answers at {host}: check the address, the cable, and that it is on"),
        ),
        ReachVerdict::RefusedHere => (
            Meaning::Lost,
            format!("This PC's own firewall refuses: let it pass UDP to port {port}"),
        ),
        ReachVerdict::NoAnswer if protocol != Protocol::Pixelwire => (
            Meaning::Recovered,
            "No answer, and scripts give none: just send, and look there".to_owned(),
        ),
        ReachVerdict::NoAnswer => (
            Meaning::Lost,
            format!(
                "Blocked, or no PC: let the firewall there pass UDP port {port}, or check the address"
            ),
        ),
    };
    Remark { meaning, text }
}

/// What is known of the way there, in lines: the interface, and the frames that fit the link.
pub(super) fn details(reach: &Reach, link: Link, frame: &Frame) -> Vec<String> {
    let buffer = reach.receive_buffer.map(|bytes| {
        format!("Its receive buffer holds {}", figures::buffer_bytes(u64::from(bytes)))
    });
    let interface = reach.interface.as_ref().filter(|_| !link.loopback);
    let way =
        interface.map_or_else(|| vec![TO_ITSELF.to_owned()], |one| way(one, reach, link, frame));
    way.into_iter().chain(buffer).collect()
}

fn way(interface: &Interface, reach: &Reach, link: Link, frame: &Frame) -> Vec<String> {
    let mut parts = vec![interface.name.clone()];
    parts.push(match interface.link_mbps {
        Some(mbps) => format!("{} link", figures::link_speed(mbps)),
        None => "link speed unknown".to_owned(),
    });
    match (interface.mtu, reach.path_mtu) {
        (Some(here), Some(way)) if way < here => {
            parts.push(format!("MTU {here}, only {way} on the way"));
        }
        (Some(mtu), _) => parts.push(format!("MTU {mtu}")),
        (None, _) => {}
    }
    let mut lines = vec![parts.join(" · ")];
    if let Some(mbps) = interface.link_mbps {
        let cost = net::WireCost::fitting(reach.path_mtu.unwrap_or(link.mtu), link.ipv6);
        let frames = cost.frames_per_second(frame.bytes, mbps as f64);
        lines.push(format!(
            "{}: at most {} a second on {}",
            frame.name,
            estimate::rate(frames),
            figures::link_speed(mbps)
        ));
    }
    lines
}

/// A frame that is to be sent, or a usual one while nothing is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) name: String,
    pub(super) bytes: u64,
}

impl Default for Frame {
    fn default() -> Self {
        Self { name: "1080p colour".to_owned(), bytes: 1920 * 1080 * 3 }
    }
}

const TO_ITSELF: &str = "To this PC itself, without a wire";

#[cfg(test)]
pub(super) mod tests {
    use std::net::SocketAddr;
    use std::time::Duration;

    use super::super::link::ETHERNET;
    use super::*;

    pub(in crate::app::send_tab) fn reach(verdict: ReachVerdict) -> Reach {
        Reach {
            peer: SocketAddr::from(([192, 168, 1, 20], 4321)),
            verdict,
            interface: Some(Interface {
                name: "eth0".to_owned(),
                address: IpAddr::from([192, 168, 1, 34]),
                mtu: Some(1500),
                loopback: false,
                link_mbps: Some(1000),
            }),
            round_trip: Some(Duration::from_micros(412)),
            path_mtu: Some(1500),
            receive_buffer: Some(212_992),
        }
    }

    #[test]
    fn a_reachable_receiver_is_said_with_what_the_link_carries() {
        let reach = reach(ReachVerdict::Listening);
        let said = verdict(&Ok(reach.clone()), Protocol::Pixelwire);
        assert_eq!(said.text, "Reachable · round trip 412 µs");
        assert_eq!(
            details(&reach, ETHERNET, &Frame::default()),
            [
                "eth0 · 1 Gb/s link · MTU 1500",
                "1080p colour: at most 18.4 a second on 1 Gb/s",
                "Its receive buffer holds 208 KiB",
            ]
        );
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let mut reach = reach(ReachVerdict::NoAnswer);
        reach.receive_buffer = None;
        if let Some(interface) = &mut reach.interface {
            interface.link_mbps = None;
        }
        reach.path_mtu = Some(1400);
        let lines = details(&reach, ETHERNET, &Frame::default());
        assert_eq!(lines, ["eth0 · link speed unknown · MTU 1500, only 1400 on the way"]);
    }

    #[test]
    fn every_failure_says_what_to_do() {
        for failure in [
            ReachVerdict::NobodyListening,
            ReachVerdict::NobodyThere,
            ReachVerdict::RefusedHere,
            ReachVerdict::NoAnswer,
        ] {
            let said = verdict(&Ok(reach(failure)), Protocol::Pixelwire);
            assert_eq!(said.meaning, Meaning::Lost);
            assert!(said.text.contains(": ") && !said.text.ends_with('.'), "{}", said.text);
        }
        let silent = verdict(&Ok(reach(ReachVerdict::NoAnswer)), Protocol::Classic);
        assert!(silent.text.contains("scripts"), "{}", silent.text);
    }

    #[test]
    fn a_result_goes_with_its_target() {
        let mut test = ConnectionTest::new(&egui::Context::default());
        let target: Target = "192.0.2.1".parse().expect("an address");
        test.asked = Some((target.clone(), None));
        test.result = Some(Ok(reach(ReachVerdict::Listening)));
        test.poll(Some(&target), None);
        assert!(test.result().is_some());
        test.poll(Some(&target), Some(IpAddr::from([10, 0, 0, 1])));
        assert!(test.result().is_none());
    }
}
