//! How the picture is turned and mirrored for the eye. What is said about its pixels stays what
//! the wire says.

use egui::{Pos2, Vec2, pos2, vec2};

/// One of the eight ways in which a picture can lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Orientation {
    /// Mirrored left to right, before it is turned.
    mirrored: bool,
    /// Quarter turns clockwise, 0 to 3.
    turns: u8,
}

impl Orientation {
    /// Turned by a quarter, clockwise.
    pub(super) const fn turned_right(self) -> Self {
        Self { turns: (self.turns + 1) % 4, ..self }
    }

    /// Turned by a quarter, against the clock.
    pub(super) const fn turned_left(self) -> Self {
        Self { turns: (self.turns + 3) % 4, ..self }
    }

    /// Mirrored: what is left on the screen comes to the right.
    pub(super) const fn flipped_horizontally(self) -> Self {
        Self { mirrored: !self.mirrored, turns: (4 - self.turns) % 4 }
    }

    /// Mirrored: what is above on the screen comes below.
    pub(super) const fn flipped_vertically(self) -> Self {
        Self { mirrored: !self.mirrored, turns: (6 - self.turns) % 4 }
    }

    /// The size on the screen of a picture of `size`.
    pub(super) fn size(self, size: Vec2) -> Vec2 {
        if self.turns % 2 == 1 { size.yx() } else { size }
    }

    /// Where the point `at` of a picture of `size` comes to lie.
    pub(super) fn place(self, at: Pos2, size: Vec2) -> Pos2 {
        let at = if self.mirrored { pos2(size.x - at.x, at.y) } else { at };
        match self.turns {
            0 => at,
            1 => pos2(size.y - at.y, at.x),
            2 => pos2(size.x - at.x, size.y - at.y),
            _ => pos2(at.y, size.x - at.x),
        }
    }

    /// Which point of a picture of `size` lies at `at`: undoes [`Orientation::place`].
    pub(super) fn source(self, at: Pos2, size: Vec2) -> Pos2 {
        let at = match self.turns {
            0 => at,
            1 => pos2(at.y, size.y - at.x),
            2 => pos2(size.x - at.x, size.y - at.y),
            _ => pos2(size.x - at.y, at.x),
        };
        if self.mirrored { pos2(size.x - at.x, at.y) } else { at }
    }

    /// RGBA bytes of a picture of `width` and `height`, laid down like this; with the new width
    /// and height.
    pub(super) fn turn_rgba(
        self,
        rgba: Vec<u8>,
        [width, height]: [usize; 2],
    ) -> (Vec<u8>, [usize; 2]) {
        if self == Self::default() {
            return (rgba, [width, height]);
        }
        let size = vec2(width as f32, height as f32);
        let shown = self.size(size);
        let [columns, rows] = [shown.x as usize, shown.y as usize];
        let (pixels, _) = rgba.as_chunks::<4>();
        let mut out = Vec::with_capacity(rgba.len());
        for row in 0..rows {
            for column in 0..columns {
                let middle = pos2(column as f32 + 0.5, row as f32 + 0.5);
                let from = self.source(middle, size);
                out.extend(pixels[from.y as usize * width + from.x as usize]);
            }
        }
        (out, [columns, rows])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Vec2 = Vec2::new(3.0, 2.0);

    fn all() -> Vec<Orientation> {
        let mut upright = vec![Orientation::default()];
        for turn in 0..3 {
            upright.push(upright[turn].turned_right());
        }
        let mirrored = upright.clone().into_iter().map(Orientation::flipped_horizontally);
        upright.iter().copied().chain(mirrored).collect()
    }

    #[test]
    fn every_point_finds_its_way_there_and_back() {
        for orientation in all() {
            for (x, y) in [(0.0, 0.0), (2.5, 0.5), (0.5, 1.5), (3.0, 2.0), (1.25, 0.75)] {
                let there = orientation.place(pos2(x, y), SIZE);
                let shown = orientation.size(SIZE);
                assert!(there.x >= 0.0 && there.y >= 0.0, "{orientation:?}");
                assert!(there.x <= shown.x && there.y <= shown.y, "{orientation:?}");
                assert_eq!(orientation.source(there, SIZE), pos2(x, y), "{orientation:?}");
            }
        }
    }

    #[test]
    fn turning_and_flipping_act_on_what_is_seen() {
        for orientation in all() {
            let shown = orientation.size(SIZE);
            let at = pos2(0.5, 1.5);
            let before = orientation.place(at, SIZE);
            let place = |orientation: Orientation| orientation.place(at, SIZE);
            let mirrored = pos2(shown.x - before.x, before.y);
            assert_eq!(place(orientation.flipped_horizontally()), mirrored);
            let upside_down = pos2(before.x, shown.y - before.y);
            assert_eq!(place(orientation.flipped_vertically()), upside_down);
            assert_eq!(place(orientation.turned_right()), pos2(shown.y - before.y, before.x));
            assert_eq!(place(orientation.turned_left()), pos2(before.y, shown.x - before.x));
        }
    }

    #[test]
    fn what_is_undone_leaves_the_picture_as_it_was() {
        for orientation in all() {
            assert_eq!(orientation.turned_left().turned_right(), orientation);
            assert_eq!(orientation.flipped_vertically().flipped_vertically(), orientation);
            assert_eq!(orientation.flipped_horizontally().flipped_horizontally(), orientation);
        }
    }

    #[test]
    fn a_turned_copy_has_each_pixel_where_it_is_seen() {
        // 1 2 3
        // 4 5 6
        let rgba: Vec<u8> = (1..=6).flat_map(|value| [value; 4]).collect();
        let turned = |orientation: Orientation| {
            let (rgba, size) = orientation.turn_rgba(rgba.clone(), [3, 2]);
            (rgba.into_iter().step_by(4).collect::<Vec<u8>>(), size)
        };
        let upright = Orientation::default();
        assert_eq!(turned(upright.turned_right()), (vec![4, 1, 5, 2, 6, 3], [2, 3]));
        assert_eq!(turned(upright.turned_left()), (vec![3, 6, 2, 5, 1, 4], [2, 3]));
        assert_eq!(turned(upright.flipped_horizontally()), (vec![3, 2, 1, 6, 5, 4], [3, 2]));
        assert_eq!(turned(upright.flipped_vertically()), (vec![4, 5, 6, 1, 2, 3], [3, 2]));
    }
}
