//! The picture: fitted, zoomed at the pointer, panned, with what is missing hatched over it and
//! the wire's own values under the pointer.

mod damage;
mod placement;
mod probe;
mod texture;

use std::sync::Arc;

use egui::{Context, Rect, Response, Role, Sense, Ui, Vec2, WidgetInfo, vec2};

use crate::net::ReceivedFrame;

use super::figures;
use super::present::Presented;
use super::theme::{self, space};
use damage::PixelRect;
use placement::{Canvas, Placement};
use texture::Tiles;

/// Shows one picture at a time.
#[derive(Default)]
pub struct ImageView {
    placement: Placement,
    tiles: Tiles,
    shown: Option<Shown>,
    /// Where the picture was drawn last; commands that come without a pointer act on it.
    canvas: Option<Canvas>,
}

struct Shown {
    presented: Presented,
    damage: Vec<PixelRect>,
}

impl ImageView {
    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Arc<ReceivedFrame>> {
        self.shown.as_ref().map(|shown| &shown.presented.received)
    }

    /// Shows another picture; the view stays where it is when the size is the same.
    pub fn show(&mut self, ctx: &Context, mut presented: Presented) {
        let before = self.frame().map(|received| size_of(received));
        if before.is_some_and(|before| before != size_of(&presented.received)) {
            self.placement = Placement::Fit;
        }
        let received = &presented.received;
        let damage = damage::rects(&received.missing, &received.frame);
        self.tiles.upload(ctx, std::mem::take(&mut presented.tiles));
        self.shown = Some(Shown { presented, damage });
    }

    /// Shows the whole picture.
    pub const fn fit(&mut self) {
        self.placement = Placement::Fit;
    }

    /// One pixel of the picture becomes one pixel of the screen.
    pub fn actual_size(&mut self) {
        if let Some(canvas) = &self.canvas {
            self.placement.zoom_at(canvas, canvas.space.center(), 1.0);
        }
    }

    /// Enlarges by `factor`, in the middle.
    pub fn zoom_by(&mut self, factor: f32) {
        if let Some(canvas) = &self.canvas {
            let zoom = self.placement.zoom(canvas) * factor;
            self.placement.zoom_at(canvas, canvas.space.center(), zoom);
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
            image: size_of(&shown.presented.received),
            pixels_per_point: ui.pixels_per_point(),
        };
        react(&mut self.placement, &canvas, ui, &response);
        self.canvas = Some(canvas);
        let image = self.placement.rect(&canvas);
        let painter = ui.painter_at(rect);
        self.tiles.paint(&painter, image, canvas.image);
        damage::paint(&painter, palette, image, canvas.image, &shown.damage);
        describe(&response, shown);
        show_probe(ui, &response, image, &shown.presented);
        response
    }
}

fn size_of(received: &ReceivedFrame) -> Vec2 {
    vec2(received.frame.width() as f32, received.frame.height() as f32)
}

fn react(placement: &mut Placement, canvas: &Canvas, ui: &Ui, response: &Response) {
    if response.dragged() {
        placement.pan(canvas, response.drag_delta());
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

fn describe(response: &Response, shown: &Shown) {
    let frame = &shown.presented.received.frame;
    response.widget_info(|| {
        let size = figures::size(frame.width(), frame.height());
        let damage = if shown.damage.is_empty() { "" } else { ", damaged" };
        let label = format!("Picture, {size} {}{damage}", frame.format());
        WidgetInfo::labeled(Role::Image, true, label)
    });
}

fn show_probe(ui: &Ui, response: &Response, image: Rect, presented: &Presented) {
    let Some(pointer) = response.hover_pos() else { return };
    if let Some(probe) = probe::at(presented, image, pointer) {
        let corner = response.rect.left_bottom() + vec2(space::CARD, -space::CARD);
        let layer = ui.painter_at(response.rect);
        probe::paint(&layer, ui.style(), theme::palette(ui), corner, &probe);
    }
}

/// Zoom for each point that the wheel scrolls: one notch is about a quarter.
const ZOOM_PER_POINT: f32 = 1.0 / 200.0;
