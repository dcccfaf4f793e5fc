//! The way out of a job: its socket, and the bad network that a user may put in front of it.

use std::io;

use crate::flow::impair::{Impaired, Impairment};
use crate::flow::{Time, Train};
use crate::net::udp::UdpPort;

/// The socket behind an impairment, if there is one.
pub(super) struct Exit {
    pub(super) port: UdpPort,
    impaired: Option<Impaired<Vec<u8>>>,
    single: Train,
}

impl Exit {
    pub(super) fn new(port: UdpPort, impairment: Option<Impairment>) -> Self {
        Self { port, impaired: impairment.map(Impaired::new), single: Train::default() }
    }

    /// Sends the packets of `train`; `WouldBlock` when the system takes no more for now.
    pub(super) fn send(&mut self, train: &Train, now: Time) -> io::Result<()> {
        let Some(impaired) = &mut self.impaired else { return self.port.send(train) };
        for datagram in train.datagrams() {
            impaired.submit(datagram.concat(), now);
        }
        self.release(now)
    }

    /// Sends what the bad network has held back for long enough.
    pub(super) fn release(&mut self, now: Time) -> io::Result<()> {
        let Some(impaired) = &mut self.impaired else { return Ok(()) };
        while let Some(datagram) = impaired.poll(now) {
            self.single.clear();
            self.single.push(|out| out.extend_from_slice(&datagram));
            match self.port.send(&self.single) {
                // Full: lost on the way, as a real network would lose it.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                result => result?,
            }
        }
        Ok(())
    }

    /// When the bad network has something to release.
    pub(super) fn next_release(&self) -> Option<Time> {
        self.impaired.as_ref()?.next_arrival()
    }

    /// Packets that the bad network has dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.impaired.as_ref().map_or(0, |impaired| impaired.ledger().dropped)
    }
}
