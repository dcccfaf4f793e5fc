//! Answers to the question whether somebody listens: no stream begins, nothing is counted, and
//! nobody can be flooded with them.

use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::limits;
use crate::flow::time::Time;
use crate::wire::pixelwire::{Echo, Probe};

use super::Receiver;

impl Receiver {
    /// Answers a probe, unless too many came within this second.
    pub(super) fn answer_probe(&mut self, peer: SocketAddr, probe: Probe, now: Time) {
        if !self.echoes.admit(now) {
            return;
        }
        let echo = Echo {
            token: probe.token,
            receiver: self.shared.config.id,
            probe_bytes: u32::try_from(probe.bytes).unwrap_or(u32::MAX),
            receive_buffer: u32::try_from(self.shared.config.receive_buffer).unwrap_or(u32::MAX),
        };
        let mut answer = Vec::new();
        echo.write(&mut answer);
        self.shared.answers.push_back((peer, answer));
    }
}

/// Counts the answers of the present second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EchoLimit {
    second: Option<Time>,
    given: u32,
}

impl EchoLimit {
    fn admit(&mut self, now: Time) -> bool {
        if self.second.is_none_or(|began| now.since(began) >= Duration::from_secs(1)) {
            *self = Self { second: Some(now), given: 0 };
        }
        let admitted = self.given < limits::ECHOES_PER_SECOND;
        self.given += u32::from(admitted);
        admitted
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::ReceiverConfig;
    use crate::wire::pixelwire::{ECHO_BYTES, ReceiverId, parse_echo};

    const PEER: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5000);

    fn receiver() -> Receiver {
        Receiver::new(ReceiverConfig {
            receive_buffer: 212_992,
            ..ReceiverConfig::new(ReceiverId(7))
        })
    }

    fn probe(bytes: usize) -> Vec<u8> {
        let mut out = Vec::new();
        Probe { token: 99, bytes }.write(&mut out);
        out
    }

    #[test]
    fn a_probe_is_answered_without_a_stream_or_a_count() {
        let mut receiver = receiver();
        let before = receiver.total();
        receiver.handle_datagram(PEER, &probe(1472), Time::START);
        let (to, answer) = receiver.poll_transmit().expect("an answer");
        assert_eq!(to, PEER);
        let echo =
            Echo { token: 99, receiver: ReceiverId(7), probe_bytes: 1472, receive_buffer: 212_992 };
        assert_eq!(parse_echo(&answer), Ok(echo));
        assert!(receiver.streams().is_empty());
        assert_eq!(receiver.total(), before);
        assert_eq!(receiver.next_timeout(), None);
        assert!(receiver.poll_transmit().is_none());
    }

    #[test]
    fn an_answer_is_never_larger_than_its_question() {
        for bytes in 0..200 {
            let mut receiver = receiver();
            // Cut, as nobody writes such short ones.
            let question = &probe(200)[..bytes];
            receiver.handle_datagram(PEER, question, Time::START);
            match receiver.poll_transmit() {
                Some((_, answer)) => assert!(answer.len() <= bytes, "{bytes}"),
                None => assert!(bytes < ECHO_BYTES, "{bytes}"),
            }
        }
    }

    #[test]
    fn a_flood_of_questions_is_answered_so_often_and_no_more() {
        let mut receiver = receiver();
        let mut answers = |now: Time| {
            for _ in 0..10_000 {
                receiver.handle_datagram(PEER, &probe(ECHO_BYTES), now);
            }
            std::iter::from_fn(|| receiver.poll_transmit()).count()
        };
        let most = limits::ECHOES_PER_SECOND as usize;
        assert_eq!(answers(Time::START), most);
        assert_eq!(answers(Time::START + Duration::from_millis(999)), 0);
        assert_eq!(answers(Time::START + Duration::from_secs(1)), most);
    }
}
