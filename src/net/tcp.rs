//! Packets through TCP connections: what both ends of one have in common.

mod acceptor;
mod link;

use std::io::{self, IoSlice, Read as _, Write as _};

use mio::net::TcpStream;

use crate::flow::Deframer;

pub(super) use acceptor::Acceptor;
pub(super) use link::TcpLink;

/// Bytes that are taken from one connection before others have their turn.
const TURN: usize = 256 << 10;

/// A connection, and the packets that come out of it.
struct PacketStream {
    stream: TcpStream,
    deframer: Deframer,
    /// Whether the last look found nothing more, so that the next arrival will wake us.
    drained: bool,
}

impl PacketStream {
    fn new(stream: TcpStream) -> Self {
        // Packets are whole as they are written; without this the last one would wait. A system
        // that refuses is only slower.
        let _ = stream.set_nodelay(true);
        Self { stream, deframer: Deframer::default(), drained: false }
    }

    /// Takes the packets that have come, up to a bound, and hands them to `each`, which says
    /// whether what follows may be packets as well. How many bytes there were.
    ///
    /// # Errors
    /// `UnexpectedEof` when the other end has closed, `InvalidData` when what came can be no
    /// packet, else what the system says. The connection is of no more use then.
    fn receive(&mut self, mut each: impl FnMut(&[u8]) -> bool) -> io::Result<usize> {
        let mut taken = 0;
        while taken < TURN && !self.drained {
            match self.stream.read(self.deframer.space()) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(bytes) => {
                    taken += bytes;
                    self.deframer.filled(bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.drained = true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
            let invalid = |error| io::Error::new(io::ErrorKind::InvalidData, error);
            while let Some(packet) = self.deframer.next_packet().map_err(invalid)? {
                if !each(packet) {
                    return Err(io::ErrorKind::InvalidData.into());
                }
            }
        }
        Ok(taken)
    }

    /// Writes the bytes of `slices` but the first `done`, which is kept up to date; `WouldBlock`
    /// when the system takes no more for now.
    fn write(&mut self, mut slices: &mut [IoSlice<'_>], done: &mut usize) -> io::Result<()> {
        IoSlice::advance_slices(&mut slices, *done);
        while !slices.is_empty() {
            match self.stream.write_vectored(slices) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => {
                    *done += bytes;
                    IoSlice::advance_slices(&mut slices, bytes);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
