use std::path::Path;
use std::process::Command;

use super::*;
use crate::frame::PixelFormat;
use crate::media::{Input, Playback, open};

const MISSING: Tools = Tools { ffmpeg: "ffmpeg-of-nobody", ffprobe: "ffprobe-of-nobody" };

/// Whether the tests that need ffmpeg can run; says so when they cannot.
fn is_installed() -> bool {
    let runs = |program| Command::new(program).arg("-version").output().is_ok();
    let installed = runs("ffmpeg") && runs("ffprobe");
    if !installed {
        eprintln!("skipped: ffmpeg is not installed ({INSTALL})");
    }
    installed
}

/// Encodes these pixels without loss.
fn encode(path: &Path, size: &str, pix_fmt: &str, rate: &str, pixels: &[u8]) {
    let raw = path.with_extension("raw");
    std::fs::write(&raw, pixels).expect("written");
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", pix_fmt])
        .args(["-video_size", size, "-framerate", rate, "-i"])
        .arg(&raw)
        .args(["-c:v", "ffv1", "-pix_fmt", if pix_fmt == "rgb24" { "gbrp" } else { pix_fmt }])
        .arg(path)
        .status()
        .expect("started");
    assert!(status.success());
}

fn noise(length: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    (0..length).map(|_| random.u8(..)).collect()
}

#[test]
fn without_ffmpeg_it_is_said_how_to_get_it() {
    let obstacle = obstacle(MISSING).expect("nobody has it");
    assert!(obstacle.contains("ffmpeg-of-nobody") && obstacle.contains(INSTALL), "{obstacle}");
    if is_installed() {
        assert_eq!(ffmpeg_obstacle(), None);
    }
}

#[test]
fn a_lossless_video_comes_pixel_for_pixel_in_its_own_rhythm() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("rgb24", PixelFormat::RGB8, "30000/1001"),
        ("gray", PixelFormat::MONO8, "12"),
        ("gray16le", PixelFormat::MONO16, "25"),
        ("bgra", PixelFormat::BGRA8, "50"),
    ];
    for (pix_fmt, format, rate) in cases {
        let path = folder.path().join(format!("-{pix_fmt} clip.mkv"));
        let bytes = 37 * 23 * format.bytes_per_pixel();
        let pixels = noise(bytes * 7);
        encode(&path, "37x23", pix_fmt, rate, &pixels);
        let input = Input::at(&path).expect("there");
        assert!(input.is_moving());
        let mut source = open(vec![input], Playback::default()).expect("opened");
        assert!(!source.newest_wins());
        for part in pixels.chunks_exact(bytes) {
            let next = source.next_frame().expect("a frame").expect("readable");
            assert_eq!((next.frame.width(), next.frame.height()), (37, 23), "{pix_fmt}");
            assert_eq!(next.frame.format(), format);
            assert!(next.frame.pixels() == part, "{pix_fmt}: the pixels differ");
            assert!(next.duration.is_some_and(|shown| shown < Duration::from_millis(84)));
        }
        assert!(source.next_frame().is_none());
    }
}

#[test]
fn a_video_that_is_none_says_what_ffmpeg_says() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notes.mp4");
    std::fs::write(&path, "Dear reader,\n").expect("written");
    let error = open(vec![Input::file(&path)], Playback::default()).err().expect("refused");
    assert!(error.to_string().contains("notes.mp4: ffmpeg says: "), "{error}");
    let sound = folder.path().join("sound.mkv");
    let made = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "sine=duration=0.1"])
        .arg(&sound)
        .status();
    assert!(made.expect("started").success());
    let error = open(vec![Input::file(&sound)], Playback::default()).err().expect("refused");
    assert!(error.reason.contains("no pictures"), "{error}");
}

#[test]
fn a_video_that_is_not_there_and_one_without_ffmpeg_are_told_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("clip.mp4");
    let opened = |path: &Path| {
        let video = Capture::Video(path.to_owned());
        Ffmpeg::open_with(MISSING, &video, None).err().expect("refused").reason
    };
    assert!(opened(&path).contains("no such file"));
    std::fs::write(&path, "a video").expect("written");
    let reason = opened(&path);
    assert!(reason.contains("not installed") && reason.contains("install ffmpeg"), "{reason}");
}

#[test]
fn a_camera_that_is_not_there_is_an_error_of_its_first_frame() {
    if !is_installed() {
        return;
    }
    let camera = Capture::Camera("/dev/no-such-camera".to_owned());
    let input = Input::Capture { what: camera, rate: None };
    let mut source = open(vec![input], Playback::default()).expect("not touched yet");
    assert!(source.newest_wins());
    let error = source.next_frame().expect("one").expect_err("refused");
    assert!(error.to_string().starts_with("camera /dev/no-such-camera: ffmpeg says"), "{error}");
    assert!(source.next_frame().is_none());
}

#[cfg(target_os = "linux")]
#[test]
fn a_video_that_nobody_wants_any_more_leaves_no_process() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("long.mkv");
    encode(&path, "320x200", "gray", "25", &noise(320 * 200 * 60));
    let mut source = Ffmpeg::open(&Capture::Video(path.clone()), None).expect("opened");
    assert!(source.next_frame().expect("a frame").is_ok());
    assert_eq!(readers_of(&path), 1);
    drop(source);
    assert_eq!(readers_of(&path), 0);
}

/// Processes with this path on their command line.
#[cfg(target_os = "linux")]
fn readers_of(path: &Path) -> usize {
    let path = path.to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").expect("listed").filter_map(Result::ok);
    processes
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok())
        .filter(|line| String::from_utf8_lossy(line).contains(&path))
        .count()
}
