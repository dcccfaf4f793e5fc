//! `pixelwire send`.

mod inputs;

use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, TryRecvError};

use super::arguments::SendArguments;
use super::interrupt;
use super::output::{Event, Failure, Output, shown};
use super::summary::{Summary, microseconds, time};
use crate::flow::{Fec, Mode, Protocol, Transport};
use crate::frame::codec::Compression;
use crate::media::{self, Input, Playback};
use crate::net::{
    Chunk, FrameReport, SendError, SendEvent, SendJob, SendOptions, SendStatus, Spread, Target,
    interface_called,
};

/// Sends, says how it goes, and fails when a frame did not make it.
pub(super) fn run(arguments: &SendArguments) -> Result<(), Failure> {
    let inputs = inputs::inputs(arguments)?;
    let options = options(arguments, &inputs)?;
    let playback = Playback { count: arguments.count, repeat: arguments.repeat };
    let source = media::open(inputs, playback)?;
    let interrupt = interrupt::channel()?;
    let mut output = Output::new(arguments.json);
    let mode = options.mode;
    let job = SendJob::start(options, source, Arc::new(|| ()));
    follow(&job, Trouble::new(mode), arguments.sdp.as_deref(), &interrupt, &mut output)
}

/// Tells what happens to `job` until it is over.
fn follow(
    job: &SendJob,
    mut trouble: Trouble,
    sdp: Option<&Path>,
    interrupt: &Receiver<()>,
    output: &mut Output,
) -> Result<(), Failure> {
    loop {
        let mut news = Select::new();
        news.recv(job.events());
        news.recv(interrupt);
        let _ = news.ready_timeout(PROGRESS_EVERY);
        loop {
            match job.events().try_recv() {
                Ok(SendEvent::Finished(result)) => return finish(job, result, &trouble, output),
                Ok(SendEvent::Described(text)) => keep_sdp(&text, sdp, output)?,
                Ok(event) => tell(&event, &mut trouble, output)?,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    return Err(Failure::because("sending ended unexpectedly"));
                }
            }
        }
        if interrupt.try_recv().is_ok() {
            job.cancel();
        }
        output.progress(|| progress(&job.status()));
        thread::sleep(EVENTS_APART);
    }
}

/// Frames that did not make it although that was promised.
struct Trouble {
    mode: Mode,
    frames: u64,
    first: Option<String>,
}

impl Trouble {
    fn new(mode: Mode) -> Self {
        Self { mode, frames: 0, first: None }
    }

    /// Whether this frame's failure is one of the job's: nobody promises that a live frame
    /// arrives once it has left.
    fn add(&mut self, frame: &FrameReport, reason: &str) -> bool {
        let promised = self.mode == Mode::Deliver || frame.frame_id.is_none();
        if promised {
            self.frames += 1;
            self.first.get_or_insert_with(|| with_name(&frame.name, reason));
        }
        promised
    }

    /// How a job ends that was not broken off.
    fn verdict(&self, status: &SendStatus) -> Result<(), Failure> {
        match &self.first {
            None if status.frames_sent == 0 => Err(Failure::because("no frame was sent")),
            None => Ok(()),
            Some(first) if self.frames == 1 => Err(Failure::Failed(first.clone())),
            Some(first) => {
                let frames = self.frames;
                Err(Failure::because(format!("{frames} frames did not make it, first {first}")))
            }
        }
    }
}

fn options(arguments: &SendArguments, inputs: &[Input]) -> Result<SendOptions, Failure> {
    let [target, others @ ..] = &arguments.to[..] else {
        return Err(Failure::Usage("say to whom: --to HOST".to_owned()));
    };
    let moving = inputs.iter().all(Input::is_moving);
    let patterns = inputs.iter().all(|input| matches!(input, Input::Pattern { .. }));
    check_transport(arguments)?;
    check_way_back(arguments)?;
    let mode = match (arguments.protocol, arguments.mode) {
        (Protocol::Classic | Protocol::Rtp, Some(Mode::Deliver)) => {
            return Err(Failure::Usage(format!(
                "{} receivers never answer, so nothing can be delivered for sure; \
                 leave out --mode, or use --protocol pixelwire",
                arguments.protocol.name(),
            )));
        }
        (_, Some(mode)) => mode,
        (Protocol::Classic | Protocol::Rtp, None) => Mode::Live,
        (_, None) if moving || arguments.one_way => Mode::Live,
        (_, None) => Mode::Deliver,
    };
    Ok(SendOptions {
        target: target.clone(),
        protocol: arguments.protocol,
        mode,
        chunk: arguments.chunk.unwrap_or(Chunk::Auto),
        rate: arguments.rate,
        impairment: arguments.impair,
        // Delivered frames go as fast as they can; live ones have a rhythm.
        frames_per_second: arguments
            .fps
            .or((patterns && mode == Mode::Live).then_some(PATTERN_FPS)),
        compression: arguments.codec,
        fec: arguments.fec,
        one_way: arguments.one_way,
        source: source(arguments, target)?,
        spread: Spread { others: others.to_vec(), ttl: arguments.ttl },
        packing: arguments.sampling,
        transport: arguments.transport,
    })
}

/// The address of the interface to send from, where one was chosen: of the target's family, if that
/// is known.
fn source(arguments: &SendArguments, target: &Target) -> Result<Option<IpAddr>, Failure> {
    let v4 = target.host.parse().is_ok_and(|address: IpAddr| address.is_ipv4());
    let chosen = arguments.interface.as_deref().map(|text| interface_called(text, v4));
    chosen.transpose().map_err(Failure::Usage)
}

/// Refuses what has no meaning over a connection, which is for our own protocol and loses nothing.
fn check_transport(arguments: &SendArguments) -> Result<(), Failure> {
    if arguments.transport == Transport::Udp {
        return Ok(());
    }
    let reason = if arguments.protocol != Protocol::Pixelwire {
        "only the pixelwire protocol is spoken over TCP; leave out --protocol or --transport"
    } else if arguments.fec != Fec::Off {
        "over TCP nothing is lost that parity could restore; leave out --fec or --transport"
    } else if arguments.one_way {
        "a TCP connection needs a way back; leave out --one-way or --transport"
    } else if arguments.impair.is_some() {
        "a bad network can be put before UDP only; leave out --impair or --transport"
    } else {
        return Ok(());
    };
    Err(Failure::Usage(reason.to_owned()))
}

/// Refuses what needs answers that will not come, and what other receivers do not understand.
fn check_way_back(arguments: &SendArguments) -> Result<(), Failure> {
    let classic = arguments.protocol == Protocol::Classic;
    let rtp = arguments.protocol == Protocol::Rtp;
    let reason = match (arguments.fec, arguments.one_way) {
        _ if classic && arguments.codec != Compression::Raw => {
            "classic receivers understand raw pixels only; leave out --codec, or use --protocol pixelwire"
        }
        _ if rtp && arguments.codec != Compression::Raw => {
            "RTP frames are sent raw (RFC 4175); leave out --codec, or use --protocol pixelwire"
        }
        (Fec::Auto | Fec::Share(_), _) if classic => {
            "classic receivers do not understand parity; leave out --fec, or use --protocol pixelwire"
        }
        (Fec::Auto | Fec::Share(_), _) if rtp => {
            "RTP receivers do not understand this parity; leave out --fec, or use --protocol pixelwire"
        }
        (_, true) if rtp => {
            "RTP receivers never answer anyway; leave out --one-way, or use --protocol pixelwire"
        }
        _ if !rtp && arguments.sdp.is_some() => {
            "only RTP streams have an SDP file; leave out --sdp, or use --protocol rtp"
        }
        _ if !rtp && arguments.sampling.is_some() => {
            "only RTP streams are sent in other samples; leave out --sampling, or use --protocol rtp"
        }
        (_, true) if classic => {
            "classic receivers never answer anyway; leave out --one-way, or use --protocol pixelwire"
        }
        (_, true) if arguments.mode == Some(Mode::Deliver) => {
            "without a way back nothing can be delivered for sure; leave out --mode or --one-way"
        }
        (Fec::Auto, true) => {
            "without a way back nobody says how much is lost; give --fec a percentage, such as 10%"
        }
        _ => return Ok(()),
    };
    Err(Failure::Usage(reason.to_owned()))
}

fn tell(event: &SendEvent, trouble: &mut Trouble, output: &mut Output) -> Result<(), Failure> {
    match event {
        SendEvent::Connected { peer, chunk, round_trip } => {
            let round_trip_us = round_trip.map(microseconds);
            let event = Event::Connected { peer: peer.to_string(), chunk: *chunk, round_trip_us };
            output.event(&event, || format!("Sending to {peer}, {chunk} bytes a packet"))
        }
        SendEvent::NobodyListening { peer } => {
            output.line(&format!("Nobody is listening at {peer} yet; trying on"))
        }
        SendEvent::ReceiverRestarted => {
            output.line("The receiver was started again; sending goes on")
        }
        SendEvent::Described(_) | SendEvent::FrameStarted(_) | SendEvent::Finished(_) => Ok(()),
        SendEvent::FrameDone(frame) if frame.verified => tell_delivered(frame, output),
        SendEvent::FrameDone(frame) => {
            output.event_only(&Event::Sent { frame: frame.frame_id, name: &frame.name })
        }
        SendEvent::FrameFailed { frame, reason } => {
            let promised = trouble.add(frame, reason);
            let event = Event::Failed { frame: frame.frame_id, name: &frame.name, reason };
            if promised {
                output.event(&event, || format!("✗ {}", shown(&with_name(&frame.name, reason))))
            } else {
                output.event_only(&event)
            }
        }
    }
}

/// Keeps what receivers need to be told of an RTP stream, where the user wants it.
fn keep_sdp(text: &str, file: Option<&Path>, output: &mut Output) -> Result<(), Failure> {
    let Some(file) = file else {
        output.remark(&format!("Receivers need this SDP file (--sdp FILE keeps it):\n{text}"));
        return Ok(());
    };
    fs::write(file, text).map_err(|error| {
        Failure::because(format!("cannot write the SDP file {}: {error}", file.display()))
    })
}

fn tell_delivered(frame: &FrameReport, output: &mut Output) -> Result<(), Failure> {
    let elapsed_us = microseconds(frame.elapsed);
    let event = Event::Delivered {
        frame: frame.frame_id,
        name: &frame.name,
        packets_resent: frame.packets_resent,
        elapsed_us,
    };
    output.event(&event, || {
        let resent = match frame.packets_resent {
            0 => String::new(),
            packets => format!(", {packets} packets resent"),
        };
        let (name, elapsed) = (shown(&frame.name), time(Some(elapsed_us)));
        format!("✓ {name} delivered and verified in {elapsed}{resent}")
    })
}

fn finish(
    job: &SendJob,
    result: Result<SendStatus, SendError>,
    trouble: &Trouble,
    output: &mut Output,
) -> Result<(), Failure> {
    let status = result.as_ref().map_or_else(|_| job.status().as_ref().clone(), Clone::clone);
    let summary = Summary::of_sender(&status);
    output.event(&Event::Summary(&summary), || summary.table())?;
    match result {
        Ok(_) | Err(SendError::FramesFailed { .. }) => trouble.verdict(&status),
        Err(error) => Err(error.into()),
    }
}

/// A reason says by itself which file it is about, or is put after the frame's name.
fn with_name(name: &str, reason: &str) -> String {
    if reason.contains(name) { reason.to_owned() } else { format!("{name}: {reason}") }
}

fn progress(status: &SendStatus) -> String {
    let of = status.frames_total.map_or_else(String::new, |total| format!(" of {total}"));
    let current = (status.frames_sent + 1).min(status.frames_total.unwrap_or(u64::MAX));
    format!(
        "frame {current}{of} · {:.0} % · {:.0} Mbit/s · {} packets resent",
        status.frame_progress * 100.0,
        status.throughput_mbps,
        status.packets_resent,
    )
}

/// How often the progress line is written again when nothing happens.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// How long events may gather before they are told: small frames leave by the thousand a second, and to be woken for each
/// would cost as much time as to send it.
const EVENTS_APART: Duration = Duration::from_millis(1);

/// Of the pattern, unless the user says otherwise: moving pictures move at about this rate.
const PATTERN_FPS: f64 = 30.0;
