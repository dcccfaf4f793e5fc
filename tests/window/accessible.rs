//! Whoever cannot see the window or use a mouse: every control has a name, and the Tab key reaches
//! it and shows where it is, in every state that the window has.

use std::collections::{BTreeMap, BTreeSet};
use std::net::UdpSocket;
use std::path::Path;

use egui::accesskit::{Action, NodeId, Role};
use egui::{Key, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pixelwire::app::AppOptions;
use pixelwire::app::command::Command;

use crate::gestures::{self, Window, press, settle};
use crate::network_view::{TWO_LOST, send_without};
use crate::software::Software;
use crate::support::{self, listening, open, send_classic, until};

#[test]
fn in_the_send_tab_every_control_is_named_and_reached() {
    let mut window = open(AppOptions::default());
    check(&mut window, "nothing in the list");
    press(&mut window, "More ways to add");
    until(&mut window, |window| window.query_by_label("Live from this PC").is_some());
    check(&mut window, "the menu of ways to add");
    press(&mut window, "Type a path…");
    until(&mut window, |window| window.query_by_label("Path of a file or folder").is_some());
    check(&mut window, "a path to type");
    let broken = tempfile::Builder::new().suffix(".tif").tempfile().expect("a file");
    for path in [Path::new("assets/demo.png"), broken.path()] {
        gestures::drop_file(&mut window, path);
    }
    until(&mut window, |window| window.query_by_label("Send again").is_some());
    check(&mut window, "a picture and a file that cannot be read");
    press(&mut window, "Advanced");
    settle(&mut window);
    check(&mut window, "the advanced choices");
    press(&mut window, "Settings");
    settle(&mut window);
    check(&mut window, "the settings");
    assert!(window.query_by_label("Text size").is_some());
}

#[test]
fn while_something_is_sent_and_after_it_failed_every_control_is_named_and_reached() {
    let mut window = open(AppOptions::default());
    gestures::drop_file(&mut window, Path::new("assets/demo.png"));
    until(&mut window, |window| window.query_by_label_contains("960 × 640").is_some());
    let silent = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let nobody = silent.local_addr().expect("an address").to_string();
    gestures::type_into(&mut window, "Host", &nobody);
    window.get_by_role_and_label(Role::Button, "Send").click();
    until(&mut window, |window| window.query_by_label("Cancel").is_some());
    check(&mut window, "a job under way");
    press(&mut window, "Cancel");
    until(&mut window, |window| window.query_by_label("Cancel").is_none());
    check(&mut window, "a job that was stopped");
}

#[test]
fn before_a_picture_every_control_is_named_and_reached() {
    let mut window = open(AppOptions::default());
    press(&mut window, "Receive");
    settle(&mut window);
    check(&mut window, "not listening");
    let mut window = listening();
    until(&mut window, |window| window.query_by_label("On the other PC, send to").is_some());
    check(&mut window, "waiting");
    for (button, what) in [
        ("show the recipe", "the Python recipe"),
        ("check the firewall", "the firewall"),
        ("? Shortcuts", "the shortcuts"),
    ] {
        press(&mut window, button);
        until(&mut window, |window| window.query_by_label("Close").is_some());
        check(&mut window, what);
        window.key_press(Key::Escape);
        until(&mut window, |window| window.query_by_label("Close").is_none());
    }
}

#[test]
fn around_the_picture_every_control_is_named_and_reached() {
    let mut window = lossy();
    check(&mut window, "a picture with problem frames");
    for (button, what) in
        [("View", "the view menu"), ("Save…", "the save menu"), ("Export…", "the export menu")]
    {
        press(&mut window, button);
        settle(&mut window);
        check(&mut window, what);
        window.key_press(Key::Escape);
        settle(&mut window);
    }
    window.key_press(Key::I);
    until(&mut window, |window| window.query_by_label("Histogram from 0 to 255").is_some());
    check(&mut window, "the histogram");
    window.key_press(Key::I);
    window.key_press(Key::N);
    window.key_press(Key::M);
    settle(&mut window);
    check(&mut window, "frozen at a problem frame");
    window.key_press(Key::A);
    window.key_press(Key::D);
    until(&mut window, |window| window.query_by_label("End the comparison").is_some());
    check(&mut window, "a comparison");
}

#[test]
fn of_senders_side_by_side_each_is_named_and_reached() {
    let mut window = lossy();
    let to = window.state().listening_on().expect("listening");
    send_classic(to, &vec![90; 320 * 240 * 3]);
    until(&mut window, |window| window.query_by_label("Side by side").is_some());
    press(&mut window, "Side by side");
    until(&mut window, |window| window.query_by_label_contains("active sender").is_some());
    check(&mut window, "side by side");
}

#[test]
fn the_arrow_keys_walk_through_the_packet_map() {
    let mut window = lossy();
    let map = |window: &Window| {
        let node = window.get_by_label_contains("Packet map: ").accesskit_node();
        node.value().unwrap_or_default()
    };
    window.key_press(Key::N);
    until(&mut window, |window| window.query_by_label(TWO_LOST).is_some());
    window.get_by_label_contains("Packet map: ").focus();
    window.run_steps(2);
    for _ in 0..7 {
        window.key_press(Key::ArrowRight);
        window.run_steps(2);
    }
    assert_eq!(map(&window), "Packet 8 of 19: lost");
    window.key_press(Key::End);
    window.run_steps(2);
    assert_eq!(map(&window), "Packet 19 of 19: received");
}

#[test]
fn the_focus_is_seen_and_what_it_goes_to_comes_into_sight() {
    let software = Software::default();
    let size = Vec2::new(1024.0, 640.0);
    let mut window = support::open_with(AppOptions::default(), size, software.clone());
    gestures::drop_file(&mut window, Path::new("assets/demo.png"));
    until(&mut window, |window| window.query_by_label_contains("960 × 640").is_some());
    press(&mut window, "Advanced");
    settle(&mut window);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
    let mut seen = BTreeSet::new();
    while let Some(id) = tab(&mut window).filter(|id| seen.insert(*id)) {
        window.run_steps(2);
        let node = find(&window, id);
        assert!(screen.contains_rect(node.rect()), "{node:?} is out of sight");
        let ring = software.picture(&window);
        let at = node.rect().left_center() - Vec2::new(1.0, 0.0);
        let color = ring[(at.x as usize, at.y as usize)];
        let accents =
            [egui::Color32::from_rgb(0x4a, 0xa8, 0xff), egui::Color32::from_rgb(0x0b, 0x6f, 0xd3)];
        assert!(accents.contains(&color), "no ring around {node:?}: {color:?}");
    }
    assert!(seen.len() > 15, "{}", seen.len());
}

#[test]
fn every_shortcut_is_listed_on_the_sheet() {
    let mut window = open(AppOptions::default());
    window.key_press(Key::Questionmark);
    until(&mut window, |window| window.query_by_label("Close").is_some());
    for command in Command::with_shortcuts() {
        let words = command.explanation();
        assert!(window.query_by_label(words).is_some(), "{words}");
    }
}

/// A window with a picture of classic frames, of which two had losses.
fn lossy() -> Window {
    let mut window = listening();
    let to = window.state().listening_on().expect("listening");
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    send_without(&socket, to, 10, &[]);
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    for (shade, lost) in [(20, &[3][..]), (30, &[7, 8]), (40, &[])] {
        send_without(&socket, to, shade, lost);
    }
    until(&mut window, |window| support::label(window, "Incomplete: ").ends_with("total 2"));
    until(&mut window, |window| window.query_by_label_contains("Frame 2, ").is_some());
    window
}

/// Fails with all that is wrong in this state: controls without a name, and those that the Tab key
/// does not come to.
fn check(window: &mut Window, state: &str) {
    settle(window);
    let controls = controls(window);
    assert!(!controls.is_empty(), "{state}: there is nothing to press");
    let unnamed: Vec<&String> =
        controls.values().filter(|control| control.starts_with("unnamed ")).collect();
    assert!(unnamed.is_empty(), "{state}: {unnamed:#?}");
    let reached = reached(window);
    let missed: Vec<&String> = controls
        .iter()
        .filter(|(id, _)| !reached.contains(id))
        .map(|(_, control)| control)
        .collect();
    assert!(missed.is_empty(), "{state}: the keyboard does not reach {missed:#?}");
}

/// What can be pressed, typed into or moved now, and what it is called. What lies below a dialog
/// cannot, and what is disabled neither. Scroll bars are left out: what they would show comes into
/// sight by itself when the focus goes there. So is text that can be marked: a button copies it.
fn controls(window: &Window) -> BTreeMap<NodeId, String> {
    let below = below_a_dialog(window);
    let mut controls = BTreeMap::new();
    for node in window.root().children_recursive() {
        let node = node.accesskit_node();
        let data = node.data();
        let acts = [Action::Click, Action::Focus, Action::SetValue, Action::Increment]
            .into_iter()
            .any(|action| data.supports_action(action));
        let (id, _) = node.locate();
        let left_out = matches!(node.role(), Role::ScrollBar | Role::Label);
        if !acts || left_out || node.is_disabled() || below.contains(&id) {
            continue;
        }
        let name = node.label().filter(|name| !name.trim().is_empty());
        let place = node.bounding_box();
        let described = name.map_or_else(
            || format!("unnamed {:?} at {place:?}", node.role()),
            |name| format!("{:?} {name:?}", node.role()),
        );
        controls.insert(id, described);
    }
    controls
}

fn below_a_dialog(window: &Window) -> BTreeSet<NodeId> {
    let widgets: Vec<_> = window.ctx.viewport(|viewport| {
        let layers = viewport.prev_pass.widgets.layers();
        layers.flat_map(|(layer, widgets)| widgets.iter().map(|w| (*layer, w.id))).collect()
    });
    let is_below = |layer| window.ctx.memory(|memory| !memory.allows_interaction(layer));
    widgets
        .into_iter()
        .filter(|(layer, _)| is_below(*layer))
        .map(|(_, id)| id.accesskit_id())
        .collect()
}

/// What the Tab key comes to, until it comes round.
fn reached(window: &mut Window) -> BTreeSet<NodeId> {
    let mut reached = BTreeSet::new();
    while let Some(id) = tab(window) {
        if !reached.insert(id) {
            break;
        }
    }
    reached
}

/// Presses the Tab key; gives what has the focus then.
fn tab(window: &mut Window) -> Option<NodeId> {
    window.key_press(Key::Tab);
    window.run_steps(2);
    window.ctx.memory(egui::Memory::focused).map(|id| id.accesskit_id())
}

fn find(window: &Window, id: NodeId) -> egui_kittest::Node<'_> {
    let mut all = window.root().children_recursive();
    all.find(|node| node.accesskit_node().locate().0 == id).expect("what has the focus is there")
}
