//! The command line keeps its contract: what is sent arrives bit-exact, events have their names,
//! and bad input of every kind gets one line and the right exit status.

#![expect(clippy::panic, reason = "a test that cannot be set up has to fail loudly")]

mod pipes;
pub(crate) mod run;

use std::fs;
use std::net::UdpSocket;
use std::path::{Path, PathBuf};

use image::{ImageBuffer, Luma, Rgb, Rgba};
use pixelwire::frame::{Frame, PixelFormat};
use pixelwire::media::{self, Input, Playback, SaveFormat, pattern};
use run::{Receiver, pixelwire};
use serde_json::Value;

#[test]
fn images_and_arrays_arrive_bit_exact() {
    let folder = tempfile::tempdir().expect("a folder");
    let samples = samples(folder.path());
    let kept = folder.path().join("kept");
    let listener = Receiver::start(&[
        "--frames",
        &samples.len().to_string(),
        "--save",
        path(&kept),
        "--format",
        "npy",
    ]);
    let mut arguments = vec!["send", "--to", listener.address()];
    arguments.extend(samples.iter().map(|sample| path(&sample.path)));
    let sent = pixelwire(&arguments);
    assert_eq!((sent.status, sent.errors.as_str()), (0, ""), "{}", sent.text);
    let received = listener.finish();
    assert_eq!((received.status, received.errors.as_str()), (0, ""));
    for sample in &samples {
        let stem = sample.path.file_stem().expect("named").to_string_lossy();
        let file = fs::read(kept.join(format!("{stem}.npy"))).expect("kept");
        let array = npyz::NpyFile::new(&file[..]).expect("an array");
        assert_eq!(array.shape(), sample.shape, "{stem}");
        assert_eq!(array.dtype().descr(), format!("'{}'", sample.descr), "{stem}");
        assert!(file.ends_with(&sample.bytes), "the samples of {stem} differ");
        assert_eq!(file.len() % 64, (sample.bytes.len()) % 64, "{stem}");
    }
}

#[test]
fn events_have_the_keys_of_the_contract() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    let listener = Receiver::start(&["--frames", "1"]);
    let sent = pixelwire(&["send", path(&sample.path), "--to", listener.address(), "--json"]);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);

    let frame = received.event("frame");
    let keys = "stream frame width height format bytes outcome digest packets packets_recovered \
         latency_us";
    has_keys(&frame, keys);
    let expected = Frame::new(40, 30, PixelFormat::RGB8, sample.bytes.clone()).expect("valid");
    assert_eq!((&frame["width"], &frame["height"]), (&40.into(), &30.into()));
    assert_eq!((&frame["format"], &frame["bytes"]), (&"RGB8".into(), &3600.into()));
    assert_eq!(frame["outcome"], "complete");
    assert_eq!(frame["digest"], expected.digest().to_string());

    let counters = "packets_expected packets_received packets_lost packets_recovered \
         packets_duplicate packets_reordered packets_late packets_invalid kernel_drops \
         frames_complete frames_incomplete frames_dropped bytes_received throughput_mbps \
         jitter_us round_trip_us latency_us seconds";
    let at_receiver = received.event("summary");
    has_keys(&at_receiver, counters);
    assert_eq!(at_receiver["frames_complete"], 1);
    has_keys(&sent.event("delivered"), "frame");
    assert_eq!(sent.event("delivered")["frame"], frame["frame"]);
    let at_sender = sent.event("summary");
    has_keys(&at_sender, counters);
    has_keys(&at_sender, "frames_sent frames_delivered packets_sent packets_resent");
    assert_eq!(at_sender["frames_delivered"], 1);
    assert_eq!(at_sender["packets_sent"], at_receiver["packets_expected"]);
}

#[test]
fn a_folder_and_an_array_of_frames_arrive_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let shots = folder.path().join("shots");
    fs::create_dir(&shots).expect("created");
    for shade in [2_u8, 10, 1] {
        let picture = ImageBuffer::from_pixel(8, 8, Luma([shade]));
        picture.save(shots.join(format!("shot{shade}.png"))).expect("saved");
    }
    let listener = Receiver::start(&["--frames", "3"]);
    let sent = pixelwire(&["send", path(&shots), "--to", listener.address()]);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    let digests: Vec<Value> =
        received.events("frame").map(|frame| frame["digest"].clone()).collect();
    let of = |shade| Frame::new(8, 8, PixelFormat::MONO8, vec![shade; 64]).expect("valid").digest();
    assert_eq!(digests, [1, 2, 10].map(|shade| Value::from(of(shade).to_string())));
}

#[test]
fn a_pattern_is_received_live_and_knows_its_number() {
    let folder = tempfile::tempdir().expect("a folder");
    let kept = folder.path().join("kept");
    let listener = Receiver::start(&["--timeout", "2", "--save", path(&kept)]);
    let to = listener.address().to_owned();
    let sent = pixelwire(&["send", "pattern:320x240", "--count", "5", "--fps", "10", "--to", &to]);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    let last = received.events("saved").last().expect("at least one frame");
    let last = Path::new(last["path"].as_str().expect("a path"));
    assert!(last.starts_with(&kept), "{last:?}");
    assert!(pattern::frame_number(&decoded(last)).is_some_and(|number| number < 5));
}

#[test]
fn classic_frames_are_received_with_the_size_that_was_typed() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    let listener = Receiver::start(&["--frames", "1", "--timeout", "10", "--size", "40x30x3"]);
    let to = listener.address();
    let sent = pixelwire(&["send", path(&sample.path), "--to", to, "--protocol", "classic"]);
    let received = listener.finish();
    assert_eq!((sent.status, received.status), (0, 0), "{}{}", sent.errors, received.errors);
    let frame = received.event("frame");
    assert_eq!(frame["format"], "BGR8");
    let bgr: Vec<u8> = sample.bytes.chunks(3).flat_map(|rgb| [rgb[2], rgb[1], rgb[0]]).collect();
    let expected = Frame::new(40, 30, PixelFormat::BGR8, bgr).expect("valid");
    assert_eq!(frame["digest"], expected.digest().to_string());
}

#[test]
fn what_is_kept_never_replaces_anything() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    let kept = folder.path().join("kept");
    let listener = Receiver::start(&["--frames", "2", "--save", path(&kept)]);
    for _ in 0..2 {
        let sent = pixelwire(&["send", path(&sample.path), "--to", listener.address()]);
        assert_eq!((sent.status, sent.errors.as_str()), (0, ""));
    }
    assert_eq!(listener.finish().status, 0);
    assert_eq!(decoded(&kept.join("colour.png")).pixels(), sample.bytes);
    assert_eq!(decoded(&kept.join("colour-2.png")).pixels(), sample.bytes);
}

#[test]
fn what_cannot_be_saved_ends_saving_and_not_receiving() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    let floats = folder.path().join("floats.npy");
    let header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }";
    let npy = [&b"\x93NUMPY\x01\x00\x3b\x00"[..], header.as_bytes(), &[0; 8]].concat();
    fs::write(&floats, npy).expect("written");
    let kept = folder.path().join("kept");
    let listener = Receiver::start(&["--frames", "3", "--save", path(&kept), "--format", "png"]);
    for file in [&sample.path, &floats, &sample.path] {
        let sent = pixelwire(&["send", path(file), "--to", listener.address()]);
        assert_eq!((sent.status, sent.errors.as_str()), (0, ""));
    }
    let received = listener.finish();
    assert_eq!(received.status, 1);
    assert!(received.errors.contains("receiving goes on"), "{}", received.errors);
    assert!(received.errors.contains("save it as npy"), "{}", received.errors);
    assert_eq!(received.events("frame").count(), 3);
    assert_eq!(fs::read_dir(&kept).expect("listed").count(), 1);
}

#[test]
fn bad_input_of_every_kind_gets_one_line_and_the_right_status() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, content).expect("written");
        path.to_string_lossy().into_owned()
    };
    let photo = samples(folder.path())[0].path.to_string_lossy().into_owned();
    let missing = folder.path().join("missing.png").to_string_lossy().into_owned();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).expect("created");
    let empty = empty.to_string_lossy().into_owned();
    let text = file("text.png", b"Dear reader,\n");
    let cut = file("cut.npy", &array("<f4", &[20, 30], &[0; 2399]));
    let hostile = file("hostile.npy", &array("|u1", &[1 << 62, 1 << 62, 3], &[0; 9]));
    let object = file("object.npy", &array("|O", &[4, 4], &[0; 64]));
    let holder = UdpSocket::bind("127.0.0.1:0").expect("bound");
    let taken = holder.local_addr().expect("known").to_string();
    let table: Vec<(Vec<&str>, i32, &str)> = vec![
        (send(&[&missing], &[]), 1, "no such file"),
        (send(&[&photo, &missing], &[]), 1, "no such file"),
        (send(&[&empty], &[]), 1, "no images"),
        (send(&[&text], &[]), 1, "damaged"),
        (send(&[&cut], &[]), 1, "cut short"),
        (send(&[&hostile], &[]), 1, "hostile.npy"),
        (send(&[&object], &[]), 1, "not pixels"),
        (send(&["pattern:640"], &[]), 2, "pattern:WIDTHxHEIGHT"),
        (send(&["pattern:99999x99999"], &[]), 2, "at most"),
        (send(&[], &[]), 2, "INPUT"),
        (send(&[&photo], &["--rate", "fast"]), 2, "megabits"),
        (send(&[&photo], &["--chunk", "100"]), 2, "512"),
        (send(&[&photo], &["--fps", "0"]), 2, "frames a second"),
        (send(&[&photo], &["--count", "none"]), 2, "--count"),
        (send(&[&photo], &["--protocol", "gopher"]), 2, "classic"),
        (send(&[&photo], &["--protocol", "classic", "--mode", "deliver"]), 2, "never answer"),
        (send(&[&photo], &["--transport", "pigeon"]), 2, "udp"),
        (vec!["send", &photo], 2, "--to"),
        (vec!["send", &photo, "--to", ""], 2, "--to"),
        (vec!["send", &photo, "--to", "host:99999"], 2, "--to"),
        (vec!["receive", "--listen", &taken], 1, "in use"),
        (vec!["receive", "--listen", "nowhere"], 2, "ADDRESS:PORT"),
        (vec!["receive", "--size", "720x570x2"], 2, "720x570x3"),
        (vec!["receive", "--timeout", "soon"], 2, "seconds"),
        (vec!["receive", "--save", &photo], 1, "another folder"),
        (vec!["receive", "--format", "npy"], 2, "--save"),
        (vec!["receive", "--pipe", "--json"], 2, "--json"),
        (vec!["receive", "--colour"], 2, "--colour"),
        (vec!["sned"], 2, "no such command"),
        (vec![&photo, "--to", "host:port:x"], 2, "--to"),
    ];
    assert_refused(table);
}

#[test]
fn protection_that_cannot_work_is_refused() {
    let refused = |more: &[&'static str], word| (send(&["pattern:64x48"], more), 2, word);
    assert_refused(vec![
        refused(&["--fec", "much"], "10%"),
        refused(&["--fec", "60%"], "10%"),
        refused(&["--fec", "10%", "--protocol", "classic"], "--fec"),
        refused(&["--one-way", "--protocol", "classic"], "--one-way"),
        refused(&["--one-way", "--mode", "deliver"], "way back"),
        refused(&["--one-way", "--fec", "auto"], "percentage"),
    ]);
}

/// Runs each command line and expects its status and one line that holds the word.
fn assert_refused(table: Vec<(Vec<&str>, i32, &str)>) {
    for (arguments, status, word) in table {
        let run = pixelwire(&arguments);
        assert_eq!(run.status, status, "{arguments:?}: {}", run.errors);
        assert_eq!(run.errors.lines().count(), 1, "{arguments:?}: {}", run.errors);
        assert!(run.errors.starts_with("pixelwire: "), "{arguments:?}: {}", run.errors);
        assert!(run.errors.contains(word), "{arguments:?}: {}", run.errors);
        assert_eq!(run.text, "", "{arguments:?}");
    }
}

#[test]
fn one_bad_file_among_good_ones_does_not_stop_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    let bad = folder.path().join("bad.png");
    fs::write(&bad, "no image").expect("written");
    let listener = Receiver::start(&["--frames", "1"]);
    let to = listener.address();
    let sent = pixelwire(&["send", path(&bad), path(&sample.path), "--to", to, "--json"]);
    assert_eq!((sent.status, sent.errors.lines().count()), (1, 1), "{}", sent.errors);
    assert!(sent.errors.contains("bad.png"), "{}", sent.errors);
    assert_eq!(sent.event("summary")["frames_delivered"], 1);
    assert_eq!(listener.finish().status, 0);
}

#[test]
fn a_sender_whom_nobody_answers_gives_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    // Bound and never read: nobody answers, and the port is nobody else's.
    let silent = UdpSocket::bind("127.0.0.1:0").expect("bound");
    let to = silent.local_addr().expect("known").to_string();
    let sent = pixelwire(&["send", path(&sample.path), "--to", &to, "--json"]);
    assert_eq!((sent.status, sent.errors.lines().count()), (1, 1), "{}", sent.errors);
    assert_eq!(sent.event("summary")["frames_delivered"], 0);
}

#[test]
fn silence_ends_a_receiver_that_was_told_so() {
    let waited = Receiver::start(&["--timeout", "0.3"]).finish();
    assert_eq!((waited.status, waited.errors.as_str()), (0, ""));
    assert_eq!(waited.event("summary")["frames_complete"], 0);

    let missed = Receiver::start(&["--timeout", "0.3", "--frames", "2"]).finish();
    assert_eq!(missed.status, 1);
    assert!(missed.errors.contains("0 of 2 frames"), "{}", missed.errors);
}

#[test]
fn a_reader_who_leaves_ends_the_program_quietly() {
    let folder = tempfile::tempdir().expect("a folder");
    let sample = &samples(folder.path())[0];
    let listener = Receiver::start(&["--frames", "1"]);
    let to = listener.address().to_owned();
    let waiting = listener.stop_reading();
    pixelwire(&["send", path(&sample.path), "--to", &to]);
    let received = waiting.finish();
    assert_eq!((received.status, received.errors.as_str()), (0, ""));
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_receiver_with_its_account() {
    let listener = Receiver::start(&[]);
    listener.interrupt();
    let received = listener.finish();
    assert_eq!((received.status, received.errors.as_str()), (0, ""));
    assert_eq!(received.event("summary")["packets_received"], 0);
}

#[cfg(target_os = "linux")]
#[test]
fn the_demonstration_leaves_the_picture_that_it_received() {
    let run = pixelwire(&["demo"]);
    assert_eq!((run.status, run.errors.as_str()), (0, ""), "{}", run.text);
    let last = run.text.lines().last().expect("a path");
    let (_, kept) = last.split_once(": ").expect("a path after a colon");
    let sent = media::demo_picture().expect("built in");
    assert_eq!(decoded(Path::new(kept)), *sent);
    fs::remove_file(kept).expect("removed");
    assert!(run.text.contains("packets lost"), "{}", run.text);
}

/// `pixelwire send` to a port where nobody is asked anything before the input is found bad.
fn send<'a>(inputs: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["send"], inputs, &["--to", "127.0.0.1:9"], more].concat()
}

/// A file to be sent, and what must arrive.
struct Sample {
    path: PathBuf,
    descr: &'static str,
    shape: Vec<u64>,
    bytes: Vec<u8>,
}

fn samples(folder: &Path) -> Vec<Sample> {
    let sample = |name: &str, descr, shape: &[u64], bytes: Vec<u8>| Sample {
        path: folder.join(name),
        descr,
        shape: shape.to_vec(),
        bytes,
    };
    let words = |samples: &[u16]| samples.iter().flat_map(|s| s.to_le_bytes()).collect::<Vec<_>>();

    let colour = ImageBuffer::from_fn(40, 30, |x, y| Rgb([x as u8, y as u8, (x * y) as u8]));
    colour.save(folder.join("colour.png")).expect("saved");
    let grey = ImageBuffer::from_fn(333, 222, |x, y| Luma([(x * 3 + y) as u8]));
    grey.save(folder.join("grey.png")).expect("saved");
    let clear = ImageBuffer::from_fn(5, 7, |x, y| Rgba([x as u8, y as u8, 3, (x * y) as u8]));
    clear.save(folder.join("clear.png")).expect("saved");
    let deep = ImageBuffer::from_fn(64, 48, |x, y| Rgb([(x * 1000) as u16, y as u16, 0x0102]));
    deep.save(folder.join("deep.png")).expect("saved");
    let deep_grey = ImageBuffer::from_fn(64, 48, |x, y| Luma([(x * y * 21) as u16]));
    deep_grey.save(folder.join("deep-grey.png")).expect("saved");

    let opencv: Vec<u8> = (0..20 * 30 * 3_u32).map(|n| (n * 7) as u8).collect();
    fs::write(folder.join("opencv.npy"), array("|u1", &[20, 30, 3], &opencv)).expect("written");
    let floats: Vec<u8> =
        (0..600_u16).flat_map(|n| (f32::from(n) / 7.0 - 9.0).to_le_bytes()).collect();
    fs::write(folder.join("floats.npy"), array("<f4", &[20, 30], &floats)).expect("written");
    let counts: Vec<u16> = (0..600).map(|n| n * 109).collect();
    let big_endian: Vec<u8> = counts.iter().flat_map(|n| n.to_be_bytes()).collect();
    fs::write(folder.join("counts.npy"), array(">u2", &[20, 30], &big_endian)).expect("written");

    vec![
        sample("colour.png", "|u1", &[30, 40, 3], colour.into_raw()),
        sample("grey.png", "|u1", &[222, 333], grey.into_raw()),
        sample("clear.png", "|u1", &[7, 5, 4], clear.into_raw()),
        sample("deep.png", "<u2", &[48, 64, 3], words(&deep.into_raw())),
        sample("deep-grey.png", "<u2", &[48, 64], words(&deep_grey.into_raw())),
        sample("opencv.npy", "|u1", &[20, 30, 3], opencv),
        sample("floats.npy", "<f4", &[20, 30], floats),
        sample("counts.npy", "<u2", &[20, 30], words(&counts)),
    ]
}

/// A `.npy` file, header and all, whatever its bytes are worth.
fn array(descr: &str, shape: &[u64], bytes: &[u8]) -> Vec<u8> {
    let sides: Vec<String> = shape.iter().map(u64::to_string).collect();
    let sides = sides.join(", ");
    let text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sides}), }}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((text.len() as u16).to_le_bytes());
    file.extend(text.as_bytes());
    file.extend(bytes);
    file
}

fn decoded(path: &Path) -> Frame {
    let input = Input::at(path).expect("there");
    let mut source = media::open(vec![input], Playback::default()).expect("opened");
    let first = source.next_frame().expect("one").expect("readable");
    assert_eq!(path.extension().and_then(|e| e.to_str()), Some(SaveFormat::Png.extension()));
    (*first.frame).clone()
}

fn has_keys(event: &Value, keys: &str) {
    for key in keys.split_whitespace() {
        assert!(event.get(key).is_some(), "{key} is missing in {event}");
    }
}

fn path(path: &Path) -> &str {
    path.to_str().expect("text")
}
