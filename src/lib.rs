//! Pixelwire.
#[cfg(feature = "window")]
pub mod app;
pub mod cli;
pub mod flow;
pub mod frame;
pub mod media;
pub mod net;
pub mod wire;
