//! Defaults and limits, in one place: each with its unit, its reason and what it costs.

use std::time::Duration;

/// Payload bytes of each packet that is delivered over TCP, which cuts as it likes: the fewer, the
/// less they cost.
pub const TCP_CHUNK: u16 = 60_000;

/// ... and of live ones: two of them may always be on their way, and should be no delay on a slow
/// link. They still are sent from where the pixels lie.
pub const TCP_LIVE_CHUNK: u16 = 32_768;

/// Largest frame that is accepted, in bytes: 512 MiB holds 16,384 x 10,922 BGR8.
pub const MAX_FRAME_BYTES: usize = 512 << 20;

/// Bytes that all frames being received may hold together, over all streams; encoded ones with the
/// pixels that they are to become.
pub const MAX_OPEN_BYTES: usize = 1 << 30;

/// Frames of one stream that may be under way at once.
pub const MAX_OPEN_FRAMES: usize = 4;

/// ... and if they are larger than [`LARGE_FRAME`].
pub const MAX_OPEN_LARGE_FRAMES: usize = 2;

/// Streams that are listened to at once.
pub const MAX_STREAMS: usize = 16;

/// How long a live frame may take from its first packet to its last.
pub const LATENCY_BUDGET: Duration = Duration::from_millis(100);

/// How long a gap may still be closed by packets that were only reordered.
pub const REORDER_GRACE: Duration = Duration::from_millis(1);

/// How long nobody may answer before a sender gives up.
pub const NO_ANSWER: Duration = Duration::from_secs(10);

/// Receivers that one stream to a group knows at most: each is a bit of what a frame waits for.
pub const MAX_RECEIVERS: usize = 64;

/// How long a sender to a group waits for others after the first has answered: for a few openings
/// to be lost, and not so long that a person notices.
pub const GATHERING: Duration = Duration::from_millis(250);

/// For how long a sender to a group closes until everybody has answered the same closing; then
/// one closing each is enough.
pub const GROUP_CLOSING: Duration = Duration::from_secs(1);

/// After how much silence a sender with nothing to send asks whether its receivers are still there.
pub const IDLE_PROBE: Duration = Duration::from_secs(2);

/// After how long a silent stream's unfinished frames are given up and their memory freed.
pub const STREAM_IDLE: Duration = Duration::from_secs(10);

/// A stream that was heard within this time is shown as active.
pub const STREAM_ACTIVE: Duration = Duration::from_secs(2);

/// After how much silence an unfinished classic frame is given up: nothing in that protocol says
/// that a frame is over, and a script may be slow.
pub const CLASSIC_IDLE: Duration = Duration::from_millis(500);

/// After how much silence an unfinished RTP frame is given up whose last packet was lost. Tools
/// that follow ST 2110 spread a frame over all of its time, so its age says nothing.
pub const RTP_IDLE: Duration = Duration::from_millis(500);

/// How long a receiver stays after a stream's closing, to hear whether its answer was lost.
pub const CLOSE_LINGER: Duration = Duration::from_millis(250);

/// Into how many runs the chunks of a classic frame may be scattered before it is given up: more
/// than any network does to 512 MiB in usual chunks, and 4 MiB of memory at most.
pub const CLASSIC_RUNS: usize = 1 << 16;

/// Frames with trouble that a receiver remembers: twenty seconds of a stream in which every frame
/// has some.
pub const PROBLEM_FRAMES: usize = 256;

/// ... and runs of packets that their records hold together: 768 KiB.
pub const PROBLEM_RUNS: usize = 1 << 16;

/// How long a sender repeats its closing before it leaves without an answer.
pub const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// Above this rate, in bytes a second, packets are handed to the system by the train and taken from
/// it coalesced: one by one they would cost more than a processor can give. Below, which is all of
/// gigabit Ethernet, every packet is by itself on the way, so that any observer's count of packets
/// is ours.
pub const WHOLE_TRAINS_ABOVE: f64 = 140e6;

/// A report is due after so many payload bytes once nothing more waits at the socket: a third of the
/// window that a sender begins with.
pub const REPORT_BYTES: usize = 16 << 10;

/// ... and after so many in any case: on a fast path a report costs as much as a train, and an
/// eighth of the usual window is soon enough.
pub const MOST_UNREPORTED: usize = 128 << 10;

/// ... and after this long in any case.
pub const REPORT_DELAY: Duration = Duration::from_millis(4);

/// Frames that a sender has on the wire at once in deliver mode; the receiver holds one more.
pub const FRAMES_IN_HAND: usize = 3;

/// Frames larger than this are on the wire two at once, because of the memory that they take.
pub const LARGE_FRAME: usize = 16 << 20;

/// ... and frames larger than this one after the other: the pause between them does not count.
pub const HUGE_FRAME: usize = 64 << 20;

/// A frame is given up as undeliverable after so many resends of each of its packets on average:
/// at 60 % loss a packet needs 2.5, so this is a network that does not carry the frame.
pub const RESEND_BUDGET: u64 = 16;

/// Megabits a second at which classic frames leave under `auto`: no receiver tells what arrives, and
/// a Python loop behind a buffer of 208 KiB keeps up with this.
pub const CLASSIC_AUTO_MBIT: f64 = 200.0;

/// Megabits a second at which RTP frames leave at least under `auto`, so that slow streams are soon
/// there; fast ones leave as fast as [`RTP_SPREAD`] needs.
pub const RTP_AUTO_MBIT: f64 = 200.0;

/// The part of a frame's time over which an RTP frame is spread under `auto`: nobody tells what
/// arrives, and no buffer on the way has to hold a whole frame.
pub const RTP_SPREAD: f64 = 0.8;

/// Megabits a second at which a sender paces under `auto` before it has heard an answer, or where it
/// never will: what Ethernet of any age and most radio links carry.
pub const BLIND_AUTO_MBIT: f64 = 100.0;

/// Probes that a receiver answers in a second: enough for several people who test their connection
/// at once, and nothing that would be worth a forged sender address.
pub const ECHOES_PER_SECOND: u32 = 64;
