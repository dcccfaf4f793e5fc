//! The picture on the graphics side: one texture, or several side by side when it is larger than
//! a texture may be.

use std::sync::Arc;

use egui::epaint::{Mesh, Vertex};
use egui::{
    Color32, ColorImage, Context, Painter, TextureFilter, TextureHandle, TextureOptions,
    TextureWrapMode, pos2,
};

use super::projection::Projection;

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

    /// Draws the picture.
    pub(super) fn paint(&self, painter: &Painter, projection: &Projection) {
        for tile in &self.0 {
            let [left, top] = tile.corner.map(|side| side as f32);
            let size = tile.texture.size_vec2();
            let mut mesh = Mesh::with_texture(tile.texture.id());
            for (u, v) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)] {
                let pos = projection.to_screen(pos2(left + u * size.x, top + v * size.y));
                mesh.vertices.push(Vertex { pos, uv: pos2(u, v), color: Color32::WHITE });
            }
            mesh.add_triangle(0, 1, 2);
            mesh.add_triangle(0, 2, 3);
            painter.add(mesh);
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
