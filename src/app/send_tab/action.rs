//! Everything that a person can do in the Send tab.

use std::net::IpAddr;
use std::path::PathBuf;

use crate::flow::{Fec, Mode, Protocol, Rate, Transport};
use crate::frame::PackedYcbcr;
use crate::frame::codec::Compression;
use crate::media::Capture;

use super::row::RowId;

/// One thing that a person does. Buttons, shortcuts and tests all give the same values to
/// [`super::SendTab::perform`].
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Opens the file dialog for images.
    AddImages,
    /// Opens the dialog for a folder.
    AddFolder,
    /// Adds what the clipboard holds.
    Paste,
    /// Opens the file dialog for videos.
    AddVideos,
    /// Adds the moving test pattern.
    AddPattern,
    /// Looks which cameras and screens there are.
    LookForDevices,
    /// Adds a camera or the screen.
    Record(Capture),
    /// Adds files and folders.
    AddPaths(Vec<PathBuf>),
    /// Shows the field for a path, or changes what is typed in it.
    TypePath(String),
    /// Adds what is typed in that field.
    AddTypedPath,
    /// Puts that field away.
    CloseTypedPath,
    /// Takes an entry off the list.
    Remove(RowId),
    /// Sends an entry once more: now, or after the running job.
    SendAgain(RowId),
    /// Takes everything off the list that was delivered or sent.
    ClearDelivered,
    /// Takes everything off the list that cannot be read.
    RemoveUnreadable,
    /// Edits the target's host.
    SetHost(String),
    /// The host was typed to its end: a port behind it moves to its own field.
    CommitHost,
    /// Edits the target's port.
    SetPort(String),
    /// Takes a recent target, or a device that was found.
    UseTarget(String),
    /// Asks whether somebody listens at the target, and what the way there carries.
    TestConnection,
    /// Puts the result of that away.
    DismissTest,
    /// Chooses the address of this PC to send from; `None` is as its routes have it.
    SetSource(Option<IpAddr>),
    /// Chooses how the two ends speak.
    SetProtocol(Protocol),
    /// Chooses what is promised.
    SetMode(Mode),
    /// Chooses the payload of each packet; `None` is what fits.
    SetChunk(Option<u16>),
    /// Chooses how fast packets leave.
    SetRate(Rate),
    /// Chooses the pace of sequences; `None` is their own.
    SetFramesPerSecond(Option<f64>),
    /// Chooses whether sequences start again at their end.
    SetRepeat(bool),
    /// Chooses how frames are made smaller.
    SetCompression(Compression),
    /// Chooses how much parity goes with each frame.
    SetFec(Fec),
    /// Chooses over what our own protocol travels.
    SetTransport(Transport),
    /// Chooses the samples that RTP carries; `None` is the pixels as they are.
    SetPacking(Option<PackedYcbcr>),
    /// Puts a bad network in front of the sender; empty takes it away.
    SetBench(String),
    /// Sends what waits.
    Send,
    /// Stops sending.
    Cancel,
    /// Puts a text into the clipboard.
    CopyText(String),
    /// Puts the remark above the list away.
    DismissNotice,
}
