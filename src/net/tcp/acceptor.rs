//! The listener's end: the door, and a bounded number of connections behind it.

use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::time::Duration;

use mio::net::{TcpListener, TcpStream};
use mio::{Interest, Registry, Token};
use socket2::{Domain, Protocol, Socket, Type};

use crate::flow::{Receiver, Time, limits};
use crate::net::plain_address;
use crate::net::udp::FIRST_FREE_TOKEN;
use crate::wire::framed::prefix;

use super::PacketStream;

/// Connections that are held at once, one for each stream that there may be. Each takes 256 KiB for
/// what comes and [`MOST_UNSENT`] for what goes.
pub(in crate::net) const MAX_CONNECTIONS: usize = limits::MAX_STREAMS;

/// How long a connection may be silent before its first packet: senders speak at once.
const FIRST_PACKET: Duration = Duration::from_secs(10);

/// ... and afterwards: senders that have nothing to send ask every two seconds whether we are there.
const SILENCE: Duration = Duration::from_secs(30);

/// Bytes of answers that may wait for a sender who does not read them. What is more is let go, as it
/// may be lost over UDP, and asked for again.
const MOST_UNSENT: usize = 64 << 10;

const DOOR: Token = Token(FIRST_FREE_TOKEN);

/// Lets senders in, takes their packets, and brings them the answers.
pub(in crate::net) struct Acceptor {
    door: TcpListener,
    registry: Registry,
    connections: [Option<Connection>; MAX_CONNECTIONS],
}

struct Connection {
    peer: SocketAddr,
    packets: PacketStream,
    /// Answers that the system did not take yet, behind their lengths, and how much of that it took.
    unsent: Vec<u8>,
    done: usize,
    heard_packet: bool,
    last_heard: Time,
}

impl Acceptor {
    /// Listens at `address`; what happens wakes whoever sleeps on `registry`.
    pub(in crate::net) fn bind(address: SocketAddr, registry: Registry) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        if address.is_ipv6() {
            // Where the system allows it, one socket hears IPv4 as well.
            let _ = socket.set_only_v6(false);
        }
        // Else the port would be closed for minutes after each stop. Elsewhere than on Unix this
        // would let any program take the port from us, and is not needed.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(MAX_CONNECTIONS as i32)?;
        let mut door = TcpListener::from_std(socket.into());
        registry.register(&mut door, DOOR, Interest::READABLE)?;
        Ok(Self { door, registry, connections: [const { None }; MAX_CONNECTIONS] })
    }

    /// Something happened to the socket with this token.
    pub(in crate::net) fn handle_event(&mut self, token: Token, now: Time) {
        if token == DOOR {
            self.let_in(now);
        } else if let Some(Some(connection)) = self.connections.get_mut(place_of(token)) {
            connection.packets.drained = false;
            connection.flush();
        }
    }

    /// Takes what has come through all connections, up to a bound; how many bytes there were.
    pub(in crate::net) fn receive(&mut self, receiver: &mut Receiver, now: Time) -> usize {
        let mut taken = 0;
        for place in 0..self.connections.len() {
            let Some(connection) = &mut self.connections[place] else { continue };
            match connection.receive(receiver, now) {
                Ok(bytes) => taken += bytes,
                Err(_) => self.close(place, receiver, now),
            }
        }
        taken
    }

    /// Sends an answer through the connection of `peer`, if that still stands.
    pub(in crate::net) fn send_to(&mut self, answer: &[u8], peer: SocketAddr) {
        let connection = self.connections.iter_mut().flatten().find(|one| one.peer == peer);
        if let Some(connection) = connection {
            connection.send(answer);
        }
    }

    /// Closes connections that have been silent for too long, and looks whether somebody knocks: to
    /// be called now and then.
    pub(in crate::net) fn handle_timeout(&mut self, receiver: &mut Receiver, now: Time) {
        for place in 0..self.connections.len() {
            if self.connections[place].as_ref().is_some_and(|one| one.is_idle(now)) {
                self.close(place, receiver, now);
            }
        }
        self.let_in(now);
    }

    fn let_in(&mut self, now: Time) {
        loop {
            match self.door.accept() {
                Ok((stream, peer)) => self.admit(stream, plain_address(peer), now),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Nobody more, or not now: who knocks is looked for again.
                Err(_) => return,
            }
        }
    }

    /// Takes a connection in, where there is a place for it; else it is closed at once.
    fn admit(&mut self, mut stream: TcpStream, peer: SocketAddr, now: Time) {
        let Some(place) = self.connections.iter().position(Option::is_none) else { return };
        let token = Token(DOOR.0 + 1 + place);
        let interest = Interest::READABLE | Interest::WRITABLE;
        if self.registry.register(&mut stream, token, interest).is_ok() {
            self.connections[place] = Some(Connection {
                peer,
                packets: PacketStream::new(stream),
                unsent: Vec::new(),
                done: 0,
                heard_packet: false,
                last_heard: now,
            });
        }
    }

    fn close(&mut self, place: usize, receiver: &mut Receiver, now: Time) {
        if let Some(mut connection) = self.connections[place].take() {
            let _ = self.registry.deregister(&mut connection.packets.stream);
            receiver.handle_disconnect(connection.peer, now);
        }
    }
}

/// Where the connection with this token is kept.
fn place_of(token: Token) -> usize {
    token.0.wrapping_sub(DOOR.0 + 1)
}

impl Connection {
    fn receive(&mut self, receiver: &mut Receiver, now: Time) -> io::Result<usize> {
        let (peer, mut understood, mut packets) = (self.peer, true, 0);
        let result = self.packets.receive(|packet| {
            understood = receiver.handle_framed(peer, packet, now);
            packets += 1;
            understood
        });
        if packets > 0 {
            self.heard_packet = true;
            self.last_heard = now;
        }
        // What was no packet has been counted; what was not even a length has not.
        let garbage = |error: &io::Error| error.kind() == io::ErrorKind::InvalidData;
        if understood && result.as_ref().is_err_and(garbage) {
            receiver.count_invalid();
        }
        result
    }

    fn send(&mut self, answer: &[u8]) {
        if self.unsent.len() - self.done + answer.len() > MOST_UNSENT {
            return;
        }
        self.unsent.extend_from_slice(&prefix(answer.len()));
        self.unsent.extend_from_slice(answer);
        self.flush();
    }

    /// Writes as much as the system takes. That a connection is broken shows when it is read.
    fn flush(&mut self) {
        let mut slices = [IoSlice::new(&self.unsent)];
        let _ = self.packets.write(&mut slices, &mut self.done);
        if self.done == self.unsent.len() {
            self.unsent.clear();
            self.done = 0;
        } else if self.done > MOST_UNSENT {
            self.unsent.drain(..self.done);
            self.done = 0;
        }
    }

    fn is_idle(&self, now: Time) -> bool {
        now.since(self.last_heard) > if self.heard_packet { SILENCE } else { FIRST_PACKET }
    }
}
