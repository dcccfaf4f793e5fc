//! The film below the picture: standing still, stepping, comparing, several senders.

use std::net::SocketAddr;
use std::sync::Arc;

use egui::{Key, Vec2};
use egui_kittest::kittest::Queryable as _;
use pixelwire::flow::Mode;
use pixelwire::flow::impair::Impairment;
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::media::{self, Input, Playback};
use pixelwire::net::{Chunk, SendJob, SendOptions};

use crate::gestures::{Window, press};
use crate::software::Software;
use crate::support::{self, label, listening, send_classic, until};

#[test]
fn receiving_and_counting_go_on_while_the_picture_stands_still() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    see(&mut window, &software, 40);
    window.key_press(Key::Space);
    until(&mut window, |window| window.query_by_label("❄ Frozen · 0 frames since").is_some());
    for _ in 0..2 {
        send_grey(&window, 200);
    }
    until(&mut window, |window| window.query_by_label("❄ Frozen · 2 frames since").is_some());
    until(&mut window, |window| label(window, "Complete: ").ends_with("total 3"));
    assert_eq!(shown(&window, &software), 40);
    press(&mut window, "▸ Resume");
    until(&mut window, |window| shown(window, &software) == 200);
    assert!(window.query_by_label_contains("Frozen").is_none());
}

#[test]
fn one_steps_back_through_the_last_frames_and_forward_again() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    let names = ["one", "two", "three"];
    let greys = [40, 120, 200];
    let _job = deliver(&window, &names, &greys);
    until(&mut window, |window| shown(window, &software) == 200);
    for (key, grey) in [(Key::Comma, 120), (Key::Comma, 40), (Key::Comma, 40), (Key::Period, 120)] {
        window.key_press(key);
        until(&mut window, |window| shown(window, &software) == grey);
    }
    press(&mut window, "Frame 2 · three");
    until(&mut window, |window| shown(window, &software) == 200);
}

#[test]
fn the_difference_of_two_frames_is_seen_and_told() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    let _job = deliver(&window, &["one", "two"], &[40, 44]);
    until(&mut window, |window| shown(window, &software) == 44);
    window.key_press(Key::Comma);
    until(&mut window, |window| shown(window, &software) == 40);
    window.key_press(Key::A);
    window.key_press(Key::Period);
    until(&mut window, |window| {
        window.query_by_label_contains("76,800 pixels (100.0 %) differ · by at most 4").is_some()
    });
    window.key_press(Key::D);
    until(&mut window, |window| shown(window, &software) == 16);
    press(&mut window, "×16");
    until(&mut window, |window| shown(window, &software) == 64);
    window.key_press(Key::X);
    until(&mut window, |window| shown(window, &software) == 40);
    window.key_press(Key::X);
    until(&mut window, |window| shown(window, &software) == 44);
    press(&mut window, "End the comparison");
    until(&mut window, |window| window.query_by_label("Difference").is_none());
}

#[test]
fn frames_that_cannot_be_compared_are_said_in_words() {
    let mut window = listening();
    send_grey(&window, 40);
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    window.key_press(Key::A);
    window.run_steps(2);
    send_classic(address(&window), &vec![40; 640 * 480 * 3]);
    until(&mut window, |window| {
        window.query_by_label_contains("only frames of one size and format").is_some()
    });
}

#[test]
fn several_senders_are_seen_side_by_side_and_one_of_them_alone() {
    let mut window = listening();
    let _jobs = [live(&window), live(&window)];
    until(&mut window, |window| window.query_by_label("Side by side").is_some());
    press(&mut window, "Side by side");
    until(&mut window, |window| window.query_all_by_label_contains(", Good").count() == 2);
    until(&mut window, |window| window.query_by_label("2 active senders").is_some());
    let first = window.get_all_by_label_contains(", Good").next().expect("a sender");
    first.click();
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    window.key_press(Key::G);
    until(&mut window, |window| window.query_by_label("2 active senders").is_some());
    window.key_press(Key::G);
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
}

#[test]
fn the_film_can_be_looked_at_after_listening_has_ended() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    let _job = deliver(&window, &["one", "two"], &[40, 200]);
    until(&mut window, |window| shown(window, &software) == 200);
    press(&mut window, "■ Stop");
    until(&mut window, |window| window.state().listening_on().is_none());
    window.key_press(Key::Comma);
    until(&mut window, |window| shown(window, &software) == 40);
}

#[test]
fn escape_goes_back_to_live() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    see(&mut window, &software, 40);
    window.key_press(Key::Space);
    until(&mut window, |window| window.query_by_label_contains("Frozen").is_some());
    send_grey(&window, 200);
    window.key_press(Key::Escape);
    until(&mut window, |window| shown(window, &software) == 200);
    assert!(window.query_by_label_contains("Frozen").is_none());
}

#[test]
fn the_next_problem_brings_back_the_picture_that_had_it() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    let names = ["a", "b", "c", "d", "e", "f"];
    let greys = [40, 70, 100, 130, 160, 190];
    let _job = deliver_over(&window, &names, &greys, "loss=10%,seed=3");
    until(&mut window, |window| shown(window, &software) == 190);
    // The account is told a moment after the picture, and all of it at once.
    until(&mut window, |window| label(window, "Complete: ").ends_with("total 6"));
    // To the newest one that had trouble, and round to the oldest.
    for _ in 0..2 {
        window.key_press(Key::N);
        until(&mut window, |window| window.query_by_label_contains("Problem frame ").is_some());
        window.run_steps(5);
    }
    let said = label(&window, "Problem frame ");
    let number = said.strip_prefix("Problem frame ").and_then(|rest| rest.split(',').next());
    let number: usize = number.and_then(|number| number.parse().ok()).expect("a number");
    until(&mut window, |window| shown(window, &software) == greys[number]);
    assert!(window.query_by_label_contains("Frozen").is_some());
    assert!(number < 5, "the newest one is in the picture anyway");
    window.key_press(Key::Escape);
    until(&mut window, |window| shown(window, &software) == 190);
    assert!(window.query_by_label_contains("Problem frame ").is_none());
}

fn address(window: &Window) -> SocketAddr {
    window.state().listening_on().expect("listening")
}

fn send_grey(window: &Window, grey: u8) {
    send_classic(address(window), &vec![grey; 320 * 240 * 3]);
}

/// Sends a grey picture and waits until it is seen.
fn see(window: &mut Window, software: &Software, grey: u8) {
    send_grey(window, grey);
    until(window, |window| shown(window, software) == grey);
}

/// The grey in the middle of the picture; 255 while there is none.
fn shown(window: &Window, software: &Software) -> u8 {
    let Some(picture) = window.query_by_label_contains("Picture, ") else { return 255 };
    let middle = picture.rect().center();
    software.picture(window)[(middle.x as usize, middle.y as usize)].r()
}

/// Sends grey pictures in deliver mode, each of them under its name.
fn deliver(window: &Window, names: &[&str], greys: &[u8]) -> SendJob {
    deliver_over(window, names, greys, "")
}

/// The same over a bad network.
fn deliver_over(window: &Window, names: &[&str], greys: &[u8], network: &str) -> SendJob {
    let inputs = names.iter().zip(greys).map(|(name, grey)| {
        let frame = Frame::new(320, 240, PixelFormat::MONO8, vec![*grey; 320 * 240]);
        Input::Image { name: (*name).to_owned(), frame: Arc::new(frame.expect("valid")) }
    });
    let impairment = (!network.is_empty()).then(|| network.parse().expect("an impairment"));
    start(window, inputs.collect(), Mode::Deliver, impairment)
}

fn live(window: &Window) -> SendJob {
    start(window, vec![Input::Pattern { width: 160, height: 120 }], Mode::Live, None)
}

fn start(
    window: &Window,
    inputs: Vec<Input>,
    mode: Mode,
    impairment: Option<Impairment>,
) -> SendJob {
    let to = address(window);
    // So many packets that a bad network troubles every frame.
    let chunk = if impairment.is_some() { Chunk::Bytes(1400) } else { Chunk::Auto };
    let options = SendOptions {
        mode,
        chunk,
        impairment,
        frames_per_second: (mode == Mode::Live).then_some(15.0),
        ..SendOptions::new(to.into())
    };
    let source = media::open(inputs, Playback { count: None, repeat: false });
    SendJob::start(options, source.expect("an input"), Arc::new(|| {}))
}
