//! The classic protocol, in both directions: between our own ends, and against the Python files.

use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use pixelwire::flow::{Geometry, Protocol};
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::net::{Chunk, ListenCommand, SendEvent, SendJob, SendOptions};

use crate::loopback::{FromMemory, listen, no_wake, send_options, take, wait};
use crate::simulation::image;

fn classic_options(to: SocketAddr) -> SendOptions {
    let mut options = send_options(to);
    options.protocol = Protocol::Classic;
    options.chunk = Chunk::Auto;
    options
}

/// Sends datagrams as a script would.
fn send_chunks(to: SocketAddr, chunks: &[(u32, u32, u32, &[u8])]) -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    for (last, seq, count, payload) in chunks {
        let mut datagram: Vec<u8> =
            [last, seq, count].iter().flat_map(|word| word.to_le_bytes()).collect();
        datagram.extend_from_slice(payload);
        socket.send_to(&datagram, to).expect("sends");
    }
    socket
}

#[test]
fn frames_of_one_three_and_four_channels_arrive_exactly() {
    for (channels, format) in
        [(1, PixelFormat::MONO8), (3, PixelFormat::BGR8), (4, PixelFormat::BGRA8)]
    {
        let frames = [image(640, 480, format, 3)];
        let listener = listen();
        // As many bytes as 640x480x4 are in 1280x960x1 as well: the user says which.
        let geometry = Geometry { width: 640, height: 480, channels };
        listener.command(ListenCommand::SetGeometry(Some(geometry)));
        let options = classic_options(listener.address());
        let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
        let received = take(&listener, 1);
        assert_eq!(received[0].frame, frames[0]);
        assert!(matches!(wait(&job).last(), Some(SendEvent::Finished(Ok(_)))));
        let total = listener.stop().total;
        assert_eq!((total.packets_lost, total.frames_complete), (0, 1));
    }
}

#[test]
fn colours_are_turned_to_blue_green_red() {
    let rgb = Frame::new(640, 480, PixelFormat::RGB8, [1, 2, 3].repeat(640 * 480)).expect("valid");
    let listener = listen();
    let options = classic_options(listener.address());
    let job = SendJob::start(options, FromMemory::boxed(&[Arc::new(rgb)]), no_wake());
    let received = take(&listener, 1);
    assert_eq!(received[0].frame.format(), PixelFormat::BGR8);
    assert_eq!(received[0].frame.pixels()[..3], [3, 2, 1]);
    wait(&job);
}

#[test]
fn deep_pixels_are_refused_in_words() {
    let deep = [image(64, 48, PixelFormat::MONO16, 1)];
    let listener = listen();
    let options = classic_options(listener.address());
    let job = SendJob::start(options, FromMemory::boxed(&deep), no_wake());
    let events = wait(&job);
    let refused = |event: &SendEvent| matches!(event, SendEvent::FrameFailed { reason, .. } if reason.contains("Mono16"));
    assert!(events.iter().any(refused), "{events:?}");
    assert!(matches!(events.last(), Some(SendEvent::Finished(Err(_)))));
}

#[test]
fn a_lost_last_chunk_costs_one_frame_and_not_two() {
    let listener = listen();
    listener.command(ListenCommand::SetGeometry(Some(Geometry {
        width: 30,
        height: 10,
        channels: 1,
    })));
    let (a, b) = ([1; 100], [2; 100]);
    let _socket = send_chunks(
        listener.address(),
        &[(0, 0, 3, &a), (0, 1, 3, &a), (0, 0, 3, &b), (1, 2, 3, &b), (0, 1, 3, &b)],
    );
    let received = take(&listener, 1);
    assert_eq!(received[0].frame.pixels(), [2; 300]);
    let total = listener.stop().total;
    assert_eq!((total.frames_complete, total.frames_incomplete), (1, 1));
    assert_eq!((total.packets_expected, total.packets_lost), (6, 1));
    assert_eq!(total.packets_reordered, 1);
}

#[test]
fn a_size_that_was_typed_wins_over_one_that_is_guessed() {
    let listener = listen();
    let pixels = vec![5; 640 * 480];
    let chunks = [(1, 0, 1, &pixels[..60_000])];
    let odd = Geometry { width: 100, height: 200, channels: 3 };
    listener.command(ListenCommand::SetGeometry(Some(odd)));
    let _socket = send_chunks(listener.address(), &chunks);
    let received = take(&listener, 1);
    assert_eq!((received[0].frame.width(), received[0].frame.height()), (100, 200));
    assert_eq!(received[0].geometry_choices.first(), Some(&odd));
    assert!(received[0].geometry_choices.len() > 1);
}

/// Python with `NumPy`, if this machine has it.
fn python() -> Option<&'static str> {
    let mut check = Command::new("python3");
    check.args(["-c", "import numpy"]).stderr(Stdio::null());
    let found = check.status().is_ok_and(|status| status.success());
    if !found {
        println!("skipped: python3 with NumPy is not installed");
    }
    found.then_some("python3")
}

fn script(name: &str) -> String {
    format!("{}/assets/python/{name}", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_python_sender_is_shown_exactly() {
    let Some(python) = python() else { return };
    let listener = listen();
    let program = format!(
        "import sys; sys.path.insert(0, {:?}); import numpy as np, classic_send\n\
         image = (np.arange(570 * 720 * 3) % 251).astype(np.uint8).reshape(570, 720, 3)\n\
         classic_send.send(image, '127.0.0.1', {})",
        script(""),
        listener.address().port()
    );
    let status = Command::new(python).args(["-B", "-c", &program]).status().expect("python runs");
    assert!(status.success());
    let received = take(&listener, 1);
    let expected: Vec<u8> = (0..570 * 720 * 3_u32).map(|i| (i % 251) as u8).collect();
    assert_eq!((received[0].frame.width(), received[0].frame.height()), (720, 570));
    assert_eq!(received[0].frame.pixels(), expected);
}

/// Ends the child when the test ends, however it ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_python_receiver_gets_exactly_what_we_send() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let port =
        UdpSocket::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("free").port();
    let saved = folder.path().join("image.raw");
    let program = format!(
        "import sys; sys.path.insert(0, {:?}); import classic_receive\n\
         images = classic_receive.receive((570, 720, 3), {port}, '127.0.0.1')\n\
         open({:?}, 'wb').write(next(images).tobytes())",
        script(""),
        saved.with_extension("part"),
    );
    let child = Command::new(python).args(["-B", "-c", &program]).spawn().expect("python runs");
    let mut running = Running(child);
    wait_until_bound(port);

    let frames = [image(720, 570, PixelFormat::BGR8, 11)];
    let options = classic_options(SocketAddr::from(([127, 0, 0, 1], port)));
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    assert!(matches!(wait(&job).last(), Some(SendEvent::Finished(Ok(_)))));
    assert!(running.0.wait().expect("python ends").success());
    assert_eq!(std::fs::read(saved.with_extension("part")).expect("saved"), frames[0].pixels());
}

/// Waits until another process listens on `port`: then it cannot be bound any more.
fn wait_until_bound(port: u16) {
    let mut tries = 0;
    while UdpSocket::bind(("127.0.0.1", port)).is_ok() {
        tries += 1;
        assert!(tries < 1000, "the receiver did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
}
