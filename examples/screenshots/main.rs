//! Makes the pictures in `screenshots/` from the real window, over real sockets, with no display:
//! `cargo run --example screenshots [PART-OF-A-NAME]`.

#![expect(clippy::expect_used, clippy::panic, reason = "a developer sees what went wrong")]

#[path = "../../tests/window/gestures.rs"]
mod gestures;
#[path = "../../tests/window/scenes.rs"]
mod scenes;
#[path = "../../tests/window/software.rs"]
mod software;
#[path = "../../tests/window/stage.rs"]
mod stage;

use std::path::Path;

use egui::{ColorImage, Theme, Vec2};

use scenes::SCENES;
use software::Software;

fn main() {
    let only = std::env::args().nth(1).unwrap_or_default();
    for (size, size_name) in SIZES {
        for (theme, theme_name) in [(Theme::Dark, "dark"), (Theme::Light, "light")] {
            for (name, scene) in SCENES {
                let file = format!("{name}-{theme_name}-{size_name}");
                if file.contains(&only) {
                    let software = Software::default();
                    let mut window = scenes::open(size, theme, software.clone(), name);
                    let _kept = scene(&mut window);
                    save(&file, &software.picture(&window));
                }
            }
        }
    }
}

const SIZES: [(Vec2, &str); 2] =
    [(Vec2::new(1024.0, 640.0), "1024x640"), (Vec2::new(1440.0, 900.0), "1440x900")];

fn save(name: &str, picture: &ColorImage) {
    let path = Path::new("screenshots").join(format!("{name}.png"));
    std::fs::create_dir_all("screenshots").expect("a folder for the pictures");
    let [width, height] = picture.size.map(|side| side as u32);
    image::save_buffer(&path, picture.as_raw(), width, height, image::ColorType::Rgba8)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    println!("{}", path.display());
}
