//! The cell that the arrow keys have come to.

use egui::{EventFilter, Key, Response, Ui};

use super::grid::Grid;

/// That cell, while the map has the focus.
pub(super) fn cell(ui: &Ui, response: &Response, grid: &Grid) -> Option<u32> {
    if !response.has_focus() {
        return None;
    }
    let filter =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let last = grid.cells().checked_sub(1)?;
    let before = ui.data(|data| data.get_temp::<u32>(response.id)).unwrap_or(0);
    let cell = ui.input(|input| {
        let presses = |key| input.num_presses(key) as i64;
        let right = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        let down = presses(Key::ArrowDown) - presses(Key::ArrowUp);
        match (input.key_pressed(Key::Home), input.key_pressed(Key::End)) {
            (true, _) => 0,
            (_, true) => last,
            _ => grid.beside(before, right, down),
        }
    });
    ui.data_mut(|data| data.insert_temp(response.id, cell));
    Some(cell)
}
