//! From the pixels of the picture to the points of the screen, and back.

use std::ops::Range;

use egui::{Pos2, Rect, Vec2, pos2};

use super::orientation::Orientation;

/// Where each pixel of the picture lies on the screen. Pixels are those of the wire, however the
/// picture is turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Projection {
    /// What the picture fills.
    pub target: Rect,
    /// The picture's size, in its own pixels.
    pub image: Vec2,
    /// How it is turned.
    pub orientation: Orientation,
}

/// A rectangle of pixels; the ends are outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) struct PixelRect {
    /// From left to right.
    pub columns: Range<usize>,
    /// From the top.
    pub rows: Range<usize>,
}

impl Projection {
    /// The same picture with pixels of `side` points, the middle of `pixel` at `at`.
    pub(super) fn magnified(&self, [x, y]: [u32; 2], at: Pos2, side: f32) -> Self {
        let middle = self.orientation.place(pos2(x as f32 + 0.5, y as f32 + 0.5), self.image);
        let corner = at - middle.to_vec2() * side;
        let shown = self.orientation.size(self.image) * side;
        Self { target: Rect::from_min_size(corner, shown), ..*self }
    }

    /// Points of the screen along the side of a pixel.
    pub(super) fn pixel_side(&self) -> f32 {
        self.target.width() / self.orientation.size(self.image).x
    }

    /// Where a point of the picture lies on the screen.
    pub(super) fn to_screen(self, at: Pos2) -> Pos2 {
        let scale = self.target.size() / self.orientation.size(self.image);
        self.target.min + self.orientation.place(at, self.image).to_vec2() * scale
    }

    /// What the pixels `area` cover on the screen.
    pub(super) fn area(&self, area: &PixelRect) -> Rect {
        let corner = |x: usize, y: usize| self.to_screen(pos2(x as f32, y as f32));
        Rect::from_two_pos(
            corner(area.columns.start, area.rows.start),
            corner(area.columns.end, area.rows.end),
        )
    }

    /// The pixel under a point of the screen; `None` beside the picture.
    pub(super) fn pixel_at(&self, at: Pos2) -> Option<[u32; 2]> {
        let place = self.to_image(at);
        let inside =
            place.x >= 0.0 && place.y >= 0.0 && place.x < self.image.x && place.y < self.image.y;
        inside.then_some([place.x as u32, place.y as u32])
    }

    /// The pixels of which something lies in `clip`.
    pub(super) fn visible(&self, clip: Rect) -> PixelRect {
        let corners = Rect::from_two_pos(self.to_image(clip.min), self.to_image(clip.max));
        let side = |from: f32, to: f32, length: f32| {
            from.clamp(0.0, length) as usize..to.clamp(0.0, length).ceil() as usize
        };
        PixelRect {
            columns: side(corners.min.x, corners.max.x, self.image.x),
            rows: side(corners.min.y, corners.max.y, self.image.y),
        }
    }

    fn to_image(self, at: Pos2) -> Pos2 {
        let scale = self.orientation.size(self.image) / self.target.size();
        self.orientation.source(((at - self.target.min) * scale).to_pos2(), self.image)
    }
}

impl PixelRect {
    /// A single pixel.
    pub(super) fn pixel(x: usize, y: usize) -> Self {
        Self { columns: x..x + 1, rows: y..y + 1 }
    }

    /// Whether the pixel at `x`, `y` belongs to it.
    pub(super) fn contains(&self, [x, y]: [u32; 2]) -> bool {
        self.columns.contains(&(x as usize)) && self.rows.contains(&(y as usize))
    }

    /// Whether it has no pixels.
    pub(super) fn is_empty(&self) -> bool {
        self.columns.is_empty() || self.rows.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    fn projection(orientation: Orientation) -> Projection {
        let image = vec2(40.0, 20.0);
        let target = Rect::from_min_size(pos2(100.0, 50.0), orientation.size(image) * 8.0);
        Projection { target, image, orientation }
    }

    #[test]
    fn the_pixel_under_the_pointer_is_the_one_that_is_drawn_there() {
        let upright = Orientation::default();
        for orientation in [
            upright,
            upright.turned_right(),
            upright.turned_left().flipped_vertically(),
            upright.flipped_horizontally(),
        ] {
            let projection = projection(orientation);
            for [x, y] in [[0, 0], [39, 0], [0, 19], [39, 19], [17, 5]] {
                let area = projection.area(&PixelRect::pixel(x as usize, y as usize));
                assert_eq!(area.size(), vec2(8.0, 8.0));
                assert!(projection.target.contains_rect(area));
                assert_eq!(projection.pixel_at(area.center()), Some([x, y]));
                assert_eq!(projection.pixel_at(area.min + vec2(0.1, 7.9)), Some([x, y]));
            }
            assert_eq!(projection.pixel_at(pos2(99.0, 60.0)), None);
            assert_eq!(projection.pixel_at(projection.target.max + vec2(1.0, 1.0)), None);
        }
    }

    #[test]
    fn only_what_can_be_seen_is_visible() {
        let clip = Rect::from_min_size(pos2(90.0, 40.0), vec2(30.0, 30.0));
        let upright = projection(Orientation::default()).visible(clip);
        assert_eq!(upright, PixelRect { columns: 0..3, rows: 0..3 });
        let turned = projection(Orientation::default().turned_right()).visible(clip);
        assert_eq!(turned, PixelRect { columns: 0..3, rows: 17..20 });
        let beside = Rect::from_min_size(pos2(0.0, 0.0), vec2(30.0, 30.0));
        assert!(projection(Orientation::default()).visible(beside).is_empty());
    }

    #[test]
    fn magnified_the_pixel_lies_where_it_was_asked_to() {
        let turned = projection(Orientation::default().turned_left());
        let at = pos2(300.0, 200.0);
        let magnified = turned.magnified([7, 3], at, 12.0);
        assert_eq!(magnified.area(&PixelRect::pixel(7, 3)).center(), at);
        assert_eq!(magnified.pixel_side(), 12.0);
    }
}
