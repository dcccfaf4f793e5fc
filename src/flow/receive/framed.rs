//! What comes over TCP: packets of our own protocol only, through a connection that ends.

use std::net::SocketAddr;

use crate::flow::job::Transport;
use crate::flow::time::Time;
use crate::wire::{Malformed, pixelwire};

use super::Receiver;

impl Receiver {
    /// Takes one packet that came through the TCP connection of `peer`. Whether what follows may be
    /// packets as well: else the connection is to be closed, for it speaks another protocol.
    #[must_use]
    pub fn handle_framed(&mut self, peer: SocketAddr, packet: &[u8], now: Time) -> bool {
        self.shared.now = now;
        self.shared.drops_before = self.shared.drops;
        match pixelwire::parse_to_receiver(packet) {
            Ok(packet) => {
                self.handle_packet((peer, Transport::Tcp), packet, now);
                true
            }
            Err(malformed) => {
                self.count_invalid();
                matches!(malformed, Malformed::Kind(_) | Malformed::Version(_))
            }
        }
    }

    /// Something came through a connection that cannot be a packet.
    pub fn count_invalid(&mut self) {
        self.invalid += 1;
    }

    /// The TCP connection of `peer` is gone: nothing more comes, and nobody hears an answer.
    pub fn handle_disconnect(&mut self, peer: SocketAddr, now: Time) {
        self.shared.now = now;
        for stream in &mut self.streams {
            if stream.key.transport == Transport::Tcp && stream.key.peer == peer {
                stream.disconnect(now, &mut self.shared);
            }
        }
        self.shared.framed.retain(|(to, _)| *to != peer);
    }

    /// The next packet to answer with, and through whose TCP connection.
    pub fn poll_framed(&mut self) -> Option<(SocketAddr, Vec<u8>)> {
        self.shared.framed.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;
    use crate::flow::ReceiverConfig;
    use crate::wire::pixelwire::{
        DataRun, FrameHeader, FrameId, PacketNumber, Place, ReceiverId, Stamp, StreamId, ToReceiver,
    };

    const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 5000);

    fn written(packet: &ToReceiver<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        packet.write(&mut bytes);
        bytes
    }

    /// The first of two packets of a frame.
    fn half_a_frame() -> Vec<u8> {
        let frame = FrameHeader {
            id: FrameId(0),
            length: 512,
            width: 512,
            height: 1,
            format: crate::frame::PixelFormat::MONO8,
            codec: crate::frame::codec::Codec::Raw,
            chunk: 256,
            deliver: true,
            parity: false,
        };
        let stamp = Stamp { stream: StreamId(1), number: PacketNumber(0), sent_at_us: 0 };
        let place = Place { index: 0, age: std::time::Duration::ZERO, resend: false };
        written(&ToReceiver::Data(DataRun::single(stamp, frame, place, &[9; 256])))
    }

    #[test]
    fn a_stream_over_tcp_is_not_the_one_over_udp_and_answers_go_the_way_that_was_come() {
        let mut receiver = Receiver::new(ReceiverConfig::new(ReceiverId(7)));
        let stamp = Stamp { stream: StreamId(1), number: PacketNumber(0), sent_at_us: 0 };
        let close = written(&ToReceiver::Close { stamp });
        assert!(receiver.handle_framed(PEER, &close, Time::START));
        assert!(receiver.poll_framed().is_some_and(|(to, _)| to == PEER));
        assert!(receiver.poll_transmit().is_none());
        receiver.handle_datagram(PEER, &close, Time::START);
        assert!(receiver.poll_transmit().is_some() && receiver.poll_framed().is_none());
        let transports: Vec<_> = receiver.streams().iter().map(|one| one.key.transport).collect();
        assert_eq!(transports, [Transport::Tcp, Transport::Udp]);
    }

    #[test]
    fn what_is_no_packet_ends_the_connection_and_what_is_of_the_future_does_not() {
        let mut receiver = Receiver::new(ReceiverConfig::new(ReceiverId(7)));
        let classic = [1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5];
        let packet = half_a_frame();
        for garbage in [b"GET / HTTP/1.1\r\n\r\n".as_slice(), &classic, &packet[..40]] {
            assert!(!receiver.handle_framed(PEER, garbage, Time::START));
        }
        let (mut newer, mut unknown) = (packet.clone(), packet);
        newer[3] = 99;
        unknown[4] = 0x7e;
        assert!(receiver.handle_framed(PEER, &newer, Time::START));
        assert!(receiver.handle_framed(PEER, &unknown, Time::START));
        assert_eq!(receiver.total().packets_invalid, 5);
        assert!(receiver.streams().is_empty());
    }

    #[test]
    fn with_its_connection_a_job_and_its_memory_go_at_once() {
        let mut receiver = Receiver::new(ReceiverConfig::new(ReceiverId(7)));
        assert!(receiver.handle_framed(PEER, &half_a_frame(), Time::START));
        assert!(receiver.is_busy());
        receiver.handle_disconnect(PEER, Time::START);
        assert!(!receiver.is_busy());
        assert!(receiver.poll_framed().is_none(), "nobody is there to be answered");
        assert_eq!(receiver.total().frames_incomplete, 1);
        assert!(receiver.streams()[0].closed);
    }
}
