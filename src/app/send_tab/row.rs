//! One entry of the list: what it is, and how far it has come.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::app::figures;
use crate::frame::PixelFormat;
use crate::media::{Capture, Input, Inspection};
use crate::net::FrameReport;

/// Names an entry for as long as the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowId(pub(super) u64);

/// Where an entry comes from.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// A file or a folder; which of them is looked up in the background.
    Path(PathBuf),
    /// Anything else.
    Input(Input),
}

impl Origin {
    /// What the engine reads. Touches the file system: not for the window's thread.
    pub(super) fn resolve(&self) -> Input {
        match self {
            Self::Path(path) if path.is_dir() => Input::Folder(path.clone()),
            Self::Path(path) => Input::file(path),
            Self::Input(input) => input.clone(),
        }
    }

    /// What a person calls it before it was looked at.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Path(path) => path.file_name().map_or_else(
                || path.display().to_string(),
                |name| name.to_string_lossy().into_owned(),
            ),
            Self::Input(input) => input.name(),
        }
    }

    /// The whole path, where it has one.
    pub(super) fn whole_name(&self) -> Option<String> {
        match self {
            Self::Path(path) => Some(path.display().to_string()),
            Self::Input(_) => None,
        }
    }
}

/// What is known about an entry's frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) format: PixelFormat,
    /// `None`: endless, or not known without reading everything.
    pub(super) frames: Option<u64>,
    /// Pixel bytes of all frames; of one frame where these are endless.
    pub(super) bytes: u64,
}

/// One entry of the list.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) id: RowId,
    pub(super) origin: Origin,
    pub(super) name: String,
    pub(super) facts: Option<Facts>,
    /// Whether somebody has looked at it, with whatever success.
    pub(super) looked_at: bool,
    pub(super) picture: Option<Arc<egui::ColorImage>>,
    pub(super) state: RowState,
    tally: Tally,
}

/// How far an entry has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum RowState {
    /// It goes with the next press of Send.
    #[default]
    Waiting,
    /// It belongs to the job and its turn comes.
    Queued,
    /// Its turn has come and nothing has left yet.
    Preparing,
    /// It is leaving.
    Sending,
    /// The receiver has it whole and verified.
    Delivered,
    /// It has left; nobody said whether it arrived.
    Sent,
    /// The job ended in the middle of it.
    Stopped,
    /// It could not be read, or did not arrive; says why.
    Failed(String),
}

/// What happened to an entry's frames in the newest job.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) done: u64,
    pub(super) verified: u64,
    pub(super) failed: u64,
    pub(super) resent: u64,
    /// The sum over its frames.
    pub(super) elapsed: Duration,
}

impl Row {
    /// An entry that nobody has looked at yet.
    pub(super) fn new(id: RowId, origin: Origin) -> Self {
        let name = origin.name();
        Self {
            id,
            origin,
            name,
            facts: None,
            looked_at: false,
            picture: None,
            state: RowState::default(),
            tally: Tally::default(),
        }
    }

    /// Whether it is a camera or the screen, which do not wait for anybody.
    pub(super) const fn records(&self) -> bool {
        let Origin::Input(Input::Capture { what, .. }) = &self.origin else { return false };
        matches!(what, Capture::Camera(_) | Capture::Screen(_))
    }

    /// What has happened so far.
    pub(super) const fn tally(&self) -> Tally {
        self.tally
    }

    /// Whether the next press of Send takes it along.
    pub(super) const fn is_due(&self) -> bool {
        matches!(self.state, RowState::Waiting | RowState::Stopped | RowState::Failed(_))
    }

    /// Whether it belongs to the running job and is not over.
    pub(super) const fn is_under_way(&self) -> bool {
        matches!(self.state, RowState::Queued | RowState::Preparing | RowState::Sending)
    }

    /// Whether it can be asked to go once more.
    pub(super) const fn can_go_again(&self) -> bool {
        matches!(
            self.state,
            RowState::Delivered | RowState::Sent | RowState::Stopped | RowState::Failed(_)
        )
    }

    /// Whether it has arrived or left, and can be cleared away.
    pub(super) const fn is_settled(&self) -> bool {
        matches!(self.state, RowState::Delivered | RowState::Sent)
    }

    /// Whether somebody looked at it in vain.
    pub(super) const fn is_unreadable(&self) -> bool {
        self.looked_at && self.facts.is_none() && matches!(self.state, RowState::Failed(_))
    }

    /// Whether it has more than one frame.
    pub(super) fn is_sequence(&self) -> bool {
        self.facts.is_some_and(|facts| facts.frames != Some(1))
    }

    /// Somebody looked at it, and at whether it is a folder.
    pub(super) fn inspected(&mut self, result: Result<Inspection, String>, folder: bool) {
        self.looked_at = true;
        match result {
            Ok(inspection) => {
                self.facts = Some(Facts {
                    width: inspection.width,
                    height: inspection.height,
                    format: inspection.format,
                    frames: inspection.frames,
                    bytes: inspection.bytes,
                });
                self.name = title(&inspection, folder);
                let small = inspection.thumbnail;
                let size = [small.width as usize, small.height as usize];
                if small.rgba.len() == size[0] * size[1] * 4 {
                    let image = egui::ColorImage::from_rgba_unmultiplied(size, &small.rgba);
                    self.picture = Some(Arc::new(image));
                }
            }
            Err(reason) if !self.is_under_way() => self.state = RowState::Failed(reason),
            // The job itself will say so.
            Err(_) => {}
        }
    }

    /// It goes with the next press of Send.
    pub(super) fn wait(&mut self) {
        self.state = RowState::Waiting;
        self.tally = Tally::default();
    }

    /// It belongs to a job that begins.
    pub(super) fn queue(&mut self) {
        self.tally = Tally::default();
        self.state = RowState::Queued;
    }

    /// Its turn has come.
    pub(super) fn prepare(&mut self) {
        if self.state == RowState::Queued {
            self.state = RowState::Preparing;
        }
    }

    /// A frame of it began to leave.
    pub(super) fn frame_started(&mut self) {
        if self.is_under_way() {
            self.state = RowState::Sending;
        }
    }

    /// A frame of it has left, or arrived.
    pub(super) fn frame_done(&mut self, report: &FrameReport) {
        self.tally.done += 1;
        self.tally.verified += u64::from(report.verified);
        self.tally.resent += report.packets_resent;
        self.tally.elapsed += report.elapsed;
        self.frame_started();
    }

    /// A frame of it could not be read or did not arrive.
    pub(super) fn frame_failed(&mut self, report: &FrameReport, reason: &str) {
        self.tally.failed += 1;
        self.tally.resent += report.packets_resent;
        let frames = self.facts.and_then(|facts| facts.frames);
        self.state = RowState::Failed(match frames {
            Some(1) | None if self.tally.failed == 1 => reason.to_owned(),
            Some(frames) if frames > 1 => {
                format!(
                    "{} of {frames} frames failed, the last because: {reason}",
                    self.tally.failed
                )
            }
            _ => format!("{} frames failed, the last because: {reason}", self.tally.failed),
        });
    }

    /// Whether every frame that it is known to have was accounted for.
    pub(super) fn is_accounted_for(&self) -> bool {
        let frames = self.facts.and_then(|facts| facts.frames);
        frames.is_some_and(|frames| self.tally.done + self.tally.failed >= frames)
    }

    /// Whether only the entry after it tells that it has ended.
    pub(super) fn has_unknown_end(&self) -> bool {
        self.facts.is_none_or(|facts| facts.frames.is_none())
    }

    /// All its frames have gone; the last word on how that went.
    pub(super) fn settle(&mut self) {
        if !self.is_under_way() {
            return;
        }
        self.state = match self.tally {
            Tally { done: 0, .. } => RowState::Waiting,
            Tally { done, verified, .. } if verified == done => RowState::Delivered,
            _ => RowState::Sent,
        };
    }

    /// The job ended before all its frames had gone.
    pub(super) fn stop(&mut self) {
        if !self.is_under_way() {
            return;
        }
        self.state = match self.tally.done {
            0 => RowState::Waiting,
            _ if self.is_accounted_for() => return self.settle(),
            _ => RowState::Stopped,
        };
    }

    /// It cannot be sent at all.
    pub(super) fn fail(&mut self, reason: String) {
        self.state = RowState::Failed(reason);
    }
}

/// What an entry is called: `calibration/ (36 images)`, `stack.npy (100 frames)`, `star.png`.
fn title(inspection: &Inspection, folder: bool) -> String {
    let Inspection { name, frames, .. } = inspection;
    match frames {
        Some(1) if folder => format!("{name}/ (1 image)"),
        Some(frames) if folder => format!("{name}/ ({} images)", figures::thousands(*frames)),
        Some(frames) if *frames > 1 => format!("{name} ({} frames)", figures::thousands(*frames)),
        _ => name.clone(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::{title as title_of, *};
    use crate::media::Thumbnail;

    pub(in crate::app::send_tab) fn row(frames: Option<u64>) -> Row {
        let mut row = Row::new(RowId(1), Origin::Path(PathBuf::from("/pictures/star.png")));
        row.inspected(Ok(inspection("star.png", frames)), false);
        row
    }

    fn inspection(name: &str, frames: Option<u64>) -> Inspection {
        Inspection {
            name: name.to_owned(),
            width: 4,
            height: 2,
            format: PixelFormat::BGR8,
            frames,
            bytes: 24,
            thumbnail: Thumbnail { width: 1, height: 1, rgba: vec![255; 4] },
        }
    }

    pub(in crate::app::send_tab) fn report(item: usize, verified: bool) -> FrameReport {
        FrameReport {
            item,
            frame_id: Some(0),
            name: "star.png".to_owned(),
            bytes: 24,
            packets_resent: 3,
            elapsed: Duration::from_millis(11),
            verified,
        }
    }

    #[test]
    fn an_image_goes_from_waiting_to_delivered() {
        let mut row = row(Some(1));
        assert!(row.is_due() && !row.can_go_again());
        row.queue();
        assert!(!row.is_due());
        row.prepare();
        assert_eq!(row.state, RowState::Preparing);
        row.frame_started();
        assert_eq!(row.state, RowState::Sending);
        row.frame_done(&report(0, true));
        assert!(row.is_accounted_for());
        row.settle();
        assert_eq!(row.state, RowState::Delivered);
        assert_eq!((row.tally().resent, row.tally().elapsed.as_millis()), (3, 11));
        assert!(row.can_go_again() && row.is_settled() && !row.is_due());
    }

    #[test]
    fn what_nobody_verified_is_sent_and_not_delivered() {
        let mut row = row(Some(1));
        row.queue();
        row.frame_started();
        row.frame_done(&report(0, false));
        row.settle();
        assert_eq!(row.state, RowState::Sent);
    }

    #[test]
    fn a_sequence_is_accounted_for_when_every_frame_is() {
        let mut row = row(Some(3));
        row.queue();
        for _ in 0..2 {
            row.frame_started();
            row.frame_done(&report(0, true));
            assert!(!row.is_accounted_for());
        }
        row.frame_failed(&report(0, false), "it ends too early");
        assert!(row.is_accounted_for());
        let words = "1 of 3 frames failed, the last because: it ends too early";
        assert_eq!(row.state, RowState::Failed(words.to_owned()));
        row.settle();
        assert_eq!(row.state, RowState::Failed(words.to_owned()), "a failure stays one");
        assert!(row.is_due());
    }

    #[test]
    fn what_never_left_waits_again_when_the_job_ends() {
        let mut queued = row(Some(1));
        queued.queue();
        queued.stop();
        assert_eq!(queued.state, RowState::Waiting);
        let mut halfway = row(Some(3));
        halfway.queue();
        halfway.frame_done(&report(0, true));
        halfway.stop();
        assert_eq!(halfway.state, RowState::Stopped);
        assert!(halfway.is_due() && halfway.can_go_again());
    }

    #[test]
    fn a_sequence_says_how_many_frames_it_has() {
        let title = |name, frames, folder| title_of(&inspection(name, frames), folder);
        assert_eq!(title("calibration", Some(36), true), "calibration/ (36 images)");
        assert_eq!(title("stack.npy", Some(1000), false), "stack.npy (1,000 frames)");
        assert_eq!(title("star.png", Some(1), false), "star.png");
        assert_eq!(title("pattern", None, false), "pattern");
    }

    #[test]
    fn an_unreadable_file_fails_before_it_is_sent() {
        let mut row = Row::new(RowId(1), Origin::Path(PathBuf::from("broken.tif")));
        row.inspected(Err("the file ends in the middle of a strip".to_owned()), false);
        assert!(matches!(&row.state, RowState::Failed(reason) if reason.contains("strip")));
        row.wait();
        assert_eq!(row.state, RowState::Waiting);
    }
}
