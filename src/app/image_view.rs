//! The picture: fitted, zoomed at the pointer, panned, turned, with what is missing hatched over
//! it and the wire's own values under the pointer.

mod damage;
mod histogram;
mod inspector;
mod loupe;
mod orientation;
mod packets;
mod placement;
mod probe;
mod projection;
mod shot;
mod statistics;
mod texture;
mod values;

use std::sync::Arc;

use egui::{
    Context, EventFilter, Key, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, vec2,
};

use crate::net::{PacketRecord, ReceivedFrame};

use super::command::ViewCommand;
use super::figures;
use super::present::{Levels, Look, Presented};
use super::theme::{self, space};
use inspector::Inspector;
use loupe::Loupe;
use orientation::Orientation;
use packets::PacketOverlay;
use placement::{Canvas, Placement};
use probe::Probe;
use projection::{PixelRect, Projection};
use texture::Tiles;

pub(super) use damage::rects as missing_areas;
pub use shot::Shot;

/// Shows one picture at a time.
///
/// Getters: [`ImageView::frame`], [`ImageView::look`], [`ImageView::zoom`] and the like. Input:
/// [`ImageView::show`]. Commands: [`ImageView::perform`]. Drawing: [`ImageView::ui`], [`ImageView::inspector`].
pub struct ImageView {
    placement: Placement,
    orientation: Orientation,
    tiles: Tiles,
    shown: Option<Shown>,
    packets: PacketOverlay,
    /// Where the picture was drawn last; commands that come without a pointer act on it.
    canvas: Option<Canvas>,
    /// Where the pointer was over the picture when that was drawn last.
    pointer: Option<Pos2>,
    look: Look,
    loupe: bool,
    values: bool,
    inspector: Inspector,
}

struct Shown {
    presented: Presented,
    damage: Vec<PixelRect>,
}

impl Shown {
    fn new(presented: Presented) -> Self {
        let received = &presented.received;
        let damage = damage::rects(&received.missing, &received.frame);
        Self { presented, damage }
    }

    fn is_missing(&self, place: [u32; 2]) -> bool {
        self.damage.iter().any(|rect| rect.contains(place))
    }

    fn size(&self) -> Vec2 {
        let frame = &self.presented.received.frame;
        vec2(frame.width() as f32, frame.height() as f32)
    }
}

impl Default for ImageView {
    fn default() -> Self {
        Self {
            placement: Placement::Fit,
            orientation: Orientation::default(),
            tiles: Tiles::default(),
            shown: None,
            packets: PacketOverlay::default(),
            canvas: None,
            pointer: None,
            look: Look::default(),
            loupe: false,
            values: true,
            inspector: Inspector::default(),
        }
    }
}

impl ImageView {
    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Arc<ReceivedFrame>> {
        self.shown.as_ref().map(|shown| &shown.presented.received)
    }

    /// How frames are to be made drawable for this view.
    pub const fn look(&self) -> Look {
        self.look
    }

    /// The picture as it is to be copied.
    pub fn shot(&self) -> Option<Shot> {
        let presented = &self.shown.as_ref()?.presented;
        let frame = Arc::clone(&presented.received.frame);
        Some(Shot { frame, display: presented.display, orientation: self.orientation })
    }

    /// Lays what became of the picture's packets over it; `None` takes that away.
    pub fn set_overlay(&mut self, record: Option<Arc<PacketRecord>>) {
        if let Some(shown) = &self.shown {
            self.packets.set(record, &shown.presented.received.frame);
        }
    }

    /// Whether the whole picture is kept in sight.
    pub fn is_fitted(&self) -> bool {
        self.placement == Placement::Fit
    }

    /// Pixels of the screen for each pixel of the picture; `None` before anything was drawn.
    pub fn zoom(&self) -> Option<f32> {
        self.canvas.as_ref().map(|canvas| self.placement.zoom(canvas))
    }

    /// Whether what a command switches on and off, or chooses, is on.
    pub fn is_on(&self, command: ViewCommand) -> bool {
        match command {
            ViewCommand::Fit => self.is_fitted(),
            ViewCommand::ToggleLoupe => self.loupe,
            ViewCommand::ToggleValues => self.values,
            ViewCommand::ToggleInspector => self.look.statistics,
            ViewCommand::ToggleAutoLevels => self.look.levels == Levels::Auto,
            ViewCommand::ShowChannel(channel) => self.look.channel == channel,
            _ => false,
        }
    }

    /// Shows another picture; the view stays where it is when the size is the same.
    pub fn show(&mut self, ctx: &Context, mut presented: Presented) {
        self.tiles.upload(ctx, std::mem::take(&mut presented.tiles));
        let shown = Shown::new(presented);
        if self.shown.as_ref().is_some_and(|before| before.size() != shown.size()) {
            self.placement = Placement::Fit;
        }
        self.shown = Some(shown);
    }

    /// Does what was asked for.
    pub fn perform(&mut self, command: ViewCommand) {
        let orientation = self.orientation;
        match command {
            ViewCommand::Fit => self.placement = Placement::Fit,
            ViewCommand::ActualSize => self.zoom_to(|_, _| 1.0),
            ViewCommand::ZoomIn => self.zoom_to(Placement::larger),
            ViewCommand::ZoomOut => self.zoom_to(Placement::smaller),
            ViewCommand::ToggleLoupe => self.loupe = !self.loupe,
            ViewCommand::ToggleValues => self.values = !self.values,
            ViewCommand::ToggleInspector => self.look.statistics = !self.look.statistics,
            ViewCommand::TurnLeft => self.turn(orientation.turned_left()),
            ViewCommand::TurnRight => self.turn(orientation.turned_right()),
            ViewCommand::FlipHorizontally => self.turn(orientation.flipped_horizontally()),
            ViewCommand::FlipVertically => self.turn(orientation.flipped_vertically()),
            ViewCommand::Upright => self.turn(Orientation::default()),
            ViewCommand::ShowChannel(channel) => self.look.channel = channel,
            ViewCommand::SetLevels(levels) => self.look.levels = levels,
            ViewCommand::ToggleAutoLevels => {
                let auto = self.look.levels == Levels::Auto;
                self.look.levels = if auto { Levels::Full } else { Levels::Auto };
            }
        }
    }

    /// Draws the picture into all the space there is.
    pub fn ui(&mut self, ui: &mut Ui) -> Response {
        let palette = theme::palette(ui);
        let (rect, response) = ui.allocate_exact_size(ui.available_size(), Sense::click_and_drag());
        ui.painter().rect_filled(rect, 0.0, palette.backdrop);
        let Some(shown) = &self.shown else {
            return response;
        };
        let canvas = Canvas {
            space: rect.shrink(space::GROUP),
            image: self.orientation.size(shown.size()),
            pixels_per_point: ui.pixels_per_point(),
        };
        react(&mut self.placement, &canvas, ui, &response);
        self.canvas = Some(canvas);
        self.pointer = response.hover_pos();
        let target = self.placement.rect(&canvas);
        let projection = Projection { target, image: shown.size(), orientation: self.orientation };
        let painter = ui.painter_at(rect);
        self.tiles.paint(&painter, &projection);
        damage::paint(&painter, palette, &projection, &shown.damage);
        self.packets.paint(&painter, palette, &projection);
        self.packets.legend(&painter, ui.style(), palette, rect);
        if self.values {
            values::paint(ui, &painter, shown, &projection);
        }
        if response.has_focus() {
            let stroke = Stroke::new(2.0, palette.accent);
            painter.rect_stroke(rect, 0.0, stroke, StrokeKind::Inside);
        }
        describe(&response, shown);
        self.under_pointer(ui, rect, shown, &projection);
        response
    }

    fn under_pointer(&self, ui: &Ui, rect: Rect, shown: &Shown, projection: &Projection) {
        let Some(pointer) = self.pointer else { return };
        let place = projection.pixel_at(pointer);
        let Some(probe) = place.and_then(|place| Probe::of(shown, place)) else { return };
        if self.loupe {
            let loupe = Loupe { shown, tiles: &self.tiles, projection, probe: &probe };
            loupe.paint(ui, rect, pointer);
        } else {
            probe.pill(ui, rect, rect.left_bottom() + vec2(space::CARD, -space::CARD));
        }
    }

    /// At the pointer if it is over the picture, else in the middle.
    fn zoom_to(&mut self, zoom: impl Fn(Placement, &Canvas) -> f32) {
        let Some(canvas) = &self.canvas else { return };
        let zoom = zoom(self.placement, canvas);
        let at = self.pointer.unwrap_or_else(|| canvas.space.center());
        self.placement.zoom_at(canvas, at, zoom);
    }

    fn turn(&mut self, orientation: Orientation) {
        if let Some(shown) = &self.shown {
            self.placement.turn(shown.size(), self.orientation, orientation);
        }
        self.orientation = orientation;
    }
}

fn react(placement: &mut Placement, canvas: &Canvas, ui: &Ui, response: &Response) {
    if response.dragged() {
        placement.pan(canvas, response.drag_delta());
    }
    let arrows = arrows(ui, response);
    if arrows != Vec2::ZERO {
        placement.pan(canvas, -arrows * PAN_STEP);
    }
    if let Some(pointer) = response.hover_pos() {
        let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = (scroll * ZOOM_PER_POINT).exp() * pinch;
        if factor != 1.0 {
            placement.zoom_at(canvas, pointer, placement.zoom(canvas) * factor);
        }
    }
    if response.double_clicked() {
        match (*placement, response.interact_pointer_pos()) {
            (Placement::Fit, Some(pointer)) => placement.zoom_at(canvas, pointer, 1.0),
            _ => *placement = Placement::Fit,
        }
    }
}

/// Which way the arrow keys point, if they are meant for the picture: while it has the focus, and
/// while nothing has.
fn arrows(ui: &Ui, response: &Response) -> Vec2 {
    let filter =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    let (focused, on_top) = ui.memory_mut(|memory| {
        memory.set_focus_lock_filter(response.id, filter);
        (memory.focused(), memory.allows_interaction(response.layer_id))
    });
    if !on_top || focused.is_some_and(|id| id != response.id) {
        return Vec2::ZERO;
    }
    ui.input(|input| {
        let presses = |key| input.num_presses(key) as f32;
        vec2(
            presses(Key::ArrowRight) - presses(Key::ArrowLeft),
            presses(Key::ArrowDown) - presses(Key::ArrowUp),
        )
    })
}

fn describe(response: &Response, shown: &Shown) {
    let frame = &shown.presented.received.frame;
    response.widget_info(|| {
        let size = figures::size(frame.width(), frame.height());
        let damage = if shown.damage.is_empty() { "" } else { ", damaged" };
        let label = format!("Picture, {size} {}{damage}", frame.format());
        WidgetInfo::labeled(Role::Image, true, label)
    });
}

/// Zoom for each point that the wheel scrolls: one notch is about a quarter.
const ZOOM_PER_POINT: f32 = 1.0 / 200.0;
/// How far one press of an arrow key moves the picture, in points.
const PAN_STEP: f32 = 64.0;

#[cfg(test)]
mod tests;
