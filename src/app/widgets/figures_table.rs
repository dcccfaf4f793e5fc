//! Rows of figures in fixed columns: nothing moves when a figure changes.

use egui::{
    Align2, Color32, FontSelection, Pos2, Rect, Response, Role, Sense, TextStyle, Ui, Vec2,
    WidgetInfo,
};

use crate::app::theme::{self, Meaning, height};

/// Width of the column at the right edge.
const TOTAL_WIDTH: f32 = 92.0;
/// How far the second level of labels is indented.
const INDENT: f32 = 14.0;

/// A label and its two figures.
pub struct FigureRow<'a> {
    /// What is counted.
    pub label: &'a str,
    /// What the label means, shown when the pointer rests on it.
    pub explanation: &'a str,
    /// The colour and shape of the label, if it has any.
    pub meaning: Option<Meaning>,
    /// Whether it is a part of the row above.
    pub part: bool,
    /// The figure of the last second.
    pub last_second: &'a str,
    /// The figure since the beginning.
    pub total: &'a str,
}

/// The titles of the two columns of [`figure_row`].
pub fn column_titles(ui: &mut Ui, left: &str, right: &str) {
    let (rect, _) = allocate_row(ui, height::ROW - 4.0);
    let (dim, font) = (theme::palette(ui).dim, TextStyle::Small);
    put(ui, first_column(rect), Align2::RIGHT_CENTER, left, (dim, font.clone()));
    put(ui, rect.right_center(), Align2::RIGHT_CENTER, right, (dim, font));
}

/// A row with a figure for the last second and one for everything.
pub fn figure_row(ui: &mut Ui, row: &FigureRow<'_>) -> Response {
    let (rect, response) = allocate_row(ui, height::ROW);
    let palette = theme::palette(ui);
    let figures = if row.part { palette.dim } else { palette.text };
    let label = match row.meaning {
        Some(meaning) => palette.ink(meaning),
        None => figures,
    };
    let mut start = rect.left_center();
    if let Some(meaning) = row.meaning {
        start.x = put(ui, start, Align2::LEFT_CENTER, meaning.symbol(), body(label)).right() + 4.0;
    }
    if row.part {
        start.x += INDENT;
    }
    put(ui, start, Align2::LEFT_CENTER, row.label, body(label));
    put(ui, first_column(rect), Align2::RIGHT_CENTER, row.last_second, body(figures));
    put(ui, rect.right_center(), Align2::RIGHT_CENTER, row.total, body(figures));
    response.widget_info(|| {
        let text = format!("{}: last second {}, total {}", row.label, row.last_second, row.total);
        WidgetInfo::labeled(Role::Label, true, text)
    });
    response.on_hover_text(row.explanation)
}

/// A row with one figure.
pub fn value_row(ui: &mut Ui, label: &str, explanation: &str, value: &str) -> Response {
    let (rect, response) = allocate_row(ui, height::ROW);
    let palette = theme::palette(ui);
    put(ui, rect.left_center(), Align2::LEFT_CENTER, label, body(palette.text));
    put(ui, rect.right_center(), Align2::RIGHT_CENTER, value, body(palette.text));
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{label}: {value}")));
    response.on_hover_text(explanation)
}

fn allocate_row(ui: &mut Ui, height: f32) -> (Rect, Response) {
    ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover())
}

fn first_column(row: Rect) -> Pos2 {
    row.right_center() - Vec2::new(TOTAL_WIDTH, 0.0)
}

fn body(color: Color32) -> (Color32, TextStyle) {
    (color, TextStyle::Body)
}

fn put(ui: &Ui, at: Pos2, align: Align2, text: &str, look: (Color32, TextStyle)) -> Rect {
    let font = FontSelection::Style(look.1).resolve(ui.style());
    ui.painter().text(at, align, text, font, look.0)
}
