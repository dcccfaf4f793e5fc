//! Looks at entries in the background: their size, format and a thumbnail.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use crate::media::{self, Input, Inspection};

use super::row::{Origin, RowId};

/// What was found out about an entry.
pub(super) struct Finding {
    pub(super) row: RowId,
    /// Whether it is a folder.
    pub(super) folder: bool,
    /// Its first frame and the like, or why nothing can be said.
    pub(super) result: Result<Inspection, String>,
}

/// One worker thread that looks at one entry after the other.
///
/// Commands: [`Inspector::ask`], [`Inspector::forget`]. Output: [`Inspector::poll`], to be asked
/// until it is empty in every pass of the window.
pub(super) struct Inspector {
    waiting: VecDeque<Question>,
    asked: VecDeque<Question>,
    questions: Sender<Question>,
    findings: Receiver<Finding>,
}

#[derive(Clone)]
struct Question {
    row: RowId,
    origin: Origin,
    forgotten: Arc<AtomicBool>,
}

impl Inspector {
    /// Starts the worker, which wakes `ctx` after each finding.
    pub(super) fn new(ctx: &egui::Context) -> Self {
        let (questions, inbox) = bounded(IN_FLIGHT);
        let (outbox, findings) = bounded(IN_FLIGHT);
        let ctx = ctx.clone();
        // Without a thread entries stay without thumbnails, and can still be sent.
        let _ = thread::Builder::new()
            .name("inspector".to_owned())
            .spawn(move || work(&inbox, &outbox, &ctx));
        Self { waiting: VecDeque::new(), asked: VecDeque::new(), questions, findings }
    }

    /// Looks at an entry when those asked for before it are done.
    pub(super) fn ask(&mut self, row: RowId, origin: Origin) {
        self.waiting.push_back(Question { row, origin, forgotten: Arc::default() });
        self.feed();
    }

    /// Nobody wants to know about this entry any more.
    pub(super) fn forget(&mut self, row: RowId) {
        self.waiting.retain(|question| question.row != row);
        self.asked.retain(|question| {
            let concerned = question.row == row;
            if concerned {
                question.forgotten.store(true, Ordering::Relaxed);
            }
            !concerned
        });
    }

    /// The next finding.
    pub(super) fn poll(&mut self) -> Option<Finding> {
        let finding = self.findings.try_recv().ok();
        if let Some(finding) = &finding {
            self.asked.retain(|question| question.row != finding.row);
        }
        self.feed();
        finding
    }

    /// Hands over as many questions as the worker takes without making the window wait.
    fn feed(&mut self) {
        while let Some(question) = self.waiting.pop_front() {
            match self.questions.try_send(question.clone()) {
                Ok(()) => self.asked.push_back(question),
                Err(TrySendError::Full(question)) => return self.waiting.push_front(question),
                Err(TrySendError::Disconnected(_)) => return,
            }
        }
    }
}

fn work(inbox: &Receiver<Question>, outbox: &Sender<Finding>, ctx: &egui::Context) {
    for question in inbox {
        if question.forgotten.load(Ordering::Relaxed) {
            continue;
        }
        if outbox.send(look_at(&question)).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

fn look_at(question: &Question) -> Finding {
    let input = question.origin.resolve();
    let folder = matches!(input, Input::Folder(_));
    let result = media::inspect(&input).map_err(|error| error.reason);
    Finding { row: question.row, folder, result }
}

/// Questions and findings under way: enough to keep the worker busy between two passes.
const IN_FLIGHT: usize = 16;

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_question_is_answered_in_order_and_a_missing_file_says_why() {
        let mut inspector = Inspector::new(&egui::Context::default());
        let rows: Vec<RowId> = (0..100).map(RowId).collect();
        for row in &rows {
            inspector.ask(*row, Origin::Path(PathBuf::from("/no/such/file.png")));
        }
        inspector.forget(RowId(99));
        let mut answered = Vec::new();
        while answered.len() < rows.len() - 1 {
            if let Some(finding) = inspector.poll() {
                assert!(finding.result.is_err());
                answered.push(finding.row);
            } else {
                thread::sleep(Duration::from_millis(1));
            }
        }
        assert_eq!(answered, rows[..99]);
    }
}
