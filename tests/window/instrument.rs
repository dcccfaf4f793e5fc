//! The picture as an instrument: what lies under the pointer, what is counted, what is drawn.

use egui::{Color32, Key, Modifiers, Pos2, Rect, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;

use crate::gestures::{Window, press};
use crate::software::Software;
use crate::support::{self, label, send_classic, until};

/// Shows a picture of 640 x 480 that is blue above and red below.
fn seen() -> (Window, Software) {
    let (mut window, software) = support::listening_with_pictures(Vec2::new(1024.0, 640.0));
    let address = window.state().listening_on().expect("listening");
    let blue = [200, 40, 10].repeat(640 * 240);
    let red = [10, 40, 200].repeat(640 * 240);
    send_classic(address, &[blue, red].concat());
    until(&mut window, |window| window.query_by_label_contains("Picture, ").is_some());
    window.run_steps(3);
    (window, software)
}

fn picture(window: &Window) -> Rect {
    window.get_by_label_contains("Picture, ").rect()
}

/// What is said about the pixel at `at`, and where on the screen it is said.
fn probe(window: &mut Window, at: Pos2) -> (String, Rect) {
    window.hover_at(at);
    window.run_steps(2);
    (label(window, " y "), window.get_by_label_contains(" y ").rect())
}

fn color(window: &Window, software: &Software, at: Pos2) -> Color32 {
    software.picture(window)[(at.x as usize, at.y as usize)]
}

#[test]
fn after_turning_the_values_under_the_pointer_are_those_of_the_wire() {
    let (mut window, software) = seen();
    let middle = picture(&window).center();
    let upper = middle - vec2(0.0, 100.0);
    let (before, _) = probe(&mut window, upper);
    assert!(before.ends_with("B 200 G 40 R 10"), "{before}");
    // What was above comes to the right.
    window.key_press(Key::CloseBracket);
    window.run_steps(2);
    for (side, value, drawn) in [
        (100.0, "B 200 G 40 R 10", Color32::from_rgb(10, 40, 200)),
        (-100.0, "B 10 G 40 R 200", Color32::from_rgb(200, 40, 10)),
    ] {
        let at = middle + vec2(side, 0.0);
        let (text, _) = probe(&mut window, at);
        assert!(text.ends_with(value), "{text}");
        assert_eq!(color(&window, &software, at), drawn);
    }
    // Mirrored, it comes to the left.
    window.key_press(Key::H);
    window.run_steps(2);
    let (text, _) = probe(&mut window, middle - vec2(100.0, 0.0));
    assert!(text.ends_with("B 200 G 40 R 10"), "{text}");
}

#[test]
fn keys_zoom_in_steps_and_fit_again() {
    let (mut window, _) = seen();
    for (key, zoom) in
        [(Key::Num1, "100 %"), (Key::Plus, "150 %"), (Key::Plus, "200 %"), (Key::Minus, "150 %")]
    {
        window.key_press(key);
        window.run_steps(2);
        assert!(window.query_by_label(zoom).is_some(), "{zoom}");
    }
    window.key_press(Key::F);
    window.run_steps(2);
    assert!(window.query_by_label("150 %").is_none());
}

#[test]
fn arrow_keys_move_the_picture() {
    let (mut window, _) = seen();
    let middle = picture(&window).center();
    window.key_press(Key::Num1);
    window.run_steps(2);
    let (before, _) = probe(&mut window, middle);
    window.key_press(Key::ArrowRight);
    window.run_steps(2);
    let (after, _) = probe(&mut window, middle);
    let x = |text: &str| -> f32 {
        text.split(' ').nth(1).and_then(|x| x.parse().ok()).expect("a column")
    };
    assert_eq!(x(&after) - x(&before), 64.0, "{before} {after}");
}

#[test]
fn the_loupe_stays_within_the_picture_area() {
    let (mut window, _) = seen();
    window.key_press(Key::L);
    window.run_steps(2);
    let area = picture(&window);
    for corner in [area.left_top(), area.right_top(), area.left_bottom(), area.right_bottom()] {
        let inwards = (area.center() - corner) * 0.3;
        let (text, loupe) = probe(&mut window, corner + inwards);
        assert!(text.contains(" G 40 "), "{text}");
        assert!(area.contains_rect(loupe), "{loupe:?} in {area:?}");
        assert!(loupe.width() > 132.0);
    }
}

#[test]
fn the_histogram_is_opened_counts_and_is_closed() {
    let (mut window, _) = seen();
    press(&mut window, "Histogram and levels");
    let counted = "Blue: smallest 10, mean 105.00, largest 200";
    until(&mut window, |window| window.query_by_label(counted).is_some());
    assert!(window.query_by_label("Green: smallest 40, mean 40.00, largest 40").is_some());
    assert!(window.query_by_label("Histogram from 0 to 255").is_some());
    press(&mut window, "Close histogram and levels");
    until(&mut window, |window| window.query_by_label("Histogram from 0 to 255").is_none());
}

#[test]
fn black_and_white_that_are_typed_are_what_is_drawn() {
    let (mut window, software) = seen();
    window.key_press(Key::I);
    until(&mut window, |window| window.query_by_label("Histogram from 0 to 255").is_some());
    type_number(&mut window, "White point", "80");
    until(&mut window, |window| {
        let upper = picture(window).center() - vec2(0.0, 60.0);
        color(window, &software, upper) == Color32::from_rgb(32, 128, 255)
    });
    press(&mut window, "Full range");
    until(&mut window, |window| {
        let upper = picture(window).center() - vec2(0.0, 60.0);
        color(window, &software, upper) == Color32::from_rgb(10, 40, 200)
    });
}

#[test]
fn dragging_in_the_histogram_moves_the_white_point() {
    let (mut window, software) = seen();
    window.key_press(Key::I);
    until(&mut window, |window| window.query_by_label("Histogram from 0 to 255").is_some());
    let plot = window.get_by_label("Histogram from 0 to 255").rect();
    let from = plot.right_center() - vec2(5.0, 0.0);
    window.drag_at(from);
    window.run_steps(1);
    window.hover_at(plot.center());
    window.run_steps(2);
    window.drop_at(plot.center());
    until(&mut window, |window| {
        let upper = picture(window).center() - vec2(0.0, 60.0);
        let drawn = color(window, &software, upper);
        drawn.b() == 255 && (70..=90).contains(&drawn.g())
    });
}

#[test]
fn one_channel_is_shown_as_grey() {
    let (mut window, software) = seen();
    let upper = picture(&window).center() - vec2(0.0, 60.0);
    window.key_press_modifiers(Modifiers::SHIFT, Key::B);
    until(&mut window, |window| color(window, &software, upper) == Color32::from_gray(200));
    window.key_press_modifiers(Modifiers::SHIFT, Key::C);
    until(&mut window, |window| color(window, &software, upper) == Color32::from_rgb(10, 40, 200));
}

#[test]
fn full_screen_shows_the_picture_alone_and_escape_leaves_it() {
    let (mut window, _) = seen();
    let before = picture(&window);
    window.key_press(Key::F11);
    window.run_steps(3);
    assert!(window.query_by_label("View").is_none());
    assert!(picture(&window).width() > before.width());
    window.key_press(Key::Escape);
    window.run_steps(3);
    assert!(window.query_by_label("View").is_some());
    assert_eq!(picture(&window), before);
}

#[test]
fn the_view_menu_says_the_keys_and_does_what_they_do() {
    let (mut window, _) = seen();
    let upper = picture(&window).center() - vec2(0.0, 100.0);
    press(&mut window, "View");
    window.run_steps(3);
    window.get_by_label_contains("Flip vertically").click();
    window.run_steps(3);
    let (text, _) = probe(&mut window, upper);
    assert!(text.ends_with("B 10 G 40 R 200"), "{text}");
}

/// A number field is a text field only while it has the focus.
fn type_number(window: &mut Window, name: &str, text: &str) {
    window.get_by_label(name).focus();
    window.run_steps(2);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.run_steps(1);
    window.event(egui::Event::Text(text.to_owned()));
    window.run_steps(2);
    window.key_press(Key::Enter);
    window.run_steps(2);
}
