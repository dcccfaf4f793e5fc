//! What the window looks like: the states that a person meets. The pictures in `screenshots/` are made
//! of them, and some are compared with those in `tests/window/expected/`.

use std::any::Any;
use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use egui::{Theme, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use pixelwire::app::settings::{Settings, ThemeChoice};
use pixelwire::app::{AppOptions, Memory, PixelwireApp};
use pixelwire::flow::{Mode, Protocol};
use pixelwire::frame::PixelFormat;
use pixelwire::media::Input;
use pixelwire::net::SendOptions;

use crate::gestures::{self, Window, drop_file};
use crate::software::Software;
use crate::stage::{
    click, click_part, describe_rtp, devices, go_on, gradient, listen, listener, options, place_of,
    samples, see_picture, send_by_rtp, send_live, send_picture, start, wait, watch_losses,
};

/// Brings the window into a state. What it gives back belongs to that: jobs that go on, files.
pub(crate) type Scene = fn(&mut Window) -> Kept;

/// Kept until the picture is made.
pub(crate) type Kept = Vec<Box<dyn Any>>;

/// Every state, by its name.
pub(crate) const SCENES: [(&str, Scene); 26] = [
    ("send-empty", |_| Vec::new()),
    ("send", |window| {
        let folder = tempfile::tempdir().expect("a folder for the samples");
        for path in samples(folder.path()) {
            drop_file(window, &path);
        }
        wait(window, |window| window.query_by_label_contains("failed: ").is_some());
        go_on(window, Duration::from_millis(600));
        vec![Box::new(folder)]
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
        let folder = tempfile::tempdir().expect("a folder for the samples");
        for path in samples(folder.path()).iter().step_by(3) {
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
        vec![Box::new(folder)]
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
        vec![Box::new(job)]
    }),
    ("receive-classic", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Classic);
        see_picture(window);
        click(window, "Settings");
        vec![Box::new(job)]
    }),
    ("receive-live", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_live(address);
        see_picture(window);
        go_on(window, Duration::from_secs(25));
        window.hover_at(egui::pos2(380.0, 240.0));
        wait(window, |window| window.query_by_label_contains(", damaged").is_some());
        vec![Box::new(job)]
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
        vec![Box::new(job)]
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
        vec![Box::new(job)]
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
        vec![Box::new(lossy), Box::new(calm)]
    }),
    ("instrument-loupe", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Pixelwire);
        see_picture(window);
        click(window, "Histogram and levels");
        window.key_press(egui::Key::L);
        window.hover_at(egui::pos2(540.0, 300.0));
        go_on(window, Duration::from_millis(600));
        vec![Box::new(job)]
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
        vec![Box::new(job)]
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
        vec![Box::new(job)]
    }),
    ("instrument-menu", |window| {
        let address = listen(window, "127.0.0.1");
        let job = send_picture(address, Protocol::Pixelwire);
        see_picture(window);
        click(window, "View");
        vec![Box::new(job)]
    }),
    ("network-live", |window| {
        let job = watch_losses(window);
        window.hover_at(place_of(window, "Packet map: ") + Vec2::new(-66.0, 10.0));
        go_on(window, Duration::from_millis(900));
        vec![Box::new(job)]
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
        vec![Box::new(job)]
    }),
    ("receive-damaged", |window| {
        let address = listen(window, "127.0.0.1");
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        send_by_rtp(&socket, address, 0, &[]);
        describe_rtp(window, "240x160");
        send_by_rtp(&socket, address, 20, &[4, 5, 13]);
        wait(window, |window| window.query_by_label_contains(", damaged").is_some());
        see_picture(window);
        window.key_press(egui::Key::Space);
        window.key_press(egui::Key::L);
        window.hover_at(egui::pos2(330.0, 250.0));
        go_on(window, Duration::from_millis(600));
        Vec::new()
    }),
    ("receive-rtp", |window| {
        let address = listen(window, "127.0.0.1");
        let live = SendOptions {
            mode: Mode::Live,
            frames_per_second: Some(10.0),
            ..options(address, Protocol::Rtp)
        };
        let job = start(live, Input::Pattern { width: 640, height: 400 });
        wait(window, |window| window.query_by_label_contains("An RTP stream arrives").is_some());
        gestures::settle(window);
        vec![Box::new(job)]
    }),
    ("shortcuts", |window| {
        click(window, "? Shortcuts");
        Vec::new()
    }),
];

/// Opens the window for a scene, in this size in points and with so many pixels a point.
pub(crate) fn open(
    (size, scale): (Vec2, f32),
    theme: Theme,
    software: Software,
    scene: &str,
) -> Window {
    let choice = if theme == Theme::Dark { ThemeChoice::Dark } else { ThemeChoice::Light };
    let settings = Settings { theme: choice, ..Settings::default() };
    let devices = if scene == "send-found" { devices() } else { Vec::new() };
    let options = AppOptions { devices, ..AppOptions::default() };
    let builder = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(scale)
        .with_theme(theme)
        .renderer(software);
    builder.build_eframe(move |cc| {
        PixelwireApp::new(&cc.egui_ctx, options, Memory::new(settings, None))
    })
}
