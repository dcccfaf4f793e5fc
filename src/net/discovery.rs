//! Finding each other: listeners announce themselves by mDNS, and who wants to send hears them.
//!
//! Nothing of this is needed to send or to receive, so nothing waits for it: both sides work on
//! threads of their own, and say no more than the device's name, address and port.

mod announcement;
mod devices;

use std::convert::Infallible;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded};
use mdns_sd::{IfKind, ServiceDaemon, ServiceEvent};

use super::{Published, Wake};

pub use devices::Device;

pub(super) use announcement::Announcement;

use devices::Devices;

/// What listeners are called in mDNS.
const SERVICE: &str = "_pixelwire._udp.local.";

/// Never carries anything: whoever holds the other end may go on until it is dropped.
type Leash = Sender<Infallible>;

/// What has been found so far.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The devices that listen, in the order of their names.
    pub devices: Vec<Device>,
    /// Why nobody can be found from here, in words.
    pub problem: Option<String>,
}

/// Listens for devices that announce themselves, until it is dropped.
pub struct Discovery {
    found: Published<Found>,
    _leash: Leash,
}

impl Discovery {
    /// Begins to look around; `wake` is called whenever a device comes or goes.
    pub fn start(wake: Wake) -> Self {
        let found = Published::new(Found::default());
        let (leash, held) = bounded(0);
        let published = found.clone();
        let thread = std::thread::Builder::new()
            .name("discovery".to_owned())
            .spawn(move || look_around(&published, &held, &wake));
        if let Err(error) = thread {
            found.set(problem(&error));
        }
        Self { found, _leash: leash }
    }

    /// What has been found so far.
    pub fn found(&self) -> Arc<Found> {
        self.found.get()
    }
}

fn look_around(published: &Published<Found>, held: &Receiver<Infallible>, wake: &Wake) {
    let begun = daemon().and_then(|daemon| Ok((daemon.browse(SERVICE)?, daemon)));
    let (events, daemon) = match begun {
        Ok(begun) => begun,
        Err(error) => {
            published.set(problem(&error));
            return wake();
        }
    };
    let mut devices = Devices::default();
    while held.try_recv() == Err(TryRecvError::Empty) && !events.is_disconnected() {
        let Ok(event) = events.recv_timeout(LEASH_INTERVAL) else { continue };
        let changed = match event {
            ServiceEvent::ServiceResolved(service) => devices.add(&service),
            ServiceEvent::ServiceRemoved(_, name) => devices.remove(&name),
            _ => false,
        };
        if changed {
            published.set(Found { devices: devices.list(), problem: None });
            wake();
        }
    }
    // Whoever dropped us waits for nothing.
    let _ = daemon.shutdown();
}

/// Speaks and hears on every interface but loopback, where nobody else is.
fn daemon() -> Result<ServiceDaemon, mdns_sd::Error> {
    let daemon = ServiceDaemon::new()?;
    daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?;
    Ok(daemon)
}

fn problem(error: &impl std::fmt::Display) -> Found {
    let why = format!("this PC cannot look around in its network ({error})");
    Found { devices: Vec::new(), problem: Some(why) }
}

fn io_error(error: &mdns_sd::Error) -> io::Error {
    io::Error::other(error.to_string())
}

/// How soon it is noticed that nobody is interested any more.
const LEASH_INTERVAL: Duration = Duration::from_millis(200);
