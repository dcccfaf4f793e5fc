//! What the user has set for the whole desktop holds for the window, too.

use egui::accesskit::Toggled;
use egui::{Theme, ThemePreference};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use pixelwire::app::AppOptions;
use pixelwire::app::desktop::DesktopChoices;

use crate::gestures::{Window, press};
use crate::support::open;

#[test]
fn the_window_is_as_light_and_as_still_as_the_desktop_is_set() {
    let mut window = on_a_silent_window_system();
    set(&mut window, DesktopChoices::default());
    assert!(moves(&window));
    let still_and_light = DesktopChoices { theme: Some(Theme::Light), reduced_motion: true };
    set(&mut window, still_and_light);
    assert_eq!(window.ctx.theme(), Theme::Light);
    assert!(!moves(&window));
    press(&mut window, "Settings");
    window.run_steps(3);
    let reduce = window.get_by_label("Reduce motion");
    let node = reduce.accesskit_node();
    assert_eq!(node.toggled(), Some(Toggled::True));
    assert!(node.is_disabled(), "what the desktop asks for cannot be taken back here");

    set(&mut window, DesktopChoices { theme: Some(Theme::Dark), reduced_motion: false });
    assert_eq!(window.ctx.theme(), Theme::Dark);
    assert!(moves(&window));
}

#[test]
fn who_wants_a_still_window_has_it_on_a_moving_desktop() {
    let mut window = on_a_silent_window_system();
    press(&mut window, "Settings");
    window.run_steps(3);
    press(&mut window, "Reduce motion");
    window.run_steps(3);
    assert!(!moves(&window));
    set(&mut window, DesktopChoices::default());
    assert!(!moves(&window), "news of the desktop does not undo it");
    press(&mut window, "Settings");
    window.run_steps(3);
    press(&mut window, "Dark");
    window.run_steps(3);
    set(&mut window, DesktopChoices { theme: Some(Theme::Light), reduced_motion: false });
    assert_eq!(window.ctx.theme(), Theme::Dark, "nor a theme that was chosen");
}

/// As X11 is, which knows no themes.
fn on_a_silent_window_system() -> Window {
    let mut window = open(AppOptions::default());
    window.input_mut().system_theme = None;
    // The harness chooses a theme of its own.
    window.ctx.set_theme(ThemePreference::System);
    window
}

fn set(window: &mut Window, choices: DesktopChoices) {
    let ctx = window.ctx.clone();
    window.state_mut().heed(&ctx, choices);
    window.run_steps(2);
}

fn moves(window: &Window) -> bool {
    [Theme::Dark, Theme::Light]
        .map(|theme| window.ctx.style_of(theme).animation_time > 0.0)
        .contains(&true)
}
