//! Frames from other programs and to them: standard input and output, ffmpeg, a watched folder.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pixelwire::frame::{Frame, PixelFormat};
use serde_json::Value;

use super::run::{Receiver, Run, command, pixelwire, pixelwire_reading};
use super::{assert_refused, path, send};

const RAW: [&str; 4] = ["--size", "33x17", "--pixel-format", "bgr24"];

/// Frames of 33 x 17 that are all different.
fn frames(count: usize) -> Vec<u8> {
    (0..count * FRAME).map(|n| (n * 7 + n / FRAME * 31) as u8).collect()
}

const FRAME: usize = 33 * 17 * 3;

fn digests_of(pixels: &[u8], format: PixelFormat) -> Vec<Value> {
    let digest = |part: &[u8]| {
        Frame::new(33, 17, format, part.to_vec()).expect("valid").digest().to_string()
    };
    pixels.chunks_exact(FRAME).map(|part| digest(part).into()).collect()
}

fn digests(run: &Run) -> Vec<Value> {
    run.events("frame").map(|frame| frame["digest"].clone()).collect()
}

#[test]
fn raw_frames_on_standard_input_are_delivered_pixel_for_pixel() {
    let pixels = frames(12);
    let listener = Receiver::start(&["--frames", "12"]);
    let arguments = [&["send", "-", "--mode", "deliver", "--to", listener.address()], &RAW[..]];
    let sent = pixelwire_reading(&arguments.concat(), &pixels);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    assert_eq!(digests(&received), digests_of(&pixels, PixelFormat::BGR8));
}

#[test]
fn raw_frames_are_live_unless_told_otherwise_and_the_last_is_never_pushed_out() {
    let pixels = frames(200);
    let listener = Receiver::start(&["--timeout", "2"]);
    let arguments = [&["send", "-", "--to", listener.address()], &RAW[..]].concat();
    let sent = pixelwire_reading(&arguments, &pixels);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    let (got, all) = (digests(&received), digests_of(&pixels, PixelFormat::BGR8));
    assert!(got.iter().all(|digest| all.contains(digest)));
    assert_eq!(got.last(), all.last());
}

#[test]
fn y4m_says_its_size_itself() {
    let listener = Receiver::start(&["--frames", "2"]);
    let to = listener.address().to_owned();
    let mut video = b"YUV4MPEG2 W2 H1 F10:1 Cmono\n".to_vec();
    for samples in [[1, 2], [3, 4]] {
        video.extend(b"FRAME\n");
        video.extend(samples);
    }
    let sent = pixelwire_reading(&["send", "-", "--mode", "deliver", "--to", &to], &video);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    let frame = received.events("frame").last().expect("two");
    assert_eq!((&frame["width"], &frame["format"]), (&2.into(), &"Mono8".into()));
}

#[test]
fn a_pipe_that_ends_within_a_frame_fails_in_words() {
    let listener = Receiver::start(&["--timeout", "5", "--frames", "1"]);
    let arguments = [&["send", "-", "--mode", "deliver", "--to", listener.address()], &RAW[..]];
    let sent = pixelwire_reading(&arguments.concat(), &frames(2)[..FRAME + 5]);
    assert_eq!((sent.status, sent.errors.lines().count()), (1, 1), "{}", sent.errors);
    assert!(sent.errors.contains("cut short"), "{}", sent.errors);
    assert_eq!(listener.finish().status, 0);
}

#[test]
fn what_cannot_be_piped_is_refused() {
    let refused = |more: &[&'static str], word| (send(&["-"], more), 2, word);
    assert_refused(vec![
        refused(&["--size", "640x480"], "--pixel-format"),
        refused(&["--pixel-format", "bgr24"], "--size"),
        refused(&["--size", "640", "--pixel-format", "bgr24"], "WIDTHxHEIGHT"),
        refused(&["--size", "640x480", "--pixel-format", "yuv420p"], "bgr24"),
        refused(&["--size", "0x480", "--pixel-format", "bgr24"], "no pixels"),
        (send(&["-", "-"], &RAW), 2, "one time"),
        (send(&["pattern:64x48"], &RAW), 2, "the input `-`"),
        (send(&["pattern:64x48"], &["--watch"]), 2, "folders"),
    ]);
}

/// `pixelwire receive --pipe`, with its standard output left to be read; killed when dropped.
struct Piped {
    child: Child,
    words: BufReader<std::process::ChildStderr>,
    address: String,
}

impl Piped {
    fn start(arguments: &[&str]) -> Self {
        let fixed = ["receive", "--pipe", "--listen", "127.0.0.1:0"];
        let mut child = command(&[&fixed[..], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("started");
        let mut words = BufReader::new(child.stderr.take().expect("piped"));
        let mut line = String::new();
        words.read_line(&mut line).expect("a line");
        let (_, rest) = line.split_once("Listening on ").expect("an address");
        let address = rest.split(',').next().unwrap_or_default().to_owned();
        Self { child, words, address }
    }

    fn finish(mut self) -> (i32, String) {
        let mut words = String::new();
        self.words.read_to_string(&mut words).expect("text");
        (self.child.wait().expect("ended").code().expect("ended by itself"), words)
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        // Ended already, unless the test failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn received_frames_are_piped_on_pixel_for_pixel_and_nothing_else_is() {
    let pixels = frames(9);
    let mut piped = Piped::start(&["--frames", "9"]);
    let arguments = [&["send", "-", "--mode", "deliver", "--to", &piped.address], &RAW[..]];
    let sent = pixelwire_reading(&arguments.concat(), &pixels);
    assert_eq!(sent.status, 0, "{}", sent.errors);
    let mut output = Vec::new();
    piped.child.stdout.take().expect("piped").read_to_end(&mut output).expect("read");
    assert!(output == pixels, "{} bytes of {} came", output.len(), pixels.len());
    let (status, words) = piped.finish();
    assert_eq!(status, 0, "{words}");
    assert!(words.contains("-pixel_format bgr24 -video_size 33x17"), "{words}");
    assert!(words.contains("packets lost"), "{words}");
}

#[test]
fn a_reader_of_the_pipe_who_leaves_ends_it_in_words() {
    let mut piped = Piped::start(&[]);
    drop(piped.child.stdout.take());
    let to = piped.address.clone();
    pixelwire(&["send", "pattern:64x48", "--count", "3", "--fps", "10", "--to", &to]);
    let (status, words) = piped.finish();
    assert_eq!(status, 0, "{words}");
    assert!(words.contains("nobody reads standard output"), "{words}");
}

#[test]
fn a_watched_folder_sends_what_is_added() {
    let folder = tempfile::tempdir().expect("a folder");
    let picture = |shade| image::GrayImage::from_pixel(4, 4, image::Luma([shade]));
    picture(1).save(folder.path().join("first.png")).expect("saved");
    let listener = Receiver::start(&["--frames", "2"]);
    let arguments = ["send", path(folder.path()), "--watch", "--count", "2", "--to"];
    let arguments = [&arguments[..], &[listener.address()]].concat();
    let sender = command(&arguments).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let sender = sender.expect("started");
    std::thread::sleep(Duration::from_millis(700));
    picture(2).save(folder.path().join("second.png")).expect("saved");
    let sent = sender.wait_with_output().expect("ended");
    let received = listener.finish();
    assert_eq!((sent.status.code(), received.status), (Some(0), 0), "{}", received.errors);
    let names: Vec<Value> = received.events("frame").map(|frame| frame["name"].clone()).collect();
    assert_eq!(names, ["first.png", "second.png"]);
}

#[test]
fn a_lossless_video_is_delivered_pixel_for_pixel() {
    let folder = tempfile::tempdir().expect("a folder");
    let clip = folder.path().join("clip.mkv");
    let raw = folder.path().join("clip.raw");
    let pixels = frames(6);
    fs::write(&raw, &pixels).expect("written");
    let encoded = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgb24"])
        .args(["-video_size", "33x17", "-framerate", "25", "-i", path(&raw), "-c:v", "ffv1"])
        .args(["-pix_fmt", "bgr0", path(&clip)])
        .status();
    let Ok(encoded) = encoded else {
        eprintln!("skipped: ffmpeg is not installed");
        return;
    };
    assert!(encoded.success());
    let listener = Receiver::start(&["--frames", "6"]);
    let to = listener.address().to_owned();
    let sent = pixelwire(&["send", path(&clip), "--mode", "deliver", "--to", &to]);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    assert_eq!(digests(&received), digests_of(&pixels, PixelFormat::RGB8));
}
