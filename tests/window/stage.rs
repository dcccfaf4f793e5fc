//! What the scenes of the window are played with: senders, pictures, and time that passes.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui_kittest::kittest::Queryable as _;
use pixelwire::flow::{Mode, Protocol, Rate};
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::media::{self, Input, Playback, SaveFormat};
use pixelwire::net::{Chunk, Device, ListenOptions, Listener, SendJob, SendOptions, Target};
use pixelwire::wire;

use crate::gestures::{self, Window};

/// Watches a live stream that loses packets, until there is something to tell.
pub(crate) fn watch_losses(window: &mut Window) -> SendJob {
    let address = listen(window, "127.0.0.1");
    let job = send_live(address);
    see_picture(window);
    go_on(window, Duration::from_secs(12));
    job
}

/// Sends every fourth pixel of the demo picture over RTP, eight rows a packet, without the packets
/// in `lost`; `number` is the first packet's. No clock has a say in what becomes of it.
pub(crate) fn send_by_rtp(socket: &UdpSocket, to: SocketAddr, number: u16, lost: &[u16]) {
    const ROWS: u16 = 8;
    let frame = media::demo_picture().expect("the picture in the program");
    let row = |y: usize| {
        let pixels = &frame.pixels()[y * frame.row_bytes()..(y + 1) * frame.row_bytes()];
        pixels.chunks(3).step_by(4).flatten().copied().collect::<Vec<u8>>()
    };
    let count = frame.height() as u16 / 4 / ROWS;
    for packet in (0..count).filter(|packet| !lost.contains(packet)) {
        let marker = if packet + 1 == count { 0x80 } else { 0 };
        let mut datagram = vec![0x80, marker | 0x60];
        datagram.extend((number + packet).to_be_bytes());
        datagram.extend(u32::from(number).to_be_bytes());
        datagram.extend([0, 0, 0, 7, 0, 0]);
        let lines = packet * ROWS..(packet + 1) * ROWS;
        for line in lines.clone() {
            let more = if line + 1 == lines.end { 0 } else { 0x8000 };
            let length = frame.width() as u16 / 4 * 3;
            datagram.extend([length, line, more].map(u16::to_be_bytes).concat());
        }
        datagram.extend(lines.flat_map(|line| row(usize::from(line) * 4)));
        socket.send_to(&datagram, to).expect("sent");
    }
}

/// Says what the RTP stream holds, and waits until that is known.
pub(crate) fn describe_rtp(window: &mut Window, size: &str) {
    wait(window, |window| window.query_by_label_contains("An RTP stream arrives").is_some());
    gestures::type_into(window, "Size of the RTP stream", size);
    click(window, "Use");
    wait(window, |window| window.query_by_label_contains("An RTP stream arrives").is_none());
}

/// The middle of what is labelled with `part`.
pub(crate) fn place_of(window: &Window, part: &str) -> egui::Pos2 {
    window.get_by_label_contains(part).rect().center()
}

/// Listens on a free port of `address`; gives the address where it worked.
pub(crate) fn listen(window: &mut Window, address: &str) -> SocketAddr {
    click(window, "Receive");
    let port = if address == "0.0.0.0" { "4321" } else { "0" };
    for (name, text) in [("Address", address), ("Port", port)] {
        gestures::type_into(window, name, text);
    }
    window.key_press(egui::Key::Enter);
    window.run_steps(4);
    window.state().listening_on().unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
}

/// As if they had announced themselves: a picture must not depend on who is there.
pub(crate) fn devices() -> Vec<Device> {
    let device = |name, host: &str| {
        Device::known(name, Target { host: host.to_owned(), port: wire::DEFAULT_PORT })
    };
    vec![device("classroom-2", "192.168.1.42"), device("lab-viewer", "192.168.1.20")]
}

/// Somebody who listens on this machine.
pub(crate) fn listener() -> Listener {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Listener::start(&ListenOptions::new(here), Arc::new(|| {})).expect("a free port")
}

pub(crate) fn click_part(window: &mut Window, label: &str) {
    gestures::settle(window);
    window.get_by_label_contains(label).click();
    window.run_steps(4);
}

pub(crate) fn click(window: &mut Window, label: &str) {
    gestures::press(window, label);
    window.run_steps(4);
}

/// Pictures of several kinds, as people have them.
pub(crate) fn samples(folder: &Path) -> Vec<PathBuf> {
    let board = gradient(4096, 3000, PixelFormat::MONO16);
    let depth = gradient(640, 480, PixelFormat::MONO32F);
    let (board_path, depth_path) = (folder.join("board-042.png"), folder.join("depth.npy"));
    media::save(&board, SaveFormat::Png, &board_path).expect("a sample");
    media::save(&depth, SaveFormat::Npy, &depth_path).expect("a sample");
    let broken = folder.join("broken.tif");
    std::fs::write(&broken, b"II*").expect("a sample");
    vec![PathBuf::from("assets/demo.png"), board_path, depth_path, broken]
}

pub(crate) fn gradient(width: u32, height: u32, format: PixelFormat) -> Frame {
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            let value = f64::from(x) / f64::from(width) * f64::from(y) / f64::from(height);
            match format {
                PixelFormat::MONO16 => pixels.extend(((value * 65_535.0) as u16).to_le_bytes()),
                _ => pixels.extend((value as f32).to_le_bytes()),
            }
        }
    }
    Frame::new(width, height, format, pixels).expect("a whole picture")
}

pub(crate) fn see_picture(window: &mut Window) {
    wait(window, |window| window.query_by_label_contains("Picture, ").is_some());
    go_on(window, Duration::from_millis(1_200));
}

pub(crate) fn wait(window: &mut Window, done: impl Fn(&Window) -> bool) {
    for _ in 0..2_000 {
        window.step();
        if done(window) {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the window did not get there");
}

/// Lets the window go on in real time.
pub(crate) fn go_on(window: &mut Window, time: Duration) {
    for _ in 0..time.as_millis() / 20 {
        window.step();
        std::thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn send_picture(to: SocketAddr, protocol: Protocol) -> SendJob {
    let frame = media::demo_picture().expect("the picture in the program");
    let input = Input::Image { name: "demo picture".to_owned(), frame };
    start(options(to, protocol), input)
}

pub(crate) fn send_live(to: SocketAddr) -> SendJob {
    let input = Input::Pattern { width: 640, height: 400 };
    // So long a way leaves time for one repair, and not for the loss of that.
    let bench = "loss=3%,burst=12,delay=40ms,seed=5".parse().expect("an impairment");
    let options = SendOptions {
        mode: Mode::Live,
        frames_per_second: Some(12.0),
        impairment: Some(bench),
        ..options(to, Protocol::Pixelwire)
    };
    start(options, input)
}

pub(crate) fn options(to: SocketAddr, protocol: Protocol) -> SendOptions {
    SendOptions {
        protocol,
        chunk: Chunk::Bytes(1416),
        rate: Rate::Fixed(400.0),
        ..SendOptions::new(to.into())
    }
}

pub(crate) fn start(options: SendOptions, input: Input) -> SendJob {
    let source = media::open(vec![input], Playback { count: None, repeat: false });
    SendJob::start(options, source.expect("an input"), Arc::new(|| {}))
}
