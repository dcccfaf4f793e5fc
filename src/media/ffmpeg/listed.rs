//! The lists of cameras and screens that ffmpeg itself prints, where the system has no other that
//! a program can read.

use std::process::{Command, Stdio};

use super::devices::Device;
use super::{Capture, INSTALLED};

/// Cameras on Windows.
pub(super) fn direct_show() -> Vec<Device> {
    cameras_of_direct_show(&ask(&["-list_devices", "true", "-f", "dshow", "-i", "dummy"]))
}

/// Cameras and screens on macOS.
pub(super) fn av_foundation() -> Vec<Device> {
    devices_of_av_foundation(&ask(&["-f", "avfoundation", "-list_devices", "true", "-i", ""]))
}

/// What ffmpeg says on standard error; nothing when there is no ffmpeg.
fn ask(arguments: &[&str]) -> String {
    let output = Command::new(INSTALLED.ffmpeg)
        .args(["-nostdin", "-hide_banner"])
        .args(arguments)
        .stdin(Stdio::null())
        .output();
    output.map(|output| String::from_utf8_lossy(&output.stderr).into_owned()).unwrap_or_default()
}

/// Lines such as `[dshow @ 0000] "HD Cam" (video)`.
fn cameras_of_direct_show(text: &str) -> Vec<Device> {
    let names = text.lines().filter_map(|line| {
        let (_, quoted) = line.split_once("] \"")?;
        let (name, kind) = quoted.rsplit_once('"')?;
        kind.contains("(video)").then_some(name)
    });
    names.map(|name| Device::camera(name, name)).collect()
}

/// Lines such as `[AVFoundation indev @ 0x7f] [0] FaceTime HD Camera`, up to those of sound.
fn devices_of_av_foundation(text: &str) -> Vec<Device> {
    let video = text.lines().take_while(|line| !line.contains("audio devices:"));
    let entries = video.filter_map(|line| {
        let (_, entry) = line.split_once("] [")?;
        entry.split_once("] ")
    });
    entries
        .map(|(number, name)| match name.strip_prefix("Capture screen ") {
            Some(screen) => Device {
                name: format!("Screen {screen}"),
                capture: Capture::Screen(screen.to_owned()),
            },
            None => Device::camera(name, number),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_direct_show_only_what_gives_pictures_is_a_camera() {
        let text = "[dshow @ 000001] \"HD \"Pro\" Cam\" (video)\n\
                    [dshow @ 000001]   Alternative name \"@device_pnp_x\"\n\
                    [dshow @ 000001] \"Microphone\" (audio)\n\
                    dummy: Immediate exit requested\n";
        let found = cameras_of_direct_show(text);
        assert_eq!(found, [Device::camera("HD \"Pro\" Cam", "HD \"Pro\" Cam")]);
        assert!(cameras_of_direct_show("").is_empty());
    }

    #[test]
    fn of_av_foundation_cameras_and_screens_are_told_apart_and_sound_is_left_out() {
        let text = "[AVFoundation indev @ 0x7f] AVFoundation video devices:\n\
                    [AVFoundation indev @ 0x7f] [0] FaceTime HD Camera\n\
                    [AVFoundation indev @ 0x7f] [1] Capture screen 0\n\
                    [AVFoundation indev @ 0x7f] AVFoundation audio devices:\n\
                    [AVFoundation indev @ 0x7f] [0] MacBook Microphone\n";
        let screen =
            Device { name: "Screen 0".to_owned(), capture: Capture::Screen("0".to_owned()) };
        assert_eq!(
            devices_of_av_foundation(text),
            [Device::camera("FaceTime HD Camera", "0"), screen]
        );
    }
}
