//! Uncompressed video over RTP, against the real GStreamer and ffmpeg: what they send arrives pixel for pixel, and they
//! show what we send. Where they are not installed, these tests say so and pass.

mod ffmpeg;

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pixelwire::frame::{Frame, PackedYcbcr, Packer, PixelFormat, Ycbcr};

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
fn gstreamer_shows_the_ycbcr_that_we_send_sample_for_sample() {
    for (packing, depth) in [(PackedYcbcr::Ycbcr422In8, "8"), (PackedYcbcr::Ycbcr422In10, "10")] {
        let folder = tempfile::tempdir().expect("a folder");
        let (picture, pixels) = picture(folder.path(), "RGB8");
        let dump = folder.path().join("dump");
        let port = free_port();
        let Some(mut gstreamer) = gstreamer_into(&dump, port, ("YCbCr-4:2:2", depth)) else {
            return;
        };
        let to = format!("127.0.0.1:{port}");
        let name = packing.to_string();
        let rtp = ["--protocol", "rtp", "--sampling", &name];
        let sent = pixelwire(&[&["send", path(&picture), "--to", &to], &rtp[..]].concat());
        assert_eq!(sent.status, 0, "{}", sent.errors);
        let expected = packed(&pixels, packing);
        // Rows of GStreamer's own frames end on a multiple of four bytes.
        let row = expected.len() / 203;
        let padded = row.next_multiple_of(4);
        let length = 203 * padded as u64;
        wait_until(|| fs::metadata(&dump).map_or(0, |file| file.len()) >= length);
        stop(&mut gstreamer);
        let found = fs::read(&dump).expect("dumped");
        assert_eq!(found.len() as u64, length, "{packing}");
        for (found, expected) in found.chunks(padded).zip(expected.chunks(row)) {
            assert!(found.starts_with(expected), "{packing} differs");
        }
    }
}

/// The samples of a picture of 316 x 203 pixels.
fn packed(rgb: &[u8], packing: PackedYcbcr) -> Vec<u8> {
    let frame = Frame::new(316, 203, PixelFormat::RGB8, rgb.to_vec()).expect("valid");
    let packer = Packer::new(packing, Ycbcr::usual(203));
    let mut samples = Vec::new();
    for line in (0..203).step_by(packing.group_size().1 as usize) {
        packer.pack(&frame, line, 0..316, &mut samples);
    }
    samples
}

#[test]
fn what_we_send_in_ycbcr_has_the_right_colours_here() {
    for format in ["UYVY", "UYVP", "I420"] {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = folder.path().join("kept");
        // Neighbours are of nearly one colour, which they share on the way.
        let smooth = |x: u32, y: u32| image::Rgb([(x * 2) as u8, (y * 3) as u8, (x + y) as u8]);
        let picture = image::RgbImage::from_fn(102, 67, smooth);
        let file = folder.path().join("smooth.png");
        picture.save(&file).expect("saved");
        let listener = Receiver::start(&[
            "--size",
            "102x67",
            "--pixel-format",
            format,
            "--frames",
            "1",
            "--timeout",
            "10",
            "--save",
            path(&kept),
            "--format",
            "raw",
        ]);
        let rtp = ["--protocol", "rtp", "--sampling", format];
        let to = ["send", path(&file), "--to", listener.address()];
        let sent = pixelwire(&[&to[..], &rtp[..]].concat());
        let received = listener.finish();
        assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
        let [found] = &frames(&kept)[..] else { panic!("one frame") };
        for (found, expected) in found.iter().zip(picture.as_raw()) {
            assert!(found.abs_diff(*expected) <= 5, "{format}: {found} for {expected}");
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
        let Some(mut gstreamer) = gstreamer_into(&dump, port, (caps, "8")) else { return };
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

/// Starts a GStreamer that writes frames of 316 x 203 pixels, sent to `port` in this sampling and depth, into `dump`.
fn gstreamer_into(dump: &Path, port: u16, (sampling, depth): (&str, &str)) -> Option<Child> {
    let child = gstreamer(&format!(
        "udpsrc address=127.0.0.1 port={port} buffer-size=4000000 \
         caps=\"application/x-rtp,media=video,clock-rate=90000,encoding-name=RAW,\
         sampling={sampling},depth=(string){depth},width=(string)316,height=(string)203,\
         colorimetry=BT601-5,payload=96\" ! rtpvrawdepay ! filesink buffer-mode=unbuffered \
         location={}",
        path(dump)
    ))?;
    wait_until_bound(port);
    Some(child)
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
