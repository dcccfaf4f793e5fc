//! The sender's end of a connection.

use std::io::{self, IoSlice};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::flow::Train;
use crate::net::any_port_from;
use crate::net::interfaces::bind_device;
use crate::wire::framed::{PREFIX, prefix};

use super::PacketStream;

/// A connection to a receiver, with its way to sleep.
pub(in crate::net) struct TcpLink {
    packets: PacketStream,
    poll: Poll,
    events: Events,
    /// Bytes of the present train that have left, lengths included.
    done: usize,
}

impl TcpLink {
    /// Connects to `peer`, from `source` or as the system's routes have it, and waits for that no
    /// longer than `patience`.
    ///
    /// # Errors
    /// `TimedOut` when nobody answered in time, else why the other machine or this one refuses.
    pub(in crate::net) fn connect(
        peer: SocketAddr,
        source: Option<IpAddr>,
        patience: Duration,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(peer), Type::STREAM, Some(Protocol::TCP))?;
        if let Some(source) = source {
            socket.bind(&any_port_from(Some(source), peer).into())?;
            bind_device(&SockRef::from(&socket), source);
        }
        socket.connect_timeout(&peer.into(), patience)?;
        socket.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(socket.into());
        let poll = Poll::new()?;
        let interest = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut stream, Token(0), interest)?;
        let packets = PacketStream::new(stream);
        Ok(Self { packets, poll, events: Events::with_capacity(4), done: 0 })
    }

    pub(in crate::net) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.packets.stream.local_addr()
    }

    /// Sends the packets of `train`. After `WouldBlock` the same train is to be given again: part of
    /// it may have left.
    pub(in crate::net) fn send(&mut self, train: &Train) -> io::Result<()> {
        let packets: Vec<([u8; PREFIX], [&[u8]; 2])> = train
            .datagrams()
            .map(|parts| (prefix(parts.iter().map(|part| part.len()).sum()), parts))
            .collect();
        let slices = packets.iter().flat_map(|(prefix, [head, tail])| [&prefix[..], head, tail]);
        let mut slices: Vec<IoSlice<'_>> =
            slices.filter(|part| !part.is_empty()).map(IoSlice::new).collect();
        let result = self.packets.write(&mut slices, &mut self.done);
        match &result {
            Ok(()) => self.done = 0,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // What the other end said last is still to be read, and then why it broke.
            Err(_) => self.packets.drained = false,
        }
        result
    }

    /// Hands what has come to `each`, packet by packet; whether there was anything.
    pub(in crate::net) fn receive(&mut self, mut each: impl FnMut(&[u8])) -> io::Result<bool> {
        let taken = self.packets.receive(|packet| {
            each(packet);
            true
        })?;
        Ok(taken > 0)
    }

    /// Sleeps until something arrives, there is room to send again, or the time is over.
    pub(in crate::net) fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        if !self.packets.drained {
            return Ok(());
        }
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => result?,
        }
        self.packets.drained = self.events.is_empty();
        Ok(())
    }
}
