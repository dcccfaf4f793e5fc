//! The problem frames: which one's packets are shown instead of those of the picture, and the list
//! to choose from.

use egui::{Align2, Color32, Pos2, Role, Sense, TextStyle, Ui, Vec2, WidgetInfo, pos2};

use crate::app::command::Command;
use crate::app::figures::{self, thousands};
use crate::app::packet_map;
use crate::app::theme::{self, Meaning, height, radius, space};
use crate::app::widgets;
use crate::flow::{Cause, ProblemFrame, StreamKey};

/// Where a person stands in the list of problem frames.
#[derive(Default)]
pub(super) struct Problems {
    /// The frame whose packets are shown: kept, because the list forgets.
    shown: Option<ProblemFrame>,
    /// The newest ones, as they stood when the pointer came over them.
    rows: Vec<ProblemFrame>,
    hovered: bool,
}

/// Which way to go through the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// To newer ones, and from the newest to the oldest.
    Next,
    /// To older ones, and from the oldest to the newest.
    Previous,
}

impl Problems {
    /// The frame whose packets are shown instead of those of the picture.
    pub(super) fn shown(&self) -> Option<&ProblemFrame> {
        self.shown.as_ref()
    }

    /// Goes to the next or previous of `problems`, oldest first; from live to the newest.
    pub(super) fn step(&mut self, problems: &[&ProblemFrame], step: Step) {
        let Some(newest) = problems.len().checked_sub(1) else { return };
        let to = match (&self.shown, step) {
            (None, _) => newest,
            (Some(shown), Step::Next) => {
                let after = |problem: &&ProblemFrame| order(problem) > order(shown);
                problems.iter().position(after).unwrap_or(0)
            }
            (Some(shown), Step::Previous) => {
                let before = |problem: &&ProblemFrame| order(problem) < order(shown);
                problems.iter().rposition(before).unwrap_or(newest)
            }
        };
        self.shown = problems.get(to).map(|&problem| problem.clone());
    }

    /// Shows the packets of this frame, if it is remembered.
    pub(super) fn show(&mut self, problems: &[ProblemFrame], stream: StreamKey, frame_id: u64) {
        if let Some(problem) = find(problems, stream, frame_id) {
            self.shown = Some(problem.clone());
        }
    }

    /// Goes back to the packets of the picture.
    pub(super) fn leave(&mut self) {
        self.shown = None;
    }

    /// Takes what has come late for the frame that is shown.
    pub(super) fn follow(&mut self, problems: &[ProblemFrame]) {
        let Some(shown) = &mut self.shown else { return };
        if let Some(newer) = find(problems, shown.stream, shown.frame_id) {
            shown.record.clone_from(&newer.record);
        }
    }

    /// Draws the newest of `problems`, a row each, to be clicked; `now` is in the listener's time.
    pub(super) fn list(
        &mut self,
        ui: &mut Ui,
        problems: &[&ProblemFrame],
        now: f64,
        commands: &mut Vec<Command>,
    ) {
        widgets::section_title(ui, "Problem frames").on_hover_text(EXPLANATION);
        if problems.is_empty() {
            widgets::dim_label(ui, "None: every packet of every frame simply came");
            return;
        }
        // A row must not run away from under the pointer.
        if !self.hovered {
            self.rows = problems.iter().rev().take(ROWS).map(|&problem| problem.clone()).collect();
        }
        let rows = ui.scope(|ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            column_titles(ui);
            for problem in &self.rows {
                let selected = self.shown.as_ref().is_some_and(|s| order(s) == order(problem));
                if row(ui, problem, now, selected).clicked() {
                    commands.push(Command::ShowProblem(problem.stream, problem.frame_id));
                }
            }
        });
        self.hovered = rows.response.contains_pointer();
    }
}

/// The problem frame with this number, the newest if there are several.
pub(super) fn find(
    problems: &[ProblemFrame],
    stream: StreamKey,
    frame_id: u64,
) -> Option<&ProblemFrame> {
    problems.iter().rev().find(|p| p.stream == stream && p.frame_id == frame_id)
}

/// What a cause is called in the list.
pub(super) const fn cause_words(cause: Cause) -> &'static str {
    match cause {
        Cause::Network => "network",
        Cause::Buffer => "buffer",
        Cause::Viewer => "viewer",
    }
}

fn order(problem: &ProblemFrame) -> (std::time::Duration, StreamKey, u64) {
    (problem.ended.since_start(), problem.stream, problem.frame_id)
}

fn column_titles(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 18.0), Sense::hover());
    let dim = theme::palette(ui).dim;
    for (title, column) in ["frame", "ago", "recovered", "lost", "cause"].iter().zip(COLUMNS) {
        put(ui, rect.left_center(), column, title, &(dim, TextStyle::Small));
    }
}

fn row(ui: &mut Ui, problem: &ProblemFrame, now: f64, selected: bool) -> egui::Response {
    let size = Vec2::new(ui.available_width(), height::ROW);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let palette = theme::palette(ui);
    let ground = rect.expand2(Vec2::new(space::CONTROL, 0.0));
    if selected || response.hovered() || response.has_focus() {
        let fill = if selected { palette.selected } else { palette.hovered };
        ui.painter().rect_filled(ground, f32::from(radius::SMALL), fill);
    }
    let counts = problem.record.counts();
    let (recovered, gone) = (counts.recovered(), counts.lost + counts.late);
    let ago = ago(problem, now);
    let texts = [
        (thousands(problem.frame_id), palette.text),
        (ago.clone(), palette.dim),
        (dash_or(recovered), palette.ink(Meaning::Recovered)),
        (dash_or(gone), palette.ink(Meaning::Lost)),
        (cause_words(problem.cause()).to_owned(), palette.dim),
    ];
    for ((text, color), column) in texts.iter().zip(COLUMNS) {
        put(ui, rect.left_center(), column, text, &(*color, TextStyle::Body));
    }
    for (meaning, count, column) in
        [(Meaning::Recovered, recovered, COLUMNS[2]), (Meaning::Lost, gone, COLUMNS[3])]
    {
        if count > 0 {
            let center = pos2(rect.left() + column.0 - SYMBOL, rect.center().y);
            ui.painter().add(packet_map::shape(meaning, center, 3.5, palette.fill(meaning)));
        }
    }
    response.widget_info(|| {
        let text = format!(
            "Frame {}, {ago} ago: {recovered} recovered, {gone} lost or late, {}",
            problem.frame_id,
            cause_words(problem.cause())
        );
        WidgetInfo::selected(Role::Button, true, selected, text)
    });
    response
}

/// How long ago a frame was over.
pub(super) fn ago(problem: &ProblemFrame, now: f64) -> String {
    let seconds = (now - problem.ended.since_start().as_secs_f64()).max(0.0);
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let whole = std::time::Duration::from_secs(seconds as u64);
    figures::duration(whole)
}

fn dash_or(count: u64) -> String {
    if count == 0 { "–".to_owned() } else { thousands(count) }
}

fn put(ui: &Ui, left: Pos2, column: (f32, Align2), text: &str, look: &(Color32, TextStyle)) {
    let font = look.1.resolve(ui.style());
    ui.painter().text(left + Vec2::new(column.0, 0.0), column.1, text, font, look.0);
}

const EXPLANATION: &str = "Frames of which packets had to be recovered, came too late or were lost: \
                           the newest ones. The cause is the network or this PC's receive buffer. N goes from one to the next";
/// Rows that are shown.
const ROWS: usize = 8;
/// The columns of a row: where each is, and which edge of its text.
const COLUMNS: [(f32, Align2); 5] = [
    (56.0, Align2::RIGHT_CENTER),
    (122.0, Align2::RIGHT_CENTER),
    (188.0, Align2::RIGHT_CENTER),
    (230.0, Align2::RIGHT_CENTER),
    (242.0, Align2::LEFT_CENTER),
];
const SYMBOL: f32 = 30.0;

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::flow::{Outcome, Time};

    fn problem(frame_id: u64) -> ProblemFrame {
        ProblemFrame {
            stream: StreamKey::over_udp(([192, 0, 2, 1], 1).into(), 1),
            frame_id,
            ended: Time::after_start(Duration::from_millis(100 * frame_id)),
            outcome: Outcome::Incomplete,
            buffer_drops: 0,
            record: Arc::default(),
        }
    }

    #[test]
    fn next_goes_to_the_newest_and_then_round() {
        let log: Vec<ProblemFrame> = [3, 5, 9].into_iter().map(problem).collect();
        let log: Vec<&ProblemFrame> = log.iter().collect();
        let mut problems = Problems::default();
        let mut walk = |step| {
            problems.step(&log, step);
            problems.shown().map(|problem| problem.frame_id)
        };
        assert_eq!(walk(Step::Next), Some(9));
        assert_eq!(walk(Step::Next), Some(3));
        assert_eq!(walk(Step::Next), Some(5));
        assert_eq!(walk(Step::Previous), Some(3));
        assert_eq!(walk(Step::Previous), Some(9));
    }

    #[test]
    fn a_frame_that_the_list_has_forgotten_stays_and_the_next_is_the_next_newer() {
        let (old, new) = (problem(3), [problem(7), problem(8)]);
        let mut problems = Problems { shown: Some(old), ..Problems::default() };
        problems.follow(&new);
        assert_eq!(problems.shown().map(|problem| problem.frame_id), Some(3));
        problems.step(&[&new[0], &new[1]], Step::Next);
        assert_eq!(problems.shown().map(|problem| problem.frame_id), Some(7));
        problems.step(&[], Step::Next);
        assert_eq!(problems.shown().map(|problem| problem.frame_id), Some(7));
        problems.leave();
        assert!(problems.shown().is_none());
    }

    #[test]
    fn how_long_ago_is_said_in_its_unit() {
        assert_eq!(ago(&problem(10), 3.44), "2.4 s");
        assert_eq!(ago(&problem(10), 0.0), "0.0 s");
        assert_eq!(ago(&problem(0), 200.0), "3 min 20 s");
    }
}
