//! More than one receiver: other targets, how far multicast reaches, and what came of each.

use std::time::Duration;

use crate::flow::{ReceiverAccount, Standing};
use crate::net::Target;

use super::SendError;

/// To whom else a job goes, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spread {
    /// Other targets. Each gets a stream of its own, of the same frames.
    pub others: Vec<Target>,
    /// How many networks multicast crosses: 1 stays in this one.
    pub ttl: u8,
}

impl Default for Spread {
    fn default() -> Self {
        Self { others: Vec::new(), ttl: 1 }
    }
}

/// What came of a job at one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiverReport {
    /// Its address, or the target as it was typed where that is not known.
    pub address: String,
    /// Frames whose arrival it confirmed.
    pub frames_delivered: u64,
    /// Datagrams that it reported to have received.
    pub packets_received: u64,
    /// Datagrams that it reported to have missed, before any repair.
    pub packets_lost: u64,
    /// Of these, dropped by its own system; `None` where that cannot tell.
    pub kernel_drops: Option<u64>,
    /// Smoothed round trip.
    pub round_trip: Option<Duration>,
    /// Why it did not get everything, in words.
    pub failure: Option<String>,
}

impl ReceiverReport {
    /// A receiver of which nothing is known but that it failed.
    pub(super) fn unheard(address: String, failure: &SendError) -> Self {
        let reason = failure.to_string();
        let host = address.rsplit_once(':').map_or(&*address, |(host, _)| host);
        let failure = if reason.contains(host) { reason } else { format!("{address}: {reason}") };
        Self {
            address,
            frames_delivered: 0,
            packets_received: 0,
            packets_lost: 0,
            kernel_drops: None,
            round_trip: None,
            failure: Some(failure),
        }
    }

    /// What a sender knows of its receiver at `address`.
    pub(super) fn of(address: String, account: &ReceiverAccount) -> Self {
        let delivered = account.frames_delivered;
        let failure = match account.standing {
            Standing::Silent => Some(format!(
                "{address} stopped answering after {delivered} delivered frames: check its cable and window"
            )),
            Standing::Left if account.frames_missed > 0 => {
                Some(format!("{address} stopped listening after {delivered} delivered frames"))
            }
            Standing::Present if account.frames_missed > 0 => {
                Some(format!("{address} did not get {} frames", account.frames_missed))
            }
            Standing::Left | Standing::Present => None,
        };
        Self {
            address,
            frames_delivered: delivered,
            packets_received: account.packets_received,
            packets_lost: account.packets_lost,
            kernel_drops: account.kernel_drops,
            round_trip: account.round_trip,
            failure,
        }
    }
}

/// The job's end when some of its receivers failed: which, in one sentence.
pub(super) fn verdict(receivers: &[ReceiverReport]) -> Result<(), SendError> {
    let failed: Vec<&str> = receivers.iter().filter_map(|one| one.failure.as_deref()).collect();
    match failed[..] {
        [] => Ok(()),
        _ => Err(SendError::ReceiversFailed {
            failed: failed.len(),
            receivers: receivers.len(),
            reasons: failed.join("; "),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict_names_who_failed_and_why() {
        let good = ReceiverReport {
            failure: None,
            ..ReceiverReport::unheard("10.0.0.1:4321".to_owned(), &SendError::Cancelled)
        };
        assert_eq!(verdict(std::slice::from_ref(&good)), Ok(()));
        let unknown = SendError::UnknownHost("no host called \"moon\" is known".to_owned());
        let bad = ReceiverReport::unheard("moon:4321".to_owned(), &unknown);
        let sentence = verdict(&[good, bad]).expect_err("one failed").to_string();
        assert_eq!(sentence, "1 of 2 receivers failed: no host called \"moon\" is known");
    }
}
