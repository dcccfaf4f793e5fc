//! The Send tab alone, driven through its accessibility tree as a person would drive it.
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pixelwire::app::send_tab::{Action, SendTab};
use pixelwire::app::settings::SendSettings;
use pixelwire::app::theme;
use pixelwire::flow::{Mode, Protocol, Rate, Transport};
use pixelwire::frame::PackedYcbcr;
use pixelwire::frame::codec::Compression;
use pixelwire::net::{Device, HandOver, ListenOptions, Listener};

use crate::gestures::{press, settle};
use crate::support::see;

#[test]
fn an_added_image_is_listed_with_its_size_and_format() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut harness = harness(&SendSettings::default());
    assert!(harness.query_by_label("Drop images or folders anywhere in this window").is_some());
    harness.state_mut().add_paths(vec![picture(folder.path(), "star.png")]);
    wait_for(&mut harness, "16 × 8 · RGB8 · 384 B");
    assert!(harness.query_by_label("star.png").is_some());
    assert!(harness.query_by_label("waiting").is_some());
    assert!(harness.query_by_label_contains("1 frame, 384 B").is_some());
    press(&mut harness, "Remove star.png");
    harness.run_steps(2);
    assert!(harness.query_by_label("star.png").is_none());
}

#[test]
fn a_file_that_is_no_image_says_so_in_its_row() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("broken.png");
    std::fs::write(&path, b"no image at all").expect("writable");
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().add_paths(vec![path]);
    wait_for(&mut harness, "✕ failed: ");
    assert!(harness.query_by_label("Send again").is_some());
}

#[test]
fn a_folder_is_one_entry() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let images = folder.path().join("calibration");
    std::fs::create_dir(&images).expect("writable");
    for number in 0..3 {
        picture(&images, &format!("{number}.png"));
    }
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().add_paths(vec![images]);
    wait_for(&mut harness, "calibration/ (3 images)");
    assert!(harness.query_by_label("16 × 8 · RGB8 · 1.2 kB").is_some());
}

#[test]
fn send_says_what_is_missing_until_nothing_is() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut harness = harness(&SendSettings::default());
    let enabled = |harness: &Harness<'_, SendTab>| {
        !harness.get_by_label("Send").accesskit_node().is_disabled()
    };
    assert!(harness.query_by_label("Add an image first").is_some());
    assert!(!enabled(&harness));
    harness.state_mut().add_paths(vec![picture(folder.path(), "star.png")]);
    harness.run_steps(2);
    assert!(harness.query_by_label("Type the address of the other PC first").is_some());
    harness.state_mut().set_target("192.168.1.20:5000");
    harness.run_steps(2);
    assert!(enabled(&harness));
    let settings = harness.state().settings();
    assert_eq!((settings.host.as_str(), settings.port), ("192.168.1.20", 5000));
}

#[test]
fn an_address_that_does_not_parse_is_said_under_the_field() {
    let mut harness = harness(&SendSettings::default());
    harness.get_by_label("Host").focus();
    harness.run_steps(2);
    harness.get_by_label("Host").type_text("300.1.2.3");
    harness.run_steps(3);
    assert_eq!(harness.state().settings().host, "300.1.2.3");
    assert!(harness.query_by_label_contains("✕ ").is_some());
    harness.state_mut().perform(Action::SetHost("192.168.1.20".to_owned()));
    harness.state_mut().perform(Action::SetPort("99999".to_owned()));
    harness.run_steps(2);
    assert!(harness.query_by_label("✕ A port is a number from 1 to 65535").is_some());
}

#[test]
fn a_chunk_above_the_mtu_is_said_to_be_fragmented() {
    let mut harness = harness(&SendSettings::default());
    assert!(harness.query_by_label_contains("no IP fragments").is_some());
    harness.state_mut().set_target("203.0.113.9");
    harness.state_mut().perform(Action::SetChunk(Some(49_152)));
    // How many depends on this machine's link, which is looked up in the background.
    wait_for(&mut harness, "▲ 49,152 B = ");
    wait_for(&mut harness, "-byte MTU: one lost fragment loses the chunk");
    // The first of them: chunk size comes before rate and frames a second.
    harness.query_all_by_label("Auto").next().expect("an Auto button").click();
    harness.run_steps(2);
    assert_eq!(harness.state().settings().chunk, None);
}

#[test]
fn every_choice_is_remembered() {
    let mut harness = harness(&SendSettings::default());
    press(&mut harness, "Live");
    harness.run_steps(2);
    let tab = harness.state_mut();
    tab.perform(Action::SetProtocol(Protocol::Classic));
    tab.perform(Action::SetRate(Rate::Fixed(250.0)));
    tab.perform(Action::SetFramesPerSecond(Some(12.0)));
    tab.perform(Action::SetRepeat(true));
    harness.run_steps(2);
    let settings = harness.state().settings();
    assert_eq!((settings.protocol, settings.mode), (Protocol::Classic, Mode::Live));
    assert_eq!((settings.rate, settings.frames_per_second), (Rate::Fixed(250.0), Some(12.0)));
    assert!(settings.repeat);
    assert!(harness.get_by_label("Deliver").accesskit_node().is_disabled());
}

#[test]
fn frames_can_be_made_smaller_where_the_protocol_has_a_place_for_it() {
    let mut harness = harness(&SendSettings::default());
    press(&mut harness, "Advanced");
    harness.run_steps(20);
    assert!(harness.query_by_label("Quality of the JPEG").is_none());
    see(&mut harness, "JPEG");
    press(&mut harness, "JPEG");
    harness.run_steps(2);
    assert_eq!(harness.state().settings().compression, Compression::Jpeg(85));
    assert!(harness.query_by_label("Quality of the JPEG").is_some());
    press(&mut harness, "Lossless");
    harness.run_steps(2);
    assert_eq!(harness.state().settings().compression, Compression::Lossless);
    harness.state_mut().perform(Action::SetProtocol(Protocol::Rtp));
    harness.run_steps(2);
    assert!(harness.get_by_label("Lossless").accesskit_node().is_disabled());
    assert_eq!(harness.state().settings().compression, Compression::Lossless, "it is remembered");
}

#[test]
fn rtp_carries_the_samples_that_were_chosen() {
    let mut harness = harness(&SendSettings::default());
    harness.run_steps(2);
    assert!(harness.query_by_label("4:2:0").is_none(), "other protocols carry pixels as they are");
    harness.state_mut().perform(Action::SetProtocol(Protocol::Rtp));
    harness.run_steps(2);
    press(&mut harness, "4:2:0");
    harness.run_steps(2);
    assert_eq!(harness.state().settings().packing, Some(PackedYcbcr::Ycbcr420In8));

    let folder = tempfile::tempdir().expect("a temporary folder");
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let to = socket.local_addr().expect("bound");
    harness.state_mut().set_target(&to.to_string());
    harness.state_mut().add_paths(vec![picture(folder.path(), "samples.png")]);
    wait_for(&mut harness, "samples.png");
    press(&mut harness, "Send");
    socket.set_read_timeout(Some(Duration::from_millis(10))).expect("settable");
    let mut packet = [0; 2048];
    let came = (0..1_000).any(|_| {
        harness.step();
        socket.recv(&mut packet).is_ok()
    });
    assert!(came, "no packet came: {harness:?}");
    // The header, the upper half of the number, one line's length, number and offset (RFC 4175).
    let line_bytes = usize::from(u16::from_be_bytes([packet[14], packet[15]]));
    assert_eq!(line_bytes % 6, 0, "groups of two by two pixels in six bytes");
    assert!(line_bytes > 0);
}

#[test]
fn a_path_can_be_typed_where_there_are_no_dialogs() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = picture(folder.path(), "typed.png");
    let mut harness = harness(&SendSettings::default());
    press(&mut harness, "More ways to add");
    harness.run_steps(3);
    press(&mut harness, "Type a path…");
    harness.run_steps(3);
    harness.get_by_label("Path of a file or folder").type_text(&path.display().to_string());
    harness.run_steps(3);
    press(&mut harness, "Add");
    wait_for(&mut harness, "typed.png");
    assert!(harness.query_by_label("Path of a file or folder").is_none());
}

#[test]
fn the_test_pattern_is_a_click_away() {
    let mut harness = harness(&SendSettings::default());
    press(&mut harness, "or try the test pattern");
    wait_for(&mut harness, "1280 × 720 · ");
    assert!(harness.query_by_label_contains("A stream without end").is_some());
}

#[test]
fn an_image_is_delivered_to_a_listener_and_said_to_be_verified() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let listener = Listener::start(&anywhere(), Arc::new(|| {})).expect("a free port");
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().set_target(&listener.address().to_string());
    harness.state_mut().add_paths(vec![picture(folder.path(), "star.png")]);
    wait_for(&mut harness, "16 × 8");
    press(&mut harness, "Send");
    wait_for(&mut harness, "✓ delivered, verified");
    wait_for(&mut harness, "✓ 1 frame delivered, verified in ");
    let received = listener.frames().recv_timeout(Duration::from_secs(5)).expect("the frame");
    assert_eq!((received.frame.width(), received.frame.height()), (16, 8));
    assert_eq!(harness.state().settings().recent, [listener.address().to_string()]);

    press(&mut harness, "Send again");
    let again = listener.frames().recv_timeout(Duration::from_secs(5));
    let again = again.or_else(|_| {
        wait_for(&mut harness, "✓ delivered, verified");
        listener.frames().recv_timeout(Duration::from_secs(5))
    });
    assert_eq!(again.expect("the frame once more").frame.digest(), received.frame.digest());

    wait_for(&mut harness, "✓ delivered, verified");
    press(&mut harness, "Clear delivered");
    harness.run_steps(2);
    assert!(harness.query_by_label("star.png").is_none());
}

#[test]
fn a_target_where_nobody_listens_is_said_and_cancel_gives_the_entries_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let closed = UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.local_addr());
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().set_target(&closed.expect("a port").to_string());
    harness.state_mut().add_paths(vec![picture(folder.path(), "star.png")]);
    wait_for(&mut harness, "16 × 8");
    harness.state_mut().send_now();
    wait_for(&mut harness, "▲ Nobody listens at 127.0.0.1:");
    press(&mut harness, "Cancel");
    wait_for(&mut harness, "waiting");
    assert!(harness.query_by_label("Send").is_some());
    assert!(harness.state().settings().recent.is_empty());
}

#[test]
fn a_file_that_can_not_be_read_does_not_keep_the_others_from_going() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, b"no image at all").expect("writable");
    let listener = Listener::start(&anywhere(), Arc::new(|| {})).expect("a free port");
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().set_target(&listener.address().to_string());
    harness.state_mut().add_paths(vec![broken, picture(folder.path(), "star.png")]);
    wait_for(&mut harness, "16 × 8");
    wait_for(&mut harness, "✕ failed: ");
    press(&mut harness, "Send");
    wait_for(&mut harness, "✓ delivered, verified");
    wait_for(&mut harness, "✕ 1 of 2 frames failed: the list says why");
    wait_for(&mut harness, "✕ failed: ");
}

/// Listens on this machine, on a port that the system chooses.
pub(crate) fn anywhere() -> ListenOptions {
    ListenOptions {
        address: SocketAddr::from(([127, 0, 0, 1], 0)),
        groups: Vec::new(),
        interface: None,
        hand_over: HandOver::Every,
        geometry: None,
        latency_budget: Duration::from_millis(100),
        show_damaged: true,
        tap: None,
        rtp: None,
    }
}

/// The tab in a window of the smallest size that it is made for.
pub(crate) fn harness(settings: &SendSettings) -> Harness<'static, SendTab> {
    let tab = SendTab::new(&egui::Context::default(), settings);
    Harness::builder()
        .with_size([1024.0, 640.0])
        .with_context_setup(|ctx| theme::apply(ctx, 1.0))
        .build_ui_state(
            |ui, tab: &mut SendTab| {
                let ctx = ui.ctx().clone();
                tab.logic(&ctx);
                tab.ui(ui);
            },
            tab,
        )
}

/// Goes on until something is said that contains `text`, for five seconds at most.
pub(crate) fn wait_for(harness: &mut Harness<'_, SendTab>, text: &str) {
    let said = |harness: &mut Harness<'_, SendTab>| {
        harness.run_steps(2);
        harness.query_all_by_label_contains(text).next().is_some()
    };
    for _ in 0..500 {
        if said(harness) {
            return settle(harness);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(said(harness), "{text:?} is not said: {harness:?}");
}

fn picture(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let image =
        image::RgbImage::from_fn(16, 8, |x, y| image::Rgb([x as u8 * 15, y as u8 * 30, 99]));
    assert!(image.save(&path).is_ok(), "a temporary folder can be written");
    path
}

#[test]
fn a_test_of_the_connection_says_reachable_and_then_that_nobody_listens() {
    let listener = Listener::start(&anywhere(), Arc::new(|| {})).expect("a free port");
    let mut harness = harness(&SendSettings::default());
    assert!(harness.get_by_label("Test connection").accesskit_node().is_disabled());
    harness.state_mut().set_target(&listener.address().to_string());
    harness.run_steps(2);
    press(&mut harness, "Test connection");
    wait_for(&mut harness, "✓ Reachable · round trip ");
    listener.stop();
    press(&mut harness, "Test connection");
    wait_for(&mut harness, "✕ Nobody listens there on port ");
    press(&mut harness, "Put the test's result away");
    harness.run_steps(2);
    assert!(harness.query_by_label_contains("Nobody listens there").is_none());
}

#[test]
fn a_device_that_was_found_is_a_click_away() {
    let mut harness = harness(&SendSettings::default());
    let target = "192.0.2.20:5000".parse().expect("a target");
    harness.state_mut().list_devices(vec![Device::known("lab\u{202e}viewer\n", target)]);
    harness.run_steps(2);
    press(&mut harness, "Send to lab viewer at 192.0.2.20:5000, seen just now");
    harness.run_steps(2);
    let settings = harness.state().settings();
    assert_eq!((settings.host.as_str(), settings.port), ("192.0.2.20", 5000));
}

#[test]
fn every_warning_goes_with_a_press_of_its_button() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let broken = folder.path().join("broken.png");
    std::fs::write(&broken, b"no image at all").expect("writable");
    let mut harness = harness(&SendSettings::default());
    harness.state_mut().add_paths(vec![broken, picture(folder.path(), "star.png")]);
    harness.state_mut().perform(Action::SetMode(Mode::Live));
    wait_for(&mut harness, "▲ 1 entry cannot be read");
    wait_for(&mut harness, "▲ A single image sent live may stay damaged");
    for button in ["Remove it", "Use Deliver"] {
        press(&mut harness, button);
        harness.run_steps(3);
        assert!(harness.query_by_label(button).is_none(), "{button}");
    }
    assert!(harness.query_by_label("broken.png").is_none());
    assert_eq!(harness.state().settings().mode, Mode::Deliver);
    assert!(harness.query_all_by_label_contains("▲").next().is_none());
}

#[test]
fn tcp_is_chosen_under_advanced_and_puts_away_what_it_makes_needless() {
    let mut harness = harness(&SendSettings::default());
    press(&mut harness, "Advanced");
    harness.run_steps(20);
    see(&mut harness, "TCP");
    press(&mut harness, "TCP");
    harness.run_steps(3);
    assert_eq!(harness.state().settings().transport, Transport::Tcp);
    assert!(harness.query_by_value("Pixelwire · TCP").is_some());
    assert!(harness.query_by_label_contains("TCP cuts it").is_some());
    harness.state_mut().perform(Action::SetProtocol(Protocol::Classic));
    harness.run_steps(3);
    assert!(harness.query_by_value("Classic · UDP").is_some());
}

#[test]
fn every_control_has_a_name() {
    let mut harness = harness(&SendSettings::default());
    let target = "192.0.2.20:5000".parse().expect("a target");
    harness.state_mut().list_devices(vec![Device::known("lab-viewer", target)]);
    harness.state_mut().perform(Action::SetRate(Rate::Fixed(250.0)));
    harness.state_mut().perform(Action::SetFramesPerSecond(Some(12.0)));
    harness.run_steps(2);
    press(&mut harness, "Advanced");
    harness.run_steps(20);
    assert!(harness.query_by_label("Interface to send from").is_some());
    let nodes: Vec<_> = harness.root().children_recursive().collect();
    let nameless = nodes.iter().map(egui_kittest::kittest::NodeT::accesskit_node).filter(|node| {
        // Scroll bars are egui's own, and what they scroll follows the keyboard.
        node.role() != egui::accesskit::Role::ScrollBar
            && node.data().supports_action(egui::accesskit::Action::Click)
            && node.label().is_none_or(|label| label.trim().is_empty())
    });
    let nameless: Vec<String> = nameless.map(|node| format!("{:?}", node.role())).collect();
    assert_eq!(nameless, Vec::<String>::new());
}
