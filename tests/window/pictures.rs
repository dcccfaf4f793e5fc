//! How the window looks: a few of its states, light and dark, compared with the pictures in
//! `tests/window/expected/`. They are drawn by the processor, so that they are the same everywhere.
//!
//! When the window is meant to look different now, `ACCEPT_PICTURES=1 cargo test --test window
//! pictures` takes the new pictures; look at them before they are committed.

use std::path::{Path, PathBuf};

use egui::{Color32, ColorImage, Rect, Theme, Vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

use crate::gestures::{Window, settle};
use crate::scenes::{self, SCENES};
use crate::software::Software;
use crate::support::{label, until};

#[test]
fn the_send_tab_looks_as_it_should() {
    for scene in ["send-empty", "send"] {
        compare(scene);
    }
}

#[test]
fn before_a_picture_the_receive_tab_looks_as_it_should() {
    for scene in ["receive-idle", "shortcuts"] {
        compare(scene);
    }
}

#[test]
fn a_picture_and_its_figures_look_as_they_should() {
    compare("receive-classic");
}

#[test]
fn a_damaged_picture_that_is_frozen_and_the_loupe_look_as_they_should() {
    compare("receive-damaged");
}

/// Draws a scene in both themes; fails when it looks different.
fn compare(scene: &str) {
    let (_, show) = SCENES.into_iter().find(|(name, _)| *name == scene).expect("a scene");
    for (theme, theme_name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        let software = Software::default();
        let mut window = scenes::open((SIZE, 1.0), theme, software.clone(), scene);
        let _kept = show(&mut window);
        come_to_rest(&mut window);
        let mut picture = software.picture(&window);
        for area in varying(&window) {
            cover(&mut picture, area);
        }
        judge(&format!("{scene}-{theme_name}"), &picture);
    }
}

/// Until nothing moves and the figures of the last second are zero again.
fn come_to_rest(window: &mut Window) {
    if window.query_by_label_contains("Received: ").is_some() {
        until(window, |window| label(window, "Received: ").starts_with("Received: last second 0,"));
        until(window, |window| window.query_by_label("Nothing arrives now").is_some());
    }
    settle(window);
    window.run_steps(20);
}

/// What is not the same in every run: what was measured, where we listen, and what this machine is
/// called. Always as wide as it may be.
fn varying(window: &Window) -> Vec<Rect> {
    let all = window.root().children_recursive();
    let measured = all.filter(|node| {
        let label = node.accesskit_node().label().unwrap_or_default();
        MEASURED.iter().any(|part| label.starts_with(part))
    });
    let mut areas: Vec<Rect> = measured.map(|node| node.rect().expand(2.0)).collect();
    if window.query_by_label("■ Stop").is_some() {
        areas.push(window.get_by_label("Port").rect().expand(2.0));
        areas.push(Rect::from_x_y_ranges(0.0..=SIZE.x / 2.0, SIZE.y - 28.0..=SIZE.y - 2.0));
    }
    let toolbar = window.query_by_label("Fit").map(|button| button.rect());
    areas.extend(toolbar.map(|fit| Rect::from_x_y_ranges(0.0..=fit.left() - 4.0, fit.y_range())));
    areas
}

fn cover(picture: &mut ColorImage, area: Rect) {
    let [width, height] = picture.size;
    let side = |from: f32, to: f32, end: usize| {
        from.max(0.0) as usize..(to.max(0.0).ceil() as usize).min(end)
    };
    for y in side(area.top(), area.bottom(), height) {
        for x in side(area.left(), area.right(), width) {
            picture[(x, y)] = Color32::GRAY;
        }
    }
}

fn judge(name: &str, picture: &ColorImage) {
    let expected = Path::new("tests/window/expected").join(format!("{name}.png"));
    if std::env::var_os("ACCEPT_PICTURES").is_some() {
        save(&expected, picture);
        return;
    }
    let differing = differing(&expected, picture);
    if differing > FEW_PIXELS {
        let actual = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
        save(&actual, picture);
        panic!(
            "{differing} pixels differ from {}: look at {}, and if that is how it should look, \
             ACCEPT_PICTURES=1 cargo test --test window pictures",
            expected.display(),
            actual.display()
        );
    }
}

/// How many pixels can be told from those of the picture at `expected`: all, if there is none.
fn differing(expected: &Path, picture: &ColorImage) -> usize {
    let [width, height] = picture.size;
    let Ok(expected) = image::open(expected) else { return width * height };
    let expected = expected.into_rgba8();
    if [expected.width() as usize, expected.height() as usize] != picture.size {
        return width * height;
    }
    let pairs = expected.pixels().zip(&picture.pixels);
    let tells =
        |a: [u8; 4], b: [u8; 4]| a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > SAME_TO_AN_EYE);
    pairs.filter(|(a, b)| tells(a.0, b.to_array())).count()
}

fn save(path: &Path, picture: &ColorImage) {
    let folder = path.parent().expect("a folder");
    std::fs::create_dir_all(folder).expect("a folder for the pictures");
    let [width, height] = picture.size.map(|side| side as u32);
    image::save_buffer(path, picture.as_raw(), width, height, image::ColorType::Rgba8)
        .expect("a picture");
}

const SIZE: Vec2 = Vec2::new(1024.0, 640.0);
/// How the names of what is measured begin.
const MEASURED: [&str; 3] = ["Throughput and loss over time", "Throughput: ", "Latency: "];
/// Rounding differs from one processor to another.
const SAME_TO_AN_EYE: u8 = 24;
/// Fewer than a letter has.
const FEW_PIXELS: usize = 12;
