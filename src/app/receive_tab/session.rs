//! A listener at work, and the threads that turn its frames into images and look at each of them.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use egui::Context;

use crate::app::present::Presenter;
use crate::app::wake::waker;
use crate::flow::Geometry;
use crate::net::{HandOver, ListenCommand, ListenOptions, ListenStatus, Listener, Tap};
use crate::wire::rtp::Video;

use super::film::{Recorder, WAITING_FRAMES};
use super::keep::KeepInlet;

/// From Listen to Stop.
pub(super) struct Session {
    listener: Listener,
}

/// What is still there to be looked at when the session is over.
pub(super) struct Screen {
    /// Makes frames drawable.
    pub presenter: Presenter,
    /// The last frames.
    pub recorder: Recorder,
}

impl Session {
    /// Begins to listen at an address and to multicast groups; what is to be kept goes to `keep`.
    ///
    /// # Errors
    /// What happened and what to do, in words.
    pub(super) fn start(
        ctx: &Context,
        (address, groups): (SocketAddr, Vec<IpAddr>),
        (geometry, rtp): (Option<Geometry>, Option<Video>),
        show_damaged: bool,
        keep: KeepInlet,
    ) -> Result<(Self, Screen), String> {
        let (tap, every_frame) = Tap::new(WAITING_FRAMES);
        let options = ListenOptions {
            address,
            groups,
            interface: None,
            hand_over: HandOver::Newest,
            geometry,
            rtp,
            latency_budget: LATENCY_BUDGET,
            show_damaged,
            tap: Some(tap.clone()),
        };
        let listener = Listener::start(&options, waker(ctx)).map_err(|error| error.to_string())?;
        let max_side = ctx.input(|input| input.max_texture_side);
        let presenter = Presenter::start(ctx, listener.frames().clone(), max_side)
            .map_err(|error| format!("no thread to show pictures: {error}"))?;
        let recorder = Recorder::start(ctx, (tap, every_frame), keep)
            .map_err(|error| format!("no thread to keep the last frames: {error}"))?;
        Ok((Self { listener }, Screen { presenter, recorder }))
    }

    /// The account as it stands.
    pub(super) fn status(&self) -> Arc<ListenStatus> {
        self.listener.status()
    }

    /// The bound address.
    pub(super) fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Asks something of the listener.
    pub(super) fn command(&self, command: ListenCommand) {
        self.listener.command(command);
    }

    /// Tells the local network that somebody listens here, or no longer.
    pub(super) fn announce(&mut self, announce: bool) {
        if announce {
            self.listener.announce();
        } else {
            self.listener.stop_announcing();
        }
    }

    /// Stops, and gives the final account.
    pub(super) fn stop(self) -> Arc<ListenStatus> {
        self.listener.stop()
    }
}

/// How long a live frame may take: what feels immediate, and the tenth of a second that every
/// counter is refreshed in.
const LATENCY_BUDGET: Duration = Duration::from_millis(100);
