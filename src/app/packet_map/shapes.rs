//! The shapes that go with the colours of what became of packets.

use egui::{Color32, Pos2, Rect, Shape, Stroke, Vec2, vec2};

use crate::app::theme::Meaning;

/// The shape of `meaning` around `center`: a square, a diamond, a triangle or a disc.
pub fn shape(meaning: Meaning, center: Pos2, radius: f32, color: Color32) -> Shape {
    let polygon = |corners: &[Vec2]| {
        let points = corners.iter().map(|&corner| center + corner * radius).collect();
        Shape::convex_polygon(points, color, Stroke::NONE)
    };
    match meaning {
        Meaning::Received => Shape::rect_filled(
            Rect::from_center_size(center, Vec2::splat(1.6 * radius)),
            0.0,
            color,
        ),
        Meaning::Recovered => {
            polygon(&[vec2(0.0, -1.15), vec2(1.15, 0.0), vec2(0.0, 1.15), vec2(-1.15, 0.0)])
        }
        Meaning::Late => polygon(&[vec2(0.0, -1.0), vec2(1.05, 0.85), vec2(-1.05, 0.85)]),
        Meaning::Lost => Shape::circle_filled(center, radius, color),
    }
}
