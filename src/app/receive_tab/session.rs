//! A listener at work, and the thread that turns its frames into images.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use egui::Context;

use crate::app::present::{Look, Presented, Presenter};
use crate::app::wake::waker;
use crate::flow::Geometry;
use crate::net::{HandOver, ListenCommand, ListenOptions, ListenStatus, Listener, StreamKey};

/// From Listen to Stop.
pub(super) struct Session {
    listener: Listener,
    presenter: Presenter,
}

impl Session {
    /// Begins to listen.
    ///
    /// # Errors
    /// What happened and what to do, in words.
    pub(super) fn start(
        ctx: &Context,
        address: SocketAddr,
        geometry: Option<Geometry>,
        show_damaged: bool,
    ) -> Result<Self, String> {
        let options = ListenOptions {
            address,
            hand_over: HandOver::Newest,
            geometry,
            latency_budget: LATENCY_BUDGET,
            show_damaged,
        };
        let listener = Listener::start(&options, waker(ctx)).map_err(|error| error.to_string())?;
        let max_side = ctx.input(|input| input.max_texture_side);
        let presenter = Presenter::start(ctx, listener.frames().clone(), max_side)
            .map_err(|error| format!("no thread to show pictures: {error}"))?;
        Ok(Self { listener, presenter })
    }

    /// The newest image, once.
    pub(super) fn take(&self) -> Option<Presented> {
        self.presenter.take()
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

    /// Shows only frames of this stream.
    pub(super) fn show_only(&self, stream: Option<StreamKey>) {
        self.presenter.show_only(stream);
    }

    /// Shows frames like this.
    pub(super) fn look_like(&self, look: Look) {
        self.presenter.look_like(look);
    }

    /// Stops, and gives the final account.
    pub(super) fn stop(self) -> Arc<ListenStatus> {
        self.listener.stop()
    }
}

/// How long a live frame may take: what feels immediate, and the tenth of a second that every
/// counter is refreshed in.
const LATENCY_BUDGET: Duration = Duration::from_millis(100);
