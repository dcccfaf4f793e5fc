//! Makes the pictures in `screenshots/` from the real window, over real sockets, with no display:
//! `cargo run --example screenshots [PART-OF-A-NAME]`.

#![expect(clippy::expect_used, clippy::panic, reason = "a developer sees what went wrong")]

#[path = "../../tests/window/gestures.rs"]
mod gestures;
#[path = "../../tests/window/software.rs"]
mod software;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{ColorImage, Theme, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pixelwire::app::settings::{Settings, ThemeChoice};
use pixelwire::app::{AppOptions, Memory, PixelwireApp};
use pixelwire::flow::{Fec, Mode, Protocol, Rate, Transport};
use pixelwire::frame::codec::Compression;
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::media::{self, Input, Playback, SaveFormat};
use pixelwire::net::{
    Chunk, Device, ListenOptions, Listener, SendJob, SendOptions, Spread, Target,
};
use pixelwire::wire;

use gestures::{Window, drop_file};
use software::Software;

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    for (size, size_name) in SIZES {
        for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            for (name, scene) in SCENES {
                let file = format!("{name}-{theme_name}-{size_name}");
                if file.contains(&only) {
                    let software = Software::default();
                    let mut window = open(size, theme, software.clone(), name);
                    let _jobs = scene(&mut window);
                    save(&file, &software.picture(&window));
                }
            }
        }
    }
}

const SIZES: [(Vec2, &str); 2] =
    [(Vec2::new(1024.0, 640.0), "1024x640"), (Vec2::new(1440.0, 900.0), "1440x900")];

/// Brings the window into a state; jobs that belong to it go on until the picture is made.
type Scene = fn(&mut Window) -> Vec<SendJob>;

const SCENES: [(&str, Scene); 23] = [
    ("send", |window| {
        for path in samples() {
            drop_file(window, &path);
        }
        wait(window, |window| window.query_by_label_contains("Mono32f").is_some());
        go_on(window, Duration::from_millis(600));
        Vec::new()
    }),
    ("send-reachable", |window| {
        drop_file(window, Path::new("assets/demo.png"));
        let listener = listener();
        gestures::type_into(window, "Host", &listener.address().to_string());
        click(window, "Test connection");
        wait(window, |window| window.query_by_label_contains("Reachable · ").is_some());
        go_on(window, Duration::from_millis(600));
        Vec::new()
    }),
    ("send-warnings", |window| {
        for path in samples().iter().step_by(3) {
            drop_file(window, path);
        }
        wait(window, |window| window.query_by_label_contains("failed: ").is_some());
        let closed = listener().address();
        gestures::type_into(window, "Host", &closed.to_string());
        click(window, "Test connection");
        wait(window, |window| window.query_by_label_contains("Nobody listens there").is_some());
        gestures::type_into(window, "Host", "192.0.2.20");
        click(window, "Live");
        go_on(window, Duration::from_millis(600));
        Vec::new()
    }),
    ("send-found", |window| {
        drop_file(window, Path::new("assets/demo.png"));
        wait(window, |window| window.query_by_label_contains("960 × 640").is_some());
        click_part(window, "Send to lab-viewer");
        window.hover_at(egui::pos2(300.0, 560.0));
        go_on(window, Duration::from_millis(300));
        Vec::new()
    }),
    ("send-drop", |window| {
        window.input_mut().hovered_files.push(egui::HoveredFile::default());
        window.run_steps(2);
        Vec::new()
    }),
    ("receive-idle", |window| {
        click(window, "Receive");
        Vec::new()
    }),
    ("receive-waiting", |window| {
        listen(window, "0.0.0.0");
        Vec::new()
    }),
    ("receive-refused", |window| {
        listen(window, "192.0.2.1");
        Vec::new()
    }),
    ("receive-python", |window| {
        listen(window, "0.0.0.0");
        click(window, "show the recipe");
        Vec::new()
    }),
    ("receive-firewall", |window| {
        listen(window, "0.0.0.0");
        click(window, "check the firewall");
        Vec::new()
    }),
    ("receive-still", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Pixelwire);
        see_picture(window);
        vec![job]
    }),
    ("receive-classic", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Classic);
        see_picture(window);
        click(window, "Settings");
        vec![job]
    }),
    ("receive-live", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_live(address);
        see_picture(window);
        go_on(window, Duration::from_secs(25));
        window.hover_at(egui::pos2(380.0, 240.0));
        wait(window, |window| window.query_by_label_contains(", damaged").is_some());
        vec![job]
    }),
    ("receive-frozen", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_live(address);
        see_picture(window);
        go_on(window, Duration::from_secs(8));
        window.key_press(egui::Key::Space);
        go_on(window, Duration::from_secs(2));
        window.key_press(egui::Key::Comma);
        window.key_press(egui::Key::Comma);
        go_on(window, Duration::from_secs(2));
        vec![job]
    }),
    ("receive-difference", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_live(address);
        see_picture(window);
        go_on(window, Duration::from_secs(3));
        window.key_press(egui::Key::A);
        go_on(window, Duration::from_secs(1));
        window.key_press(egui::Key::D);
        window.key_press(egui::Key::Space);
        go_on(window, Duration::from_secs(1));
        vec![job]
    }),
    ("receive-side-by-side", |window| {
        let address = listen(window, "127.0.0.1");
        let lossy = send_live(address);
        let calm = start(
            SendOptions {
                mode: Mode::Live,
                frames_per_second: Some(25.0),
                ..options(address, Protocol::Pixelwire)
            },
            Input::Pattern { width: 480, height: 480 },
        );
        see_picture(window);
        wait(window, |window| window.query_by_label("Side by side").is_some());
        click(window, "Side by side");
        go_on(window, Duration::from_secs(3));
        vec![lossy, calm]
    }),
    ("instrument-loupe", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Pixelwire);
        see_picture(window);
        click(window, "Histogram and levels");
        window.key_press(egui::Key::L);
        window.hover_at(egui::pos2(540.0, 300.0));
        go_on(window, Duration::from_millis(600));
        vec![job]
    }),
    ("instrument-values", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Pixelwire);
        see_picture(window);
        // Where two of the colour patches at the bottom meet.
        let area = window.get_by_label_contains("Picture, ").rect().shrink(16.0);
        let size = Vec2::new(area.width(), area.width() * 640.0 / 960.0);
        let picture = egui::Rect::from_center_size(area.center(), size);
        window.hover_at(picture.min + Vec2::new(0.042, 0.963) * size);
        window.run_steps(2);
        for _ in 0..30 {
            window.key_press(egui::Key::Plus);
            window.run_steps(1);
            if window.query_by_label("6,400 %").is_some() {
                break;
            }
        }
        go_on(window, Duration::from_millis(200));
        vec![job]
    }),
    ("instrument-levels", |window| {
        let address = listen(window, "127.0.0.1");
        let frame = Arc::new(gradient(1280, 960, PixelFormat::MONO16));
        let input = Input::Image { name: "board-042".to_owned(), frame };
        let job = start(options(address, Protocol::Pixelwire), input);
        see_picture(window);
        click(window, "Histogram and levels");
        wait(window, |window| window.query_by_label("Auto").is_some());
        click(window, "Auto");
        click(window, "Logarithmic");
        window.key_press(egui::Key::CloseBracket);
        go_on(window, Duration::from_millis(2_500));
        vec![job]
    }),
    ("instrument-menu", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Pixelwire);
        see_picture(window);
        click(window, "View");
        vec![job]
    }),
    ("network-live", |window| {
        let job = watch_losses(window);
        window.hover_at(place_of(window, "Packet map: ") + Vec2::new(-66.0, 10.0));
        go_on(window, Duration::from_millis(900));
        vec![job]
    }),
    ("network-problem", |window| {
        let job = watch_losses(window);
        window.key_press(egui::Key::N);
        window.key_press(egui::Key::M);
        window.run_steps(3);
        window.get_by_label("Show damaged frames").scroll_to_me();
        go_on(window, Duration::from_millis(500));
        window.hover_at(place_of(window, "Throughput and loss over time"));
        go_on(window, Duration::from_millis(900));
        vec![job]
    }),
    ("shortcuts", |window| {
        click(window, "? Shortcuts");
        Vec::new()
    }),
];

/// Watches a live stream that loses packets, until there is something to tell.
fn watch_losses(window: &mut Window) -> SendJob {
    let address = listen(window, "127.0.0.1");
    let job = send_live(address);
    see_picture(window);
    go_on(window, Duration::from_secs(12));
    job
}

/// The middle of what is labelled with `part`.
fn place_of(window: &Window, part: &str) -> egui::Pos2 {
    window.get_by_label_contains(part).rect().center()
}

/// Listens on a free port of `address`; gives the address where it worked.
fn listen(window: &mut Window, address: &str) -> SocketAddr {
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
fn devices() -> Vec<Device> {
    let device = |name, host: &str| {
        Device::known(name, Target { host: host.to_owned(), port: wire::DEFAULT_PORT })
    };
    vec![device("classroom-2", "192.168.1.42"), device("lab-viewer", "192.168.1.20")]
}

/// Somebody who listens on this machine.
fn listener() -> Listener {
    let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Listener::start(&ListenOptions::new(here), Arc::new(|| {})).expect("a free port")
}

fn click_part(window: &mut Window, label: &str) {
    gestures::settle(window);
    window.get_by_label_contains(label).click();
    window.run_steps(4);
}

fn click(window: &mut Window, label: &str) {
    gestures::press(window, label);
    window.run_steps(4);
}

/// Pictures of several kinds, as people have them.
fn samples() -> Vec<PathBuf> {
    let folder = std::env::temp_dir().join("pixelwire-screenshots");
    std::fs::create_dir_all(&folder).expect("a folder for the samples");
    let board = gradient(4096, 3000, PixelFormat::MONO16);
    let depth = gradient(640, 480, PixelFormat::MONO32F);
    let (board_path, depth_path) = (folder.join("board-042.png"), folder.join("depth.npy"));
    media::save(&board, SaveFormat::Png, &board_path).expect("a sample");
    media::save(&depth, SaveFormat::Npy, &depth_path).expect("a sample");
    let broken = folder.join("broken.tif");
    std::fs::write(&broken, b"II*").expect("a sample");
    vec![PathBuf::from("assets/demo.png"), board_path, depth_path, broken]
}

fn gradient(width: u32, height: u32, format: PixelFormat) -> Frame {
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

fn see_picture(window: &mut Window) {
    wait(window, |window| window.query_by_label_contains("Picture, ").is_some());
    go_on(window, Duration::from_millis(1_200));
}

fn wait(window: &mut Window, done: impl Fn(&Window) -> bool) {
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
fn go_on(window: &mut Window, time: Duration) {
    for _ in 0..time.as_millis() / 20 {
        window.step();
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send_picture(to: SocketAddr, protocol: Protocol) -> SendJob {
    let frame = media::demo_picture().expect("the picture in the program");
    let input = Input::Image { name: "demo picture".to_owned(), frame };
    start(options(to, protocol), input)
}

fn send_live(to: SocketAddr) -> SendJob {
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

fn options(to: SocketAddr, protocol: Protocol) -> SendOptions {
    SendOptions {
        target: Target { host: to.ip().to_string(), port: to.port() },
        protocol,
        mode: Mode::Deliver,
        chunk: Chunk::Bytes(1416),
        rate: Rate::Fixed(400.0),
        frames_per_second: None,
        impairment: None,
        fec: Fec::Off,
        compression: Compression::Raw,
        one_way: false,
        source: None,
        packing: None,
        transport: Transport::Udp,
        spread: Spread::default(),
    }
}

fn start(options: SendOptions, input: Input) -> SendJob {
    let source = media::open(vec![input], Playback { count: None, repeat: false });
    SendJob::start(options, source.expect("an input"), Arc::new(|| {}))
}

fn open(size: Vec2, theme: Theme, software: Software, scene: &str) -> Window {
    let choice = if theme == Theme::Dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    let settings = Settings { theme: choice, ..Settings::default() };
    let devices = if scene == "send-found" { devices() } else { Vec::new() };
    let options = AppOptions { devices, ..AppOptions::default() };
    let builder = Harness::builder().with_size(size).with_theme(theme).renderer(software);
    builder.build_eframe(move |cc| {
        PixelwireApp::new(&cc.egui_ctx, options, Memory::new(settings, None))
    })
}

fn save(name: &str, picture: &ColorImage) {
    let path = Path::new("screenshots").join(format!("{name}.png"));
    std::fs::create_dir_all("screenshots").expect("a folder for the pictures");
    let [width, height] = picture.size.map(|side| side as u32);
    image::save_buffer(&path, picture.as_raw(), width, height, image::ColorType::Rgba8)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("{}", path.display());
}
