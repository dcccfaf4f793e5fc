//! Draws what egui wants drawn with the processor alone: the same pixels on every machine, with
//! no display, no graphics driver and no limit on the size of a picture.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use egui::epaint::{ClippedPrimitive, ImageDelta, Mesh, Primitive, Vertex};
use egui::{
    Color32, ColorImage, ImageData, Pos2, Rect, TextureFilter, TextureId, TextureOptions,
    TexturesDelta, Vec2,
};
use egui_kittest::{Harness, TestRenderer};

/// The textures and the surface. Clones share them: one goes into the harness, which feeds it
/// textures, the other stays with the test, which asks for pictures.
#[derive(Clone, Default)]
pub(crate) struct Software(Rc<RefCell<HashMap<TextureId, Texture>>>);

struct Texture {
    image: ColorImage,
    options: TextureOptions,
}

impl TestRenderer for Software {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut textures = self.0.borrow_mut();
        for (id, deltas) in delta.set.drain() {
            for delta in deltas {
                update(&mut textures, id, &delta);
            }
        }
        for id in delta.free.drain() {
            textures.remove(&id);
        }
    }
}

impl Software {
    /// The harness's window as it was drawn last.
    pub(crate) fn picture<State>(&self, harness: &Harness<'_, State>) -> ColorImage {
        let output = harness.output();
        let scale = output.pixels_per_point;
        let size = harness.ctx.content_rect().size() * scale;
        let mut surface = ColorImage::filled([size.x as usize, size.y as usize], Color32::BLACK);
        let textures = self.0.borrow();
        for primitive in harness.ctx.tessellate(output.shapes.clone(), scale) {
            draw(&mut surface, &textures, &primitive, scale);
        }
        surface
    }
}

fn update(textures: &mut HashMap<TextureId, Texture>, id: TextureId, delta: &ImageDelta) {
    let ImageData::Color(image) = &delta.image;
    let (Some([left, top]), Some(texture)) = (delta.pos, textures.get_mut(&id)) else {
        let texture = Texture { image: (**image).clone(), options: delta.options };
        textures.insert(id, texture);
        return;
    };
    let width = image.width();
    for (row, source) in image.pixels.chunks_exact(width).enumerate() {
        let start = (top + row) * texture.image.width() + left;
        texture.image.pixels[start..start + width].copy_from_slice(source);
    }
}

fn draw(
    surface: &mut ColorImage,
    textures: &HashMap<TextureId, Texture>,
    primitive: &ClippedPrimitive,
    scale: f32,
) {
    let Primitive::Mesh(mesh) = &primitive.primitive else {
        panic!("the window draws nothing by callbacks");
    };
    let texture = &textures[&mesh.texture_id];
    let whole =
        Rect::from_min_size(Pos2::ZERO, Vec2::new(surface.width() as f32, surface.height() as f32));
    let clip = (primitive.clip_rect * scale).intersect(whole);
    for [a, b, c] in triangles(mesh) {
        let corners = [a, b, c].map(|vertex| Vertex { pos: vertex.pos * scale, ..vertex });
        fill(surface, texture, corners, clip);
    }
}

fn triangles(mesh: &Mesh) -> impl Iterator<Item = [Vertex; 3]> + '_ {
    mesh.indices
        .chunks_exact(3)
        .map(|corners| [0, 1, 2].map(|corner| mesh.vertices[corners[corner] as usize]))
}

/// Fills the pixels whose middle lies in the triangle.
fn fill(surface: &mut ColorImage, texture: &Texture, [a, b, c]: [Vertex; 3], clip: Rect) {
    let area = cross(b.pos - a.pos, c.pos - a.pos);
    let bounds = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(clip);
    if area == 0.0 || !bounds.is_positive() {
        return;
    }
    let footprint = footprint(texture, [a, b, c], area);
    let (left, right) = (bounds.left().floor() as usize, bounds.right().ceil() as usize);
    for y in bounds.top().floor() as usize..bounds.bottom().ceil() as usize {
        for x in left..right {
            let middle = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
            let weights = [
                cross(c.pos - b.pos, middle - b.pos) / area,
                cross(a.pos - c.pos, middle - c.pos) / area,
                cross(b.pos - a.pos, middle - a.pos) / area,
            ];
            if clip.contains(middle) && covers([a, b, c], weights, area) {
                let uv = mix([a, b, c].map(|vertex| vertex.uv.to_vec2()), weights);
                let texel = texture.sample(uv, footprint);
                let place = y * surface.width() + x;
                let tint = tint([a, b, c], weights);
                surface.pixels[place] = over(multiply(texel, tint), surface.pixels[place]);
            }
        }
    }
}

/// Whether a pixel belongs to the triangle; one on a shared edge belongs to one side only.
fn covers([a, b, c]: [Vertex; 3], weights: [f32; 3], area: f32) -> bool {
    let edges = [c.pos - b.pos, a.pos - c.pos, b.pos - a.pos];
    weights.iter().zip(edges).all(|(&weight, edge)| {
        let edge = if area > 0.0 { edge } else { -edge };
        let owns = edge.y < 0.0 || (edge.y == 0.0 && edge.x > 0.0);
        weight > 0.0 || (weight == 0.0 && owns)
    })
}

/// How many texels lie along the side of a pixel.
fn footprint(texture: &Texture, [a, b, c]: [Vertex; 3], area: f32) -> f32 {
    let size = Vec2::new(texture.image.width() as f32, texture.image.height() as f32);
    let texels = cross((b.uv - a.uv) * size, (c.uv - a.uv) * size);
    (texels / area).abs().sqrt()
}

impl Texture {
    fn sample(&self, uv: Vec2, footprint: f32) -> Color32 {
        let size = Vec2::new(self.image.width() as f32, self.image.height() as f32);
        let place = uv * size;
        let filter =
            if footprint > 1.0 { self.options.minification } else { self.options.magnification };
        match filter {
            TextureFilter::Nearest => self.texel(place.x.floor(), place.y.floor()),
            TextureFilter::Linear if footprint > 1.5 => self.average(place, footprint),
            TextureFilter::Linear => self.bilinear(place),
        }
    }

    fn texel(&self, x: f32, y: f32) -> Color32 {
        let x = (x.max(0.0) as usize).min(self.image.width() - 1);
        let y = (y.max(0.0) as usize).min(self.image.height() - 1);
        self.image.pixels[y * self.image.width() + x]
    }

    fn bilinear(&self, place: Vec2) -> Color32 {
        let corner = place - Vec2::splat(0.5);
        let (x, y) = (corner.x.floor(), corner.y.floor());
        let (right, down) = (corner.x - x, corner.y - y);
        let top = blend(self.texel(x, y), self.texel(x + 1.0, y), right);
        let bottom = blend(self.texel(x, y + 1.0), self.texel(x + 1.0, y + 1.0), right);
        blend(top, bottom, down)
    }

    /// The mean of a few samples in the pixel's footprint.
    fn average(&self, place: Vec2, footprint: f32) -> Color32 {
        let count = footprint.ceil().min(4.0);
        let mut sum = [0.0; 4];
        for row in 0..count as usize {
            for column in 0..count as usize {
                let offset = Vec2::new(column as f32 + 0.5, row as f32 + 0.5) / count;
                let texel = self.bilinear(place + (offset - Vec2::splat(0.5)) * footprint);
                for (sum, channel) in sum.iter_mut().zip(texel.to_array()) {
                    *sum += f32::from(channel) / (count * count);
                }
            }
        }
        color(sum)
    }
}

fn cross(a: Vec2, b: Vec2) -> f32 {
    a.x * b.y - a.y * b.x
}

fn mix(values: [Vec2; 3], weights: [f32; 3]) -> Vec2 {
    values.into_iter().zip(weights).fold(Vec2::ZERO, |sum, (value, weight)| sum + value * weight)
}

fn tint(corners: [Vertex; 3], weights: [f32; 3]) -> Color32 {
    let [a, b, c] = corners.map(|vertex| vertex.color);
    if a == b && b == c {
        return a;
    }
    let mut sum = [0.0; 4];
    for (vertex, weight) in corners.iter().zip(weights) {
        for (sum, channel) in sum.iter_mut().zip(vertex.color.to_array()) {
            *sum += f32::from(channel) * weight;
        }
    }
    color(sum)
}

fn blend(a: Color32, b: Color32, share: f32) -> Color32 {
    let (a, b) = (a.to_array(), b.to_array());
    color([0, 1, 2, 3].map(|i| f32::from(a[i]) * (1.0 - share) + f32::from(b[i]) * share))
}

fn multiply(a: Color32, b: Color32) -> Color32 {
    if b == Color32::WHITE {
        return a;
    }
    let (a, b) = (a.to_array(), b.to_array());
    color([0, 1, 2, 3].map(|i| f32::from(a[i]) * f32::from(b[i]) / 255.0))
}

/// Premultiplied colours, source over destination.
fn over(source: Color32, destination: Color32) -> Color32 {
    if source.a() == 255 {
        return source;
    }
    let rest = 1.0 - f32::from(source.a()) / 255.0;
    let (source, destination) = (source.to_array(), destination.to_array());
    color([0, 1, 2, 3].map(|i| f32::from(source[i]) + f32::from(destination[i]) * rest))
}

fn color([r, g, b, a]: [f32; 4]) -> Color32 {
    let byte = |value: f32| (value + 0.5).clamp(0.0, 255.0) as u8;
    Color32::from_rgba_premultiplied(byte(r), byte(g), byte(b), byte(a))
}
