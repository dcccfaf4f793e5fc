//! What ffmpeg sends and shows.

use std::fs;
use std::process::Command;

use super::{frames, free_port, path, picture, wait_until_bound};
use crate::command_line::run::{Receiver, pixelwire};

#[test]
fn ffmpeg_shows_what_we_send_pixel_for_pixel() {
    let folder = tempfile::tempdir().expect("a folder");
    let (picture, expected) = picture(folder.path(), "RGB8");
    let (sdp, dump) = (folder.path().join("stream.sdp"), folder.path().join("dump"));
    let to = format!("127.0.0.1:{}", free_port());
    let arguments = ["send", path(&picture), "--to", &to, "--protocol", "rtp", "--sdp", path(&sdp)];
    // Nobody listens there; the file is written all the same.
    pixelwire(&arguments);
    let ffmpeg = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-protocol_whitelist", "file,udp,rtp", "-i"])
        .arg(&sdp)
        .args(["-frames:v", "2", "-fps_mode", "passthrough"])
        .args(["-f", "rawvideo", "-pix_fmt", "rgb24"])
        .arg(&dump)
        .spawn();
    let Ok(mut ffmpeg) = ffmpeg else {
        println!("skipped: ffmpeg is not installed");
        return;
    };
    let port = to.rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    wait_until_bound(port);
    // It looks at a stream for a while before it shows it, and leaves when it has seen enough.
    pixelwire(&[&arguments[..], &["--loop", "--fps", "20", "--count", "400"]].concat());
    assert!(ffmpeg.wait().expect("ended").success());
    let found = fs::read(&dump).expect("dumped");
    assert_eq!(found.len(), 2 * expected.len());
    assert!(found.chunks(expected.len()).all(|frame| frame == expected));
}

#[test]
fn what_ffmpeg_sends_is_shown_with_the_file_that_it_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (sdp, kept) = (folder.path().join("ffmpeg.sdp"), folder.path().join("kept"));
    let ffmpeg = |to: &str, frames: &str| {
        Command::new("ffmpeg")
            .args(["-nostdin", "-loglevel", "error", "-y", "-re", "-f", "lavfi"])
            .args(["-i", "color=c=0x4080c0:s=320x240:r=20", "-frames:v", frames])
            .args(["-pix_fmt", "uyvy422", "-c:v", "rawvideo", "-sdp_file"])
            .arg(&sdp)
            .args(["-f", "rtp", &format!("rtp://{to}")])
            .status()
    };
    if ffmpeg(&format!("127.0.0.1:{}", free_port()), "1").is_err() {
        println!("skipped: ffmpeg is not installed");
        return;
    }
    let keep = ["--save", path(&kept), "--format", "raw", "--timeout", "10"];
    let listener = Receiver::start(&[&["--sdp", path(&sdp), "--frames", "5"], &keep[..]].concat());
    assert!(ffmpeg(listener.address(), "10").is_ok_and(|status| status.success()));
    let received = listener.finish();
    // The file speaks of the port of another stream, which is said and does no harm.
    assert_eq!(received.status, 0, "{}", received.errors);
    for frame in frames(&kept) {
        assert_eq!(frame.len(), 320 * 240 * 3);
        let near = |(at, value): (usize, &u8)| value.abs_diff([0x40, 0x80, 0xc0][at % 3]) <= 2;
        assert!(frame.iter().enumerate().all(near), "{:?}", &frame[..6]);
    }
}
