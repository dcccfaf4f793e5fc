//! Linux: segmented sends, coalesced receives of many messages, and the count of overflows that
//! comes with each message.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use nix::errno::Errno;
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage,
    recvmmsg, sendmsg, setsockopt, sockopt,
};

use crate::flow::Train;

use super::Arrived;

/// Messages taken by one call, each up to 64 KiB of coalesced datagrams: few enough that their bytes
/// are still in the processor's cache when they are put into their places.
const BATCH: usize = 4;
const MESSAGE: usize = 65_536;
const PAGE: usize = 4096;

/// Bytes for the control messages of one message: a segment size and an overflow count.
const CONTROL: usize = 64;

/// Sends and receives by the train.
pub(super) struct Backend {
    buffers: Vec<u8>,
    /// Where the first message goes: half a page off from where a page begins. Kernels put large
    /// datagrams at the beginning of pages, and processors copy between places of the same offset
    /// in a page at a third of the speed, because they take the one for the other.
    first: usize,
    /// Whether trains may go out in one call; given up for good when the system refuses.
    segments: bool,
    tells_overflows: bool,
}

impl Backend {
    #[expect(clippy::unnecessary_wraps, reason = "the other backend can fail here")]
    pub(super) fn new(socket: &impl AsFd) -> io::Result<Self> {
        // Old kernels do not know it; then overflows stay unknown.
        let tells_overflows = setsockopt(socket, sockopt::RxqOvfl, &1).is_ok();
        let buffers = vec![0; BATCH * MESSAGE + 2 * PAGE];
        let first = (buffers.as_ptr().align_offset(PAGE) + PAGE / 2) % (2 * PAGE);
        Ok(Self { buffers, first, segments: true, tells_overflows })
    }

    /// Lets the system hand over many datagrams as one message; old kernels do not know how.
    pub(super) fn coalesce(socket: &impl AsFd, coalesce: bool) {
        let _ = setsockopt(socket, sockopt::UdpGroSegment, &coalesce);
    }

    pub(super) fn tells_overflows(&self) -> bool {
        self.tells_overflows
    }

    /// Sends `train` where the socket is connected, or `to` somewhere else.
    pub(super) fn send(
        &mut self,
        socket: &impl AsRawFd,
        train: &Train,
        to: Option<SocketAddr>,
    ) -> io::Result<()> {
        let to = to.map(SockaddrStorage::from);
        if self.segments && train.packets() > 1 && train.may_leave_whole() {
            match send_segments(socket, train, to.as_ref()) {
                // The kernel refuses segments (an old one, or larger than the link's MTU), or the
                // driver does. One by one they can still go, in fragments if they must.
                Err(Errno::EINVAL | Errno::EIO | Errno::EMSGSIZE | Errno::EOPNOTSUPP) => {
                    self.segments = false;
                }
                result => return result.map_err(io::Error::from),
            }
        }
        for datagram in train.datagrams() {
            send_one(socket, datagram, &[], to.as_ref())?;
        }
        Ok(())
    }

    pub(super) fn receive(
        &mut self,
        socket: &impl AsRawFd,
        mut each: impl FnMut(Arrived<'_>),
    ) -> io::Result<()> {
        let mut headers =
            MultiHeaders::<SockaddrStorage>::preallocate(BATCH, Some(Vec::with_capacity(CONTROL)));
        let mut slices: Vec<[IoSliceMut<'_>; 1]> = self.buffers[self.first..]
            .chunks_exact_mut(MESSAGE)
            .take(BATCH)
            .map(|buffer| [IoSliceMut::new(buffer)])
            .collect();
        let flags = MsgFlags::MSG_DONTWAIT;
        let messages = recvmmsg(socket.as_raw_fd(), &mut headers, &mut slices, flags, None)?;
        for message in messages {
            let Some(from) = message.address.as_ref().and_then(to_std) else { continue };
            let (segment, overflows) = control(&message);
            let Some(bytes) = message.iovs().next() else { continue };
            let segment = segment.filter(|&size| size > 0).unwrap_or(bytes.len());
            let overflows = if self.tells_overflows { Some(overflows.unwrap_or(0)) } else { None };
            each(Arrived { from, bytes, segment, overflows });
        }
        Ok(())
    }
}

fn send_segments(
    socket: &impl AsRawFd,
    train: &Train,
    to: Option<&SockaddrStorage>,
) -> Result<(), Errno> {
    let Ok(segment) = u16::try_from(train.segment()) else { return Err(Errno::EMSGSIZE) };
    send_one(socket, train.parts(), &[ControlMessage::UdpGsoSegments(&segment)], to)
}

fn send_one(
    socket: &impl AsRawFd,
    [head, tail]: [&[u8]; 2],
    control: &[ControlMessage<'_>],
    to: Option<&SockaddrStorage>,
) -> Result<(), Errno> {
    let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
    let parts = [IoSlice::new(head), IoSlice::new(tail)];
    sendmsg(socket.as_raw_fd(), &parts[..=usize::from(!tail.is_empty())], control, flags, to)
        .map(drop)
}

/// The segment size and the overflow count that came with a message.
fn control(message: &RecvMsg<'_, '_, SockaddrStorage>) -> (Option<usize>, Option<u32>) {
    let (mut segment, mut overflows) = (None, None);
    for control in message.cmsgs().into_iter().flatten() {
        match control {
            ControlMessageOwned::UdpGroSegments(size) => segment = usize::try_from(size).ok(),
            ControlMessageOwned::RxqOvfl(count) => overflows = Some(count),
            _ => {}
        }
    }
    (segment, overflows)
}

fn to_std(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|address| SocketAddr::from(*address));
    v4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddr::from(*address)))
}
