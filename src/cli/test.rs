//! `pixelwire test`.

use super::arguments::TestArguments;
use super::output::{Event, Failure, Output};
use super::summary::{microseconds, time};
use crate::net::{self, Reach, ReachVerdict, WireCost};

/// Asks once, says what was found, and fails when nobody listens.
pub(super) fn run(arguments: &TestArguments) -> Result<(), Failure> {
    let reach = net::test_connection(&arguments.target, None)?;
    let interface = reach.interface.as_ref();
    let event = Event::Reach {
        peer: reach.peer.to_string(),
        verdict: word(reach.verdict),
        round_trip_us: reach.round_trip.map(microseconds),
        interface: interface.map(|one| one.name.as_str()),
        mtu: interface.and_then(|one| one.mtu),
        path_mtu: reach.path_mtu,
        link_mbps: interface.and_then(|one| one.link_mbps),
        receive_buffer: reach.receive_buffer,
        full_hd_colour_fps: full_hd(&reach),
    };
    Output::new(arguments.json).event(&event, || in_words(&reach))?;
    match reach.verdict {
        ReachVerdict::Listening => Ok(()),
        verdict => Err(Failure::because(format!("{}: {}", reach.peer, advice(verdict)))),
    }
}

fn in_words(reach: &Reach) -> String {
    let interface = reach.interface.as_ref();
    let number = |value: Option<u32>| value.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let speed = interface.and_then(|one| one.link_mbps);
    let speed = speed.map_or_else(|| "unknown".to_owned(), |mbps| format!("{mbps} Mbit/s"));
    let rate = full_hd(reach).map_or_else(String::new, |frames| {
        format!("; raw 1080p colour: at most {frames:.1} a second")
    });
    format!(
        "{}: {}, round trip {}, MTU {}, link speed {speed}{rate}",
        reach.peer,
        word(reach.verdict),
        time(reach.round_trip.map(microseconds)),
        number(reach.path_mtu.or_else(|| interface?.mtu)),
    )
}

/// How many frames of 1080p colour the link carries in a second, raw.
fn full_hd(reach: &Reach) -> Option<f64> {
    let interface = reach.interface.as_ref().filter(|one| !one.loopback)?;
    let mtu = reach.path_mtu.or(interface.mtu)?;
    let cost = WireCost::fitting(mtu, reach.peer.is_ipv6());
    Some(cost.frames_per_second(FULL_HD_COLOUR, interface.link_mbps? as f64))
}

fn word(verdict: ReachVerdict) -> &'static str {
    match verdict {
        ReachVerdict::Listening => "reachable",
        ReachVerdict::NobodyListening => "nobody listening",
        ReachVerdict::NobodyThere => "nobody there",
        ReachVerdict::RefusedHere => "refused here",
        ReachVerdict::NoAnswer => "no answer",
    }
}

fn advice(verdict: ReachVerdict) -> &'static str {
    match verdict {
        ReachVerdict::Listening => "somebody listens",
        ReachVerdict::NobodyListening => "nobody listens there: start to, or check the port",
        ReachVerdict::NobodyThere => "no PC answers there: check the address and the cable",
        ReachVerdict::RefusedHere => "the firewall of this PC does not let it out",
        ReachVerdict::NoAnswer => "no answer: a firewall there may block it, or it is another PC",
    }
}

const FULL_HD_COLOUR: u64 = 1920 * 1080 * 3;
