//! Listening: one socket thread that turns packets into frames and counts everything.

mod advice;
mod binding;
mod decoder;
mod history;
mod membership;
mod mender;
mod outlet;
mod status;
mod tap;
mod worker;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded};
use mio::Waker;

use crate::flow::{Geometry, ReceivedFrame, limits};
use crate::wire::rtp::Video;

use super::discovery::Announcement;
use super::{Published, Wake, random_id};

pub use advice::BufferAdvice;
pub use status::{HistoryPoint, ListenStatus, StreamStatus, offered};
pub use tap::Tap;

use binding::Binding;
use outlet::Outlet;
use worker::{Exits, Worker};

/// How a listener is to listen.
#[derive(Clone, Debug)]
pub struct ListenOptions {
    /// The address and port to bind, for UDP and for TCP; an unspecified address is every interface.
    pub address: SocketAddr,
    /// Multicast groups to join; an address that is itself one is joined anyway.
    pub groups: Vec<IpAddr>,
    /// An address of the interface on which groups are joined; `None` leaves that to the system's
    /// routes.
    pub interface: Option<IpAddr>,
    /// What happens to frames when the reader is slower than the wire.
    pub hand_over: HandOver,
    /// The geometry of classic frames, when the user typed one.
    pub geometry: Option<Geometry>,
    /// What RTP streams hold; without it their packets are only counted.
    pub rtp: Option<Video>,
    /// How long a live frame may take from its first packet to its last.
    pub latency_budget: Duration,
    /// Hand over live frames with missing parts (marked) instead of skipping them.
    pub show_damaged: bool,
    /// Sees every frame that is handed over.
    pub tap: Option<Tap>,
}

impl ListenOptions {
    /// The defaults, at `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            groups: Vec::new(),
            interface: None,
            hand_over: HandOver::Newest,
            geometry: None,
            rtp: None,
            latency_budget: limits::LATENCY_BUDGET,
            show_damaged: true,
            tap: None,
        }
    }
}

/// What happens to frames when the reader is slower than the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandOver {
    /// Every delivered frame waits to be taken (the sender is slowed down); of live frames, the
    /// newest.
    Every,
    /// Only the newest frame of each stream waits; older ones are let go.
    Newest,
}

/// What can be asked of a listener while it runs.
#[derive(Clone, Debug)]
pub enum ListenCommand {
    /// From now on classic frames of as many bytes as this has, have this geometry; `None` goes
    /// back to inferring it.
    SetGeometry(Option<Geometry>),
    /// RTP streams hold this from now on; `None` counts their packets only.
    DescribeRtp(Option<Video>),
    /// Whether live frames with missing parts are handed over.
    ShowDamaged(bool),
    /// Start all counters again from zero.
    ResetCounters,
    /// Stop; used by [`Listener::stop`].
    Stop,
}

/// A background thread that receives on one port until it is stopped or dropped.
pub struct Listener {
    address: SocketAddr,
    frames: Receiver<Arc<ReceivedFrame>>,
    commands: Sender<ListenCommand>,
    waker: Arc<Waker>,
    status: Published<ListenStatus>,
    thread: Option<JoinHandle<()>>,
    announcement: Option<Announcement>,
}

impl Listener {
    /// Binds the socket and starts to receive.
    ///
    /// `wake` is called after each frame handed over and each status published.
    ///
    /// # Errors
    /// [`ListenError`] when the address cannot be bound or the thread cannot be started.
    pub fn start(options: &ListenOptions, wake: Wake) -> Result<Self, ListenError> {
        let id = random_id().map_err(ListenError::System)?;
        let Binding { port, tcp, tcp_trouble } = Binding::of(options)?;
        let address = port.local_addr().map_err(ListenError::System)?;
        let waker = port.waker();
        let (command_sender, commands) = bounded(16);
        let (outlet, frames) = Outlet::new(options.hand_over, options.tap.clone());
        let status = Published::new(ListenStatus {
            receive_buffer: port.receive_buffer(),
            tcp_trouble,
            ..ListenStatus::before_anything(address)
        });
        let worker = Worker::new(
            (port, tcp),
            options,
            id,
            Exits { outlet, published: status.clone(), wake },
            commands,
        );
        let thread = std::thread::Builder::new()
            .name("listener".to_owned())
            .spawn(move || worker.run())
            .map_err(ListenError::System)?;
        let thread = Some(thread);
        let announcement = None;
        Ok(Self { address, frames, commands: command_sender, waker, status, thread, announcement })
    }

    /// Tells the local network that somebody listens here, until that ends. Nothing waits for it,
    /// and a network that cannot be told is no failure: the address can always be typed.
    pub fn announce(&mut self) {
        // Who looks for devices cannot send to a group as to one of them.
        if self.announcement.is_none() && !self.address.ip().is_multicast() {
            self.announcement = Announcement::start(self.address).ok().flatten();
        }
    }

    /// Tells the local network no longer.
    pub fn stop_announcing(&mut self) {
        self.announcement = None;
    }

    /// The address that is bound, with the port that the system chose when 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Frames as they are handed over; disconnected once the listener has ended.
    pub fn frames(&self) -> &Receiver<Arc<ReceivedFrame>> {
        &self.frames
    }

    /// What is known now; published ten times a second while something changes.
    pub fn status(&self) -> Arc<ListenStatus> {
        self.status.get()
    }

    /// Asks something of the running listener; does not wait.
    pub fn command(&self, command: ListenCommand) {
        // A full channel means that sixteen commands wait already: the newest of a held key.
        let _ = self.commands.try_send(command);
        let _ = self.waker.wake();
    }

    /// Stops, and gives the final account.
    ///
    /// Senders that are closing their job are heard out, so that both accounts are complete;
    /// others are told that nobody listens any more. Takes at most a second.
    pub fn stop(mut self) -> Arc<ListenStatus> {
        self.end();
        self.status.get()
    }

    fn end(&mut self) {
        let farewell = self.announcement.take().map(Announcement::withdraw);
        self.command(ListenCommand::Stop);
        if let Some(thread) = self.thread.take() {
            // Frames that nobody takes must not keep the thread from ending.
            let _ = thread.join();
        }
        if let Some(farewell) = farewell {
            farewell.wait();
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if self.thread.is_some() {
            self.end();
        }
    }
}

/// Why nothing can be received; the message says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// Another program holds the port.
    #[error("port {port} is in use by another program: close that one, or listen on another port")]
    PortTaken {
        /// The port asked for.
        port: u16,
    },
    /// The address belongs to another machine.
    #[error(
        "{address} is not an address of this PC: listen on one of its own, or on 0.0.0.0 for all"
    )]
    NotOurs {
        /// The address asked for.
        address: IpAddr,
    },
    /// Ports below 1024 are reserved.
    #[error("port {port} needs administrator rights: listen on a port above 1023, such as 4321")]
    NotAllowed {
        /// The port asked for.
        port: u16,
    },
    /// What was to be joined is no group.
    #[error(
        "{address} is not a multicast address: groups are 224.0.0.0 to 239.255.255.255 and ff00:: and above, such as 239.1.2.3"
    )]
    NotAGroup {
        /// The address that was to be joined.
        address: IpAddr,
    },
    /// The group and the address that is listened on are of two families.
    #[error("{group} cannot be joined on {address}: listen on [::] for groups of IPv6")]
    OtherFamily {
        /// The group.
        group: IpAddr,
        /// The address that was to be listened on.
        address: IpAddr,
    },
    /// No network leads to the group.
    #[error("{group} cannot be joined: {why}; choose another interface for it")]
    NotJoined {
        /// The group.
        group: IpAddr,
        /// What the system says.
        why: String,
    },
    /// The operating system refuses.
    #[error("the system does not let us listen: {0}")]
    System(io::Error),
}

impl ListenError {
    fn of_bind(error: io::Error, asked: SocketAddr) -> Self {
        match error.kind() {
            io::ErrorKind::AddrInUse => Self::PortTaken { port: asked.port() },
            io::ErrorKind::AddrNotAvailable => Self::NotOurs { address: asked.ip() },
            io::ErrorKind::PermissionDenied => Self::NotAllowed { port: asked.port() },
            _ => Self::System(error),
        }
    }
}
