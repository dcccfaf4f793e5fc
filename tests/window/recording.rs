//! What this PC can record, in the Send tab: listed in its menu, and the screen really sent.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use pixelwire::app::send_tab::Action;
use pixelwire::app::settings::SendSettings;
use pixelwire::flow::Mode;
use pixelwire::media::{self, Capture};
use pixelwire::net::Listener;

use egui_kittest::kittest::Queryable as _;

use crate::gestures::press;
use crate::send_tab::{anywhere, harness, wait_for};

#[test]
fn the_menu_lists_what_can_be_recorded_or_says_what_is_missing() {
    let mut harness = harness(&SendSettings::default());
    press(&mut harness, "More ways to add");
    wait_for(&mut harness, "Live from this PC");
    match (media::ffmpeg_obstacle(), media::devices()) {
        (Some(_), _) => wait_for(&mut harness, "is not installed: "),
        (None, devices) if devices.is_empty() => wait_for(&mut harness, "No camera and no screen"),
        (None, devices) => {
            for device in devices {
                wait_for(&mut harness, &device.name);
            }
        }
    }
    assert!(harness.query_by_label("Video file…").is_some());
    press(&mut harness, "Test pattern");
    wait_for(&mut harness, "1280 × 720 · ");
}

#[test]
fn the_screen_is_an_entry_that_is_better_sent_live_and_arrives() {
    let Some(display) = Display::start() else { return };
    let listener = Listener::start(&anywhere(), Arc::new(|| {})).expect("a free port");
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().set_target(&listener.address().to_string());
    harness.state_mut().perform(Action::Record(Capture::Screen(display.name.clone())));
    wait_for(&mut harness, "320 × 240 · ");
    wait_for(&mut harness, "▲ A camera or screen falls behind");
    press(&mut harness, "Use Live");
    harness.run_steps(3);
    assert_eq!(harness.state().settings().mode, Mode::Live);
    press(&mut harness, "Send");
    let received = (0..2_000).find_map(|_| {
        harness.step();
        listener.frames().recv_timeout(Duration::from_millis(10)).ok()
    });
    let received = received.expect("the screen");
    assert_eq!((received.frame.width(), received.frame.height()), (320, 240));
    press(&mut harness, "Cancel");
    wait_for(&mut harness, "Send");
}

/// A display that nobody sees; ended when dropped.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    /// Starts it, where it and ffmpeg are installed; says so where they are not.
    fn start() -> Option<Self> {
        if let Some(obstacle) = media::ffmpeg_obstacle() {
            eprintln!("skipped: {obstacle}");
            return None;
        }
        let server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-screen", "0", "320x240x24", "-nolisten", "tcp"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut server) = server else {
            eprintln!("skipped: Xvfb is not installed (sudo apt install xvfb)");
            return None;
        };
        let mut number = String::new();
        let output = server.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut number).expect("a display");
        Some(Self { server, name: format!(":{}", number.trim()) })
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // Both only fail when it has ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
