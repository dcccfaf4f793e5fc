//! What a listener tells of itself.

use std::net::SocketAddr;

use crate::flow::{
    Counters, LossPattern, Mode, Protocol, StreamAccount, StreamKey, Time, Verdict, limits,
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
    /// Ten readings a second over the last minute, oldest first.
    pub history: Vec<HistoryPoint>,
    /// Seconds since listening began.
    pub seconds: f64,
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
            history: Vec::new(),
            seconds: 0.0,
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

/// A tenth of a second of the past minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HistoryPoint {
    /// Seconds since listening began, at the reading's end.
    pub seconds: f64,
    /// Megabits of payload a second.
    pub throughput_mbps: f64,
    /// Packets lost in this tenth of a second.
    pub lost: u64,
    /// Packets expected in this tenth of a second.
    pub expected: u64,
}
