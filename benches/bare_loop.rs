//! The limit that everything else is measured against: datagrams that the kernel cuts apart and puts
//! together again, from one thread to another over loopback, with a window of credit so that nothing
//! overflows, and one copy into a frame. No headers, no account, nothing verified.
//!
//! Prints one JSON object a line for each size of datagram.

#[cfg(target_os = "linux")]
fn main() -> std::io::Result<()> {
    for segment in [1_448, 65_000] {
        let megabytes = linux::megabytes_per_second(segment)?;
        println!(r#"{{"segment":{segment},"megabytes_per_second":{megabytes:.0}}}"#);
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("The bare loop was skipped: only Linux cuts datagrams apart and coalesces them.");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, IoSlice, IoSliceMut};
    use std::net::{Ipv4Addr, UdpSocket};
    use std::os::fd::AsRawFd as _;
    use std::thread;
    use std::time::{Duration, Instant};

    use nix::sys::socket::{ControlMessage, MsgFlags, recvmsg, sendmsg, setsockopt, sockopt};
    use socket2::SockRef;

    /// Sends datagrams of `segment` bytes to another thread, as fast as it takes them.
    pub(super) fn megabytes_per_second(segment: u16) -> io::Result<f64> {
        let (near, far) = connected()?;
        let receiver = thread::Builder::new()
            .name("receiver".to_owned())
            .spawn(move || receive(&far, TOTAL))?;
        let sent = send(&near, segment, TOTAL);
        let elapsed = receiver.join().map_err(|_| io::Error::other("the receiver failed"))?;
        sent?;
        Ok(TOTAL as f64 / 1e6 / elapsed?.as_secs_f64())
    }

    fn connected() -> io::Result<(UdpSocket, UdpSocket)> {
        let near = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let far = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        near.connect(far.local_addr()?)?;
        far.connect(near.local_addr()?)?;
        SockRef::from(&near).set_send_buffer_size(BUFFER)?;
        SockRef::from(&far).set_recv_buffer_size(BUFFER)?;
        setsockopt(&far, sockopt::UdpGroSegment, &true)?;
        for socket in [&near, &far] {
            socket.set_read_timeout(Some(PATIENCE))?;
        }
        Ok((near, far))
    }

    /// Sends from all places of a frame in turn, with no more than a window on its way.
    fn send(socket: &UdpSocket, segment: u16, total: usize) -> io::Result<()> {
        let frame = vec![7; FRAME];
        let size = usize::from(segment);
        let train = LARGEST_DATAGRAM / size * size;
        let cut = [ControlMessage::UdpGsoSegments(&segment)];
        let control = if train > size { &cut[..] } else { &[] };
        let (mut sent, mut landed) = (0, 0);
        for bytes in frame.chunks_exact(train).cycle() {
            if sent >= total {
                break;
            }
            while sent + train > landed + WINDOW {
                landed = landing(socket)?;
            }
            let parts = [IoSlice::new(bytes)];
            sent += sendmsg::<()>(socket.as_raw_fd(), &parts, control, MsgFlags::empty(), None)?;
        }
        Ok(())
    }

    /// How many bytes the other end says it has received.
    fn landing(socket: &UdpSocket) -> io::Result<usize> {
        let mut bytes = [0; size_of::<usize>()];
        socket.recv(&mut bytes)?;
        Ok(usize::from_le_bytes(bytes))
    }

    /// Receives `total` bytes, or a little more, into one frame over and over; how long it took.
    fn receive(socket: &UdpSocket, total: usize) -> io::Result<Duration> {
        let mut frame = vec![0; FRAME];
        let mut memory = vec![0; MESSAGE + 2 * PAGE];
        // Kernels put large datagrams at the beginning of pages, and a processor copies slowly
        // between places of the same offset in a page.
        let aside = memory.as_ptr().align_offset(PAGE) + PAGE / 2;
        let buffer = &mut memory[aside..aside + MESSAGE];
        let (mut received, mut told, mut place) = (0, 0, 0);
        let began = now();
        while received < total {
            let mut parts = [IoSliceMut::new(buffer)];
            let message = recvmsg::<()>(socket.as_raw_fd(), &mut parts, None, MsgFlags::empty())?;
            let bytes = message.bytes;
            if place + bytes > frame.len() {
                place = 0;
            }
            frame[place..place + bytes].copy_from_slice(&buffer[..bytes]);
            place += bytes;
            received += bytes;
            if received - told >= CREDIT || received >= total {
                told = received;
                socket.send(&received.to_le_bytes())?;
            }
        }
        Ok(began.elapsed())
    }

    #[expect(clippy::disallowed_methods, reason = "a bench that has no harness times itself")]
    fn now() -> Instant {
        Instant::now()
    }

    /// 1920x1080 BGR8.
    const FRAME: usize = 1920 * 1080 * 3;
    /// Half a second's worth.
    const TOTAL: usize = 2_000_000_000;
    /// What may be on its way.
    const WINDOW: usize = 1 << 20;
    /// After how much the receiver gives credit.
    const CREDIT: usize = 128 << 10;
    const BUFFER: usize = 8 << 20;
    const LARGEST_DATAGRAM: usize = 65_507;
    const MESSAGE: usize = 1 << 16;
    const PAGE: usize = 4096;
    /// After this long something was lost.
    const PATIENCE: Duration = Duration::from_secs(2);
}
