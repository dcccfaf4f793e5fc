//! Pixelwire.
pub mod flow;
pub mod frame;
pub mod media;
pub mod net;
pub mod wire;
