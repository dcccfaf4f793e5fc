//! How frames end: when every receiver to whom a frame was promised has it, or will not have it.

use crate::flow::time::Time;
use crate::frame::Digest;
use crate::wire::pixelwire::FrameId;

use super::member::Standing;
use super::outgoing::Outgoing;
use super::{Ended, Failure, Phase, Sender, SenderEvent};

impl Sender {
    /// The receiver at this place says that it has the frame whole.
    pub(super) fn handle_complete(&mut self, at: usize, id: FrameId, digest: Digest, now: Time) {
        let Some(frame) = self.frames.iter_mut().find(|frame| frame.header.id == id) else {
            return;
        };
        if !frame.all_left() || frame.is_settled_for(at) {
            return;
        }
        let failure = (digest != frame.digest()).then_some(Failure::WrongDigest);
        self.settle(at, id, failure, now);
    }

    /// The receiver at this place has the frame, or will not have it.
    pub(super) fn settle(&mut self, at: usize, id: FrameId, failure: Option<Failure>, now: Time) {
        let Some(frame) = self.frames.iter_mut().find(|frame| frame.header.id == id) else {
            return;
        };
        if frame.is_settled_for(at) {
            return;
        }
        frame.settle_for(at, failure);
        if let Some(member) = self.audience.member(at) {
            match failure {
                None => member.delivered += 1,
                Some(_) => member.missed += 1,
            }
        }
        self.conclude(now);
    }

    /// Ends the frames that nobody waits for any more.
    fn conclude(&mut self, now: Time) {
        while let Some(at) = self.frames.iter().position(|frame| {
            frame.began.is_some()
                && frame.is_settled_for_all(self.audience.entitled(frame.header.id.0))
        }) {
            let Some(frame) = self.frames.remove(at) else { return };
            let id = frame.header.id;
            let failure = frame.failure.or((!frame.is_verified()).then_some(Failure::Unconfirmed));
            if let Some(failure) = failure {
                self.events.push_back(SenderEvent::FrameFailed(id, failure));
                continue;
            }
            self.counters.bytes_delivered += u64::from(frame.header.length);
            self.events.push_back(SenderEvent::FrameDone {
                id,
                verified: frame.header.deliver,
                resent: frame.resent,
                elapsed: frame.age(now),
            });
        }
    }

    /// Nobody will have the frame who does not have it already.
    pub(super) fn fail(&mut self, id: FrameId, failure: Failure, now: Time) {
        let entitled = self.audience.entitled(id.0);
        for at in (0..u64::BITS as usize).filter(|at| entitled & (1 << at) != 0) {
            self.settle(at, id, Some(failure), now);
        }
    }

    /// The receiver at this place listens no longer.
    pub(super) fn handle_leave(&mut self, at: usize, now: Time) {
        self.dismiss(at, Standing::Left);
        let closing = matches!(self.phase, Phase::Closing { .. });
        self.go_on(if closing { Ended::Closed } else { Ended::ReceiverLeft }, now);
    }

    /// Takes those out who have fallen silent.
    pub(super) fn drop_silent(&mut self, now: Time) {
        let mut any = false;
        while let Some(at) = self.audience.silent(now) {
            self.dismiss(at, Standing::Silent);
            any = true;
        }
        if any {
            self.go_on(Ended::Silence, now);
        }
    }

    fn dismiss(&mut self, at: usize, standing: Standing) {
        let Some(member) = self.audience.member(at) else { return };
        member.standing = standing;
        let promised =
            |frame: &&Outgoing| frame.header.deliver && frame.header.id.0 >= member.joined;
        let missed = self.frames.iter().filter(promised).filter(|frame| !frame.is_settled_for(at));
        member.missed += missed.count() as u64;
    }

    /// Somebody takes no part any more: the others go on, or the job has `ended`.
    fn go_on(&mut self, ended: Ended, now: Time) {
        if self.audience.is_empty() {
            self.end(ended);
        } else {
            self.conclude(now);
        }
    }
}
