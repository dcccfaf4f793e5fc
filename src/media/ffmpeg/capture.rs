//! What ffmpeg is asked for, and how that is written on each platform.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::media::input::file_name;

/// What comes through ffmpeg.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Capture {
    /// A camera: a device's path, number or name; empty is the first one.
    Camera(String),
    /// A picture in a format that only ffmpeg reads, such as AVIF.
    Picture(PathBuf),
    /// The screen; on Linux an X display, such as `:0`, where empty is the one of this session.
    Screen(String),
    /// A video file.
    Video(PathBuf),
}

impl Capture {
    /// Reads `video:PATH`, `camera:DEVICE`, `camera`, `screen` and `screen:DISPLAY`.
    pub(in crate::media) fn parse(text: &str) -> Option<Self> {
        let (kind, value) = match text.split_once(':') {
            Some((kind, value)) => (kind, Some(value)),
            None => (text, None),
        };
        match (kind, value) {
            ("video", Some(path)) => Some(Self::Video(PathBuf::from(path))),
            ("camera", device) => Some(Self::Camera(device.unwrap_or_default().to_owned())),
            // `screen::0` and `screen:0` both mean the display `:0`.
            ("screen", Some(display)) if display.starts_with(|c: char| c.is_ascii_digit()) => {
                Some(Self::Screen(format!(":{display}")))
            }
            ("screen", display) => Some(Self::Screen(display.unwrap_or_default().to_owned())),
            _ => None,
        }
    }

    /// What a person calls it.
    pub(in crate::media) fn name(&self) -> String {
        match self {
            Self::Picture(path) | Self::Video(path) => file_name(path),
            Self::Camera(device) => format!("camera {device}").trim_end().to_owned(),
            Self::Screen(display) => format!("screen {display}").trim_end().to_owned(),
        }
    }

    /// Whether it is happening now, so that only the newest picture of it is worth anything.
    pub(in crate::media) fn is_device(&self) -> bool {
        matches!(self, Self::Camera(_) | Self::Screen(_))
    }

    /// The arguments that name it to ffmpeg and ffprobe on this platform.
    pub(super) fn arguments(&self, rate: Option<f64>) -> Result<Vec<OsString>, String> {
        let display = env::var("DISPLAY").ok().filter(|display| !display.is_empty());
        self.arguments_on(Platform::THIS, display.as_deref(), rate)
    }

    fn arguments_on(
        &self,
        platform: Platform,
        display: Option<&str>,
        rate: Option<f64>,
    ) -> Result<Vec<OsString>, String> {
        let (grabber, input) = match (self, platform) {
            (Self::Picture(path) | Self::Video(path), _) => {
                let mut input = OsString::from("file:");
                input.push(path);
                return Ok(vec!["-i".into(), input]);
            }
            (Self::Camera(device), Platform::Linux) => ("v4l2", linux_camera(device)),
            (Self::Camera(device), Platform::MacOs) => {
                ("avfoundation", format!("{}:none", or(device, "0")))
            }
            (Self::Camera(device), Platform::Windows) if device.is_empty() => {
                return Err(NAME_THE_CAMERA.to_owned());
            }
            (Self::Camera(device), Platform::Windows) => ("dshow", format!("video={device}")),
            (Self::Screen(asked), Platform::Linux) => {
                let display = Some(asked.as_str()).filter(|asked| !asked.is_empty()).or(display);
                ("x11grab", display.ok_or(NO_DISPLAY)?.to_owned())
            }
            (Self::Screen(screen), Platform::MacOs) => {
                ("avfoundation", format!("Capture screen {}:none", or(screen, "0")))
            }
            (Self::Screen(_), Platform::Windows) => ("gdigrab", "desktop".to_owned()),
        };
        let usual = matches!(self, Self::Screen(_)).then_some(SCREEN_RATE);
        let rate = rate.or(usual).map(|rate| rate.to_string());
        let mut arguments = vec!["-f", grabber];
        if let Some(rate) = &rate {
            arguments.extend(["-framerate", rate]);
        }
        arguments.extend(["-i", &input]);
        Ok(arguments.into_iter().map(OsString::from).collect())
    }
}

/// What decides how devices are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Platform {
    Linux,
    MacOs,
    Windows,
}

impl Platform {
    pub(super) const THIS: Self = if cfg!(target_os = "macos") {
        Self::MacOs
    } else if cfg!(windows) {
        Self::Windows
    } else {
        Self::Linux
    };
}

fn linux_camera(device: &str) -> String {
    match device.parse::<u32>() {
        Ok(number) => format!("/dev/video{number}"),
        Err(_) => or(device, "/dev/video0").to_owned(),
    }
}

fn or<'a>(text: &'a str, usual: &'a str) -> &'a str {
    if text.is_empty() { usual } else { text }
}

/// Frames a second of a screen, unless the user says otherwise.
const SCREEN_RATE: f64 = 30.0;

const NO_DISPLAY: &str = "there is no X display to record (DISPLAY is not set): name one, such as \
    screen:0; a Wayland desktop shows its windows to nobody this way";

const NAME_THE_CAMERA: &str =
    "name the camera, as `ffmpeg -list_devices true -f dshow -i dummy` does: camera:NAME";

#[cfg(test)]
mod tests {
    use super::*;

    fn on(platform: Platform, text: &str, rate: Option<f64>) -> Result<String, String> {
        let capture = Capture::parse(text).expect("known");
        let words = capture.arguments_on(platform, Some(":7"), rate)?;
        Ok(words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn each_platform_has_its_own_name_for_a_screen_and_a_camera() {
        use Platform::{Linux, MacOs, Windows};
        let said = |platform, text| on(platform, text, None).expect("written");
        assert_eq!(said(Linux, "screen"), "-f x11grab -framerate 30 -i :7");
        assert_eq!(said(Linux, "screen:99"), "-f x11grab -framerate 30 -i :99");
        assert_eq!(said(Linux, "screen::1.0"), "-f x11grab -framerate 30 -i :1.0");
        assert_eq!(said(Linux, "camera"), "-f v4l2 -i /dev/video0");
        assert_eq!(said(Linux, "camera:2"), "-f v4l2 -i /dev/video2");
        assert_eq!(said(Linux, "camera:/dev/video4"), "-f v4l2 -i /dev/video4");
        assert_eq!(
            on(Linux, "camera", Some(15.0)).as_deref(),
            Ok("-f v4l2 -framerate 15 -i /dev/video0")
        );
        assert_eq!(said(MacOs, "screen"), "-f avfoundation -framerate 30 -i Capture screen 0:none");
        assert_eq!(said(MacOs, "camera:1"), "-f avfoundation -i 1:none");
        assert_eq!(said(Windows, "screen"), "-f gdigrab -framerate 30 -i desktop");
        assert_eq!(said(Windows, "camera:HD Cam"), "-f dshow -i video=HD Cam");
        assert!(on(Windows, "camera", None).is_err());
    }

    #[test]
    fn a_file_is_never_taken_for_an_address_or_an_option() {
        let said = on(Platform::Linux, "video:-y http://x.mp4", None);
        assert_eq!(said.as_deref(), Ok("-i file:-y http://x.mp4"));
    }

    #[test]
    fn a_machine_without_a_display_is_told_so() {
        let screen = Capture::Screen(String::new());
        let error = screen.arguments_on(Platform::Linux, None, None).expect_err("refused");
        assert!(error.contains("DISPLAY"), "{error}");
    }

    #[test]
    fn other_words_are_paths() {
        for path in ["clip.mp4", "cameras/a.png", "screens", "photo:1.png"] {
            assert_eq!(Capture::parse(path), None, "{path}");
        }
    }
}
