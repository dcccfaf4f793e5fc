//! What ffprobe says about a video before it is decoded.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde::Deserialize;

use super::{Capture, Tools, cannot_start, child, frame_time};
use crate::frame::PixelFormat;
use crate::media::RawForm;
use crate::media::form::{ffmpeg_name, parse_pixel_format};

/// What a video is, and how its frames are wanted.
#[derive(Clone, Debug)]
pub(super) struct Probed {
    pub(super) form: RawForm,
    /// Frames a second as ffprobe writes them, such as `30000/1001`.
    rate: Option<String>,
    /// How long each frame is shown.
    pub(super) duration: Option<Duration>,
}

impl Probed {
    /// The arguments that ask ffmpeg for frames of this form on its standard output.
    pub(super) fn output_arguments(&self) -> Vec<String> {
        let name = ffmpeg_name(self.form.format()).unwrap_or("rgb24");
        let mut arguments = vec!["-map", "0:v:0"];
        if let Some(rate) = &self.rate {
            arguments.extend(["-r", rate]);
        }
        arguments.extend(["-f", "rawvideo", "-pix_fmt", name, "-"]);
        arguments.into_iter().map(str::to_owned).collect()
    }
}

/// Asks ffprobe.
pub(super) fn probe(tools: Tools, capture: &Capture, rate: Option<f64>) -> Result<Probed, String> {
    let output = Command::new(tools.ffprobe)
        .args(["-v", "error", "-select_streams", "v:0", "-show_streams", "-of", "json"])
        .args(capture.arguments(rate)?)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| cannot_start(tools.ffprobe, &error))?;
    let messages = String::from_utf8_lossy(&output.stderr);
    let last = messages.lines().rfind(|line| !line.trim().is_empty());
    if !output.status.success() {
        return Err(last.map_or_else(|| NO_VIDEO.to_owned(), child::in_words));
    }
    let answer: Answer = serde_json::from_slice(&output.stdout).map_err(|_| NO_VIDEO.to_owned())?;
    let stream = answer.streams.into_iter().next().ok_or(NO_VIDEO)?;
    stream.probed(!capture.is_device())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    width: u32,
    #[serde(default)]
    height: u32,
    #[serde(default)]
    pix_fmt: String,
    #[serde(default)]
    r_frame_rate: String,
    #[serde(default)]
    avg_frame_rate: String,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Deserialize)]
struct SideData {
    rotation: Option<f64>,
}

impl Stream {
    fn probed(&self, is_file: bool) -> Result<Probed, String> {
        let turns = self.side_data_list.iter().find_map(|data| data.rotation);
        // ffmpeg turns pictures upright by itself.
        let lies = turns.is_some_and(|degrees| degrees.abs() % 180.0 > 45.0);
        let (width, height) =
            if lies { (self.height, self.width) } else { (self.width, self.height) };
        let form = RawForm::new(width, height, wanted_format(&self.pix_fmt))?;
        let rate = [&self.r_frame_rate, &self.avg_frame_rate].into_iter().find_map(|text| {
            let rate = fraction(text).filter(|rate| (0.001..=FASTEST).contains(rate))?;
            Some((text.clone(), rate))
        });
        let duration = rate.as_ref().and_then(|(_, rate)| frame_time(*rate));
        // The rhythm of a device is its own.
        let rate = rate.map(|(text, _)| text).filter(|_| is_file);
        Ok(Probed { form, rate, duration })
    }
}

/// The format that keeps what a video's own format holds: itself, where it can be sent, else
/// 8-bit colour, or 16-bit colour of deep RGB.
fn wanted_format(pix_fmt: &str) -> PixelFormat {
    let deep = ["9", "10", "12", "14", "16"].iter().any(|bits| {
        let name = pix_fmt.trim_end_matches("le").trim_end_matches("be");
        name.ends_with(bits)
    });
    match pix_fmt {
        "gray16be" | "gray9le" | "gray10le" | "gray12le" | "gray14le" => PixelFormat::MONO16,
        "rgb48be" => PixelFormat::RGB16,
        "rgba64be" => PixelFormat::RGBA16,
        "gbrap" => PixelFormat::RGBA8,
        _ if deep && pix_fmt.starts_with("gbrap") => PixelFormat::RGBA16,
        _ if deep && pix_fmt.starts_with("gbrp") => PixelFormat::RGB16,
        _ => parse_pixel_format(pix_fmt).unwrap_or(PixelFormat::RGB8),
    }
}

fn fraction(text: &str) -> Option<f64> {
    let (above, below) = text.split_once('/')?;
    let (above, below): (f64, f64) = (above.parse().ok()?, below.parse().ok()?);
    (below > 0.0).then_some(above / below)
}

const NO_VIDEO: &str = "ffmpeg finds no pictures in it: check the file";

/// Frames a second above which a rate is only the clock of the file's format.
const FASTEST: f64 = 1000.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn probed(json: &str) -> Probed {
        let answer: Answer = serde_json::from_str(json).expect("json");
        answer.streams[0].probed(true).expect("a video")
    }

    #[test]
    fn a_telephone_held_upright_gives_upright_frames() {
        let probed = probed(
            r#"{"streams":[{"width":1920,"height":1080,"pix_fmt":"yuv420p","r_frame_rate":
            "30000/1001","avg_frame_rate":"30000/1001","side_data_list":[{"rotation":-90}]}]}"#,
        );
        assert_eq!((probed.form.width(), probed.form.height()), (1080, 1920));
        assert_eq!(probed.form.format(), PixelFormat::RGB8);
        assert_eq!(probed.duration.map(|d| d.as_micros()), Some(33_366));
        let asked = probed.output_arguments().join(" ");
        assert_eq!(asked, "-map 0:v:0 -r 30000/1001 -f rawvideo -pix_fmt rgb24 -");
    }

    #[test]
    fn a_clock_is_not_taken_for_a_rate() {
        let probed = probed(
            r#"{"streams":[{"width":8,"height":8,"pix_fmt":"gray","r_frame_rate":"90000/1",
            "avg_frame_rate":"15/1"}]}"#,
        );
        assert_eq!(probed.duration.map(|d| d.as_micros()), Some(66_666));
        assert!(probed.output_arguments().contains(&"gray".to_owned()));
    }

    #[test]
    fn depth_and_opacity_of_rgb_are_kept() {
        let wanted = |name| wanted_format(name).to_string();
        assert_eq!(wanted("gray16le"), "Mono16");
        assert_eq!(wanted("gbrp"), "RGB8");
        assert_eq!(wanted("gbrp12le"), "RGB16");
        assert_eq!(wanted("gbrap16be"), "RGBa16");
        assert_eq!(wanted("bgra"), "BGRa8");
        assert_eq!(wanted("bgr0"), "RGB8");
        assert_eq!(wanted("yuv422p10le"), "RGB8");
        assert_eq!(wanted("pal8"), "RGB8");
    }
}
