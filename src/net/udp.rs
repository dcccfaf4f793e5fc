//! One UDP socket: trains go out and datagrams come in, many for each system call where the system
//! can; and a way to sleep until something happens.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(any(not(target_os = "linux"), test))]
mod portable;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Interest, Poll, Registry, Token, Waker};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

use crate::flow::Train;

#[cfg(target_os = "linux")]
use linux::Backend;
#[cfg(not(target_os = "linux"))]
use portable::Backend;

/// How much receive buffer is asked for: a frame of 1080p colour. Systems give less unless they are
/// told otherwise, so what was given is read back and shown.
pub(super) const WANTED_BUFFER: usize = 8 << 20;

const SOCKET: Token = Token(0);
const WAKER: Token = Token(1);

/// The first token for whoever sleeps in the same place as the socket.
pub(super) const FIRST_FREE_TOKEN: usize = 2;

/// One datagram that arrived, or several of one size from one sender.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrived<'a> {
    pub(super) from: SocketAddr,
    /// The datagrams, end to end.
    pub(super) bytes: &'a [u8],
    /// Bytes of each datagram but perhaps the last.
    pub(super) segment: usize,
    /// How often the receive buffer had overflowed when this was queued; `None` where the system
    /// does not say.
    pub(super) overflows: Option<u32>,
}

impl Arrived<'_> {
    pub(super) fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks(self.segment.max(1))
    }
}

/// A socket with its way to sleep.
pub(super) struct UdpPort {
    socket: mio::net::UdpSocket,
    backend: Backend,
    poll: Poll,
    events: Events,
    waker: Arc<Waker>,
    /// Whether the socket takes addresses of IPv6, IPv4 ones within them.
    ipv6: bool,
    /// Whether the last look found nothing more, so that the next arrival will wake us.
    drained: bool,
    /// Where trains go, unless the socket is connected.
    group: Option<SocketAddr>,
}

impl UdpPort {
    /// Binds `address` and asks for a large receive buffer.
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        Self::open(address, false)
    }

    /// The same, beside other programs that bind it so: what is sent to a group all may hear.
    pub(super) fn bind_shared(address: SocketAddr) -> io::Result<Self> {
        Self::open(address, true)
    }

    fn open(address: SocketAddr, shared: bool) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            // Where the system allows it, one socket hears IPv4 as well.
            let _ = socket.set_only_v6(false);
        }
        if shared {
            socket.set_reuse_address(true)?;
        }
        socket.set_nonblocking(true)?;
        // Less than asked for is no error: what was given is read back and shown.
        let _ = socket.set_recv_buffer_size(WANTED_BUFFER);
        let _ = socket.set_send_buffer_size(WANTED_BUFFER / 2);
        socket.bind(&address.into())?;
        let backend = Backend::new(&socket)?;
        let mut socket = mio::net::UdpSocket::from_std(socket.into());
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        poll.registry().register(&mut socket, SOCKET, Interest::READABLE | Interest::WRITABLE)?;
        let (events, ipv6) = (Events::with_capacity(32), address.is_ipv6());
        Ok(Self { socket, backend, poll, events, waker, ipv6, drained: false, group: None })
    }

    /// A socket that speaks to `peer` only, and is told when nobody listens there. It sends from
    /// `source`, an address of this machine, or as the system's routes have it.
    pub(super) fn connect(peer: SocketAddr, source: Option<IpAddr>) -> io::Result<Self> {
        let port = Self::bind(super::any_port_from(source, peer))?;
        if let Some(source) = source {
            super::interfaces::bind_device(&SockRef::from(&port.socket), source);
        }
        port.socket.connect(peer)?;
        Ok(port)
    }

    /// A socket that sends to everybody in `group` and hears whoever answers: no farther than `ttl`
    /// says, and by the interface of `source`, an address of this machine, or as the system's
    /// routes have it.
    pub(super) fn to_group(group: SocketAddr, source: Option<IpAddr>, ttl: u8) -> io::Result<Self> {
        let mut port = Self::bind(super::any_port_towards(group))?;
        super::group::lead_to(&SockRef::from(&port.socket), group, source, ttl)?;
        port.group = Some(group);
        Ok(port)
    }

    /// Hears what is sent to `group` too, on the interface of `interface`, an address of this
    /// machine, or on the one that the system's routes choose.
    pub(super) fn join(&self, group: IpAddr, interface: Option<IpAddr>) -> io::Result<()> {
        super::group::join(&SockRef::from(&self.socket), group, interface)
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Wakes the thread that sleeps in [`Self::wait`].
    pub(super) fn waker(&self) -> Arc<Waker> {
        Arc::clone(&self.waker)
    }

    /// Where other sockets can be registered that are to end the sleep in [`Self::wait`] as well.
    pub(super) fn registry(&self) -> io::Result<Registry> {
        self.poll.registry().try_clone()
    }

    /// To which other sockets something had happened when [`Self::wait`] or [`Self::look`] returned.
    pub(super) fn woken(&self) -> impl Iterator<Item = Token> {
        let tokens = self.events.iter().map(mio::event::Event::token);
        tokens.filter(|token| token.0 >= FIRST_FREE_TOKEN)
    }

    /// Bytes of the receive buffer as the system reports it.
    pub(super) fn receive_buffer(&self) -> usize {
        SockRef::from(&self.socket).recv_buffer_size().unwrap_or(0)
    }

    /// Asks for a receive buffer of so many bytes; what is given can be read back.
    pub(super) fn ask_for_buffer(&self, bytes: usize) {
        let _ = SockRef::from(&self.socket).set_recv_buffer_size(bytes);
    }

    /// Whether datagrams may be handed over many at a time.
    pub(super) fn coalesce(&self, coalesce: bool) {
        Backend::coalesce(&self.socket, coalesce);
    }

    /// Whether the system tells when the receive buffer overflows.
    pub(super) fn tells_overflows(&self) -> bool {
        self.backend.tells_overflows()
    }

    /// Sends the packets of `train` to the connected peer, or to the group. `WouldBlock` when the system takes no
    /// more for now; some may have left then, as on any lossy path.
    pub(super) fn send(&mut self, train: &Train) -> io::Result<()> {
        self.backend.send(&self.socket, train, self.group)
    }

    /// Sends one datagram to `peer`; a full send buffer drops it, as the network might.
    pub(super) fn send_to(&self, datagram: &[u8], peer: SocketAddr) {
        let peer = match peer {
            SocketAddr::V4(v4) if self.ipv6 => (v4.ip().to_ipv6_mapped(), v4.port()).into(),
            peer => peer,
        };
        let _ = self.socket.send_to(datagram, peer);
    }

    /// Gives what has arrived to `each`, up to some hundred KiB at a time. Whether there was
    /// anything.
    pub(super) fn receive(&mut self, mut each: impl FnMut(Arrived<'_>)) -> io::Result<bool> {
        let each = |arrived: Arrived<'_>| {
            each(Arrived { from: super::plain_address(arrived.from), ..arrived });
        };
        match self.backend.receive(&self.socket, each) {
            Ok(()) => {
                self.drained = false;
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.drained = true;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Sleeps until something arrives, the waker is called or the time is over.
    pub(super) fn wait(&mut self, timeout: Duration) -> io::Result<()> {
        if self.drained { self.sleep(timeout) } else { Ok(()) }
    }

    /// Sees what happened to other sockets, while there is no time to sleep.
    pub(super) fn look(&mut self) -> io::Result<()> {
        self.sleep(Duration::ZERO)
    }

    fn sleep(&mut self, timeout: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(timeout)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::{Receiver, ReceiverConfig, Time};
    use crate::frame::{Frame, PixelFormat};
    use crate::wire::pixelwire::{FrameId, PacketNumber, ReceiverId, Stamp, StreamId, ToReceiver};

    fn train(sizes: &[usize]) -> Train {
        let mut train = Train::default();
        for (i, &size) in sizes.iter().enumerate() {
            train.push(|out| out.extend(std::iter::repeat_n(i as u8 + 1, size)));
        }
        train
    }

    fn pair() -> (UdpPort, UdpPort) {
        let receiver = UdpPort::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("binds");
        let address = receiver.local_addr().expect("bound");
        (UdpPort::connect(address, None).expect("connects"), receiver)
    }

    fn collect(receiver: &mut UdpPort, count: usize) -> Vec<Vec<u8>> {
        let mut got = Vec::new();
        for _ in 0..200 {
            while receiver
                .receive(|arrived| got.extend(arrived.datagrams().map(<[u8]>::to_vec)))
                .expect("receives")
            {}
            if got.len() >= count {
                break;
            }
            receiver.wait(Duration::from_millis(10)).expect("waits");
        }
        got
    }

    #[test]
    fn a_train_arrives_as_its_datagrams() {
        let (mut sender, mut receiver) = pair();
        for sizes in [&[1400; 40][..], &[1400, 1400, 7], &[1], &[60_000]] {
            let train = train(sizes);
            sender.send(&train).expect("sends");
            let expected: Vec<Vec<u8>> = train.datagrams().map(|parts| parts.concat()).collect();
            assert_eq!(collect(&mut receiver, sizes.len()), expected);
        }
    }

    #[test]
    fn pixels_leave_from_where_they_lie() {
        let (mut sender, mut receiver) = pair();
        let pixels = (0..60_000_u32).map(|at| at as u8).collect::<Vec<_>>();
        let frame = Arc::new(Frame::new(300, 200, PixelFormat::MONO8, pixels).expect("valid"));
        let mut train = Train::default();
        train.push_content(b"header", &frame.into(), 1000..51_000);
        let expected = train.parts().concat();
        sender.send(&train).expect("sends");
        assert_eq!(collect(&mut receiver, 1), std::slice::from_ref(&expected));
        let mut portable = portable::Backend::new(&sender.socket).expect("works");
        portable.send(&sender.socket, &train, None).expect("sends");
        assert_eq!(collect(&mut receiver, 1), [expected]);
    }

    #[test]
    fn the_portable_backend_moves_the_same_bytes() {
        let (sender, receiver) = pair();
        let mut there = portable::Backend::new(&sender.socket).expect("works");
        let mut here = portable::Backend::new(&receiver.socket).expect("works");
        for sizes in [&[1400; 40][..], &[1400, 7], &[60_000]] {
            let train = train(sizes);
            there.send(&sender.socket, &train, None).expect("sends");
            let mut got = Vec::new();
            while got.len() < sizes.len() {
                let _ = here.receive(&receiver.socket, |arrived| {
                    got.extend(arrived.datagrams().map(<[u8]>::to_vec));
                });
            }
            let expected: Vec<Vec<u8>> = train.datagrams().map(|parts| parts.concat()).collect();
            assert_eq!(got, expected);
        }
    }

    /// The kernel counts one for a whole coalesced train; we count its packets.
    #[cfg(target_os = "linux")]
    #[test]
    fn packets_that_find_the_buffer_full_are_counted_one_by_one() {
        let (mut sender, mut receiver) = pair();
        receiver.ask_for_buffer(64 << 10);
        let config = ReceiverConfig {
            tells_overflows: receiver.tells_overflows(),
            ..ReceiverConfig::new(ReceiverId(1))
        };
        let mut protocol = Receiver::new(config);
        let mut number = 0;
        let mut send_train = |packets: u64| {
            let mut train = Train::default();
            for _ in 0..packets {
                let stamp =
                    Stamp { stream: StreamId(1), number: PacketNumber(number), sent_at_us: 0 };
                number += 1;
                // Of no frame, so that nothing but the account is looked at.
                train.push(|out| {
                    ToReceiver::Gone { stamp, frame: FrameId(0) }.write(out);
                    out.resize(out.len() + 1300, 0);
                });
            }
            sender.send(&train).expect("sends");
            number
        };
        let mut sent = 0;
        for _ in 0..60 {
            sent = send_train(40);
        }
        for round in 0..2 {
            if round == 1 {
                sent = send_train(1);
            }
            for _ in 0..20 {
                let handle = |arrived: Arrived<'_>| {
                    protocol.note_overflows(arrived.overflows.expect("Linux tells"));
                    for datagram in arrived.datagrams() {
                        protocol.handle_datagram(arrived.from, datagram, Time::START);
                    }
                };
                let _ = receiver.receive(handle).expect("receives");
            }
        }
        let total = protocol.total();
        assert_eq!(total.packets_expected, sent);
        assert!(total.packets_lost > 1000, "{total:?}");
        assert_eq!(total.kernel_drops, Some(total.packets_lost));
    }

    #[test]
    fn a_sleeper_is_woken() {
        let (_, mut receiver) = pair();
        assert!(!receiver.receive(|_| ()).expect("receives"));
        receiver.waker().wake().expect("wakes");
        receiver.wait(Duration::from_mins(1)).expect("waits");
    }
}
