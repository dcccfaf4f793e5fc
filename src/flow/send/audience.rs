//! Who receives a stream: one receiver, or all of a group that answer, and what they come to
//! together.
//!
//! Delivered frames leave at the pace of the slowest receiver that keeps up, because it must have
//! each of them; live ones at that of the fastest, because a slow receiver must not hold up the
//! others.

use std::net::SocketAddr;
use std::time::Duration;

use crate::flow::limits;
use crate::flow::round_trip::RoundTrip;
use crate::flow::time::Time;
use crate::wire::pixelwire::ReceiverId;

use super::member::{Member, ReceiverAccount};

/// The receivers of a stream. Each keeps its place for as long as the job lasts.
pub(super) struct Audience {
    members: Vec<Member>,
    is_group: bool,
    deliver: bool,
}

/// Who answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// Somebody whom we know.
    Known,
    /// Somebody whom we had not heard before.
    New,
    /// Another receiver in the place of the one before: it was started again.
    Restarted,
}

impl Audience {
    /// Whoever answers at one address.
    pub(super) fn one(deliver: bool, now: Time) -> Self {
        Self { members: vec![Member::new(now)], is_group: false, deliver }
    }

    /// Everybody who answers, of a group.
    pub(super) fn group(deliver: bool) -> Self {
        Self { members: Vec::new(), is_group: true, deliver }
    }

    pub(super) fn is_group(&self) -> bool {
        self.is_group
    }

    /// The place of the receiver that answered; `None` for one that takes no part any more, or is
    /// one too many.
    pub(super) fn meet(&mut self, id: ReceiverId, now: Time) -> Option<(usize, Met)> {
        let (at, met) =
            if self.is_group { self.meet_in_group(id, now)? } else { self.meet_one(id) };
        let member = self.members.get_mut(at)?;
        member.id = Some(id);
        member.last_heard = now;
        member.is_present().then_some((at, met))
    }

    fn meet_one(&mut self, id: ReceiverId) -> (usize, Met) {
        let Some(member) = self.members.first_mut() else { return (0, Met::New) };
        match member.id {
            None => (0, Met::New),
            Some(known) if known == id => (0, Met::Known),
            Some(_) => {
                member.flight.forget();
                (0, Met::Restarted)
            }
        }
    }

    fn meet_in_group(&mut self, id: ReceiverId, now: Time) -> Option<(usize, Met)> {
        if let Some(at) = self.members.iter().position(|member| member.id == Some(id)) {
            return Some((at, Met::Known));
        }
        if self.members.len() == limits::MAX_RECEIVERS {
            return None;
        }
        self.members.push(Member::new(now));
        Some((self.members.len() - 1, Met::New))
    }

    /// The receiver at this place.
    pub(super) fn member(&mut self, at: usize) -> Option<&mut Member> {
        self.members.get_mut(at)
    }

    /// Where its answers come from.
    pub(super) fn note_address(&mut self, at: usize, address: Option<SocketAddr>) {
        if let Some(member) = self.members.get_mut(at) {
            member.address = address.or(member.address);
        }
    }

    /// The account of everyone who has answered.
    pub(super) fn accounts(&self) -> Vec<ReceiverAccount> {
        self.members.iter().filter_map(Member::account).collect()
    }

    fn present(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| member.is_present())
    }

    /// Whether nobody takes part any more.
    pub(super) fn is_empty(&self) -> bool {
        self.present().next().is_none()
    }

    /// The places, as bits, of those who still have to have the frame `id`.
    pub(super) fn entitled(&self, id: u32) -> u64 {
        let entitled = |member: &Member| member.is_present() && member.joined <= id;
        let places = self.members.iter().enumerate().filter(|(_, member)| entitled(member));
        places.fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// A frame was offered: those who have gone will not have it, though it is promised.
    pub(super) fn frame_offered(&mut self) {
        let gone = self.members.iter_mut().filter(|member| !member.is_present());
        gone.for_each(|member| member.missed += u64::from(self.deliver));
    }

    /// The place of somebody who has been silent for too long.
    pub(super) fn silent(&self, now: Time) -> Option<usize> {
        let is_silent = |member: &Member| now.since(member.last_heard) >= limits::NO_ANSWER;
        self.members.iter().position(|member| member.is_present() && is_silent(member))
    }

    /// When somebody was last heard: of those who take part, the one of whom it is longest ago.
    pub(super) fn last_heard(&self) -> Option<Time> {
        self.present().map(|member| member.last_heard).min()
    }

    /// Whether everyone answered the closing that ended with packet `next` - 1, or (`None`) any.
    pub(super) fn has_closed(&self, next: Option<u64>) -> bool {
        self.present().all(|member| match next {
            Some(_) => member.closed == next,
            None => member.closed.is_some(),
        })
    }

    /// The smoothed round trip to the farthest receiver.
    pub(super) fn round_trip(&self) -> Option<Duration> {
        self.present().filter_map(|member| member.round_trip.smoothed()).max()
    }

    /// How long to wait for everyone's answer before asking again.
    pub(super) fn timeout(&self) -> Duration {
        let longest = self.present().map(|member| member.round_trip.timeout()).max();
        longest.unwrap_or_else(|| RoundTrip::default().timeout())
    }

    /// The share of a frame's packets that parity should make good for everyone.
    pub(super) fn suggested_share(&self, now: Time) -> f64 {
        self.present().map(|member| member.loss.share(now)).fold(0.0, f64::max)
    }

    /// What the receiver with the most losses reported to have received and missed.
    pub(super) fn worst(&self) -> (u64, u64) {
        let reported = self.members.iter().map(Member::reported);
        reported.max_by_key(|&(_, lost)| lost).unwrap_or_default()
    }

    /// Bytes that the windows let be on their way.
    pub(super) fn window(&self) -> usize {
        self.bound(|member| member.window.bytes()).unwrap_or(0)
    }

    /// Bytes that the windows still let out; `least` may always be on their way.
    pub(super) fn room(&self, least: usize) -> usize {
        self.bound(|member| member.room(least)).unwrap_or(least)
    }

    /// Bytes a second at which packets leave, once a round trip is known.
    pub(super) fn pace(&self) -> Option<f64> {
        self.bound(|member| Some(member.window.pace(member.round_trip.smoothed()?)))?
    }

    /// Bytes a second that have lately reached the receivers' end of the path.
    pub(super) fn delivery_rate(&self) -> f64 {
        self.bound(|member| member.window.delivery_rate()).unwrap_or(0.0)
    }

    /// A packet of `length` was held back.
    pub(super) fn note_held_back(&mut self, length: usize, least: usize) {
        let held = self.members.iter_mut().filter(|member| member.room(least) < length);
        held.for_each(Member::note_full);
    }

    /// The packets `first` to `last` are on their way to everyone.
    pub(super) fn depart(&mut self, first: u64, last: u64, bytes: usize, now: Time) {
        for member in self.members.iter_mut().filter(|member| member.is_present()) {
            member.depart(first, last, bytes, now);
        }
    }

    /// When what is on its way to somebody is taken for lost.
    pub(super) fn stalls_at(&self) -> Option<Time> {
        self.members.iter().filter_map(Member::stalls_at).min()
    }

    /// Takes for lost what should have landed by `now`; whether there was any.
    pub(super) fn pass_stalls(&mut self, now: Time) -> bool {
        let mut any = false;
        for member in &mut self.members {
            if member.stalls_at().is_some_and(|at| at <= now) {
                member.stall(now);
                any = true;
            }
        }
        any
    }

    /// What binds the sender: delivering, the least of what the receivers bear; live, the most.
    /// Those to whom nothing gets through do not count, as long as there are others.
    fn bound<T: PartialOrd>(&self, of: impl Fn(&Member) -> T) -> Option<T> {
        let keeping_up = self.present().any(|member| !member.stalled);
        let counted = self.present().filter(|member| !(keeping_up && member.stalled));
        counted.map(of).reduce(|a, b| if (b < a) == self.deliver { b } else { a })
    }
}

#[cfg(test)]
mod tests {
    use super::super::member::Standing;
    use super::*;

    const LEAST: usize = 3000;

    /// A group of three, to one of whom much is on its way.
    fn group(deliver: bool) -> Audience {
        let mut audience = Audience::group(deliver);
        for id in 0..3 {
            assert_eq!(audience.meet(ReceiverId(id), Time::START), Some((id as usize, Met::New)));
        }
        audience.members[1].depart(0, 9, 40_000, Time::START);
        audience
    }

    #[test]
    fn delivery_waits_for_the_slowest_and_live_for_nobody() {
        let first = Member::new(Time::START).window.bytes();
        assert_eq!(group(true).room(LEAST), first - 40_000);
        assert_eq!(group(false).room(LEAST), first);
    }

    #[test]
    fn who_does_not_keep_up_holds_nobody_up() {
        let mut audience = group(true);
        let at = audience.stalls_at().expect("something is on its way");
        assert!(audience.pass_stalls(at));
        assert_eq!(audience.window(), Member::new(Time::START).window.bytes());
        audience.members[0].stalled = true;
        audience.members[2].stalled = true;
        assert!(audience.window() < Member::new(Time::START).window.bytes(), "nobody keeps up");
    }

    #[test]
    fn a_group_grows_and_one_receiver_is_replaced() {
        let mut audience = group(true);
        assert_eq!(audience.meet(ReceiverId(1), Time::START), Some((1, Met::Known)));
        assert_eq!(audience.entitled(0), 0b111);
        for id in 3..limits::MAX_RECEIVERS as u64 {
            assert!(audience.meet(ReceiverId(id), Time::START).is_some());
        }
        assert_eq!(audience.meet(ReceiverId(1000), Time::START), None, "there are enough");

        let mut one = Audience::one(true, Time::START);
        assert_eq!(one.meet(ReceiverId(1), Time::START), Some((0, Met::New)));
        assert_eq!(one.meet(ReceiverId(2), Time::START), Some((0, Met::Restarted)));
        assert_eq!(one.accounts().len(), 1);
    }

    #[test]
    fn the_silent_are_named_and_the_others_go_on() {
        let mut audience = group(true);
        let later = Time::START + limits::NO_ANSWER;
        audience.meet(ReceiverId(0), later);
        audience.meet(ReceiverId(2), later);
        let silent = audience.silent(later);
        assert_eq!(silent, Some(1));
        audience.members[1].standing = Standing::Silent;
        assert_eq!(audience.silent(later), None);
        assert_eq!(audience.entitled(0), 0b101);
        let standing: Vec<_> = audience.accounts().iter().map(|one| one.standing).collect();
        assert_eq!(standing, [Standing::Present, Standing::Silent, Standing::Present]);
        assert_eq!(audience.meet(ReceiverId(1), later), None, "it is named already");
    }
}
