//! Uncompressed video over RTP, against the real GStreamer: what it sends arrives pixel for pixel,
//! and it shows what we send. Where it is not installed, these tests say so and pass.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::command_line::run::{Receiver, Run, pixelwire};

/// Colour bars that move, so that no two frames are the same.
const SOURCE: &str = "videotestsrc pattern=ball animation-mode=frames num-buffers=8";

#[test]
fn what_gstreamer_sends_in_rgb_arrives_pixel_for_pixel() {
    for (caps, format, size) in [
        ("RGB", "RGB8", (642, 363)),
        ("BGR", "bgr24", (320, 240)),
        ("RGBA", "RGBa8", (101, 67)),
        ("BGRA", "BGRA", (64, 64)),
    ] {
        let Some(found) = receive_from_gstreamer(caps, format, size) else { return };
        assert_eq!(found.frames.len(), 8, "{caps}: {}", found.run.text);
        assert!(found.frames == found.expected, "{caps} differs");
        let summary = found.run.event("summary");
        assert_eq!(summary["packets_lost"], 0);
        assert_eq!(summary["packets_received"], summary["packets_expected"]);
        assert_eq!(summary["frames_complete"], 8);
    }
}

#[test]
fn what_gstreamer_sends_in_ycbcr_arrives_in_the_right_colours() {
    for (caps, format) in [("UYVY", "UYVY"), ("I420", "I420"), ("UYVP", "YCbCr422_10")] {
        for size in [(320, 240), (1280, 720)] {
            let Some(found) = receive_from_gstreamer(caps, format, size) else { return };
            assert_eq!(found.frames.len(), 8, "{caps}");
            for (frame, expected) in found.frames.iter().zip(&found.expected) {
                let off = frame.iter().zip(expected).filter(|(a, b)| a.abs_diff(**b) > 3).count();
                // Between two colours GStreamer interpolates, and we do not.
                assert!(off * 50 < frame.len(), "{caps}: {off} of {} differ", frame.len());
            }
        }
    }
}

#[test]
fn gstreamer_shows_what_we_send_pixel_for_pixel() {
    for (format, caps) in [("RGB8", "RGB"), ("RGBa8", "RGBA"), ("Mono8", "RGB")] {
        let folder = tempfile::tempdir().expect("a folder");
        let (picture, expected) = picture(folder.path(), format);
        let dump = folder.path().join("dump");
        let sdp = folder.path().join("stream.sdp");
        let port = free_port();
        let pipeline = format!(
            "udpsrc address=127.0.0.1 port={port} buffer-size=4000000 \
             caps=\"application/x-rtp,media=video,clock-rate=90000,encoding-name=RAW,\
             sampling={caps},depth=(string)8,width=(string)316,height=(string)203,\
             colorimetry=BT601-5,payload=96\" ! rtpvrawdepay ! filesink buffer-mode=unbuffered \
             location={}",
            path(&dump)
        );
        let Some(mut gstreamer) = gstreamer(&pipeline) else { return };
        wait_until_bound(port);
        let to = format!("127.0.0.1:{port}");
        let sent = pixelwire(&[
            "send",
            path(&picture),
            "--to",
            &to,
            "--protocol",
            "rtp",
            "--loop",
            "--count",
            "3",
            "--fps",
            "20",
            "--sdp",
            path(&sdp),
            "--json",
        ]);
        assert_eq!(sent.status, 0, "{}", sent.errors);
        let length = 3 * expected.len() as u64;
        wait_until(|| fs::metadata(&dump).map_or(0, |file| file.len()) >= length);
        stop(&mut gstreamer);
        let found = fs::read(&dump).expect("dumped");
        assert_eq!(found.len() as u64, length, "{format}");
        assert!(found.chunks(expected.len()).all(|frame| frame == expected), "{format} differs");
        let text = fs::read_to_string(&sdp).expect("written");
        assert!(text.contains(&format!("sampling={caps}; width=316; height=203")), "{text}");
    }
}

#[test]
fn our_own_receiver_shows_what_we_send_with_its_sdp_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let (picture, expected) = picture(folder.path(), "RGB8");
    let sdp = folder.path().join("stream.sdp");
    let kept = folder.path().join("kept");
    let to = format!("127.0.0.1:{}", free_port());
    let send = |to: &str, sdp: &Path| {
        pixelwire(&[
            "send",
            path(&picture),
            "--to",
            to,
            "--protocol",
            "rtp",
            "--sdp",
            path(sdp),
            "--json",
        ])
    };
    // Nobody listens there; the file is written all the same.
    send(&to, &sdp);
    let listener = Receiver::start(&[
        "--sdp",
        path(&sdp),
        "--frames",
        "1",
        "--timeout",
        "5",
        "--save",
        path(&kept),
        "--format",
        "raw",
    ]);
    let job = send(listener.address(), &folder.path().join("again.sdp"));
    let received = listener.finish();
    assert_eq!((job.status, received.status), (0, 0), "{}{}", job.errors, received.errors);
    assert_eq!(frames(&kept), [expected]);
    let (job, received) = (job.event("summary"), received.event("summary"));
    assert_eq!(job["packets_sent"], received["packets_expected"]);
    assert_eq!(received["packets_lost"], 0);
}

#[test]
fn a_stream_that_nobody_described_is_counted_and_said_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let (picture, _) = picture(folder.path(), "RGB8");
    let listener = Receiver::start(&["--timeout", "1"]);
    let sent =
        pixelwire(&["send", path(&picture), "--to", listener.address(), "--protocol", "rtp"]);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    assert!(sent.errors.contains("a=fmtp:96 sampling=RGB"), "{}", sent.errors);
    assert_eq!(received.errors.matches("--pixel-format").count(), 1, "{}", received.errors);
    let summary = received.event("summary");
    assert!(summary["packets_received"].as_u64().is_some_and(|packets| packets > 20));
    assert_eq!(received.events("frame").count(), 0);
}

#[test]
fn what_rtp_cannot_do_is_refused_in_one_line() {
    for (arguments, word) in [
        (&["--protocol", "rtp", "--mode", "deliver"][..], "--mode"),
        (&["--protocol", "rtp", "--fec", "10%"], "--fec"),
        (&["--sdp", "a.sdp"], "--protocol rtp"),
    ] {
        let run = pixelwire(&[&["send", "pattern:64x64", "--to", "127.0.0.1"], arguments].concat());
        assert_eq!(run.status, 2, "{}", run.errors);
        assert!(run.errors.contains(word) && run.errors.lines().count() == 1, "{}", run.errors);
    }
    let run = pixelwire(&["receive", "--sdp", "no such file"]);
    assert!(run.status == 2 && run.errors.contains("no such file"), "{}", run.errors);
    let run = pixelwire(&["receive", "--size", "5x5", "--pixel-format", "UYVY"]);
    assert!(run.status == 2 && run.errors.contains("width of 5"), "{}", run.errors);
}

/// What came of GStreamer's frames, and what they are by its own account.
struct Found {
    run: Run,
    frames: Vec<Vec<u8>>,
    expected: Vec<Vec<u8>>,
}

/// `None` where GStreamer is not installed.
fn receive_from_gstreamer(caps: &str, format: &str, (width, height): (u32, u32)) -> Option<Found> {
    let folder = tempfile::tempdir().expect("a folder");
    let (kept, dump) = (folder.path().join("kept"), folder.path().join("dump"));
    let video = format!("video/x-raw,format={caps},width={width},height={height},framerate=20/1");
    let is_plain = caps.starts_with("RGB") || caps.starts_with("BGR");
    let shown = if is_plain { caps } else { "RGB" };
    let convert = format!("videoconvert ! video/x-raw,format={shown}");
    // What videoconvert is given must not be converted twice.
    let pipeline = format!("{SOURCE} ! {video} ! {convert} ! filesink location={}", path(&dump));
    let status = gstreamer(&pipeline)?.wait().expect("ended");
    assert!(status.success(), "{pipeline}");

    let size = format!("{width}x{height}");
    let listener = Receiver::start(&[
        "--size",
        &size,
        "--pixel-format",
        format,
        "--timeout",
        "2",
        "--save",
        path(&kept),
        "--format",
        "raw",
    ]);
    let port = listener.address().rsplit(':').next().expect("a port").to_owned();
    let pipeline = format!(
        "{SOURCE} is-live=true ! {video} ! rtpvrawpay ! udpsink host=127.0.0.1 port={port}"
    );
    let status = gstreamer(&pipeline)?.wait().expect("ended");
    assert!(status.success(), "{pipeline}");
    let run = listener.finish();
    assert_eq!((run.status, run.errors.as_str()), (0, ""), "{caps}");
    let channels = if shown.len() == 4 { 4 } else { 3 };
    // Rows of GStreamer's own frames end on a multiple of four bytes.
    let row = (width * channels) as usize;
    let expected = fs::read(&dump).expect("dumped");
    let expected = expected
        .chunks_exact(row.next_multiple_of(4) * height as usize)
        .map(|frame| {
            frame.chunks(row.next_multiple_of(4)).flat_map(|line| &line[..row]).copied().collect()
        })
        .collect();
    Some(Found { run, frames: frames(&kept), expected })
}

/// Starts a pipeline; `None`, and a word about it, where GStreamer is not installed.
fn gstreamer(pipeline: &str) -> Option<Child> {
    let words = pipeline.split_whitespace().map(|word| word.replace('"', ""));
    let child = Command::new("gst-launch-1.0")
        .arg("-q")
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    if child.is_err() {
        println!("skipped: gst-launch-1.0 is not installed (apt install gstreamer1.0-tools)");
    }
    child.ok()
}

fn stop(child: &mut Child) {
    child.kill().expect("killed");
    child.wait().expect("ended");
}

/// The pixels that were kept, in order.
fn frames(kept: &Path) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(kept)
        .expect("a folder")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "raw"))
        .collect();
    paths.sort_by(|a, b| natord::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    paths.iter().map(|path| fs::read(path).expect("readable")).collect()
}

/// A picture of 316 x 203 pixels in this format, and its pixels as RTP carries them. Rows are whole
/// numbers of four bytes, because GStreamer pads others when it writes them to a file.
fn picture(folder: &Path, format: &str) -> (std::path::PathBuf, Vec<u8>) {
    let channels = match format {
        "RGBa8" => 4,
        "Mono8" => 1,
        _ => 3,
    };
    let pixels: Vec<u8> =
        (0..316 * 203 * channels).map(|at: u32| (at.wrapping_mul(at) % 251) as u8).collect();
    let colour = match channels {
        4 => image::ColorType::Rgba8,
        1 => image::ColorType::L8,
        _ => image::ColorType::Rgb8,
    };
    let path = folder.join("picture.png");
    image::save_buffer(&path, &pixels, 316, 203, colour).expect("saved");
    let grey = || pixels.iter().flat_map(|&grey| [grey; 3]).collect();
    (path, if channels == 1 { grey() } else { pixels.clone() })
}

fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("bound");
    socket.local_addr().expect("an address").port()
}

/// Waits until somebody has taken the port.
fn wait_until_bound(port: u16) {
    wait_until(|| UdpSocket::bind(("127.0.0.1", port)).is_err());
}

/// Waits for ten seconds at most.
fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("text")
}
