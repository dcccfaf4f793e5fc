//! Several senders at once, side by side: each with its name, its picture and its own losses.

use std::collections::BTreeMap;

use egui::{
    Align, Align2, CentralPanel, Color32, Context, CornerRadius, FontSelection, Layout, Rect,
    Response, Role, Sense, Stroke, StrokeKind, TextStyle, TextureHandle, TextureOptions, Ui,
    UiBuilder, Vec2, WidgetInfo, pos2, vec2,
};

use super::film::Tile;
use crate::app::command::Command;
use crate::app::figures;
use crate::app::theme::{self, Meaning, radius, space};
use crate::app::widgets;
use crate::flow::limits;
use crate::net::{ListenStatus, StreamKey, StreamStatus};

/// The grid, while it is open.
#[derive(Default)]
pub(super) struct Grid {
    open: bool,
    /// The streams in the grid, each in its place as long as the grid is open.
    places: Vec<StreamKey>,
    textures: BTreeMap<StreamKey, (u64, TextureHandle)>,
    tiles: BTreeMap<StreamKey, Tile>,
}

impl Grid {
    /// Whether streams are shown side by side.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Opens or closes the grid.
    pub(super) fn set_open(&mut self, open: bool) {
        *self = Self { open, ..Self::default() };
    }

    /// Takes the newest pictures and the streams there are.
    pub(super) fn logic(
        &mut self,
        ctx: &Context,
        status: &ListenStatus,
        tiles: BTreeMap<StreamKey, Tile>,
    ) {
        if !self.open {
            return;
        }
        self.tiles = tiles;
        settle(&mut self.places, status);
        self.textures.retain(|key, _| self.places.contains(key));
        for key in &self.places {
            let Some(tile) = self.tiles.get(key) else { continue };
            match self.textures.get_mut(key) {
                Some((shown, _)) if *shown == tile.frame_id => {}
                Some((shown, texture)) => {
                    *shown = tile.frame_id;
                    texture.set(tile.image.clone(), TextureOptions::LINEAR);
                }
                None => {
                    let image = tile.image.clone();
                    let texture = ctx.load_texture("stream", image, TextureOptions::LINEAR);
                    self.textures.insert(*key, (tile.frame_id, texture));
                }
            }
        }
    }

    /// Draws the grid into all the space there is.
    pub(super) fn ui(&self, ui: &mut Ui, status: &ListenStatus, commands: &mut Vec<Command>) {
        CentralPanel::no_frame().show(ui, |ui| {
            let whole = ui.max_rect();
            ui.painter().rect_filled(whole, 0.0, theme::palette(ui).backdrop);
            let space = whole.shrink(space::GROUP);
            let columns = columns(self.places.len(), space.size());
            let rows = self.places.len().div_ceil(columns).max(1);
            let gap = space::CARD;
            let counts = vec2(columns as f32, rows as f32);
            let cell = (space.size() - (counts - Vec2::splat(1.0)) * gap) / counts;
            for (index, key) in self.places.iter().enumerate() {
                let Some(stream) = status.streams.iter().find(|stream| stream.key == *key) else {
                    continue;
                };
                let place = vec2((index % columns) as f32, (index / columns) as f32);
                let rect = Rect::from_min_size(space.min + place * (cell + Vec2::splat(gap)), cell);
                if self.cell(ui, rect, stream).clicked() {
                    commands.push(Command::ShowStream(Some(*key)));
                }
            }
        });
    }

    fn cell(&self, ui: &mut Ui, rect: Rect, stream: &StreamStatus) -> Response {
        let id = ui.scope_id().with(stream.key);
        let response = ui.interact(rect, id, Sense::click());
        let palette = theme::palette(ui);
        let rounding = CornerRadius::same(radius::CONTROL);
        let line = if response.hovered() || response.has_focus() {
            Stroke::new(2.0, palette.accent)
        } else {
            Stroke::new(1.0, palette.line)
        };
        ui.painter().rect(rect, rounding, palette.panel, line, StrokeKind::Inside);
        let (picture, foot) = rect.shrink(1.0).split_top_bottom_at_y(rect.bottom() - FOOT);
        self.picture(ui, picture, stream);
        foot_of(ui, foot.shrink2(vec2(space::CARD, space::TIGHT)), stream);
        let label = format!("{}, {}", stream.name, state(stream).1);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &label));
        response.on_hover_text("Show this stream alone")
    }

    fn picture(&self, ui: &Ui, rect: Rect, stream: &StreamStatus) {
        let palette = theme::palette(ui);
        let painter = ui.painter_at(rect);
        let rounding = CornerRadius { sw: 0, se: 0, ..CornerRadius::same(radius::CONTROL) };
        painter.rect_filled(rect, rounding, palette.backdrop);
        let Some((_, texture)) = self.textures.get(&stream.key) else {
            let font = FontSelection::Style(TextStyle::Small).resolve(ui.style());
            let text = "No picture yet";
            painter.text(rect.center(), Align2::CENTER_CENTER, text, font, palette.on_backdrop);
            return;
        };
        let inside = rect.shrink(space::TIGHT);
        let scale = (inside.size() / texture.size_vec2()).min_elem();
        let picture = Rect::from_center_size(inside.center(), texture.size_vec2() * scale);
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        painter.image(texture.id(), picture, whole, Color32::WHITE);
        if self.tiles.get(&stream.key).is_some_and(|tile| tile.damaged) {
            let dot = rect.right_top() + vec2(-DOT * 2.5, DOT * 2.5);
            painter.circle_filled(dot, DOT + 1.5, palette.backdrop);
            painter.circle_filled(dot, DOT, palette.fill(Meaning::Lost));
        }
    }
}

/// Name, address and state, and the figures at the right.
fn foot_of(ui: &mut Ui, rect: Rect, stream: &StreamStatus) {
    let palette = theme::palette(ui);
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        row(ui, |ui| {
            let (meaning, word) = state(stream);
            match meaning {
                Some(meaning) => widgets::meaning_label(ui, meaning, meaning.symbol(), word),
                None => widgets::dim_label(ui, word),
            };
            left(ui, |ui| {
                let name = egui::Label::new(theme::strong(&stream.name)).truncate();
                ui.add(name.selectable(false));
            });
        });
        row(ui, |ui| {
            let loss = figures::percent(stream.last_second.loss());
            let rate = figures::per_second(stream.last_second.frames_complete as f64);
            widgets::dim_label(ui, theme::small(format!("{loss} lost · {rate}")));
            left(ui, |ui| {
                let address = theme::small(stream.key.peer.to_string()).color(palette.dim);
                ui.add(egui::Label::new(address).truncate());
            });
        });
    });
}

fn row(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let size = vec2(ui.available_width(), theme::height::ROW);
    ui.allocate_ui_with_layout(size, Layout::right_to_left(Align::Center), contents);
}

fn left(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    ui.with_layout(Layout::left_to_right(Align::Center), contents);
}

/// How a stream does, in a word.
fn state(stream: &StreamStatus) -> (Option<Meaning>, &'static str) {
    let loss = stream.last_second.loss();
    if !stream.active {
        (None, "Stopped")
    } else if stream.last_second.frames_incomplete > 0 {
        (Some(Meaning::Lost), "Damaged")
    } else if loss > 0.0 {
        (Some(Meaning::Recovered), "Losses")
    } else {
        (Some(Meaning::Received), "Good")
    }
}

/// Keeps each stream in its place; new ones come last, or where a stream has stopped when there
/// is no other place.
fn settle(places: &mut Vec<StreamKey>, status: &ListenStatus) {
    let find = |key: StreamKey| status.streams.iter().find(|stream| stream.key == key);
    places.retain(|key| find(*key).is_some());
    let mut new: Vec<StreamKey> = status
        .streams
        .iter()
        .filter(|stream| stream.active && !places.contains(&stream.key))
        .map(|stream| stream.key)
        .collect();
    // Those that came at the same moment are in the same order in every window.
    new.sort();
    for key in new {
        if places.len() < limits::MAX_STREAMS {
            places.push(key);
            continue;
        }
        let stopped = places.iter().position(|key| find(*key).is_none_or(|known| !known.active));
        if let Some(place) = stopped {
            places[place] = key;
        }
    }
}

/// In how many columns cells come closest to the proportions of pictures.
fn columns(cells: usize, space: Vec2) -> usize {
    let shape = |columns: usize| {
        let rows = cells.div_ceil(columns).max(1);
        let cell = vec2(space.x / columns as f32, space.y / rows as f32 - FOOT);
        // The width of a 4:3 picture that fits.
        cell.x.min(cell.y * 4.0 / 3.0)
    };
    // Of equally good ones the last is taken, which has the fewest columns.
    let candidates = (1..=cells.max(1)).rev();
    candidates.max_by(|a, b| shape(*a).total_cmp(&shape(*b))).unwrap_or(1)
}

/// Two lines below each picture.
const FOOT: f32 = 54.0;
const DOT: f32 = 4.0;

#[cfg(test)]
mod tests {
    use super::super::film::tests::stream;
    use super::*;

    fn status(streams: &[(u64, bool)]) -> ListenStatus {
        ListenStatus {
            streams: streams.iter().map(|(id, active)| stream(*id, *active)).collect(),
            ..ListenStatus::before_anything(([127, 0, 0, 1], 1).into())
        }
    }

    fn ids(places: &[StreamKey]) -> Vec<u64> {
        places.iter().map(|key| key.id).collect()
    }

    #[test]
    fn every_stream_stays_in_its_place() {
        let mut places = Vec::new();
        settle(&mut places, &status(&[(3, true), (1, true), (9, false)]));
        assert_eq!(ids(&places), [1, 3]);
        settle(&mut places, &status(&[(2, true), (3, true), (1, false)]));
        assert_eq!(ids(&places), [1, 3, 2], "a stopped one stays too");
    }

    #[test]
    fn there_are_at_most_as_many_cells_as_there_may_be_streams() {
        let all: Vec<(u64, bool)> = (0..40).map(|id| (id, true)).collect();
        let mut places = Vec::new();
        settle(&mut places, &status(&all));
        assert_eq!(places.len(), limits::MAX_STREAMS);
        let mut one_stopped = all.clone();
        one_stopped[4].1 = false;
        settle(&mut places, &status(&one_stopped));
        assert_eq!(ids(&places)[4], 16, "a new one takes the place of a stopped one");
    }

    #[test]
    fn cells_have_about_the_proportions_of_pictures() {
        let wide = vec2(1_100.0, 760.0);
        assert_eq!([1, 2, 3, 4, 9].map(|cells| columns(cells, wide)), [1, 2, 2, 2, 3]);
        assert_eq!(columns(2, vec2(400.0, 900.0)), 1);
    }
}
