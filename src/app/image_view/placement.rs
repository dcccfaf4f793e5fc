//! Where a picture lies in its space: arithmetic without drawing.

use egui::{Pos2, Rect, Vec2};

use super::orientation::Orientation;

/// A picture and the space that it is shown in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Canvas {
    /// The space, in points of the screen.
    pub space: Rect,
    /// The picture's size as it is turned, in its own pixels.
    pub image: Vec2,
    /// Pixels of the screen for each point.
    pub pixels_per_point: f32,
}

/// How the picture is placed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Placement {
    /// The whole picture, as large as it can be.
    #[default]
    Fit,
    /// As the user has put it.
    Free {
        /// Pixels of the screen for each pixel of the picture.
        zoom: f32,
        /// The point of the picture that lies in the middle of the space.
        center: Pos2,
    },
}

impl Placement {
    /// Pixels of the screen for each pixel of the picture.
    pub(super) fn zoom(self, canvas: &Canvas) -> f32 {
        match self {
            Self::Fit => {
                let ratio = canvas.space.size() / canvas.image;
                (ratio.min_elem() * canvas.pixels_per_point).max(SMALLEST)
            }
            Self::Free { zoom, .. } => zoom,
        }
    }

    /// The rectangle of the screen that the picture fills, on whole pixels of the screen.
    pub(super) fn rect(self, canvas: &Canvas) -> Rect {
        let scale = self.zoom(canvas) / canvas.pixels_per_point;
        let center = self.center(canvas).to_vec2();
        let corner = canvas.space.center() - center * scale;
        let snap = |value: f32| (value * canvas.pixels_per_point).round() / canvas.pixels_per_point;
        let corner = Pos2::new(snap(corner.x), snap(corner.y));
        Rect::from_min_size(corner, canvas.image * scale)
    }

    /// Changes the zoom and leaves the point under `pointer` where it is.
    pub(super) fn zoom_at(&mut self, canvas: &Canvas, pointer: Pos2, new_zoom: f32) {
        let before = self.rect(canvas);
        let zoom = new_zoom.clamp(SMALLEST, LARGEST);
        let held = (pointer - before.min) / before.size() * canvas.image;
        let offset = (pointer - canvas.space.center()) * canvas.pixels_per_point / zoom;
        *self = Self::Free { zoom, center: within(held.to_pos2() - offset, canvas.image) };
    }

    /// The next step above the zoom there is.
    pub(super) fn larger(self, canvas: &Canvas) -> f32 {
        let zoom = self.zoom(canvas);
        // Almost a step counts as that step.
        steps().find(|step| *step > zoom * 1.01).unwrap_or(zoom)
    }

    /// The next step below the zoom there is.
    pub(super) fn smaller(self, canvas: &Canvas) -> f32 {
        let zoom = self.zoom(canvas);
        steps().rfind(|step| *step < zoom * 0.99).unwrap_or(zoom)
    }

    /// The same point in the middle after the picture was turned from `before` to `after`.
    pub(super) fn turn(&mut self, image: Vec2, before: Orientation, after: Orientation) {
        if let Self::Free { center, .. } = self {
            *center = after.place(before.source(*center, image), image);
        }
    }

    /// Moves the picture by so many points of the screen.
    pub(super) fn pan(&mut self, canvas: &Canvas, delta: Vec2) {
        let zoom = self.zoom(canvas);
        let center = self.center(canvas) - delta * canvas.pixels_per_point / zoom;
        *self = Self::Free { zoom, center: within(center, canvas.image) };
    }

    fn center(self, canvas: &Canvas) -> Pos2 {
        match self {
            Self::Fit => (canvas.image / 2.0).to_pos2(),
            Self::Free { center, .. } => center,
        }
    }
}

/// The middle of the space never leaves the picture, so that it cannot be lost from sight.
fn within(center: Pos2, image: Vec2) -> Pos2 {
    center.clamp(Pos2::ZERO, image.to_pos2())
}

/// The powers of two, and the middle between two of them.
fn steps() -> impl DoubleEndedIterator<Item = f32> {
    (-8_i16..=8)
        .map(|power| f32::from(power).exp2())
        .flat_map(|step| [step, step * 1.5])
        .filter(|step| *step <= LARGEST)
}

/// A picture of 65,000 pixels still fits a small window.
const SMALLEST: f32 = 1.0 / 256.0;
/// One pixel is then large enough for four long figures, on any screen.
const LARGEST: f32 = 256.0;

#[cfg(test)]
mod tests {
    use egui::{pos2, vec2};

    use super::*;

    const CANVAS: Canvas = Canvas {
        space: Rect { min: Pos2::new(10.0, 20.0), max: Pos2::new(410.0, 220.0) },
        image: Vec2::new(800.0, 800.0),
        pixels_per_point: 2.0,
    };

    fn image_point(placement: Placement, screen: Pos2) -> Pos2 {
        let rect = placement.rect(&CANVAS);
        ((screen - rect.min) / rect.size() * CANVAS.image).to_pos2()
    }

    #[test]
    fn fitted_the_whole_picture_is_centred() {
        assert_eq!(Placement::Fit.zoom(&CANVAS), 0.5);
        let rect = Placement::Fit.rect(&CANVAS);
        assert_eq!(rect, Rect::from_min_size(pos2(110.0, 20.0), vec2(200.0, 200.0)));
    }

    #[test]
    fn zooming_holds_what_is_under_the_pointer() {
        let mut placement = Placement::Fit;
        let pointer = pos2(180.0, 60.0);
        let before = image_point(placement, pointer);
        for zoom in [1.0, 3.0, 8.0] {
            placement.zoom_at(&CANVAS, pointer, zoom);
            let after = image_point(placement, pointer);
            assert!((after - before).length() < 1.5, "{before:?} {after:?}");
            assert_eq!(placement.zoom(&CANVAS), zoom);
        }
    }

    #[test]
    fn steps_meet_the_round_sizes_from_wherever_they_start() {
        let at = |zoom| Placement::Free { zoom, center: pos2(0.0, 0.0) };
        for (zoom, above, below) in
            [(0.5, 0.75, 0.375), (0.97, 1.0, 0.75), (1.0, 1.5, 0.75), (7.0, 8.0, 6.0)]
        {
            assert_eq!(at(zoom).larger(&CANVAS), above);
            assert_eq!(at(zoom).smaller(&CANVAS), below);
        }
        assert_eq!(at(SMALLEST).smaller(&CANVAS), SMALLEST);
        assert_eq!(at(LARGEST).larger(&CANVAS), LARGEST);
    }

    #[test]
    fn turning_keeps_what_is_in_the_middle() {
        let upright = Orientation::default();
        let mut placement = Placement::Free { zoom: 2.0, center: pos2(100.0, 30.0) };
        placement.turn(vec2(400.0, 300.0), upright, upright.turned_right());
        assert_eq!(placement, Placement::Free { zoom: 2.0, center: pos2(270.0, 100.0) });
    }

    #[test]
    fn panning_moves_with_the_hand_and_never_loses_the_picture() {
        let mut placement = Placement::Free { zoom: 2.0, center: pos2(400.0, 400.0) };
        let before = placement.rect(&CANVAS).min;
        placement.pan(&CANVAS, vec2(5.0, -7.0));
        assert_eq!(placement.rect(&CANVAS).min - before, vec2(5.0, -7.0));
        placement.pan(&CANVAS, vec2(1e6, 1e6));
        assert!(placement.rect(&CANVAS).intersects(CANVAS.space));
    }
}
