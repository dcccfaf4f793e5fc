//! The packet map: what became of each packet of a frame, in place.

mod cursor;
mod grid;
mod shapes;

use std::ops::Range;

use egui::{Align2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2};

use crate::flow::{Fate, FateCounts, PacketRecord};

use super::figures::thousands;
use super::theme::{self, Meaning, space};
use grid::Grid;
pub use shapes::shape;

/// Draws the map of `record` over the whole width, and under it what the shapes mean and how many
/// packets had which.
pub fn packet_map(ui: &mut Ui, record: &PacketRecord) -> Response {
    let size = Vec2::new(ui.available_width(), HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::focusable_noninteractive());
    let grid = Grid::new(record.cut().packets, size);
    paint(ui, rect, &grid, record);
    let reached = cursor::cell(ui, &response, &grid);
    describe(&response, record, reached.map(|cell| grid.packets_of(cell)).as_ref());
    let hovered = response.hover_pos().and_then(|pointer| grid.at(pointer - rect.min));
    if let Some(cell) = hovered.or(reached) {
        let palette = theme::palette(ui);
        let mark = grid.rect(cell).translate(rect.min.to_vec2()).expand(1.0);
        ui.painter().rect_stroke(mark, 1.0, Stroke::new(1.5, palette.text), StrokeKind::Outside);
    }
    legend(ui, record.counts());
    match (hovered, reached) {
        (Some(cell), _) => {
            let packets = grid.packets_of(cell);
            response.on_hover_ui_at_pointer(|ui| explain(ui, record, &packets))
        }
        (None, Some(cell)) => {
            response.show_tooltip_ui(|ui| explain(ui, record, &grid.packets_of(cell)));
            response
        }
        (None, None) => response,
    }
}

/// For a screen reader: the whole in words, and what became of the packets the keys have come to.
fn describe(response: &Response, record: &PacketRecord, reached: Option<&Range<u32>>) {
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Image, true, summary(record));
        info.current_text_value = reached.map(|packets| {
            let counts = record.counts_within(packets.clone());
            let fates = Fate::ALL.into_iter().filter(|&fate| counts.of(fate) > 0);
            let words: Vec<&str> = fates.map(word).collect();
            let range = range_words("Packet", packets, u64::from(record.cut().packets));
            format!("{range}: {}", words.join(", "))
        });
        info
    });
}

/// The meaning of a packet's fate.
pub const fn meaning(fate: Fate) -> Meaning {
    match fate {
        Fate::Received => Meaning::Received,
        Fate::Resent | Fate::Restored => Meaning::Recovered,
        Fate::Late => Meaning::Late,
        Fate::Lost => Meaning::Lost,
    }
}

/// What a fate is called.
const fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Received => "received",
        Fate::Resent => "recovered: came when sent again",
        Fate::Restored => "recovered: restored from parity",
        Fate::Late => "late: came after the frame was given up",
        Fate::Lost => "lost",
    }
}

fn paint(ui: &Ui, rect: Rect, grid: &Grid, record: &PacketRecord) {
    let palette = theme::palette(ui);
    let worst = grid.worst(record);
    let painter = ui.painter_at(rect.expand(1.0));
    let mut ground = egui::Mesh::default();
    let plain = palette.fill(Meaning::Received).gamma_multiply(PLAIN);
    for (cell, &fate) in (0..).zip(&worst) {
        let color = if fate == Fate::Received { plain } else { palette.line };
        ground.add_colored_rect(grid.rect(cell).translate(rect.min.to_vec2()), color);
    }
    painter.add(ground);
    let troubled = (0..).zip(&worst).filter(|&(_, &fate)| fate != Fate::Received);
    for (cell, &fate) in troubled {
        let place = grid.rect(cell).translate(rect.min.to_vec2());
        let radius = place.width() / 2.0 + 0.75;
        let meaning = meaning(fate);
        painter.add(shape(meaning, place.center(), radius, palette.fill(meaning)));
    }
}

/// The shapes, their words and how many packets they stand for, in four columns.
fn legend(ui: &mut Ui, counts: FateCounts) {
    let size = Vec2::new(ui.available_width(), LEGEND);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let palette = theme::palette(ui);
    let font = |style: egui::TextStyle| style.resolve(ui.style());
    let entries = entries(counts);
    for (column, (meaning, name, count)) in entries.iter().enumerate() {
        let left = rect.left() + rect.width() / entries.len() as f32 * column as f32;
        let ink = palette.ink(*meaning);
        let top = rect.top() + 8.0;
        ui.painter().add(shape(*meaning, pos2(left + 5.0, top), 4.5, palette.fill(*meaning)));
        let small = font(egui::TextStyle::Small);
        ui.painter().text(pos2(left + 14.0, top), Align2::LEFT_CENTER, name, small, ink);
        let place = pos2(left, rect.bottom());
        let body = font(egui::TextStyle::Body);
        ui.painter().text(place, Align2::LEFT_BOTTOM, thousands(*count), body, palette.text);
    }
    response.on_hover_ui(|ui| {
        ui.spacing_mut().item_spacing.y = space::TIGHT;
        for fate in Fate::ALL {
            fate_line(ui, fate, counts.of(fate));
        }
    });
}

fn explain(ui: &mut Ui, record: &PacketRecord, packets: &Range<u32>) {
    ui.spacing_mut().item_spacing.y = space::TIGHT;
    ui.label(theme::strong(range_words("Packet", packets, u64::from(record.cut().packets))));
    if let Some(rows) = record.cut().rows_of(packets.clone()) {
        let text = match rows.len() {
            1 => format!("Row {} of the picture", rows.start),
            _ => format!("Rows {} to {} of the picture", rows.start, rows.end - 1),
        };
        super::widgets::dim_label(ui, text);
    }
    let counts = record.counts_within(packets.clone());
    for fate in Fate::ALL.into_iter().filter(|&fate| counts.of(fate) > 0) {
        fate_line(ui, fate, counts.of(fate));
    }
}

fn fate_line(ui: &mut Ui, fate: Fate, count: u64) {
    let meaning = meaning(fate);
    let text = format!("{} {}", thousands(count), word(fate));
    super::widgets::meaning_label(ui, meaning, meaning.symbol(), &text);
}

/// `Packet 7 of 19`, `Packets 1,205 to 1,211 of 4,393`: counted from 1, as people count.
fn range_words(what: &str, packets: &Range<u32>, of: u64) -> String {
    let (first, last) = (u64::from(packets.start) + 1, u64::from(packets.end));
    if first == last {
        format!("{what} {} of {}", thousands(first), thousands(of))
    } else {
        format!("{what}s {} to {} of {}", thousands(first), thousands(last), thousands(of))
    }
}

/// The whole map in words.
fn summary(record: &PacketRecord) -> String {
    let parts = entries(record.counts())
        .map(|(_, name, count)| format!("{} {name}", thousands(count)))
        .join(", ");
    format!("Packet map: {} packets, {parts}", thousands(u64::from(record.cut().packets)))
}

fn entries(counts: FateCounts) -> [(Meaning, &'static str, u64); 4] {
    [
        (Meaning::Received, "received", counts.received),
        (Meaning::Recovered, "recovered", counts.recovered()),
        (Meaning::Late, "late", counts.late),
        (Meaning::Lost, "lost", counts.lost),
    ]
}

/// Height of the map, whatever the frame.
const HEIGHT: f32 = 84.0;
/// Height of the legend: a line of words and a line of figures.
const LEGEND: f32 = 34.0;
/// How strong the colour of what simply came is: the rest must stand out.
const PLAIN: f32 = 0.45;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_counted_as_people_count() {
        assert_eq!(range_words("Packet", &(6..7), 19), "Packet 7 of 19");
        let several = range_words("Packet", &(1204..1211), 4393);
        assert_eq!(several, "Packets 1,205 to 1,211 of 4,393");
    }

    #[test]
    fn the_map_says_in_words_what_it_shows() {
        let nothing = summary(&PacketRecord::default());
        assert_eq!(nothing, "Packet map: 0 packets, 0 received, 0 recovered, 0 late, 0 lost");
    }
}
