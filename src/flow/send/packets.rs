//! What leaves in a train: payloads of the frames under way, what was asked for again first.

use crate::flow::time::Time;
use crate::flow::train::Train;
use crate::wire::pixelwire::{
    DATA_HEADER, PacketNumber, Place, Stamp, advance_data_header, write_data_header,
    write_parity_header,
};

use super::outgoing::{Outgoing, Piece};
use super::{Sender, SenderEvent};

/// What is next to be sent.
#[derive(Clone, Copy)]
pub(super) struct Next {
    /// The place of its frame among those under way.
    at: usize,
    piece: Piece,
    resend: bool,
    /// Bytes of the packet.
    pub(super) length: usize,
}

impl Sender {
    /// What is next to be sent: resends first, the oldest frame first.
    pub(super) fn next_packet(&self) -> Option<Next> {
        let resend = self.frames.iter().position(Outgoing::has_wanted);
        let fresh = || self.frames.iter().position(|frame| !frame.all_left());
        let (at, resend) = resend.map(|at| (at, true)).or_else(|| fresh().map(|at| (at, false)))?;
        let frame = self.frames.get(at)?;
        let piece = frame.peek(resend)?;
        Some(Next { at, piece, resend, length: DATA_HEADER + frame.length(piece) })
    }

    /// Fills `train` as far as the window and the pace allow.
    pub(super) fn fill_data(&mut self, now: Time, train: &mut Train) {
        let rate = self.pace();
        let mut budget = self.window_room().min(self.pacer.available(rate, now));
        while let Some(next) = self.next_packet() {
            if next.length > budget || !train.has_room(next.length) {
                self.audience.note_held_back(next.length, self.least_room());
                break;
            }
            let before = train.length();
            match next.piece {
                Piece::Payload(index) if next.resend => {
                    self.push_resend(next.at, index, now, train);
                }
                Piece::Payload(index) => self.push_fresh(next.at, index, budget, now, train),
                Piece::Parity(packet) => self.push_parity(next.at, packet, now, train),
            }
            budget -= train.length() - before;
        }
        self.frames.iter_mut().for_each(Outgoing::digest_left);
    }

    /// Adds payloads in their turn, from `first` on, as many as go into `budget` bytes and the
    /// train.
    fn push_fresh(&mut self, at: usize, first: u32, budget: usize, now: Time, train: &mut Train) {
        let stamp = self.next_stamp(now);
        let Some(frame) = self.frames.get_mut(at) else { return };
        let place = Place { index: first, age: frame.age(now), resend: false };
        let mut header = write_data_header(&stamp, &frame.header, place);
        let before = train.length();
        let mut next = first;
        while next < frame.header.chunks() {
            let payload = frame.header.range(next);
            let length = DATA_HEADER + payload.len();
            if train.length() - before + length > budget || !train.has_room(length) {
                break;
            }
            if next > first {
                advance_data_header(&mut header, frame.header.chunk);
            }
            train.push_content(&header, &frame.frame, payload);
            next += 1;
        }
        let count = next - first;
        self.next_number += u64::from(count);
        let headers = count as usize * DATA_HEADER;
        self.counters.bytes_sent += (train.length() - before - headers) as u64;
        frame.left(count, now);
        self.tell_when_left(at);
    }

    fn push_resend(&mut self, at: usize, index: u32, now: Time, train: &mut Train) {
        let stamp = self.stamp(now);
        let Some(frame) = self.frames.get_mut(at) else { return };
        let place = Place { index, age: frame.age(now), resend: true };
        let header = write_data_header(&stamp, &frame.header, place);
        train.push_content(&header, &frame.frame, frame.header.range(index));
        frame.left_again();
        if self.audience.is_group() {
            frame.answered_all(index, now);
        }
        self.counters.packets_resent += 1;
    }

    fn push_parity(&mut self, at: usize, packet: u32, now: Time, train: &mut Train) {
        let stamp = self.stamp(now);
        let Some(frame) = self.frames.get_mut(at) else { return };
        let age = frame.age(now);
        if let Some((place, payload)) = frame.parity(packet) {
            train.push(|out| {
                out.extend_from_slice(&write_parity_header(&stamp, &frame.header, place, age));
                out.extend_from_slice(payload);
            });
        }
        frame.parity_left(now);
        self.tell_when_left(at);
    }

    fn tell_when_left(&mut self, at: usize) {
        if let Some(frame) = self.frames.get(at).filter(|frame| frame.all_left()) {
            self.events.push_back(SenderEvent::FrameSent(frame.header.id));
        }
    }

    /// Numbers and stamps the next packet.
    pub(super) fn stamp(&mut self, now: Time) -> Stamp {
        let stamp = self.next_stamp(now);
        self.next_number += 1;
        stamp
    }

    fn next_stamp(&self, now: Time) -> Stamp {
        let number = PacketNumber(self.next_number);
        Stamp { stream: self.config.stream, number, sent_at_us: now.wire_micros() }
    }

    /// The packets in `train` are on their way.
    pub(super) fn depart(&mut self, train: &Train, now: Time) {
        self.counters.packets_sent = self.next_number;
        self.pacer.take(train.length());
        if self.config.one_way {
            return;
        }
        let first = self.next_number - train.packets() as u64;
        self.audience.depart(first, self.next_number - 1, train.length(), now);
    }
}
