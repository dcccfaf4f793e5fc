use std::path::Path;
use std::process::Command;

use super::*;
use crate::frame::{Frame, PixelFormat};
use crate::media::{Archive, Input, KeepFormat, Playback, VideoFormat, open};

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
    let stored = if pix_fmt == "rgb24" { "gbrp" } else { pix_fmt };
    let made =
        encode_as(&["-c:v", "ffv1", "-pix_fmt", stored], path, (size, pix_fmt, rate), pixels);
    assert!(made);
}

/// Encodes these pixels as the arguments say; whether this ffmpeg can.
fn encode_as(
    arguments: &[&str],
    path: &Path,
    (size, pix_fmt, rate): (&str, &str, &str),
    pixels: &[u8],
) -> bool {
    let raw = path.with_extension("raw");
    std::fs::write(&raw, pixels).expect("written");
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", pix_fmt])
        .args(["-video_size", size, "-framerate", rate, "-i"])
        .arg(&raw)
        .args(arguments)
        .arg(path)
        .status()
        .expect("started");
    status.success()
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
fn a_picture_that_only_ffmpeg_reads_is_a_still_one_pixel_for_pixel() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let kinds = [
        ("jp2", &["-c:v", "jpeg2000", "-pred", "1"][..]),
        ("avif", &["-c:v", "libaom-av1", "-crf", "0", "-still-picture", "1", "-pix_fmt", "gbrp"]),
        ("jxl", &["-c:v", "libjxl", "-distance", "0"]),
    ];
    let pixels = noise(64 * 48 * 3);
    for (extension, arguments) in kinds {
        let path = folder.path().join(format!("rock.{extension}"));
        if !encode_as(arguments, &path, ("64x48", "rgb24", "25"), &pixels) {
            eprintln!("skipped: this ffmpeg writes no {extension}");
            continue;
        }
        let input = Input::at(&path).expect("there");
        assert!(!input.is_moving());
        let facts = crate::media::inspect(&input).expect("readable");
        assert_eq!((facts.frames, facts.bytes), (Some(1), 64 * 48 * 3), "{extension}");
        let mut source = open(vec![input], Playback::default()).expect("opened");
        let next = source.next_frame().expect("a frame").expect("readable");
        assert_eq!((next.frame.width(), next.frame.height()), (64, 48), "{extension}");
        assert_eq!(next.frame.format(), PixelFormat::RGB8);
        assert_eq!(next.name, format!("rock.{extension}"));
        assert!(next.frame.pixels() == pixels, "{extension}: the pixels differ");
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

/// Reads every frame of a video back.
fn decode(path: &Path, pix_fmt: &str) -> Vec<u8> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-i"])
        .arg(path)
        .args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", pix_fmt, "-"])
        .output()
        .expect("started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn record(folder: &Path, format: VideoFormat, frames: &[Frame]) -> Vec<PathBuf> {
    let mut archive = Archive::open(folder, KeepFormat::Video(format)).expect("a folder");
    let keep = |frame| archive.keep(frame, 1, "clip").expect("kept");
    let mut videos: Vec<_> = frames.iter().filter_map(keep).collect();
    videos.extend(archive.finish().into_iter().map(|video| video.expect("whole")));
    videos
}

fn frame_of(width: u32, height: u32, format: PixelFormat, pixels: &[u8]) -> Frame {
    Frame::new(width, height, format, pixels.to_vec()).expect("valid")
}

#[test]
fn a_recorded_video_holds_every_pixel_of_every_frame() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let cases = [
        ("gray", PixelFormat::MONO8),
        ("bgr24", PixelFormat::BGR8),
        ("rgba", PixelFormat::RGBA8),
        ("gray16le", PixelFormat::MONO16),
        ("rgb48le", PixelFormat::RGB16),
        ("rgba64le", PixelFormat::RGBA16),
    ];
    for (pix_fmt, format) in cases {
        let bytes = 37 * 23 * format.bytes_per_pixel();
        let pixels = noise(bytes * 7);
        let frames: Vec<_> =
            pixels.chunks(bytes).map(|pixels| frame_of(37, 23, format, pixels)).collect();
        let videos = record(folder.path(), VideoFormat::Mkv, &frames);
        assert_eq!(videos.len(), 1, "{pix_fmt}");
        assert!(decode(&videos[0], pix_fmt) == pixels, "{pix_fmt}");
    }
}

#[test]
fn frames_of_another_size_begin_another_video_and_nothing_is_overwritten() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let frames = [(5, 3), (5, 3), (4, 4)].map(|(width, height)| {
        frame_of(width, height, PixelFormat::MONO8, &noise((width * height) as usize))
    });
    let videos = record(folder.path(), VideoFormat::Mkv, &frames);
    assert_eq!(videos, ["clip.mkv", "clip-2.mkv"].map(|name| folder.path().join(name)));
    assert_eq!((decode(&videos[0], "gray").len(), decode(&videos[1], "gray").len()), (30, 16));
    let mp4 = record(folder.path(), VideoFormat::Mp4, &frames[..1]);
    assert_eq!(mp4, [folder.path().join("clip.mp4")]);
    // Made even, as its players want it.
    assert!(decode(&mp4[0], "gray").len().is_multiple_of(6 * 4));
    // No half-made file is left.
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 3);
}

#[test]
fn what_no_video_holds_is_refused_with_a_way_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let format = KeepFormat::Video(VideoFormat::Mkv);
    let mut archive = Archive::open(folder.path(), format).expect("a folder");
    let floats = frame_of(1, 1, PixelFormat::MONO32F, &[0; 4]);
    let error = archive.keep(&floats, 1, "clip").expect_err("refused");
    assert!(error.to_string().contains("npy"), "{error}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("listed").count(), 0);
}
