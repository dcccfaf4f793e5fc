//! A stream over RTP, which does not say what it holds: the window asks, and then shows it.

use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use pixelwire::flow::{Mode, Protocol};
use pixelwire::media::{self, Input, Playback};
use pixelwire::net::{SendJob, SendOptions};

use crate::gestures::{self, Window, press};
use crate::support::{listening, until};

#[test]
fn a_stream_that_nobody_described_is_explained_and_shown_once_somebody_did() {
    let mut window = listening();
    let _job = send(&window);
    until(&mut window, |window| {
        window.query_by_label_contains("An RTP stream arrives, which does not say").is_some()
    });
    assert!(window.query_by_label("Open SDP file…").is_some());
    describe(&mut window, "160");
    until(&mut window, |window| window.query_by_label_contains("such as 1280x720").is_some());
    describe(&mut window, "160x120");
    until(&mut window, |window| window.query_by_label("Picture, 160 × 120 BGR8").is_some());
    until(&mut window, |window| {
        window.query_by_label_contains("RTP · BGR8 160 × 120 · live").is_some()
    });
    until(&mut window, |window| window.query_by_label_contains("which does not say").is_none());
    // Another size than that of the stream is seen to be wrong, and can be mended.
    describe(&mut window, "160x100");
    until(&mut window, |window| {
        window.query_by_label_contains("outside of this picture").is_some()
    });
    describe(&mut window, "160x120");
    until(&mut window, |window| {
        window.query_by_label_contains("outside of this picture").is_none()
    });
}

fn describe(window: &mut Window, size: &str) {
    gestures::type_into(window, "Size of the RTP stream", size);
    press(window, "BGR8");
    press(window, "Use");
    window.run_steps(3);
}

fn send(window: &Window) -> SendJob {
    let to = window.state().listening_on().expect("listening");
    let options = SendOptions {
        protocol: Protocol::Rtp,
        mode: Mode::Live,
        frames_per_second: Some(15.0),
        ..SendOptions::new(to.into())
    };
    let inputs = vec![Input::Pattern { width: 160, height: 120 }];
    let source = media::open(inputs, Playback { count: None, repeat: false });
    SendJob::start(options, source.expect("an input"), Arc::new(|| {}))
}
