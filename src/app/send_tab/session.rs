//! One press of Send: opening what is sent, the job itself, and what it means for the list.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::app::errand::Errand;
use crate::frame::codec::Compression;
use crate::media::{self, FrameSource, Input, Playback};
use crate::net::{SendError, SendEvent, SendJob, SendOptions, SendPhase, SendStatus, Target, Wake};

use super::estimate::Totals;
use super::list::List;
use super::row::{Origin, RowId};

/// Something that the whole tab should know.
#[derive(Debug)]
pub(super) enum News {
    /// The receiver answered.
    Connected,
    /// Nobody listens at the target so far.
    NobodyListening(SocketAddr),
    /// The job is over.
    Over(Result<SendStatus, SendError>),
    /// Nothing of what was to be sent can be read; the entries say why.
    NothingToSend,
}

/// What was agreed with the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    pub(super) chunk: usize,
    pub(super) round_trip: Option<Duration>,
}

/// A job from the press of Send to its end.
///
/// Commands: [`Session::begin`], [`Session::cancel`]. Output: [`Session::poll`], to be asked once
/// in every pass of the window; after [`News::Over`] or [`News::NothingToSend`] nothing follows.
pub(super) struct Session {
    course: Course,
    stage: Stage,
    /// What it sends, as far as that is known now.
    pub(super) totals: Totals,
    /// What was agreed with the receiver, once it answered.
    pub(super) connection: Option<Connection>,
    options: SendOptions,
    ctx: egui::Context,
}

enum Stage {
    /// Folders are listed and files are looked at, which can take long on a network drive.
    Opening(Errand<Opened>),
    Running(SendJob),
}

/// What could be opened, and what could not.
struct Opened {
    source: Option<Box<dyn FrameSource>>,
    /// For each entry of the source, which one it was.
    kept: Vec<usize>,
    failures: Vec<(usize, String)>,
}

impl Session {
    /// Begins to send the entries `ids`, in this order.
    pub(super) fn begin(
        ctx: &egui::Context,
        list: &mut List,
        ids: Vec<RowId>,
        options: SendOptions,
        repeat: bool,
    ) -> Self {
        let totals = list.totals(&ids);
        let origins: Vec<Origin> =
            ids.iter().filter_map(|id| list.get(*id)).map(|row| row.origin.clone()).collect();
        for id in &ids {
            if let Some(row) = list.get_mut(*id) {
                row.queue();
            }
        }
        if let Some(first) = ids.first().and_then(|id| list.get_mut(*id)) {
            first.prepare();
        }
        let mut errand = Errand::new("open images");
        // Should there be no thread, the errand ends at once and `poll` says so.
        let _ = errand.start(ctx, move || open(&origins, repeat));
        let course = Course { items: ids, repeat, connected: false, cancelled: false };
        let stage = Stage::Opening(errand);
        Self { course, stage, totals, connection: None, options, ctx: ctx.clone() }
    }

    /// Asks it to end soon; [`News::Over`] follows.
    pub(super) fn cancel(&mut self) {
        self.course.cancelled = true;
        match &mut self.stage {
            Stage::Opening(errand) => errand.forget(),
            Stage::Running(job) => job.cancel(),
        }
    }

    /// How far it is; `None` while files are being opened.
    pub(super) fn status(&self) -> Option<Arc<SendStatus>> {
        match &self.stage {
            Stage::Opening(..) => None,
            Stage::Running(job) => Some(job.status()),
        }
    }

    /// To whom it sends, as it is typed.
    pub(super) fn targets(&self) -> String {
        let others = self.options.spread.others.iter();
        let all = std::iter::once(&self.options.target).chain(others);
        all.map(Target::to_string).collect::<Vec<_>>().join(", ")
    }

    /// Whether it sends to one target only.
    pub(super) const fn has_one_target(&self) -> bool {
        self.options.spread.others.is_empty()
    }

    /// To whom it sends, in a word.
    pub(super) fn addressee(&self) -> String {
        match self.options.spread.others.len() {
            0 => self.options.target.host.clone(),
            others => format!("{} targets", others + 1),
        }
    }

    /// Whether it starts again at its end.
    pub(super) const fn repeats(&self) -> bool {
        self.course.repeat
    }

    /// The bytes that will have left in the end, where that is known before: nobody knows how
    /// small what is encoded becomes.
    pub(super) fn bytes_in_all(&self) -> Option<u64> {
        let known = !self.repeats() && self.options.compression == Compression::Raw;
        self.totals.exact_bytes().filter(|_| known)
    }

    /// The entry that is leaving now.
    pub(super) fn current(&self, status: &SendStatus) -> Option<RowId> {
        if status.phase == SendPhase::Done {
            return None;
        }
        self.course.items.get(status.item).copied()
    }

    /// Brings the list up to date and tells what else happened.
    pub(super) fn poll(&mut self, list: &mut List) -> Vec<News> {
        // Entries may still be looked at while others leave.
        self.totals = list.totals(&self.course.items);
        if let Some(end) = self.advance(list) {
            return vec![end];
        }
        let Stage::Running(job) = &self.stage else {
            return Vec::new();
        };
        let mut news = Vec::new();
        for event in job.events().try_iter() {
            if let SendEvent::Connected { chunk, round_trip, .. } = event {
                self.connection = Some(Connection { chunk, round_trip });
            }
            news.extend(self.course.apply(list, event));
        }
        news
    }

    /// Goes from opening to running when the files are open.
    fn advance(&mut self, list: &mut List) -> Option<News> {
        let Stage::Opening(errand) = &mut self.stage else {
            return None;
        };
        let Some(opened) = errand.poll() else {
            if errand.is_running() {
                return None;
            }
            self.course.stop(list);
            return Some(News::Over(Err(SendError::Cancelled)));
        };
        for (item, reason) in opened.failures {
            if let Some(row) = self.course.items.get(item).and_then(|id| list.get_mut(*id)) {
                row.fail(reason);
            }
        }
        self.course.keep(&opened.kept);
        let Some(source) = opened.source else {
            self.course.stop(list);
            return Some(News::NothingToSend);
        };
        let ctx = self.ctx.clone();
        let wake: Wake = Arc::new(move || ctx.request_repaint());
        self.stage = Stage::Running(SendJob::start(self.options.clone(), source, wake));
        None
    }
}

/// Opens what can be opened: one unreadable entry does not keep the others from going.
fn open(origins: &[Origin], repeat: bool) -> Opened {
    let mut kept: Vec<usize> = (0..origins.len()).collect();
    let mut failures = Vec::new();
    while !kept.is_empty() {
        let inputs: Vec<Input> = kept.iter().map(|item| origins[*item].resolve()).collect();
        match media::open(inputs, Playback { count: None, repeat }) {
            Ok(source) => return Opened { source: Some(source), kept, failures },
            Err(error) => {
                // An error about no entry in particular would come again for ever.
                let place = error.item.min(kept.len() - 1);
                failures.push((kept.remove(place), error.reason));
            }
        }
    }
    Opened { source: None, kept, failures }
}

/// Which entry each item of a job is, and what the job's events mean for them.
struct Course {
    items: Vec<RowId>,
    repeat: bool,
    /// Whether a receiver has ever answered.
    connected: bool,
    /// Whether the user has had enough.
    cancelled: bool,
}

impl Course {
    /// From now on the items are these of the present ones.
    fn keep(&mut self, kept: &[usize]) {
        self.items = kept.iter().filter_map(|item| self.items.get(*item)).copied().collect();
    }

    fn apply(&mut self, list: &mut List, event: SendEvent) -> Option<News> {
        match event {
            SendEvent::Connected { .. } => {
                self.connected = true;
                return Some(News::Connected);
            }
            SendEvent::NobodyListening { peer } => return Some(News::NobodyListening(peer)),
            // Nothing changes: it is told again what it missed.
            SendEvent::ReceiverRestarted | SendEvent::Described(_) => {}
            SendEvent::FrameStarted(report) => {
                if let Some(row) = self.row(list, report.item) {
                    row.frame_started();
                }
            }
            SendEvent::FrameDone(report) => {
                if let Some(row) = self.row(list, report.item) {
                    row.frame_done(&report);
                }
                self.settle_up_to(list, report.item);
            }
            // The end of the job is no failure of the frames that it cuts off: they wait again.
            SendEvent::FrameFailed { frame, .. }
                if frame.frame_id.is_some() && (self.cancelled || !self.connected) => {}
            SendEvent::FrameFailed { frame, reason } => {
                if let Some(row) = self.row(list, frame.item) {
                    row.frame_failed(&frame, &reason);
                }
                self.settle_up_to(list, frame.item);
            }
            SendEvent::Finished(result) => {
                let to_its_end = matches!(&result, Ok(_) | Err(SendError::FramesFailed { .. }));
                self.end(list, to_its_end);
                return Some(News::Over(result));
            }
        }
        None
    }

    /// Says the last word on the entries before `item`, of which nothing more comes, and on
    /// `item` itself when every frame of it is known.
    fn settle_up_to(&self, list: &mut List, item: usize) {
        if self.repeat {
            return;
        }
        for (place, id) in self.items.iter().enumerate().take(item + 1) {
            if let Some(row) = list.get_mut(*id)
                && (row.is_accounted_for() || (place < item && row.has_unknown_end()))
            {
                row.settle();
            }
        }
    }

    fn end(&self, list: &mut List, to_its_end: bool) {
        if !to_its_end {
            return self.stop(list);
        }
        for id in &self.items {
            if let Some(row) = list.get_mut(*id) {
                row.settle();
            }
        }
    }

    fn stop(&self, list: &mut List) {
        for id in &self.items {
            if let Some(row) = list.get_mut(*id) {
                row.stop();
            }
        }
    }

    fn row<'a>(&self, list: &'a mut List, item: usize) -> Option<&'a mut super::row::Row> {
        list.get_mut(*self.items.get(item)?)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::row::tests::{report, row};
    use super::super::row::{Facts, RowState};
    use super::*;

    /// Entries with so many frames, all queued.
    fn course(frames: &[Option<u64>]) -> (Course, List) {
        let mut list = List::default();
        let items: Vec<RowId> = frames
            .iter()
            .map(|frames| {
                let id = list.add(Origin::Path(PathBuf::from("a.png")));
                let entry = list.get_mut(id).expect("just added");
                entry.facts = row(*frames).facts;
                entry.queue();
                id
            })
            .collect();
        (Course { items, repeat: false, connected: true, cancelled: false }, list)
    }

    fn states(list: &List) -> Vec<RowState> {
        list.rows().iter().map(|row| row.state.clone()).collect()
    }

    #[test]
    fn each_entry_follows_its_own_events() {
        let (mut course, mut list) = course(&[Some(1), Some(1), Some(1)]);
        course.apply(&mut list, SendEvent::FrameStarted(report(0, false)));
        course.apply(&mut list, SendEvent::FrameStarted(report(1, false)));
        course.apply(&mut list, SendEvent::FrameDone(report(0, true)));
        let failed =
            SendEvent::FrameFailed { frame: report(1, false), reason: "no answer".to_owned() };
        course.apply(&mut list, failed);
        assert_eq!(
            states(&list),
            [RowState::Delivered, RowState::Failed("no answer".to_owned()), RowState::Queued]
        );
    }

    #[test]
    fn a_cancelled_job_gives_back_what_never_left() {
        let (mut course, mut list) = course(&[Some(1), Some(3), Some(1)]);
        course.apply(&mut list, SendEvent::FrameDone(report(0, true)));
        course.apply(&mut list, SendEvent::FrameDone(report(1, true)));
        let news = course.apply(&mut list, SendEvent::Finished(Err(SendError::Cancelled)));
        assert!(matches!(news, Some(News::Over(Err(_)))));
        assert_eq!(states(&list), [RowState::Delivered, RowState::Stopped, RowState::Waiting]);
        assert_eq!(list.due().len(), 2);
    }

    #[test]
    fn frames_that_the_end_of_the_job_cuts_off_have_not_failed() {
        let unconfirmed = || SendEvent::FrameFailed {
            frame: report(0, false),
            reason: "the job ended before the receiver had it".to_owned(),
        };
        for (connected, cancelled) in [(true, true), (false, false)] {
            let (course, mut list) = course(&[Some(1)]);
            let mut course = Course { connected, cancelled, ..course };
            course.apply(&mut list, SendEvent::FrameStarted(report(0, false)));
            course.apply(&mut list, unconfirmed());
            course.apply(&mut list, SendEvent::Finished(Err(SendError::Cancelled)));
            assert_eq!(states(&list), [RowState::Waiting]);
        }
        let (mut course, mut list) = course(&[Some(1)]);
        course.apply(&mut list, unconfirmed());
        assert!(matches!(states(&list)[0], RowState::Failed(_)), "the receiver fell silent");
    }

    #[test]
    fn an_entry_of_unknown_length_is_settled_when_the_next_one_arrives() {
        let (mut course, mut list) = course(&[None, Some(1)]);
        course.apply(&mut list, SendEvent::FrameDone(report(0, true)));
        assert_eq!(states(&list)[0], RowState::Sending);
        course.apply(&mut list, SendEvent::FrameDone(report(1, true)));
        assert_eq!(states(&list), [RowState::Delivered, RowState::Delivered]);
    }

    #[test]
    fn an_entry_that_nobody_looked_at_is_settled_at_the_end() {
        let (mut course, mut list) = course(&[Some(1)]);
        let id = course.items[0];
        list.get_mut(id).expect("there").facts = None::<Facts>;
        course.apply(&mut list, SendEvent::FrameDone(report(0, true)));
        course.apply(&mut list, SendEvent::Finished(Ok(SendStatus::default())));
        assert_eq!(states(&list), [RowState::Delivered]);
    }

    #[test]
    fn items_are_renumbered_when_an_entry_can_not_be_opened() {
        let (mut course, mut list) = course(&[Some(1), Some(1)]);
        course.keep(&[1]);
        course.apply(&mut list, SendEvent::FrameDone(report(0, true)));
        assert_eq!(states(&list), [RowState::Queued, RowState::Delivered]);
        course.apply(&mut list, SendEvent::FrameDone(report(7, true)));
    }
}
