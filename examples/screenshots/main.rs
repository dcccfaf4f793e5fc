//! Makes the pictures in `screenshots/` from the real window, over real sockets, with no display:
//! `cargo run --example screenshots [PART-OF-A-NAME [SCALE]]`. With a scale, such as 2 for a screen of
//! many fine pixels, the pictures are to be looked at and go to a temporary folder.

#![expect(clippy::expect_used, clippy::panic, reason = "a developer sees what went wrong")]

#[path = "../../tests/window/gestures.rs"]
mod gestures;
#[path = "../../tests/window/scenes.rs"]
mod scenes;
#[path = "../../tests/window/software.rs"]
mod software;
#[path = "../../tests/window/stage.rs"]
mod stage;

use std::path::{Path, PathBuf};

use egui::{ColorImage, Theme, Vec2};

use scenes::SCENES;
use software::Software;

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    let scale: Option<f32> = std::env::args().nth(2).and_then(|scale| scale.parse().ok());
    let folder = match scale {
        Some(_) => std::env::temp_dir().join("pixelwire-screenshots"),
        None => PathBuf::from("screenshots"),
    };
    for (size, size_name) in SIZES {
        for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            for (name, scene) in SCENES {
                let file = format!("{name}-{theme_name}-{size_name}");
                if file.contains(&only) {
                    let software = Software::default();
                    let screen = (size, scale.unwrap_or(1.0));
                    let mut window = scenes::open(screen, theme, software.clone(), name);
                    let _kept = scene(&mut window);
                    save(&folder.join(format!("{file}.png")), &software.picture(&window));
                }
            }
        }
    }
}

const SIZES: [(Vec2, &str); 2] =
    [(Vec2::new(1024.0, 640.0), "1024x640"), (Vec2::new(1440.0, 900.0), "1440x900")];

fn save(path: &Path, picture: &ColorImage) {
    let folder = path.parent().expect("a folder");
    std::fs::create_dir_all(folder).expect("a folder for the pictures");
    let [width, height] = picture.size.map(|side| side as u32);
    image::save_buffer(path, picture.as_raw(), width, height, image::ColorType::Rgba8)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("{}", path.display());
}
