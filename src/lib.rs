//! Pixelwire shows on one computer's screen, live and pixel for pixel, the images that another
//! computer sends over plain Ethernet by UDP, and counts every packet beside the picture.
//!
//! # The floor plan
//!
//! A library that holds everything, and a binary that only chooses. Modules use those below them
//! and none above:
//!
//! | module    | what lives there                                                             |
//! |-----------|------------------------------------------------------------------------------|
//! | [`app`]   | the window: Send tab, Receive tab, image view, theme, settings               |
//! | [`cli`]   | the same engine without a window: `send`, `receive`, `demo`                  |
//! | [`net`]   | sockets, threads, the clock, this machine's addresses: the outside           |
//! | [`media`] | what is sent and kept: image files, folders, `.npy`, patterns; saving        |
//! | [`flow`]  | the protocol as state machines: bytes and times in, bytes and events out     |
//! | [`wire`]  | bytes to checked headers and back, for each protocol; no state               |
//! | [`frame`] | a frame: pixels, width, height, pixel format; how it is encoded and shown     |
//!
//! Nothing below `net` opens a socket, starts a thread or reads a clock, so a whole job runs in a
//! test over a simulated network, thousands of times a second. `media` stands beside `net` and
//! knows frames only.
//!
//! # Where to begin
//!
//! - A datagram's way in: `net::Listener` → [`flow::Receiver`] → [`wire::parse`], and out as a
//!   [`flow::ReceivedFrame`].
//! - A frame's way out: [`media::FrameSource`] → `net::SendJob` → [`flow::Sender`] → a
//!   [`flow::Train`] of packets.
//! - The protocols' byte layouts: [`wire::pixelwire`] (over TCP within [`wire::framed`]),
//!   [`wire::classic`] and [`wire::rtp`]; encoded frames: [`frame::codec`].
//! - Every limit and default, with its reason: [`flow::limits`].

#[cfg(feature = "window")]
pub mod app;
pub mod cli;
pub mod flow;
pub mod frame;
pub mod media;
pub mod net;
pub mod wire;
