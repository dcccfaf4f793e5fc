//! The network beside the picture: the packet map, the problem frames, the overlay, the export.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use egui::{Key, Modifiers, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::gestures::{Window, press};
use crate::support::{label, listening, see, until};

const CHUNK: usize = 49_152;

/// Sends a classic picture of 640 x 480 colour, 19 chunks, without those of `lost`.
pub(crate) fn send_without(socket: &UdpSocket, to: SocketAddr, shade: u8, lost: &[u32]) {
    let pixels = vec![shade; 640 * 480 * 3];
    let count = pixels.len().div_ceil(CHUNK) as u32;
    for (seq, chunk) in (0..).zip(pixels.chunks(CHUNK)).filter(|(seq, _)| !lost.contains(seq)) {
        let mut datagram = Vec::new();
        for field in [u32::from(seq + 1 == count), seq, count] {
            datagram.extend(field.to_le_bytes());
        }
        datagram.extend(chunk);
        socket.send_to(&datagram, to).expect("sent");
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// A window that has seen a whole frame, two with losses and another whole one.
fn window_with_problems() -> Window {
    let mut window = listening();
    let to = window.state().listening_on().expect("listening");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    send_without(&socket, to, 10, &[]);
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    send_without(&socket, to, 20, &[3]);
    send_without(&socket, to, 30, &[7, 8]);
    send_without(&socket, to, 40, &[]);
    until(&mut window, |window| label(window, "Incomplete: ").ends_with("total 2"));
    until(&mut window, |window| label(window, "Complete: ").ends_with("total 2"));
    until(&mut window, |window| window.query_by_label_contains("Frame 2, ").is_some());
    window
}

const CLEAN: &str = "Packet map: 19 packets, 19 received, 0 recovered, 0 late, 0 lost";
pub(crate) const TWO_LOST: &str =
    "Packet map: 19 packets, 17 received, 0 recovered, 0 late, 2 lost";
const ONE_LOST: &str = "Packet map: 19 packets, 18 received, 0 recovered, 0 late, 1 lost";

fn shows(window: &mut Window, map: &str) {
    until(window, |window| window.query_by_label(map).is_some());
}

fn click(window: &mut Window, label: &str) {
    see(window, label);
    press(window, label);
}

const CHART: &str = "Throughput and loss over time";

#[test]
fn next_problem_goes_through_the_frames_that_had_trouble_and_back_to_live() {
    let mut window = window_with_problems();
    shows(&mut window, CLEAN);
    window.key_press(Key::N);
    shows(&mut window, TWO_LOST);
    assert!(window.query_by_label_contains("Problem frame 2, ").is_some());
    window.key_press(Key::N);
    shows(&mut window, ONE_LOST);
    window.key_press_modifiers(Modifiers::SHIFT, Key::N);
    shows(&mut window, TWO_LOST);
    click(&mut window, "Live");
    shows(&mut window, CLEAN);
    click(&mut window, "Next problem");
    shows(&mut window, TWO_LOST);
    window.key_press(Key::R);
    shows(&mut window, CLEAN);
    until(&mut window, |window| window.query_by_label_contains("None: every packet").is_some());
}

#[test]
fn a_problem_frame_is_chosen_in_its_list() {
    let mut window = window_with_problems();
    let row = window.get_by_label_contains("Frame 1, ");
    row.scroll_to_me();
    window.run_steps(20);
    window.get_by_label_contains("Frame 1, ").click();
    shows(&mut window, ONE_LOST);
}

#[test]
fn hovering_the_map_tells_packets_rows_and_what_happened() {
    let mut window = window_with_problems();
    window.key_press(Key::N);
    shows(&mut window, TWO_LOST);
    window.get_by_label(TWO_LOST).scroll_to_me();
    window.run_steps(20);
    let map = window.get_by_label(TWO_LOST).rect();
    // Nineteen cells of 28 points, ten in a row: the eighth is the first that was lost.
    window.hover_at(map.left_top() + vec2(7.5 * 28.0, 14.0));
    until(&mut window, |window| window.query_by_label("Packet 8 of 19").is_some());
    assert!(window.query_by_label_contains("Rows 179 to 204 of the picture").is_some());
    assert!(window.query_by_label("● 1 lost").is_some());
    window.hover_at(map.left_top() + vec2(14.0, 14.0));
    until(&mut window, |window| window.query_by_label("■ 1 received").is_some());
    assert!(window.query_by_label("Packet 1 of 19").is_some());
}

#[test]
fn the_map_and_its_legend_stay_where_they_are_when_the_frame_changes() {
    let mut window = window_with_problems();
    let before = window.get_by_label(CLEAN).rect();
    window.key_press(Key::N);
    shows(&mut window, TWO_LOST);
    assert_eq!(window.get_by_label(TWO_LOST).rect(), before);
    assert!(before.size().x > 200.0 && before.size() != Vec2::ZERO);
}

#[test]
fn the_past_is_explained_where_the_pointer_is() {
    let mut window = window_with_problems();
    see(&mut window, CHART);
    let chart = window.get_by_label(CHART).rect();
    window.hover_at(chart.right_center() - vec2(3.0, 0.0));
    until(&mut window, |window| window.query_by_label_contains("Frames: ").is_some());
    click(&mut window, "10 min");
    see(&mut window, CHART);
    until(&mut window, |window| window.get_by_label(CHART).rect().size() == chart.size());
}

#[test]
fn the_account_can_be_exported_from_its_menu() {
    let mut window = window_with_problems();
    press(&mut window, "Export…");
    window.run_steps(4);
    for entry in ["Everything (JSON)…", "Counters (CSV)…", "Last ten minutes (CSV)…"] {
        window.get_by_label_contains(entry);
    }
    window.get_by_label_contains("Problem frames (CSV)…");
}
