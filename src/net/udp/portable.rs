//! Everywhere else: what `quinn-udp` makes of each system. It sets don't-fragment, so packets that
//! are larger than the path's MTU go out by the plain call, which it does not touch.

use std::borrow::Cow;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;

use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::flow::Train;

use super::Arrived;

const MESSAGE: usize = 65_536;

/// Sends and receives by the train where the system can.
pub(super) struct Backend {
    state: UdpSocketState,
    buffers: Vec<u8>,
    meta: Vec<RecvMeta>,
}

impl Backend {
    pub(super) fn new<'a, S>(socket: &'a S) -> io::Result<Self>
    where
        UdpSockRef<'a>: From<&'a S>,
    {
        Ok(Self {
            state: UdpSocketState::new(UdpSockRef::from(socket))?,
            buffers: vec![0; BATCH_SIZE * MESSAGE],
            meta: vec![RecvMeta::default(); BATCH_SIZE],
        })
    }

    /// Nothing to do: where the system coalesces at all, it has been told to.
    #[cfg(not(test))]
    pub(super) fn coalesce<S>(_socket: &S, _coalesce: bool) {}

    #[cfg(not(test))]
    pub(super) fn tells_overflows(&self) -> bool {
        false
    }

    /// Sends `train` where the socket is connected, or `to` somewhere else.
    pub(super) fn send(
        &mut self,
        socket: &mio::net::UdpSocket,
        train: &Train,
        to: Option<SocketAddr>,
    ) -> io::Result<()> {
        let destination = to.map_or_else(|| socket.peer_addr(), Ok)?;
        let segment = if train.packets() > 1 { train.segment() } else { train.length() };
        let most = self.state.max_gso_segments().max(1) * segment.max(1);
        // Only some systems can gather, so what lies elsewhere is fetched.
        let bytes = match train.parts() {
            [bytes, []] => Cow::Borrowed(bytes),
            parts => Cow::Owned(parts.concat()),
        };
        for contents in bytes.chunks(most) {
            let segment_size = Some(segment).filter(|&segment| segment < contents.len());
            let transmit =
                Transmit { destination, ecn: None, contents, segment_size, src_ip: None };
            match self.state.try_send(UdpSockRef::from(socket), &transmit) {
                Err(error) if quinn_udp::is_msg_size_err(&error) => {
                    for datagram in contents.chunks(segment.max(1)) {
                        to.map_or_else(
                            || socket.send(datagram),
                            |to| socket.send_to(datagram, to),
                        )?;
                    }
                }
                result => result?,
            }
        }
        Ok(())
    }

    pub(super) fn receive(
        &mut self,
        socket: &mio::net::UdpSocket,
        mut each: impl FnMut(Arrived<'_>),
    ) -> io::Result<()> {
        let mut slices: Vec<IoSliceMut<'_>> =
            self.buffers.chunks_exact_mut(MESSAGE).map(IoSliceMut::new).collect();
        let count = self.state.recv(UdpSockRef::from(socket), &mut slices, &mut self.meta)?;
        for (meta, bytes) in self.meta[..count].iter().zip(&slices) {
            let bytes = &bytes[..meta.len];
            each(Arrived { from: meta.addr, bytes, segment: meta.stride, overflows: None });
        }
        Ok(())
    }
}
