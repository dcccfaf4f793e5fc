//! The window, driven as a person drives it: through its accessibility tree, over real sockets on
//! this machine, with no display and no graphics driver.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "window/accessible.rs"]
mod accessible;
#[path = "window/desktop.rs"]
mod desktop;
#[path = "window/film.rs"]
mod film;
#[path = "window/gestures.rs"]
mod gestures;
#[path = "window/instrument.rs"]
mod instrument;
#[path = "window/pictures.rs"]
mod pictures;
#[path = "window/recording.rs"]
mod recording;
#[path = "window/rtp.rs"]
mod rtp;
#[path = "window/scenes.rs"]
mod scenes;
#[path = "window/software.rs"]
mod software;
#[path = "window/stage.rs"]
mod stage;
#[path = "window/support.rs"]
mod support;

mod network_view;
mod send_tab;

use std::net::UdpSocket;
use std::path::Path;
use std::time::Duration;

use egui::Vec2;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use pixelwire::app::AppOptions;

use gestures::{Window, press};
use support::{label, listening, open, send_classic, until};

#[test]
fn listen_shows_the_address_and_stop_ends_it() {
    let mut window = open(AppOptions::default());
    press(&mut window, "Receive");
    window.run_steps(3);
    gestures::type_into(&mut window, "Address", "127.0.0.1");
    gestures::type_into(&mut window, "Port", "0");
    window.get_all_by_label("Listen").last().expect("a Listen button").click();
    until(&mut window, |window| window.query_by_label("On the other PC, send to").is_some());
    window.get_by_label("127.0.0.1");
    let address = window.state().listening_on().expect("listening");
    assert!(address.port() != 0, "the port that the system chose is shown");
    window.get_by_label_contains(&format!("port {}", address.port()));

    press(&mut window, "■ Stop");
    until(&mut window, |window| window.state().listening_on().is_none());
    until(&mut window, |_| UdpSocket::bind(address).is_ok());
}

#[test]
fn a_classic_frame_fills_the_picture_and_is_counted() {
    let mut window = listening();
    let address = window.state().listening_on().expect("listening");
    let pixels: Vec<u8> = (0..640 * 480 * 3).map(|byte| (byte % 251) as u8).collect();
    send_classic(address, &pixels);
    until(&mut window, |window| {
        window.query_by_label_contains("Picture, 640 × 480 BGR8").is_some()
    });
    until(&mut window, |window| label(window, "Received: ").ends_with("total 19"));
    until(&mut window, |window| label(window, "Complete: ").ends_with("total 1"));
    assert_eq!(label(&window, "Lost: "), "Lost: last second 0, total 0");
    window.get_by_role_and_label(Role::TextInput, "Size of classic frames");
}

#[test]
fn a_small_window_says_less_of_a_stream_and_nothing_by_half() {
    let mut window = listening();
    let address = window.state().listening_on().expect("listening");
    send_classic(address, &vec![90; 720 * 570 * 3]);
    until(&mut window, |window| window.query_by_label("BGR8 720 × 570 · live").is_some());
    window.set_size(Vec2::new(880.0, 560.0));
    window.run_steps(3);
    window.get_by_label("BGR8 720 × 570");
}

#[test]
fn the_size_of_classic_frames_can_be_typed() {
    let mut window = listening();
    let address = window.state().listening_on().expect("listening");
    send_classic(address, &vec![90; 720 * 570 * 3]);
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    gestures::type_into(&mut window, "Size of classic frames", "570x720x3");
    press(&mut window, "Use");
    window.run_steps(3);
    send_classic(address, &vec![90; 720 * 570 * 3]);
    until(&mut window, |window| window.query_by_label_contains("Picture, 570 × 720").is_some());
    gestures::type_into(&mut window, "Size of classic frames", "570x");
    press(&mut window, "Use");
    until(&mut window, |window| window.query_by_label_contains("such as 720x570x3").is_some());
}

#[test]
fn a_port_that_is_taken_is_said_where_listen_was_pressed() {
    let other = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let taken = other.local_addr().expect("an address");
    let mut window = open(AppOptions { listen: Some(taken), ..AppOptions::default() });
    until(&mut window, |window| {
        let sentence = format!("Port {} is in use by another program", taken.port());
        window.query_by_label_contains(&sentence).is_some()
    });
    assert_eq!(window.state().listening_on(), None);
}

#[test]
fn an_address_that_does_not_parse_is_said_in_words() {
    let mut window = open(AppOptions::default());
    press(&mut window, "Receive");
    window.run_steps(3);
    gestures::type_into(&mut window, "Address", "moon");
    window.get_all_by_label("Listen").last().expect("a Listen button").click();
    until(&mut window, |window| {
        window.query_by_label_contains("“moon” is not an address").is_some()
    });
}

#[test]
fn figures_change_and_nothing_moves() {
    let mut window = listening();
    let address = window.state().listening_on().expect("listening");
    let pixels = vec![7; 640 * 480 * 3];
    send_classic(address, &pixels);
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    window.run_steps(2);
    let places = |window: &Window| {
        ["Received: ", "Lost: ", "Complete: ", "Throughput: ", "Latency: ", "Picture, "]
            .map(|label| window.get_by_label_contains(label).rect())
    };
    let before = places(&window);
    for _ in 0..12 {
        send_classic(address, &pixels);
    }
    until(&mut window, |window| label(window, "Received: ").ends_with("total 247"));
    assert_eq!(places(&window), before);
}

#[test]
fn the_picture_on_the_screen_is_the_one_that_was_sent() {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    let address = window.state().listening_on().expect("listening");
    // Blue above, red below: a wrong order of channels or rows is seen.
    let blue = [200, 40, 10].repeat(640 * 240);
    let red = [10, 40, 200].repeat(640 * 240);
    send_classic(address, &[blue, red].concat());
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    window.run_steps(3);
    let area = window.get_by_label_contains("Picture, ").rect();
    let picture = software.picture(&window);
    let at = |x: f32, y: f32| picture[(x as usize, y as usize)].to_array();
    let middle = area.center();
    assert_eq!(at(middle.x, middle.y - 100.0), [10, 40, 200, 255]);
    assert_eq!(at(middle.x, middle.y + 100.0), [200, 40, 10, 255]);
}

#[test]
fn a_dropped_file_is_sent_delivered_and_seen() {
    let mut window = listening();
    let address = window.state().listening_on().expect("listening");
    gestures::drop_file(&mut window, Path::new("assets/demo.png"));
    until(&mut window, |window| window.query_by_label_contains("960 × 640 · RGB8").is_some());
    gestures::type_into(&mut window, "Host", &address.to_string());
    window.get_by_role_and_label(Role::Button, "Send").click();
    until(&mut window, |window| window.query_by_label("✓ delivered, verified").is_some());
    window.get_by_role_and_label(Role::Tab, "Receive").click();
    until(&mut window, |window| window.query_by_label("Picture, 960 × 640 RGB8").is_some());
    until(&mut window, |window| label(window, "Complete: ").ends_with("total 1"));
}

#[test]
fn what_needs_explaining_is_explained() {
    let mut window = listening();
    press(&mut window, "show the recipe");
    until(&mut window, |window| window.query_by_label_contains("import cv2").is_some());
    press(&mut window, "Close");
    until(&mut window, |window| window.query_by_label_contains("import cv2").is_none());
    window.key_press(egui::Key::Questionmark);
    until(&mut window, |window| window.query_by_label("Count from zero again").is_some());
    window.key_press(egui::Key::Escape);
    until(&mut window, |window| window.query_by_label("Count from zero again").is_none());
}

#[test]
fn a_window_to_which_nothing_happens_is_not_drawn() {
    let mut window = listening();
    until(&mut window, |window| window.query_by_label("On the other PC, send to").is_some());
    // What the settings need to come to rest.
    window.run_steps(10);
    for _ in 0..5 {
        std::thread::sleep(Duration::from_millis(150));
        assert!(!window.ctx.has_requested_repaint(), "{:?}", window.ctx.repaint_causes());
    }
}
