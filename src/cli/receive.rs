//! `pixelwire receive`.

mod pipe;
mod rtp;

use std::net::IpAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, after, never, select};

use super::arguments::ReceiveArguments;
use super::interrupt;
use super::output::{Event, Failure, Output, shown};
use super::saver::{Saved, Saver};
use super::summary::{Summary, microseconds, time};
use crate::flow::{Mode, RtpTrouble};
use crate::frame::codec::Codec;
use crate::net::{
    HandOver, ListenOptions, ListenStatus, Listener, ReceivedFrame, interface_called,
};
use pipe::Pipe;

/// Receives until it has what was asked for, and says what came.
pub(super) fn run(arguments: &ReceiveArguments) -> Result<(), Failure> {
    let format = arguments.format.unwrap_or_default();
    let saver = arguments.save.as_deref().map(|folder| Saver::start(folder, format));
    let saver = saver.transpose()?;
    let interrupt = interrupt::channel()?;
    let rtp = rtp::described(arguments)?;
    let options = ListenOptions {
        hand_over: HandOver::Every,
        groups: arguments.join.clone(),
        interface: interface(arguments)?,
        geometry: arguments.size,
        rtp: rtp.map(|described| described.video),
        ..ListenOptions::new(arguments.listen)
    };
    let mut listener = Listener::start(&options, Arc::new(|| ()))?;
    if !arguments.no_announce {
        listener.announce();
    }
    let mut receipt = Receipt {
        output: if arguments.pipe { Output::aside() } else { Output::new(arguments.json) },
        saver,
        not_saved: None,
        pipe: arguments.pipe.then(|| Pipe::start(arguments.frames)).transpose()?,
        pipes: arguments.pipe,
        wanted: arguments.frames,
        complete: 0,
        advised: false,
        rtp_trouble: None,
    };
    let address = listener.address();
    if let Some(words) = rtp.and_then(|described| described.other_port(address.port())) {
        receipt.output.remark(&words);
    }
    let trouble = listener.status().tcp_trouble.clone();
    let transports: &[&str] = if trouble.is_some() { &["udp"] } else { &["udp", "tcp"] };
    if let Some(trouble) = trouble {
        receipt.output.remark(&trouble);
    }
    let event = Event::Listening { address: address.to_string(), transports };
    receipt.output.event(&event, || format!("Listening on {address}, Ctrl-C to stop"))?;
    let end = receipt.follow(&listener, &interrupt, arguments.timeout);
    receipt.close(listener, end)
}

/// The address of the interface on which groups are joined, where one was chosen.
fn interface(arguments: &ReceiveArguments) -> Result<Option<IpAddr>, Failure> {
    let v4 = arguments.listen.is_ipv4() && arguments.join.iter().all(IpAddr::is_ipv4);
    let chosen = arguments.interface.as_deref().map(|text| interface_called(text, v4));
    chosen.transpose().map_err(Failure::Usage)
}

/// Why listening ended.
enum End {
    Enough,
    Interrupted,
    TimedOut,
}

/// What has been received and what becomes of it.
struct Receipt {
    output: Output,
    saver: Option<Saver>,
    /// Why saving ended early.
    not_saved: Option<String>,
    pipe: Option<Pipe>,
    /// Whether standard output carries frames.
    pipes: bool,
    wanted: Option<u64>,
    complete: u64,
    /// Whether it was said what to do about the receive buffer: once is enough.
    advised: bool,
    /// What was last said about an RTP stream that cannot be shown.
    rtp_trouble: Option<RtpTrouble>,
}

impl Receipt {
    fn follow(
        &mut self,
        listener: &Listener,
        interrupt: &Receiver<()>,
        timeout: Option<Duration>,
    ) -> Result<End, Failure> {
        let mut silence = Silence::new(timeout);
        let no_results = never();
        let (no_frames, nothing_written) = (never(), never());
        while !self.has_enough() {
            let results = self.saver.as_ref().map_or(&no_results, Saver::results).clone();
            let pipe = self.pipe.as_ref();
            let written = pipe.map_or(&nothing_written, Pipe::results).clone();
            let frames = if self.has_room() { listener.frames() } else { &no_frames };
            select! {
                recv(frames) -> frame => match frame {
                    Ok(frame) => {
                        self.take(&frame)?;
                        // The next one may come into its memory.
                        drop(frame);
                        self.take_waiting(listener)?;
                    }
                    Err(_) => return Err(Failure::because("listening ended unexpectedly")),
                },
                recv(results) -> saved => {
                    if let Ok(saved) = saved {
                        self.tell_saved(&saved)?;
                    }
                }
                recv(written) -> result => {
                    if let (Ok(result), Some(pipe)) = (result, &mut self.pipe) {
                        pipe.written(result)?;
                        self.complete = pipe.started();
                    }
                }
                recv(interrupt) -> _ => return Ok(End::Interrupted),
                recv(silence.alarm) -> _ => {
                    if !silence.was_broken(&listener.status()) {
                        return Ok(End::TimedOut);
                    }
                }
                default(TICK) => {}
            }
            let status = listener.status();
            silence.was_broken(&status);
            self.advise(&status);
            self.output.progress(|| progress(&status));
        }
        Ok(End::Enough)
    }

    /// Takes what came while a frame was taken, and lets some more come.
    fn take_waiting(&mut self, listener: &Listener) -> Result<(), Failure> {
        while !self.has_enough()
            && self.has_room()
            && let Ok(frame) = listener.frames().try_recv()
        {
            self.take(&frame)?;
        }
        if self.pipe.is_none() {
            thread::sleep(FRAMES_APART);
        }
        Ok(())
    }

    /// Whether whoever reads our standard output keeps up.
    fn has_room(&self) -> bool {
        self.pipe.as_ref().is_none_or(Pipe::has_room)
    }

    /// Lets the listener finish its talks, takes what came in the meantime, and gives the account.
    fn close(mut self, listener: Listener, end: Result<End, Failure>) -> Result<(), Failure> {
        let frames = listener.frames().clone();
        let status = listener.stop();
        self.advise(&status);
        let mut result = end.and_then(|end| self.drain(&frames).map(|()| end));
        let in_haste = !matches!(result, Ok(End::Enough | End::TimedOut));
        if let Some(finished) = self.pipe.take().map(|pipe| pipe.finish(in_haste)) {
            let remark = finished.map(|remark| remark.map(|remark| self.output.remark(&remark)));
            result = result.and_then(|end| remark.map(|_| end));
        }
        if let (Err(Failure::PipeClosed), true) = (&result, self.pipes) {
            self.output.remark("nobody reads standard output any more, so receiving ended");
        }
        // Whatever happened, no half-written file stays behind.
        for saved in self.saver.take().map(Saver::finish).unwrap_or_default() {
            result = result.and_then(|end| self.tell_saved(&saved).map(|()| end));
        }
        if self.pipes || !matches!(result, Err(Failure::PipeClosed)) {
            let summary = Summary::of_receiver(&status);
            self.output.event(&Event::Summary(&summary), || summary.table())?;
        }
        let end = result?;
        match self.wanted {
            Some(wanted) if self.complete < wanted => {
                Err(Failure::Failed(missing(&end, self.complete, wanted)))
            }
            _ => self.not_saved.map_or(Ok(()), |reason| {
                Err(Failure::because(format!("not every frame was saved: {reason}")))
            }),
        }
    }

    fn advise(&mut self, status: &ListenStatus) {
        if let Some(trouble) = status.rtp_trouble.filter(|_| status.rtp_trouble != self.rtp_trouble)
        {
            self.rtp_trouble = Some(trouble);
            self.output.remark(&trouble.to_string());
        }
        let Some(advice) = status.advice.as_ref().filter(|_| !self.advised) else { return };
        self.advised = true;
        self.output.remark(&match advice.command() {
            Some(command) => format!("{advice}; this mends it: {command}"),
            None => format!("{advice}; let the sender send slower (--rate)"),
        });
    }

    fn drain(&mut self, frames: &Receiver<Arc<ReceivedFrame>>) -> Result<(), Failure> {
        while !self.has_enough()
            && let Ok(frame) = frames.try_recv()
        {
            self.take(&frame)?;
        }
        Ok(())
    }

    fn has_enough(&self) -> bool {
        self.wanted.is_some_and(|wanted| self.complete >= wanted)
    }

    fn take(&mut self, frame: &Arc<ReceivedFrame>) -> Result<(), Failure> {
        self.tell(frame)?;
        if !frame.missing.is_empty() {
            return Ok(());
        }
        match &mut self.pipe {
            Some(pipe) => {
                if let Some(remark) = pipe.offer(frame) {
                    self.output.remark(&remark);
                }
                self.complete = pipe.started();
            }
            None => self.complete += 1,
        }
        let earlier = self.saver.as_ref().map(|saver| saver.save(Arc::clone(frame)));
        for saved in earlier.unwrap_or_default() {
            self.tell_saved(&saved)?;
        }
        Ok(())
    }

    /// Programs hear of every frame; people of those that do not come by the dozen.
    fn tell(&mut self, received: &ReceivedFrame) -> Result<(), Failure> {
        if !self.output.is_json() {
            let by_the_dozen = received.mode == Mode::Live;
            return if by_the_dozen { Ok(()) } else { self.output.line(&in_words(received)) };
        }
        let frame = &received.frame;
        let complete = received.missing.is_empty();
        self.output.event_only(&Event::Frame {
            peer: received.stream.peer.to_string(),
            transport: received.stream.transport.name(),
            stream: format!("{:016x}", received.stream.id),
            frame: received.frame_id,
            name: received.name.as_deref(),
            width: frame.width(),
            height: frame.height(),
            format: frame.format().to_string(),
            bytes: frame.pixels().len(),
            codec: received.encoded.map_or(Codec::Raw, |encoded| encoded.codec).name(),
            wire_bytes: received.encoded.map_or(frame.pixels().len(), |encoded| encoded.bytes),
            outcome: if complete { "complete" } else { "incomplete" },
            digest: complete.then(|| received.digest.unwrap_or_else(|| frame.digest()).to_string()),
            packets: received.packets,
            packets_recovered: received.packets_recovered,
            latency_us: received.latency.map(microseconds),
        })
    }

    fn tell_saved(&mut self, saved: &Saved) -> Result<(), Failure> {
        match &saved.result {
            Ok(path) => {
                let event = Event::Saved { frame: saved.frame_id, path: path.to_string_lossy() };
                self.output.event(&event, || format!("  saved as {}", path.display()))
            }
            Err(error) => {
                // Whoever watches goes on watching, whatever the disk says.
                if self.not_saved.is_none() {
                    self.output.remark(&format!("Saving ended, receiving goes on: {error}"));
                    self.not_saved = Some(error.to_string());
                }
                let rest = self.saver.take().map(Saver::finish).unwrap_or_default();
                rest.iter().try_for_each(|saved| self.tell_saved(saved))
            }
        }
    }
}

/// Watches for a time in which nothing arrives.
struct Silence {
    timeout: Option<Duration>,
    packets: u64,
    /// Rings when the time is over; starts anew with each packet that is noticed.
    alarm: Receiver<Instant>,
}

impl Silence {
    fn new(timeout: Option<Duration>) -> Self {
        Self { timeout, packets: 0, alarm: timeout.map_or_else(never, after) }
    }

    /// Whether something has arrived since this was asked last.
    fn was_broken(&mut self, status: &ListenStatus) -> bool {
        let total = &status.total;
        let packets = total.packets_received + total.packets_duplicate + total.packets_late;
        let broken = packets != self.packets;
        if broken {
            self.packets = packets;
            self.alarm = self.timeout.map_or_else(never, after);
        }
        broken
    }
}

fn in_words(received: &ReceivedFrame) -> String {
    let frame = &received.frame;
    let name =
        received.name.as_deref().map_or_else(String::new, |name| format!(" {}", shown(name)));
    let (width, height, format) = (frame.width(), frame.height(), frame.format());
    let mark = if received.missing.is_empty() { "✓ complete" } else { "✗ incomplete" };
    let latency = received.latency.map_or_else(String::new, |latency| {
        format!(" after {}", time(Some(microseconds(latency))))
    });
    let (number, peer) = (received.frame_id, received.stream.peer);
    let codec = received.encoded.map_or_else(String::new, |encoded| {
        format!(" {}", encoded.described(frame.pixels().len()))
    });
    format!("Frame {number}{name} from {peer}: {width} × {height} {format}{codec}, {mark}{latency}")
}

fn progress(status: &ListenStatus) -> String {
    let (total, recent) = (&status.total, &status.last_second);
    format!(
        "{} frames · {:.0} Mbit/s · {} packets lost ({:.2} %) · {} recovered",
        total.frames_complete,
        recent.bytes_received as f64 * 8.0 / 1e6,
        total.packets_lost,
        total.loss() * 100.0,
        total.packets_recovered,
    )
}

fn missing(end: &End, complete: u64, wanted: u64) -> String {
    let why = match end {
        End::TimedOut => "then nothing more came",
        End::Interrupted | End::Enough => "then it was stopped",
    };
    format!("{complete} of {wanted} frames arrived whole; {why}")
}

/// How often the clock is looked at when nothing arrives.
const TICK: Duration = Duration::from_millis(50);

/// How long frames that follow at once may gather: small ones come by the thousand a second, and to be woken for each would
/// cost as much time as to receive it.
const FRAMES_APART: Duration = Duration::from_micros(300);
