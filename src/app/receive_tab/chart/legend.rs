//! What the lines, bars and crosses of a chart mean.

use egui::{
    Align2, Color32, Painter, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::app::theme;

/// What is drawn before a word, as it is drawn in the chart.
#[derive(Clone, Copy)]
pub(super) enum Sign {
    /// A line.
    Line,
    /// A dashed line.
    Dashes,
    /// A solid bar.
    Solid,
    /// A hollow bar.
    Hollow,
    /// A cross.
    Cross,
}

/// A line of signs and texts in columns of one width: nothing moves when figures change.
pub(super) fn columns<const N: usize>(
    ui: &mut Ui,
    entries: [(Sign, Color32, String); N],
) -> Response {
    let size = vec2(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let palette = theme::palette(ui);
    let font = TextStyle::Small.resolve(ui.style());
    for (column, (sign, color, text)) in entries.iter().enumerate() {
        let left = rect.left() + rect.width() / N as f32 * column as f32;
        sign.paint(ui.painter(), pos2(left + REACH, rect.center().y), *color);
        let place = pos2(left + 2.0 * REACH + 4.0, rect.center().y);
        ui.painter().text(place, Align2::LEFT_CENTER, text, font.clone(), palette.dim);
    }
    let words = entries.map(|(_, _, text)| text).join(", ");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
    response
}

impl Sign {
    fn paint(self, painter: &Painter, center: Pos2, color: Color32) {
        let stroke = Stroke::new(1.5, color);
        let across = [center - vec2(REACH, 0.0), center + vec2(REACH, 0.0)];
        let bar = Rect::from_center_size(center, vec2(6.0, 9.0));
        match self {
            Self::Line => {
                painter.line_segment(across, stroke);
            }
            Self::Dashes => {
                painter.extend(Shape::dashed_line(&across, stroke, 4.0, 2.0));
            }
            Self::Solid => {
                painter.rect_filled(bar, 0.0, color);
            }
            Self::Hollow => {
                painter.rect_stroke(bar, 0.0, stroke, StrokeKind::Inside);
            }
            Self::Cross => {
                for arm in [vec2(3.0, 3.0), Vec2::new(3.0, -3.0)] {
                    painter.line_segment([center - arm, center + arm], stroke);
                }
            }
        }
    }
}

const HEIGHT: f32 = 16.0;
/// Half the width of a sign.
const REACH: f32 = 6.0;
