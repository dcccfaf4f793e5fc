//! The way out of a job: its socket, and the bad network that a user may put in front of it.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::impair::{Impaired, Impairment};
use crate::flow::{Time, Train, Transport};
use crate::net::tcp::TcpLink;
use crate::net::udp::UdpPort;

/// The socket of a job, of either kind.
pub(super) enum Port {
    Udp(Box<UdpPort>),
    Tcp(Box<TcpLink>),
}

impl Port {
    pub(super) fn transport(&self) -> Transport {
        match self {
            Self::Udp(_) => Transport::Udp,
            Self::Tcp(_) => Transport::Tcp,
        }
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        match self {
            Self::Udp(port) => port.local_addr(),
            Self::Tcp(link) => link.local_addr(),
        }
    }

    /// Sends a train; after `WouldBlock` the same one is to be given again.
    fn send(&mut self, train: &Train) -> io::Result<()> {
        match self {
            Self::Udp(port) => port.send(train),
            Self::Tcp(link) => link.send(train),
        }
    }

    /// Hands each packet that has come to `each`, with the address that it came from where there may be several; whether
    /// there was one.
    pub(super) fn receive(
        &mut self,
        mut each: impl FnMut(Option<SocketAddr>, &[u8]),
    ) -> io::Result<bool> {
        match self {
            Self::Udp(port) => port.receive(|arrived| {
                for datagram in arrived.datagrams() {
                    each(Some(arrived.from), datagram);
                }
            }),
            Self::Tcp(link) => link.receive(|packet| each(None, packet)),
        }
    }

    /// Sleeps until something arrives, there is room to send again, or the time is over.
    pub(super) fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Udp(port) => port.wait(timeout),
            Self::Tcp(link) => link.wait(timeout),
        }
    }
}

/// The socket behind an impairment, if there is one.
pub(super) struct Exit {
    pub(super) port: Port,
    impaired: Option<Impaired<Vec<u8>>>,
    single: Train,
}

impl Exit {
    pub(super) fn new(port: Port, impairment: Option<Impairment>) -> Self {
        Self { port, impaired: impairment.map(Impaired::new), single: Train::default() }
    }

    /// Sends the packets of `train`; after `WouldBlock`, when the system takes no more for now, the
    /// same train is to be given again.
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
