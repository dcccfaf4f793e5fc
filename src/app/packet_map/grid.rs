//! Which packets a cell of the map stands for: arithmetic without drawing.

use std::ops::Range;

use egui::{Rect, Vec2, vec2};

use crate::flow::{Fate, PacketRecord};

/// From one cell to the next: as small as a shape can be told from another, and as large as a
/// frame of a few packets makes it.
const PITCHES: std::ops::RangeInclusive<u16> = 6..=28;

/// Cells row by row, in the order of the packets, which is that of the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    columns: u32,
    pitch: f32,
    /// Packets in each cell but the last.
    per_cell: u32,
    packets: u32,
}

impl Grid {
    /// A grid for a frame of so many packets that fits `space`.
    pub(super) fn new(packets: u32, space: Vec2) -> Self {
        let side = |length: f32, pitch: u16| (length / f32::from(pitch)).floor().max(1.0) as u32;
        let room = |pitch: u16| side(space.x, pitch) * side(space.y, pitch);
        let per_cell = packets.div_ceil(room(*PITCHES.start())).max(1);
        let cells = packets.div_ceil(per_cell);
        let pitch = PITCHES.rev().find(|&pitch| room(pitch) >= cells).unwrap_or(*PITCHES.start());
        Self { columns: side(space.x, pitch), pitch: f32::from(pitch), per_cell, packets }
    }

    /// How many cells there are.
    pub(super) fn cells(&self) -> u32 {
        self.packets.div_ceil(self.per_cell)
    }

    /// Where a cell lies, from the grid's left upper corner.
    pub(super) fn rect(&self, cell: u32) -> Rect {
        let corner = vec2((cell % self.columns) as f32, (cell / self.columns) as f32) * self.pitch;
        Rect::from_min_size(corner.to_pos2(), Vec2::splat(self.pitch - GAP))
    }

    /// The cell at a place, if there is one.
    pub(super) fn at(&self, place: Vec2) -> Option<u32> {
        if place.min_elem() < 0.0 {
            return None;
        }
        let (column, row) = ((place.x / self.pitch) as u32, (place.y / self.pitch) as u32);
        let cell = row.saturating_mul(self.columns).saturating_add(column);
        (column < self.columns && cell < self.cells()).then_some(cell)
    }

    /// The cell so many columns to the right and rows down; at an end where there is none.
    pub(super) fn beside(&self, cell: u32, right: i64, down: i64) -> u32 {
        let last = i64::from(self.cells()) - 1;
        let to = i64::from(cell) + right + down * i64::from(self.columns);
        to.clamp(0, last.max(0)) as u32
    }

    /// The packets of a cell.
    pub(super) fn packets_of(&self, cell: u32) -> Range<u32> {
        let start = cell.saturating_mul(self.per_cell);
        start..start.saturating_add(self.per_cell).min(self.packets)
    }

    /// For each cell the worst that became of one of its packets.
    pub(super) fn worst(&self, record: &PacketRecord) -> Vec<Fate> {
        let mut worst = vec![Fate::Received; self.cells() as usize];
        for run in record.runs() {
            let cells = run.first / self.per_cell..run.end.div_ceil(self.per_cell);
            for cell in
                worst.get_mut(cells.start as usize..cells.end as usize).into_iter().flatten()
            {
                *cell = run.fate.max(*cell);
            }
        }
        worst
    }
}

/// Between two cells.
const GAP: f32 = 1.0;

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Vec2 = Vec2::new(296.0, 84.0);

    #[test]
    fn any_frame_fits_and_every_packet_has_its_cell() {
        for packets in [1, 19, 30, 31, 543, 4_320, 17_500, 2_000_000, u32::MAX] {
            let grid = Grid::new(packets, SPACE);
            assert!((1..=686).contains(&grid.cells()), "{packets}: {grid:?}");
            let mut next = 0;
            for cell in 0..grid.cells() {
                let own = grid.packets_of(cell);
                assert!(own.start == next && own.end > next, "{packets}: cell {cell} {own:?}");
                next = own.end;
                let place = grid.rect(cell);
                assert!(place.right() <= SPACE.x && place.bottom() <= SPACE.y, "{packets}");
                assert_eq!(grid.at(place.center().to_vec2()), Some(cell));
            }
            assert_eq!(next, packets);
        }
    }

    #[test]
    fn a_frame_without_packets_has_no_cells() {
        let grid = Grid::new(0, SPACE);
        assert_eq!((grid.cells(), grid.at(vec2(1.0, 1.0))), (0, None));
        assert!(grid.worst(&PacketRecord::default()).is_empty());
    }

    #[test]
    fn one_walks_from_cell_to_cell_and_never_out_of_the_grid() {
        let grid = Grid::new(543, SPACE);
        assert_eq!(grid.beside(5, 1, 0), 6);
        assert_eq!(grid.beside(5, 0, 1), 5 + grid.columns);
        assert_eq!(grid.beside(5, 0, -1), 0);
        assert_eq!(grid.beside(grid.cells(), 0, 0), grid.cells() - 1);
        assert_eq!(Grid::new(0, SPACE).beside(3, 1, 1), 0);
    }

    #[test]
    fn beside_the_cells_there_is_nothing() {
        let grid = Grid::new(19, SPACE);
        assert_eq!(grid.at(vec2(-1.0, 5.0)), None);
        assert_eq!(grid.at(vec2(295.0, 5.0)), None);
        assert_eq!(grid.at(vec2(5.0, 83.9)), None);
    }
}
