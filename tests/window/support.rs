//! Opening the window and waiting for it; sending to it without our own sender.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use egui::Vec2;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use pixelwire::app::settings::Settings;
use pixelwire::app::{AppOptions, Memory, PixelwireApp};

use crate::gestures::Window;
use crate::software::Software;

/// Opens the window with these options and default settings, which are saved nowhere.
pub(crate) fn open(options: AppOptions) -> Window {
    open_with(options, Vec2::new(1280.0, 800.0), Software::default())
}

/// Opens the window, listening on a free port of this machine.
pub(crate) fn listening() -> Window {
    open(AppOptions { listen: Some(free_port()), ..AppOptions::default() })
}

/// Opens the window, listening, and what draws it.
pub(crate) fn listening_with_pictures(size: Vec2) -> (Window, Software) {
    let software = Software::default();
    let options = AppOptions { listen: Some(free_port()), ..AppOptions::default() };
    (open_with(options, size, software.clone()), software)
}

/// Lets the window go on until `done`; fails after ten seconds.
pub(crate) fn until(window: &mut Window, done: impl Fn(&Window) -> bool) {
    for _ in 0..1_000 {
        window.step();
        if done(window) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("not within ten seconds; the window shows {:?}", labels(window));
}

/// The whole label of what is labelled with `part`; empty when there is no such thing.
pub(crate) fn label(window: &Window, part: &str) -> String {
    let node = window.query_by_label_contains(part);
    node.and_then(|node| words(&node)).unwrap_or_default()
}

/// Brings into sight what a small window does not show at once.
pub(crate) fn see<S>(window: &mut Harness<'_, S>, name: &str) {
    window.get_by_label(name).scroll_to_me();
    window.run_steps(20);
}

/// Sends `pixels` as a classic sender does.
pub(crate) fn send_classic(to: SocketAddr, pixels: &[u8]) {
    const CHUNK: usize = 49_152;
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let count = pixels.len().div_ceil(CHUNK);
    for (seq, chunk) in pixels.chunks(CHUNK).enumerate() {
        let last = u32::from(seq + 1 == count);
        let mut datagram = Vec::with_capacity(12 + chunk.len());
        for field in [last, seq as u32, count as u32] {
            datagram.extend(field.to_le_bytes());
        }
        datagram.extend(chunk);
        socket.send_to(&datagram, to).expect("sent");
        std::thread::sleep(Duration::from_micros(300));
    }
}

/// Opens the window in this size, and with what draws it.
pub(crate) fn open_with(options: AppOptions, size: Vec2, software: Software) -> Window {
    Harness::builder().with_size(size).renderer(software).build_eframe(move |cc| {
        PixelwireApp::new(&cc.egui_ctx, options, Memory::new(Settings::default(), None))
    })
}

fn free_port() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

fn labels(window: &Window) -> Vec<String> {
    let all = window.root().children_recursive();
    all.filter_map(|node| words(&node)).collect()
}

/// What a thing is called, or what it says when it is a text.
fn words(node: &Node<'_>) -> Option<String> {
    let node = node.accesskit_node();
    node.label().or_else(|| node.value())
}
