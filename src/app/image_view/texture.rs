//! The picture on the graphics side: one texture, or several side by side when it is larger than
//! a texture may be.

use std::sync::Arc;

use egui::{
    Color32, ColorImage, Context, Painter, Rect, TextureFilter, TextureHandle, TextureOptions,
    TextureWrapMode, Vec2, pos2, vec2,
};

/// The textures of a picture.
#[derive(Default)]
pub(super) struct Tiles(Vec<Tile>);

struct Tile {
    corner: [usize; 2],
    texture: TextureHandle,
}

impl Tiles {
    /// Uploads a picture's parts: into the same textures where these have the same sizes.
    pub(super) fn upload(&mut self, ctx: &Context, parts: Vec<([usize; 2], Arc<ColorImage>)>) {
        self.0.truncate(parts.len());
        for (index, (corner, image)) in parts.into_iter().enumerate() {
            match self.0.get_mut(index) {
                Some(tile) if tile.texture.size() == image.size => {
                    tile.texture.set_partial([0, 0], image, OPTIONS);
                    tile.corner = corner;
                }
                Some(tile) => {
                    tile.texture.set(image, OPTIONS);
                    tile.corner = corner;
                }
                None => {
                    let texture = ctx.load_texture("picture", image, OPTIONS);
                    self.0.push(Tile { corner, texture });
                }
            }
        }
    }

    /// Draws the picture, which is `size` pixels large, into `target`.
    pub(super) fn paint(&self, painter: &Painter, target: Rect, size: Vec2) {
        let scale = target.size() / size;
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        for tile in &self.0 {
            let corner = vec2(tile.corner[0] as f32, tile.corner[1] as f32);
            let part =
                Rect::from_min_size(target.min + corner * scale, tile.texture.size_vec2() * scale);
            painter.image(tile.texture.id(), part, whole, Color32::WHITE);
        }
    }
}

/// Crisp when magnified: a pixel is a square. Smooth when reduced.
const OPTIONS: TextureOptions = TextureOptions {
    magnification: TextureFilter::Nearest,
    minification: TextureFilter::Linear,
    wrap_mode: TextureWrapMode::ClampToEdge,
    mipmap_mode: Some(TextureFilter::Linear),
};
