//! What a user can do with the way in which the picture is looked at. What was received stays.

use egui::{Key, KeyboardShortcut, Modifiers};

use crate::app::present::Levels;
use crate::frame::Channel;

/// Something about the picture's view that the user wants done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ViewCommand {
    /// Show the whole picture.
    Fit,
    /// Show one pixel of the picture as one pixel of the screen.
    ActualSize,
    /// Enlarge the picture to the next step.
    ZoomIn,
    /// Reduce the picture to the next step.
    ZoomOut,
    /// Show a loupe beside the pointer, or no longer.
    ToggleLoupe,
    /// Show lines between large pixels and values in them, or no longer.
    ToggleValues,
    /// Show histogram, levels and statistics, or no longer.
    ToggleInspector,
    /// Turn by a quarter against the clock.
    TurnLeft,
    /// Turn by a quarter clockwise.
    TurnRight,
    /// Mirror left to right.
    FlipHorizontally,
    /// Mirror top to bottom.
    FlipVertically,
    /// Show it as it was sent: neither turned nor mirrored.
    Upright,
    /// Show these channels.
    ShowChannel(Channel),
    /// Draw these samples black and white.
    SetLevels(Levels),
    /// Stretch the contrast of each frame, or no longer.
    ToggleAutoLevels,
}

impl ViewCommand {
    /// What a button or a menu says.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Fit => "Fit",
            Self::ActualSize => "1:1",
            Self::ZoomIn => "Zoom in",
            Self::ZoomOut => "Zoom out",
            Self::ToggleLoupe => "Loupe",
            Self::ToggleValues => "Pixel grid and values",
            Self::ToggleInspector => "Histogram and levels",
            Self::TurnLeft => "Turn left",
            Self::TurnRight => "Turn right",
            Self::FlipHorizontally => "Flip horizontally",
            Self::FlipVertically => "Flip vertically",
            Self::Upright => "As it was sent",
            Self::ShowChannel(Channel::All) => "All channels",
            Self::ShowChannel(Channel::Red) => "Red",
            Self::ShowChannel(Channel::Green) => "Green",
            Self::ShowChannel(Channel::Blue) => "Blue",
            Self::ShowChannel(Channel::Alpha) => "Opacity",
            Self::SetLevels(Levels::Full) => "Full range",
            Self::SetLevels(Levels::Auto) | Self::ToggleAutoLevels => "Auto levels",
            Self::SetLevels(Levels::Fixed(_)) => "Levels by hand",
        }
    }

    /// What it does, in a sentence for hover texts and the list of shortcuts.
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::Fit => "Show the whole picture",
            Self::ActualSize => "One pixel of the picture is one pixel of the screen",
            Self::ZoomIn => "Enlarge the picture, at the pointer",
            Self::ZoomOut => "Reduce the picture, at the pointer",
            Self::ToggleLoupe => "Magnify the pixels around the pointer",
            Self::ToggleValues => "Lines from 8:1 on, values where they fit",
            Self::ToggleInspector => "Histogram, channels, black and white",
            Self::TurnLeft => "Turn the view left; coordinates stay the sender's",
            Self::TurnRight => "Turn the view right; coordinates stay the sender's",
            Self::FlipHorizontally => "Mirror the view left to right",
            Self::FlipVertically => "Mirror the view top to bottom",
            Self::Upright => "Neither turned nor mirrored",
            Self::ShowChannel(Channel::All) => "Show all channels, as colours",
            Self::ShowChannel(Channel::Red) => "Show red alone, as grey",
            Self::ShowChannel(Channel::Green) => "Show green alone, as grey",
            Self::ShowChannel(Channel::Blue) => "Show blue alone, as grey",
            Self::ShowChannel(Channel::Alpha) => "Show opacity alone, as grey",
            Self::SetLevels(Levels::Full) => {
                "All values that the format holds; of floats 0 to 1 or all that there are"
            }
            Self::SetLevels(Levels::Auto) => {
                "From the darkest to the brightest of each frame, but for a thousandth"
            }
            Self::SetLevels(Levels::Fixed(_)) => "The same black and white for every frame",
            Self::ToggleAutoLevels => "Stretch the contrast of each frame",
        }
    }

    /// The keys that give this command.
    pub fn shortcut(self) -> Option<KeyboardShortcut> {
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let shift = |key| Some(KeyboardShortcut::new(Modifiers::SHIFT, key));
        match self {
            Self::Fit => plain(Key::F),
            Self::ActualSize => plain(Key::Num1),
            Self::ZoomIn => plain(Key::Plus),
            Self::ZoomOut => plain(Key::Minus),
            Self::ToggleLoupe => plain(Key::L),
            Self::ToggleValues => plain(Key::P),
            Self::ToggleInspector => plain(Key::I),
            Self::TurnLeft => plain(Key::OpenBracket),
            Self::TurnRight => plain(Key::CloseBracket),
            Self::FlipHorizontally => plain(Key::H),
            Self::FlipVertically => plain(Key::V),
            Self::ShowChannel(Channel::All) => shift(Key::C),
            Self::ShowChannel(Channel::Red) => shift(Key::R),
            Self::ShowChannel(Channel::Green) => shift(Key::G),
            Self::ShowChannel(Channel::Blue) => shift(Key::B),
            Self::ShowChannel(Channel::Alpha) => shift(Key::A),
            Self::ToggleAutoLevels => shift(Key::L),
            Self::Upright | Self::SetLevels(_) => None,
        }
    }

    /// The commands that have a shortcut, in the order in which they are listed.
    pub fn with_shortcuts() -> Vec<Self> {
        let channels = Channel::CHOICES.map(Self::ShowChannel);
        [
            Self::Fit,
            Self::ActualSize,
            Self::ZoomIn,
            Self::ZoomOut,
            Self::ToggleLoupe,
            Self::ToggleValues,
            Self::ToggleInspector,
            Self::ToggleAutoLevels,
            Self::TurnLeft,
            Self::TurnRight,
            Self::FlipHorizontally,
            Self::FlipVertically,
        ]
        .into_iter()
        .chain(channels)
        .collect()
    }
}
