//! Everything a user can do, as values: buttons, menus, shortcuts and tests all send the same.

mod view;

use egui::{Context, Event, Key, KeyboardShortcut, Modifiers};

use crate::flow::Geometry;
use crate::media::{KeepFormat, SaveFormat, VideoFormat};
use crate::net::StreamKey;
use crate::wire::rtp::Video;

use super::export::Export;
use super::present::Side;
use super::settings::ThemeChoice;

pub use view::ViewCommand;

/// Something that the user wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Turn to the Send tab.
    ShowSend,
    /// Turn to the Receive tab.
    ShowReceive,
    /// Send what is in the list.
    Send,
    /// Put what is in the clipboard into the list.
    Paste,
    /// Listen, or stop listening.
    ToggleListening,
    /// Put this text into the clipboard.
    CopyText(String),
    /// Look at the picture in another way.
    View(ViewCommand),
    /// Keep the picture as a file of this format.
    Save(SaveFormat),
    /// Put the picture into the clipboard.
    CopyPicture,
    /// Let the picture fill the screen, or no longer.
    ToggleFullScreen,
    /// Show only the frames of this stream; `None` is the newest frame of any.
    ShowStream(Option<StreamKey>),
    /// Show the newest frame of every stream side by side, or one picture again.
    SideBySide(bool),
    /// Let the picture stand still, or go on with the newest frame.
    ToggleFreeze,
    /// Stand still at the frame before this one.
    StepBack,
    /// Stand still at the frame after this one.
    StepForward,
    /// Stand still at this frame of the film.
    ShowStill(u64),
    /// Mark the frame that is shown, to compare others with it.
    MarkA,
    /// Look at this side of the comparison.
    LookAt(Side),
    /// Look at A, or at B again.
    FlipSides,
    /// Look at how far A and B are apart, or at B again.
    ToggleDifference,
    /// Compare no longer.
    EndComparison,
    /// Keep every whole frame in a folder, in this form.
    KeepEvery(KeepFormat),
    /// Keep no more frames.
    StopKeeping,
    /// Show the folder that frames are kept in.
    ShowFolder,
    /// Set the size of classic frames, or go back to inferring it.
    SetGeometry(Option<Geometry>),
    /// RTP streams hold this.
    DescribeRtp(Video),
    /// Read from a file what an RTP stream holds.
    OpenSdp,
    /// Show live frames with missing parts, or skip them.
    ShowDamaged(bool),
    /// Count from zero again.
    ResetCounters,
    /// Lay what became of the packets over the picture, or no longer.
    TogglePacketOverlay,
    /// Show the packets of the next frame that had trouble.
    NextProblem,
    /// Show the packets of the frame before that had trouble.
    PreviousProblem,
    /// Show the packets of this frame that had trouble.
    ShowProblem(StreamKey, u64),
    /// Show the packets of the frame in the picture again.
    LeaveProblem,
    /// Show ten minutes of the past, or one.
    ShowTenMinutes(bool),
    /// Keep the account, the past or the list of problem frames as a file.
    Export(Export),
    /// Explain something in a small window.
    Explain(Topic),
    /// Change the theme.
    SetTheme(ThemeChoice),
    /// Change the size of everything; 1 is the normal size.
    SetTextScale(f32),
    /// Let PCs of one network find each other, or not.
    FindEachOther(bool),
    /// Ask for attention when something ends while the window is in the background, or do not.
    SetNotices(bool),
    /// Let nothing in the window move by itself, or let it.
    SetReducedMotion(bool),
    /// Close what is open on top: an explanation, full screen, a picture that stands still.
    Dismiss,
}

/// What a small window can explain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// How to send from Python.
    Python,
    /// How to let packets through the firewall.
    Firewall,
    /// The keyboard shortcuts.
    Shortcuts,
}

impl Command {
    /// What a button or a menu says.
    pub fn label(&self) -> &'static str {
        match self {
            Self::ShowSend => "Send",
            Self::ShowReceive => "Receive",
            Self::Send => "Send the list",
            Self::Paste => "Paste into the list",
            Self::ToggleListening => "Listen or stop",
            Self::View(view) => view.label(),
            Self::Save(SaveFormat::Png) => "PNG picture…",
            Self::Save(SaveFormat::Npy) => "NumPy array (.npy)…",
            Self::Save(SaveFormat::Raw) => "Raw bytes…",
            Self::CopyPicture | Self::CopyText(_) => "Copy",
            Self::ToggleFullScreen => "Full screen",
            Self::ShowStream(_) => "Show this stream",
            Self::SideBySide(_) => "Side by side",
            Self::ToggleFreeze => "Freeze or resume",
            Self::StepBack => "Frame before",
            Self::StepForward => "Frame after",
            Self::ShowStill(_) => "Show this frame",
            Self::MarkA => "Mark A",
            Self::LookAt(Side::A) => "A",
            Self::LookAt(Side::B) => "B",
            Self::LookAt(Side::Difference(_)) | Self::ToggleDifference => "Difference",
            Self::FlipSides => "Flip A and B",
            Self::EndComparison => "End comparison",
            Self::KeepEvery(KeepFormat::Exact | KeepFormat::Files(SaveFormat::Png)) => {
                "Every frame as PNG…"
            }
            Self::KeepEvery(KeepFormat::Files(SaveFormat::Npy)) => "Every frame as NumPy array…",
            Self::KeepEvery(KeepFormat::Files(SaveFormat::Raw)) => "Every frame as raw bytes…",
            Self::KeepEvery(KeepFormat::Video(VideoFormat::Mkv)) => "Video, exact (.mkv)…",
            Self::KeepEvery(KeepFormat::Video(VideoFormat::Mp4)) => "Video, small (.mp4)…",
            Self::StopKeeping => "Stop keeping",
            Self::ShowFolder => "Open folder",
            Self::SetGeometry(Some(_)) => "Use this size",
            Self::SetGeometry(None) => "Guess the size",
            Self::DescribeRtp(_) => "Use",
            Self::OpenSdp => "Open SDP file…",
            Self::ShowDamaged(_) => "Show damaged frames",
            Self::ResetCounters => "Reset",
            Self::TogglePacketOverlay => "On picture",
            Self::NextProblem => "Next problem",
            Self::PreviousProblem => "Previous problem",
            Self::ShowProblem(..) => "Show this frame's packets",
            Self::LeaveProblem => "Live",
            Self::ShowTenMinutes(false) => "1 min",
            Self::ShowTenMinutes(true) => "10 min",
            Self::Export(export) => export.label(),
            Self::Explain(Topic::Python) => "Python recipe",
            Self::Explain(Topic::Firewall) => "Firewall",
            Self::Explain(Topic::Shortcuts) => "Shortcuts",
            Self::SetTheme(ThemeChoice::System) => "System",
            Self::SetTheme(ThemeChoice::Light) => "Light",
            Self::SetTheme(ThemeChoice::Dark) => "Dark",
            Self::SetTextScale(_) => "Text size",
            Self::FindEachOther(_) => "PCs of this network find each other",
            Self::SetNotices(_) => "Ask for attention",
            Self::SetReducedMotion(_) => "Reduce motion",
            Self::Dismiss => "Close",
        }
    }

    /// What it does, in a sentence for hover texts and the list of shortcuts.
    pub fn explanation(&self) -> &'static str {
        match self {
            Self::ShowSend => "Turn to the Send tab",
            Self::ShowReceive => "Turn to the Receive tab",
            Self::Send => "Send what is in the list",
            Self::Paste => "Put the clipboard's picture or files into the list",
            Self::ToggleListening => "Start or stop listening",
            Self::CopyText(_) => "Put this into the clipboard",
            Self::View(view) => view.explanation(),
            Self::Save(SaveFormat::Png) => "Save the picture as it was sent, as PNG",
            Self::Save(SaveFormat::Npy) => "Save the exact samples as a NumPy array",
            Self::Save(SaveFormat::Raw) => "Save the pixel bytes without a header",
            Self::CopyPicture => "Copy the picture as it is drawn and turned",
            Self::ToggleFullScreen => "Let the picture fill the screen",
            Self::ShowStream(_) => "Show the frames of this stream",
            Self::SideBySide(true) => "Show all senders side by side",
            Self::SideBySide(false) => "Show one picture again",
            Self::ToggleFreeze => "Freeze the picture, or go on live",
            Self::StepBack => "Freeze at the frame before",
            Self::StepForward => "Freeze at the frame after",
            Self::ShowStill(_) => "Freeze at this frame",
            Self::MarkA => "Mark this frame as A, to compare others with it",
            Self::LookAt(_) => "Look at this side of the comparison",
            Self::FlipSides => "Flip between A and this frame",
            Self::ToggleDifference => "Show how far A and this frame are apart",
            Self::EndComparison => "End the comparison",
            Self::KeepEvery(format) => keeping(*format),
            Self::StopKeeping => "Keep no more frames",
            Self::ShowFolder => "Show the folder in the file manager",
            Self::SetGeometry(Some(_)) => "Show classic frames with this size",
            Self::SetGeometry(None) => "Find the size from the number of bytes",
            Self::DescribeRtp(_) => "Show the RTP stream with this size and pixel format",
            Self::OpenSdp => "Read what the RTP stream holds from the file that describes it",
            Self::ShowDamaged(_) => "Show live frames with missing parts, hatched",
            Self::ResetCounters => "Count from zero again",
            Self::TogglePacketOverlay => "Mark what was recovered, late or lost",
            Self::NextProblem => "Show the packets of the next problem frame",
            Self::PreviousProblem => "Show the packets of the problem frame before",
            Self::ShowProblem(..) => "Show what became of this frame's packets",
            Self::LeaveProblem => "Show the packets of the frame in the picture again",
            Self::ShowTenMinutes(false) => "Show the last minute, by the half second",
            Self::ShowTenMinutes(true) => "Show the last ten minutes, by five seconds",
            Self::Export(export) => export.explanation(),
            Self::Explain(Topic::Python) => "Ten lines of Python that send a picture here",
            Self::Explain(Topic::Firewall) => "What to do when nothing arrives",
            Self::Explain(Topic::Shortcuts) => "Show the keyboard shortcuts",
            Self::SetTheme(_) => "Colours of the window",
            Self::SetTextScale(_) => "Size of everything in the window",
            Self::FindEachOther(_) => {
                "Announces this PC while it listens, and lists those that do (mDNS)"
            }
            Self::SetNotices(_) => {
                "When a job ends or a stream stops while this window is in the background"
            }
            Self::SetReducedMotion(_) => "Nothing fades or slides",
            Self::Dismiss => "Close, leave full screen, go back to live",
        }
    }

    /// The keys that give this command.
    pub fn shortcut(&self) -> Option<KeyboardShortcut> {
        let plain = |key| Some(KeyboardShortcut::new(Modifiers::NONE, key));
        let with_command = |key| Some(KeyboardShortcut::new(Modifiers::COMMAND, key));
        match self {
            Self::ShowSend => with_command(Key::Num1),
            Self::ShowReceive => with_command(Key::Num2),
            Self::Send => with_command(Key::Enter),
            Self::Paste => with_command(Key::V),
            Self::ToggleListening => with_command(Key::L),
            Self::View(view) => view.shortcut(),
            Self::Save(SaveFormat::Png) => with_command(Key::S),
            Self::CopyPicture => with_command(Key::C),
            Self::ToggleFullScreen => plain(Key::F11),
            Self::SideBySide(true) => plain(Key::G),
            Self::ToggleFreeze => plain(Key::Space),
            Self::StepBack => plain(Key::Comma),
            Self::StepForward => plain(Key::Period),
            Self::MarkA => plain(Key::A),
            Self::FlipSides => plain(Key::X),
            Self::ToggleDifference => plain(Key::D),
            Self::ResetCounters => plain(Key::R),
            Self::TogglePacketOverlay => plain(Key::M),
            Self::NextProblem => plain(Key::N),
            Self::PreviousProblem => Some(KeyboardShortcut::new(Modifiers::SHIFT, Key::N)),
            Self::Export(Export::Json) => with_command(Key::E),
            Self::Explain(Topic::Shortcuts) => plain(Key::Questionmark),
            Self::Dismiss => plain(Key::Escape),
            _ => None,
        }
    }

    /// The commands that have a shortcut, in the order in which they are listed.
    pub fn with_shortcuts() -> Vec<Self> {
        let mut commands = vec![
            Self::ShowSend,
            Self::ShowReceive,
            Self::Paste,
            Self::Send,
            Self::ToggleListening,
            Self::ToggleFullScreen,
            Self::ToggleFreeze,
            Self::StepBack,
            Self::StepForward,
            Self::MarkA,
            Self::FlipSides,
            Self::ToggleDifference,
            Self::SideBySide(true),
            Self::Save(SaveFormat::Png),
            Self::CopyPicture,
            Self::ResetCounters,
            Self::TogglePacketOverlay,
            // Before the one whose keys are a part of its own.
            Self::PreviousProblem,
            Self::NextProblem,
            Self::Export(Export::Json),
            Self::Explain(Topic::Shortcuts),
            Self::Dismiss,
        ];
        commands.extend(ViewCommand::with_shortcuts().into_iter().map(Self::View));
        commands
    }

    /// A hover text: what it does, and its keys.
    pub fn hover_text(&self, ctx: &Context) -> String {
        match self.shortcut() {
            Some(shortcut) => format!("{} ({})", self.explanation(), keys(ctx, &shortcut)),
            None => self.explanation().to_owned(),
        }
    }
}

/// What it means to keep every frame in this form.
fn keeping(format: KeepFormat) -> &'static str {
    match format {
        KeepFormat::Video(VideoFormat::Mkv) => {
            "Record a video that holds every pixel (FFV1), until stopped; needs ffmpeg"
        }
        KeepFormat::Video(VideoFormat::Mp4) => {
            "Record a video that every player takes, not exact, until stopped; needs ffmpeg"
        }
        KeepFormat::Exact | KeepFormat::Files(_) => {
            "Keep every whole frame in a folder until stopped"
        }
    }
}

/// A shortcut as it is printed on the keys.
pub fn keys(ctx: &Context, shortcut: &KeyboardShortcut) -> String {
    let symbol = match shortcut.logical_key {
        Key::Plus => "+",
        Key::Minus => "−",
        Key::Questionmark => "?",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Escape => "Esc",
        Key::Comma => ",",
        Key::Period => ".",
        _ => return ctx.format_shortcut(shortcut),
    };
    symbol.to_owned()
}

/// The commands whose keys were pressed since the last pass. While a text is being typed, all
/// keys belong to it; while another control has the focus, those that work it do.
pub fn pressed(ctx: &Context) -> Vec<Command> {
    if ctx.text_edit_focused() {
        return Vec::new();
    }
    let mut shortcuts: Vec<_> = Command::with_shortcuts()
        .into_iter()
        .filter_map(|command| Some((command.shortcut()?, command)))
        .collect();
    // A pressed Shift does not hinder a shortcut without: those with modifiers are asked first.
    shortcuts.sort_by_key(|(keys, _)| keys.modifiers == Modifiers::NONE);
    let focused = ctx.egui_wants_keyboard_input();
    shortcuts.retain(|(keys, _)| !(focused && works_a_control(*keys)));
    // The key closes a menu first.
    let menu_open = egui::Popup::is_any_open(ctx);
    shortcuts.retain(|(_, command)| !(menu_open && *command == Command::Dismiss));
    let mut commands: Vec<Command> = shortcuts
        .into_iter()
        .filter(|(keys, _)| ctx.input_mut(|input| input.consume_shortcut(keys)))
        .map(|(_, command)| command)
        .collect();
    // Copy and paste reach us as events of their own, not as keys.
    ctx.input(|input| {
        commands.extend(input.events.iter().filter_map(|event| match event {
            Event::Copy => Some(Command::CopyPicture),
            Event::Paste(_) | Event::PasteImage(_) => Some(Command::Paste),
            _ => None,
        }));
    });
    commands
}

fn works_a_control(keys: KeyboardShortcut) -> bool {
    keys.modifiers == Modifiers::NONE && matches!(keys.logical_key, Key::Enter | Key::Space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_commands_share_their_keys() {
        let commands = Command::with_shortcuts();
        for (place, command) in commands.iter().enumerate() {
            let keys = command.shortcut();
            assert!(keys.is_some(), "{command:?}");
            for other in &commands[place + 1..] {
                assert_ne!(keys, other.shortcut(), "{command:?} and {other:?}");
            }
        }
    }
}
