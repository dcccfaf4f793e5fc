//! Waking the window from a background thread.

use std::sync::Arc;
use std::time::Duration;

use egui::Context;

use crate::net::Wake;

/// Draws the window again, once.
///
/// An immediate repaint would draw it twice, in case something on it has to settle. What comes
/// from a background thread has nothing to settle, and drawing is what costs most.
pub fn wake(ctx: &Context) {
    ctx.request_repaint_after(SOON);
}

/// [`wake`], to be given to a background thread.
pub fn waker(ctx: &Context) -> Wake {
    let ctx = ctx.clone();
    Arc::new(move || wake(&ctx))
}

/// Not at once, and sooner than anybody can see.
const SOON: Duration = Duration::from_millis(1);
