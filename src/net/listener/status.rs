//! What a listener tells of itself.

use std::net::SocketAddr;
use std::sync::Arc;

use crate::flow::{
    Counters, LossPattern, Mode, ProblemFrame, Protocol, RtpTrouble, StreamAccount, StreamKey,
    Time, Verdict, limits,
};
use crate::frame::PixelFormat;
use crate::net::udp::WANTED_BUFFER;

use super::advice::BufferAdvice;

/// Everything about a listener that a person may want to see.
#[derive(Clone, Debug)]
pub struct ListenStatus {
    /// The bound address.
    pub address: SocketAddr,
    /// Bytes of the socket's receive buffer, as read back from the system.
    pub receive_buffer: usize,
    /// Bytes that were asked for.
    pub receive_buffer_wanted: usize,
    /// Every stream seen, the one that was heard most recently first.
    pub streams: Vec<StreamStatus>,
    /// The sum over all streams, and what belongs to none.
    pub total: Counters,
    /// What was added to `total` over the last second.
    pub last_second: Counters,
    /// How good the reception is, over all streams.
    pub verdict: Verdict,
    /// What to do about packets lost to the receive buffer, once there were some.
    pub advice: Option<BufferAdvice>,
    /// Why nobody can send over TCP, if so; UDP is not touched by it.
    pub tcp_trouble: Option<String>,
    /// Why an RTP stream is counted and not shown, if there is such a one.
    pub rtp_trouble: Option<RtpTrouble>,
    /// Ten readings a second over the last minute, oldest first.
    pub history: Vec<HistoryPoint>,
    /// One reading a second over the last ten minutes, oldest first.
    pub long_history: Arc<[HistoryPoint]>,
    /// The last frames that had trouble, oldest first.
    pub problems: Arc<[ProblemFrame]>,
    /// Seconds since listening began.
    pub seconds: f64,
    /// Seconds since counting began: with listening, or at the last reset.
    pub counted_seconds: f64,
    /// Seconds since the last datagram; `None` before the first.
    pub quiet_seconds: Option<f64>,
    /// Why the listener ended by itself, if it did.
    pub failure: Option<String>,
}

impl ListenStatus {
    /// The status of a listener at `address` that has heard nothing.
    pub fn before_anything(address: SocketAddr) -> Self {
        Self {
            address,
            receive_buffer: 0,
            receive_buffer_wanted: WANTED_BUFFER,
            streams: Vec::new(),
            total: Counters::default(),
            last_second: Counters::default(),
            verdict: Verdict::default(),
            advice: None,
            tcp_trouble: None,
            rtp_trouble: None,
            history: Vec::new(),
            long_history: Arc::default(),
            problems: Arc::default(),
            seconds: 0.0,
            counted_seconds: 0.0,
            quiet_seconds: None,
            failure: None,
        }
    }
}

/// One stream's account.
#[derive(Clone, Debug)]
pub struct StreamStatus {
    /// Whose it is.
    pub key: StreamKey,
    /// What the sender calls itself, else its address.
    pub name: String,
    /// How it speaks.
    pub protocol: Protocol,
    /// What it promises.
    pub mode: Mode,
    /// Size and format of its newest frame.
    pub shape: Option<(u32, u32, PixelFormat)>,
    /// Whether it is still sending: heard within the last two seconds and not closed.
    pub active: bool,
    /// Its counters since it began or since they were reset.
    pub counters: Counters,
    /// What was added over the last second.
    pub last_second: Counters,
    /// RFC 3550 interarrival jitter.
    pub jitter_us: Option<u64>,
    /// How its losses were spread.
    pub losses: LossPattern,
    /// Smoothed round trip.
    pub round_trip_us: Option<u64>,
    /// Of its newest complete frame.
    pub latency_us: Option<u64>,
}

impl StreamStatus {
    pub(super) fn new(
        account: &StreamAccount,
        counters: Counters,
        last_second: Counters,
        now: Time,
    ) -> Self {
        let micros = |duration: std::time::Duration| duration.as_micros() as u64;
        Self {
            key: account.key,
            name: account.name.clone(),
            protocol: account.protocol,
            mode: account.mode,
            shape: account.shape,
            active: !account.closed && now.since(account.last_heard) < limits::STREAM_ACTIVE,
            counters,
            last_second,
            jitter_us: account.jitter_us,
            losses: account.losses,
            round_trip_us: account.round_trip.map(micros),
            latency_us: account.latency.map(micros),
        }
    }
}

/// A moment of the past, a tenth of a second or a second long: what was added in it, over all
/// streams.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct HistoryPoint {
    /// Seconds since listening began, at the moment's end.
    pub seconds: f64,
    /// How many seconds it took.
    pub span: f64,
    /// Megabits of payload a second that came.
    pub throughput_mbps: f64,
    /// What was counted.
    pub added: Counters,
    /// Of the stream heard last, at the moment's end.
    pub jitter_us: Option<u64>,
    /// Of the stream heard last, at the moment's end.
    pub round_trip_us: Option<u64>,
}

impl HistoryPoint {
    /// Megabits of payload a second that senders put on the wire, when what was lost was as large
    /// as what came; `None` when nothing came.
    pub fn offered_mbps(&self) -> Option<f64> {
        offered(self.throughput_mbps, &self.added)
    }

    /// Packets lost before they reached this machine; all that were lost, where the system does
    /// not tell which were lost in it.
    pub fn lost_on_network(&self) -> u64 {
        self.added.packets_lost.saturating_sub(self.lost_in_buffer())
    }

    /// Packets lost in this machine's receive buffer.
    pub fn lost_in_buffer(&self) -> u64 {
        self.added.kernel_drops.unwrap_or(0)
    }
}

/// The rate at which senders put payload on the wire, from the rate at which it came and from
/// what share of the packets came; `None` when nothing came.
pub fn offered(throughput_mbps: f64, added: &Counters) -> Option<f64> {
    if added.packets_received == 0 {
        return None;
    }
    // What was reordered across the edge of the moment was expected before it came.
    let expected = added.packets_expected.max(added.packets_received);
    Some(throughput_mbps * expected as f64 / added.packets_received as f64)
}
