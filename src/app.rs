//! The window: a Send tab and a Receive tab over the same engine as the command line.
//!
//! ```text
//! window       what is shown and what is done: two tabs, commands, settings
//! send_tab     the list of what is sent, to whom and how
//! receive_tab  the picture and its figures
//! image_view   a picture to zoom and pan          present    frames made drawable, in the background
//! packet_map   what became of each packet         export     the account as JSON and CSV
//! command      everything a user can do           explain    small windows that explain
//! widgets      controls                           figures    numbers as a person reads them
//! theme        colours, distances, type           settings   what is remembered
//! demo         a picture and a pattern to ourselves
//! desktop      dark or light, moving or still: what the whole desktop is set to
//! dialogs      file dialogs and the clipboard     errand     one slow thing, in the background
//! wake         the window drawn again, from a background thread
//! ```

pub mod command;
pub mod demo;
pub mod desktop;
pub mod dialogs;
pub mod errand;
pub mod explain;
pub mod export;
pub mod figures;
pub mod image_view;
pub mod packet_map;
pub mod present;
pub mod receive_tab;
pub mod send_tab;
pub mod settings;
pub mod theme;
pub mod wake;
pub mod widgets;
mod window;

use std::net::SocketAddr;
use std::path::PathBuf;

use egui::{IconData, ViewportBuilder};

use crate::net::Device;

use desktop::Desktop;
pub use window::{Memory, PixelwireApp};

/// What the command line asks of the window.
#[derive(Clone, Debug, Default)]
pub struct AppOptions {
    /// Files for the Send tab's list.
    pub files: Vec<PathBuf>,
    /// Listen here at once.
    pub listen: Option<SocketAddr>,
    /// Fill in this target, as `HOST` or `HOST:PORT`.
    pub target: Option<String>,
    /// Send a picture and a moving pattern from this window to itself.
    pub demo: bool,
    /// Devices that are listed without having announced themselves.
    pub devices: Vec<Device>,
    /// Whether PCs of one network may find each other, if the settings have it so. Announcing
    /// oneself is for the program to decide and nothing that a library does unasked.
    pub find_each_other: bool,
}

/// Why there is no window; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AppError {
    /// Neither X11 nor Wayland can be reached.
    #[error(
        "there is no display for a window: use `pixelwire send` and `pixelwire receive`, \
         or set DISPLAY or WAYLAND_DISPLAY"
    )]
    NoDisplay,
    /// The window system refused.
    #[error(
        "the window system refused a window: {0}; `pixelwire send` and `pixelwire receive` work without"
    )]
    Window(String),
    /// The graphics driver refused.
    #[error(
        "OpenGL does not work here: {0}; update the graphics driver, or set \
         LIBGL_ALWAYS_SOFTWARE=1"
    )]
    Graphics(String),
}

/// Opens the window and returns when it is closed.
///
/// # Errors
/// [`AppError`] when there cannot be a window.
pub fn run(options: AppOptions) -> Result<(), AppError> {
    if !has_display() {
        return Err(AppError::NoDisplay);
    }
    let viewport = ViewportBuilder::default()
        .with_app_id("pixelwire")
        .with_title("Pixelwire")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([880.0, 560.0])
        .with_icon(icon());
    let native = eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        ..eframe::NativeOptions::default()
    };
    let create = |cc: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let app = PixelwireApp::new(&cc.egui_ctx, options, Memory::of_user());
        Ok(Box::new(app.following(Desktop::follow(&cc.egui_ctx))))
    };
    eframe::run_native("pixelwire", native, Box::new(create)).map_err(|error| explain_error(&error))
}

/// On X11 and Wayland, whether either is announced; elsewhere there always is a display.
fn has_display() -> bool {
    let unix_desktop = cfg!(all(unix, not(target_os = "macos")));
    let announced = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !unix_desktop || ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"].into_iter().any(announced)
}

fn explain_error(error: &eframe::Error) -> AppError {
    match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            // Before the reason stands where in the library it was found.
            let text = error.to_string();
            AppError::Window(text.rsplit(": ").next().unwrap_or(&text).to_owned())
        }
        _ => AppError::Graphics(error.to_string()),
    }
}

fn icon() -> IconData {
    // A broken icon is no reason to have no window.
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon.png")).unwrap_or_default()
}
