//! The protocol as state machines without input or output: bytes and times go in, bytes and
//! events come out. Nothing here opens a socket, starts a thread or reads a clock.

mod account;
mod burst;
mod counters;
mod deframer;
pub mod fec;
pub mod impair;
mod jitter;
mod job;
pub mod limits;
mod pacer;
mod ranges;
mod receive;
mod round_trip;
mod send;
mod time;
mod train;
mod verdict;

pub use burst::LossPattern;
pub use counters::Counters;
pub use deframer::Deframer;
pub use job::{Fec, Geometry, Mode, Protocol, Rate, Transport};
pub use receive::{
    Decode, DecodedFrame, Encoding, Fate, FateCounts, FateRun, FrameCut, Outcome, PacketRecord,
    ProblemFrame, ReceivedFrame, Receiver, ReceiverConfig, Repair, Repaired, RtpTrouble,
    StreamAccount, StreamKey,
};
pub use send::{
    ClassicSender, Ended, Failure, MAX_CHUNK, ReceiverAccount, RtpConfig, RtpSender, SendCounters,
    Sender, SenderConfig, SenderEvent, Standing, Unanswered,
};
pub use time::{Time, earliest};
pub use train::Train;
pub use verdict::{Cause, Grade, Judge, Verdict};
