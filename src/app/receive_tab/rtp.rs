//! What an RTP stream holds, which its packets do not say: typed, or read from its SDP file.

use std::fs;
use std::path::{Path, PathBuf};

use egui::{Context, Ui};

use super::ReceiveTab;
use crate::app::command::Command;
use crate::app::dialogs::{self, Dialog, DialogAnswer, Dialogs};
use crate::app::errand::Errand;
use crate::app::figures;
use crate::app::theme::{Meaning, space};
use crate::app::widgets;
use crate::flow::RtpTrouble;
use crate::media;
use crate::wire::rtp::{Sampling, Video};
use crate::wire::sdp::{self, Session};

/// The form.
///
/// Commands: [`RtpForm::open_sdp`], [`RtpForm::take`]. Output: [`RtpForm::poll`], once in every
/// pass. Drawing: [`RtpForm::ui`], [`RtpForm::dialog`].
pub(super) struct RtpForm {
    ctx: Context,
    size: String,
    sampling: Sampling,
    problem: Option<String>,
    video: Option<Video>,
    dialogs: Dialogs,
    /// A path that is typed, where the desktop has no file dialogs.
    typed: Option<String>,
    reading: Errand<Result<(String, Session), String>>,
}

impl RtpForm {
    /// Nothing is known; `ctx` is woken by what was read.
    pub(super) fn new(ctx: &Context) -> Self {
        Self {
            ctx: ctx.clone(),
            size: String::new(),
            sampling: Sampling::ALL[0],
            problem: None,
            video: None,
            dialogs: Dialogs::new(ctx),
            typed: None,
            reading: Errand::new("read SDP file"),
        }
    }

    /// What is known.
    pub(super) const fn video(&self) -> Option<Video> {
        self.video
    }

    /// From now on this is known.
    pub(super) fn take(&mut self, video: Video) {
        self.size = format!("{}x{}", video.width(), video.height());
        self.sampling = video.sampling();
        self.video = Some(video);
        self.problem = None;
    }

    /// Asks for the SDP file.
    pub(super) fn open_sdp(&mut self) {
        if !self.dialogs.open(Dialog::Sdp) {
            self.typed.get_or_insert_default();
        }
    }

    /// What was read from a file: its name and what it says; or why it cannot be used.
    pub(super) fn poll(&mut self) -> Option<Result<(String, Session), String>> {
        match self.dialogs.poll() {
            Some(DialogAnswer::Chosen(paths)) => self.read(paths.into_iter().next()),
            Some(DialogAnswer::Unavailable) => {
                self.typed.get_or_insert_default();
            }
            Some(DialogAnswer::Cancelled) | None => {}
        }
        self.reading.poll()
    }

    /// The window in which a path is typed, while that is needed.
    pub(super) fn dialog(&mut self, ui: &Ui) {
        let Some(path) = &mut self.typed else { return };
        let explanation = "This desktop has no file dialogs. Type the file's path:";
        let (entered, closed) =
            dialogs::ask_for_path(ui.ctx(), "Open SDP file", explanation, "Open", path);
        if entered {
            let path = PathBuf::from(path.trim());
            self.read(Some(path));
        }
        if entered || closed {
            self.typed = None;
        }
    }

    /// What is wrong, if anything is, and the fields to mend it.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        trouble: Option<RtpTrouble>,
        commands: &mut Vec<Command>,
    ) {
        widgets::section_title(ui, "RTP stream").on_hover_text(
            "Uncompressed video (RFC 4175), as GStreamer, ffmpeg and studios send it",
        );
        if let Some(trouble) = trouble {
            widgets::meaning_label(ui, Meaning::Recovered, "▲", words(trouble));
        }
        let entered = ui.horizontal(|ui| self.size_field(ui, commands)).inner;
        self.samplings(ui);
        if entered {
            self.enter(commands);
        }
        if let Some(problem) = &self.problem {
            widgets::meaning_label(ui, Meaning::Lost, "✕", problem);
        }
    }

    /// The size and the buttons; gives back whether it was entered.
    fn size_field(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) -> bool {
        let (name, hint) = ("Size of the RTP stream", "1280x720");
        let field = widgets::text_field_with_hint(ui, &mut self.size, name, hint, FIELD);
        let enter = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let hover = "Width and height in pixels; the format of the samples is chosen below";
        let used = widgets::button(ui, "Use").on_hover_text(hover).clicked();
        let open = Command::OpenSdp;
        if widgets::button(ui, open.label()).on_hover_text(open.explanation()).clicked() {
            commands.push(open);
        }
        used || enter
    }

    fn samplings(&mut self, ui: &mut Ui) {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::Vec2::splat(space::TIGHT);
            for sampling in Sampling::ALL {
                let chosen = self.sampling == sampling;
                if widgets::choice_chip(ui, &sampling.to_string(), chosen).clicked() {
                    self.sampling = sampling;
                }
            }
        });
    }

    fn enter(&mut self, commands: &mut Vec<Command>) {
        match typed_video(&self.size, self.sampling) {
            Ok(video) => commands.push(Command::DescribeRtp(video)),
            Err(problem) => self.problem = Some(problem),
        }
    }

    fn read(&mut self, path: Option<PathBuf>) {
        let Some(path) = path else { return };
        if let Err(error) = self.reading.start(&self.ctx, move || session_in(&path)) {
            self.problem = Some(format!("No thread to read the file in: {error}"));
        }
    }
}

impl ReceiveTab {
    /// Why an RTP stream is not shown, if there is such a one.
    pub(super) fn rtp_trouble(&self) -> Option<RtpTrouble> {
        self.session.as_ref()?;
        self.status.as_ref()?.rtp_trouble
    }

    /// Takes what was read from an SDP file.
    pub(super) fn take_sdp(&mut self) -> Option<Result<String, String>> {
        let (name, session) = match self.rtp.poll()? {
            Ok(read) => read,
            Err(problem) => return Some(Err(problem)),
        };
        self.perform(&Command::DescribeRtp(session.video));
        let listening = self.address().map(|address| address.port());
        Some(match listening.filter(|&port| port != session.port) {
            Some(port) => Err(format!(
                "{name} speaks of port {}, and this is port {port}: listen there if nothing comes",
                session.port
            )),
            None => Ok(format!("Taken from {name}")),
        })
    }
}

/// What a stream needs, in a sentence.
const fn words(trouble: RtpTrouble) -> &'static str {
    match trouble {
        RtpTrouble::Unknown => {
            "An RTP stream arrives, which does not say what it holds: type its size and pixel \
             format, or open its SDP file"
        }
        RtpTrouble::OtherType => {
            "Its payload type is not that of the SDP file: open the file that belongs to it"
        }
        RtpTrouble::OtherSize => {
            "It has pixels outside of this picture: correct the size or the pixel format"
        }
        RtpTrouble::Interlaced => {
            "It is interlaced, which cannot be shown: let the sender deinterlace it"
        }
    }
}

fn typed_video(size: &str, sampling: Sampling) -> Result<Video, String> {
    let (width, height) = media::parse_size(size.trim())
        .ok_or_else(|| "A size is WIDTHxHEIGHT, such as 1280x720".to_owned())?;
    Video::new(width, height, sampling).map_err(|error| figures::sentence(&error.to_string()))
}

fn session_in(path: &Path) -> Result<(String, Session), String> {
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("Cannot read {name}: {error}"))?;
    let session = sdp::parse(&text).map_err(|error| format!("{name} cannot be used: {error}"))?;
    let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    Ok((name, session))
}

const FIELD: f32 = 104.0;

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::wire::sdp::Route;

    #[test]
    fn a_size_that_is_none_or_cannot_be_is_said_in_words() {
        let video = typed_video(" 640x480 ", Sampling::ALL[0]).expect("a video");
        assert_eq!((video.width(), video.height()), (640, 480));
        for wrong in ["", "640", "0x480", "99999999x4"] {
            let problem = typed_video(wrong, Sampling::ALL[0]).expect_err(wrong);
            assert!(problem.starts_with(char::is_uppercase), "{problem}");
        }
    }

    #[test]
    fn a_file_that_describes_nothing_says_so_with_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("stream.sdp");
        let missing = session_in(&path).expect_err("missing");
        assert!(missing.contains("stream.sdp"), "{missing}");
        fs::write(&path, "v=0\r\nm=audio 5004 RTP/AVP 97\r\n").expect("written");
        assert!(session_in(&path).expect_err("sound").contains("cannot be used"));
        let here = IpAddr::from([127, 0, 0, 1]);
        let route = Route { origin: here, peer: (here, 5004).into(), ttl: 1 };
        let video = typed_video("64x48", Sampling::ALL[0]).expect("a video");
        fs::write(&path, sdp::write(&video, &route, 25.0)).expect("written");
        let (name, session) = session_in(&path).expect("a session");
        assert_eq!((name.as_str(), session.port, session.video.width()), ("stream.sdp", 5004, 64));
    }
}
