//! The cameras and screens of this machine.

use std::env;
use std::fs;
use std::path::Path;

use super::capture::Platform;
use super::{Capture, listed};

/// Something that can be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// What a person calls it: `Integrated Camera (video0)`, `Screen`.
    pub name: String,
    /// How it is asked for.
    pub capture: Capture,
}

impl Device {
    /// A camera called `name` that is asked for as `device`.
    pub(super) fn camera(name: &str, device: &str) -> Self {
        Self { name: name.to_owned(), capture: Capture::Camera(device.to_owned()) }
    }
}

/// Lists what can be recorded here: on Linux its cameras and the display as the system tells them,
/// elsewhere the screen and the cameras that an installed ffmpeg lists. Reads files or starts a
/// program: call it off the window's thread.
pub fn devices() -> Vec<Device> {
    let screen = || Device { name: "Screen".to_owned(), capture: Capture::Screen(String::new()) };
    match Platform::THIS {
        Platform::Linux => {
            let shown = env::var_os("DISPLAY").is_some_and(|display| !display.is_empty());
            let cameras = linux_cameras(Path::new("/sys/class/video4linux"));
            shown.then(screen).into_iter().chain(cameras).collect()
        }
        Platform::MacOs => listed::av_foundation(),
        Platform::Windows => [vec![screen()], listed::direct_show()].concat(),
    }
}

/// Cameras by the names that their drivers give. Of the several devices that one camera has, the
/// first gives pictures and the others say things about them.
fn linux_cameras(folder: &Path) -> Vec<Device> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    let mut numbers: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("video")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    let says = |number: u32, what: &str| {
        let text = fs::read_to_string(folder.join(format!("video{number}")).join(what));
        text.map(|text| text.trim().to_owned()).ok()
    };
    numbers
        .into_iter()
        .filter(|number| says(*number, "index").is_none_or(|index| index == "0"))
        .map(|number| {
            let name = match says(number, "name") {
                Some(name) if !name.is_empty() => format!("{name} (video{number})"),
                _ => format!("Camera video{number}"),
            };
            Device::camera(&name, &format!("/dev/video{number}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cameras_have_the_names_of_their_drivers_and_come_once() {
        let folder = tempfile::tempdir().expect("a folder");
        for (device, name, index) in
            [("video10", "", "0"), ("video0", "HD Cam\n", "0\n"), ("video1", "HD Cam\n", "1\n")]
        {
            let device = folder.path().join(device);
            fs::create_dir(&device).expect("created");
            fs::write(device.join("name"), name).expect("written");
            fs::write(device.join("index"), index).expect("written");
        }
        let names: Vec<String> =
            linux_cameras(folder.path()).into_iter().map(|device| device.name).collect();
        assert_eq!(names, ["HD Cam (video0)", "Camera video10"]);
        assert!(linux_cameras(Path::new("/no/such/folder")).is_empty());
    }
}
