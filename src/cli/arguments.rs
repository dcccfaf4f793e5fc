//! The command line's words: names, defaults and what their values may be.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, Parser, Subcommand};

use super::output::Failure;
use crate::flow::impair::Impairment;
use crate::flow::{Fec, Geometry, Mode, Protocol, Rate, Transport};
use crate::frame::codec::Compression;
use crate::frame::{PackedYcbcr, PixelFormat};
use crate::media::{self, KeepFormat};
use crate::net::{Chunk, Target};
use crate::wire::DEFAULT_PORT;
use crate::wire::rtp::Sampling;

/// Shows on one computer's screen the images that another computer sends, exactly and at once.
#[derive(Debug, Parser)]
#[command(name = "pixelwire", version, args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    /// Images, folders and .npy arrays for the window's list
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// Start to listen in the window at once
    #[arg(long, value_name = "ADDR:PORT", value_parser = listen_address)]
    pub(super) listen: Option<SocketAddr>,

    /// Fill in the window's target
    #[arg(long, value_name = "HOST[:PORT]", value_parser = checked_target)]
    pub(super) to: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show sender and receiver at work on this machine, over real sockets
    Demo,
    /// Receive without a window
    Receive(ReceiveArguments),
    /// Send without a window
    Send(SendArguments),
    /// Tell whether somebody listens there, how far away, and what the link carries
    Test(TestArguments),
}

#[derive(Args, Debug)]
pub(super) struct TestArguments {
    /// Whom to ask; the port is 4321 unless given
    #[arg(value_name = "HOST[:PORT]", value_parser = target)]
    pub(super) target: Target,

    /// One JSON object on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct SendArguments {
    /// Image files, folders, .npy arrays, videos, pattern:WIDTHxHEIGHT (a moving test pattern),
    /// camera:DEVICE, screen:DISPLAY, video:FILE, clipboard, or - (frames from standard input)
    #[arg(value_name = "INPUT", required = true)]
    pub(super) inputs: Vec<String>,

    /// To whom; the port is 4321 unless given. May be repeated for several receivers, and be a
    /// multicast group such as 239.1.2.3
    #[arg(long, value_name = "HOST[:PORT]", value_parser = target, required = true)]
    pub(super) to: Vec<Target>,

    /// The network interface to send from, by name or address [default: as the system's routes say]
    #[arg(long, value_name = "NAME|ADDR")]
    pub(super) interface: Option<String>,

    /// How many networks multicast may cross; 1 stays in this one
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..))]
    pub(super) ttl: u8,

    /// How to speak: pixelwire, classic or rtp
    #[arg(long, default_value = "pixelwire", value_parser = protocol)]
    pub(super) protocol: Protocol,

    /// Over what: udp, or tcp for tunnels and where UDP does not get through (pixelwire only)
    #[arg(long, default_value = "udp", value_parser = transport)]
    pub(super) transport: Transport,

    /// What to promise: deliver or live [default: live for what moves, classic and rtp, else deliver]
    #[arg(long, value_parser = mode)]
    pub(super) mode: Option<Mode>,

    /// Payload bytes of each packet, 512 to 65507 [default: what fits the MTU; classic: 49152; tcp: 60000, live 32768]
    #[arg(long, value_name = "BYTES", value_parser = chunk)]
    pub(super) chunk: Option<Chunk>,

    /// How fast: auto, max or megabits a second
    #[arg(long, value_name = "auto|max|MBIT", default_value = "auto")]
    pub(super) rate: Rate,

    /// Make frames smaller: raw, lossless, jpeg or jpeg:QUALITY (1 to 100, default 85)
    #[arg(long, value_name = "raw|lossless|jpeg[:QUALITY]", default_value = "raw")]
    pub(super) codec: Compression,

    /// Parity that restores lost packets without resending: off, auto (as much as is lost), or the
    /// percentage of a frame's packets that may be lost
    #[arg(long, value_name = "off|auto|PERCENT%", default_value = "off")]
    pub(super) fec: Fec,

    /// Send to a network without a way back: live, and nobody need answer
    #[arg(long)]
    pub(super) one_way: bool,

    /// Write the stream's SDP file here [default: to standard error] (rtp only)
    #[arg(long, value_name = "FILE")]
    pub(super) sdp: Option<PathBuf>,

    /// Brightness and colour difference in place of a frame's own samples: YCbCr422_8 (UYVY),
    /// YCbCr422_10 (UYVP) or YCbCr420_8 (I420) (rtp only)
    #[arg(long, value_name = "NAME", value_parser = packing)]
    pub(super) sampling: Option<PackedYcbcr>,

    /// Frames a second of sequences [default: their own time; 30 for the pattern]
    #[arg(long, value_name = "N", value_parser = frames_per_second)]
    pub(super) fps: Option<f64>,

    /// Size of the raw frames on standard input (-)
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = size)]
    pub(super) size: Option<(u32, u32)>,

    /// Their pixel format: BGR8, Mono16 and the like, or ffmpeg's bgr24, gray16le and the like
    #[arg(long, value_name = "NAME", value_parser = media::parse_pixel_format)]
    pub(super) pixel_format: Option<PixelFormat>,

    /// Also send what is added to the folders later, until Ctrl-C
    #[arg(long, conflicts_with = "repeat")]
    pub(super) watch: bool,

    /// Frames in all
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) count: Option<u64>,

    /// Put a bad network before the socket, to see what one does; its losses are counted apart
    #[arg(long, value_name = "loss=5%,burst=20,reorder=1%,duplicate=1%,delay=5ms,seed=7")]
    pub(super) impair: Option<Impairment>,

    /// Begin again after the last frame
    #[arg(long = "loop")]
    pub(super) repeat: bool,

    /// One JSON object a line on standard output
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct ReceiveArguments {
    /// Where to listen
    #[arg(long, value_name = "ADDR:PORT", default_value = "0.0.0.0:4321", value_parser = listen_address)]
    pub(super) listen: SocketAddr,

    /// Also receive what is sent to this multicast group, such as 239.1.2.3; may be repeated
    #[arg(long, value_name = "GROUP", value_parser = group)]
    pub(super) join: Vec<IpAddr>,

    /// The network interface on which groups are joined, by name or address [default: as the
    /// system's routes say]
    #[arg(long, value_name = "NAME|ADDR")]
    pub(super) interface: Option<String>,

    /// Geometry of classic frames, such as 720x570x3, or with --pixel-format of RTP frames
    #[arg(long, value_name = "WxHxC")]
    pub(super) size: Option<Geometry>,

    /// Samples of RTP frames: RGB8, BGR8, RGBa8, BGRa8, YCbCr422_8 (UYVY), YCbCr422_10 (UYVP) or
    /// YCbCr420_8 (I420)
    #[arg(long, value_name = "NAME", requires = "size")]
    pub(super) pixel_format: Option<Sampling>,

    /// Size and samples of RTP frames, from the SDP file of their stream
    #[arg(long, value_name = "FILE", conflicts_with_all = ["size", "pixel_format"])]
    pub(super) sdp: Option<PathBuf>,

    /// Stop after N complete frames, once their senders know it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) frames: Option<u64>,

    /// Stop when nothing has arrived for so long
    #[arg(long, value_name = "SECONDS", value_parser = timeout)]
    pub(super) timeout: Option<Duration>,

    /// Keep each complete frame in this folder; nothing is overwritten
    #[arg(long, value_name = "DIR")]
    pub(super) save: Option<PathBuf>,

    /// Do not tell the local network (mDNS) that somebody listens here
    #[arg(long)]
    pub(super) no_announce: bool,

    /// How to keep frames: png, npy or raw, or as a video with mkv (exact) or mp4, which needs
    /// ffmpeg [default: png, or npy for what png cannot hold]
    #[arg(long, requires = "save")]
    pub(super) format: Option<KeepFormat>,

    /// Write the pixels of complete frames, and nothing else, to standard output
    #[arg(long, conflicts_with = "json")]
    pub(super) pipe: bool,

    /// One JSON object a line on standard output
    #[arg(long)]
    pub(super) json: bool,
}

impl Arguments {
    /// Reads the process's arguments; when there is nothing to do with them, what was shown.
    pub(super) fn read() -> Result<Self, Shown> {
        Self::try_parse().map_err(Shown)
    }
}

/// Help, the version, or what is wrong with the command line.
#[derive(Debug)]
pub(super) struct Shown(clap::Error);

impl Shown {
    /// Shows it and gives the exit status.
    pub(super) fn status(&self) -> ExitCode {
        match self.0.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                // A closed pipe is no reason to fail: whoever asked has seen enough.
                let _ = self.0.print();
                ExitCode::SUCCESS
            }
            _ => Failure::Usage(self.sentence()).said(),
        }
    }

    /// The first paragraph, in one line.
    fn sentence(&self) -> String {
        let text = self.0.render().to_string();
        let first: Vec<&str> =
            text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let first = first.join(" ");
        let reason = first.strip_prefix("error: ").unwrap_or(&first);
        format!("{reason}; see `pixelwire --help`")
    }
}

/// An address to listen on: `0.0.0.0:4321`, `[::]:4321`, `192.168.1.5`, `:4321` or `4321`.
fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let port = text.strip_prefix(':').unwrap_or(text).parse();
    let address = text.trim_start_matches('[').trim_end_matches(']').parse();
    text.parse()
        .ok()
        .or_else(|| port.ok().map(|port| SocketAddr::new(any, port)))
        .or_else(|| address.ok().map(|address| SocketAddr::new(address, DEFAULT_PORT)))
        .ok_or_else(|| "an address to listen on is ADDRESS:PORT, such as 0.0.0.0:4321".to_owned())
}

fn target(text: &str) -> Result<Target, String> {
    text.parse()
}

fn group(text: &str) -> Result<IpAddr, String> {
    let address = text.trim_matches(['[', ']']).parse().ok();
    address.filter(IpAddr::is_multicast).ok_or_else(|| {
        "a multicast group is an address from 224.0.0.0 to 239.255.255.255 or from ff00:: on, such as 239.1.2.3".to_owned()
    })
}

fn checked_target(text: &str) -> Result<String, String> {
    target(text).map(|_| text.to_owned())
}

fn protocol(text: &str) -> Result<Protocol, String> {
    match text {
        "pixelwire" => Ok(Protocol::Pixelwire),
        "classic" => Ok(Protocol::Classic),
        "rtp" => Ok(Protocol::Rtp),
        _ => Err("a protocol is pixelwire, classic or rtp".to_owned()),
    }
}

fn transport(text: &str) -> Result<Transport, String> {
    match text {
        "udp" => Ok(Transport::Udp),
        "tcp" => Ok(Transport::Tcp),
        _ => Err("a transport is udp or tcp".to_owned()),
    }
}

fn mode(text: &str) -> Result<Mode, String> {
    match text {
        "deliver" => Ok(Mode::Deliver),
        "live" => Ok(Mode::Live),
        _ => Err("a mode is deliver or live".to_owned()),
    }
}

fn size(text: &str) -> Result<(u32, u32), String> {
    media::parse_size(text).ok_or_else(|| "a size is WIDTHxHEIGHT, such as 1280x720".to_owned())
}

fn packing(text: &str) -> Result<PackedYcbcr, String> {
    match text.parse() {
        Ok(Sampling::Ycbcr(packing)) => Ok(packing),
        _ => {
            Err("sampling is YCbCr422_8 (UYVY), YCbCr422_10 (UYVP) or YCbCr420_8 (I420); leave it \
                  out to send frames in their own samples"
                .to_owned())
        }
    }
}

fn chunk(text: &str) -> Result<Chunk, String> {
    match text.parse() {
        Ok(bytes @ 512..=65_507) => Ok(Chunk::Bytes(bytes)),
        _ => Err("a chunk is 512 to 65507 bytes".to_owned()),
    }
}

fn frames_per_second(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(fps) if (0.001..=10_000.0).contains(&fps) => Ok(fps),
        _ => Err("frames a second are a number from 0.001 to 10000".to_owned()),
    }
}

fn timeout(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.001..=31_536_000.0).contains(seconds))
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| "a timeout is a number of seconds, such as 5".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, Shown> {
        Arguments::try_parse_from(line.split_whitespace()).map_err(Shown)
    }

    fn refused(line: &str) -> String {
        read(line).expect_err("refused").sentence()
    }

    #[test]
    fn the_definition_is_sound() {
        use clap::CommandFactory as _;
        Arguments::command().debug_assert();
    }

    #[test]
    fn receive_listens_on_every_interface_unless_told_otherwise() {
        let Ok(Arguments { command: Some(Command::Receive(receive)), .. }) =
            read("pixelwire receive")
        else {
            panic!("receive");
        };
        assert_eq!(receive.listen.to_string(), "0.0.0.0:4321");
        assert!(receive.frames.is_none() && receive.timeout.is_none() && !receive.json);
    }

    #[test]
    fn a_listening_address_may_be_short() {
        let read = |text| listen_address(text).map(|address| address.to_string());
        assert_eq!(read("127.0.0.1:5000").as_deref(), Ok("127.0.0.1:5000"));
        assert_eq!(read(":5000").as_deref(), Ok("0.0.0.0:5000"));
        assert_eq!(read("5000").as_deref(), Ok("0.0.0.0:5000"));
        assert_eq!(read("10.0.0.1").as_deref(), Ok("10.0.0.1:4321"));
        assert_eq!(read("[::]:5000").as_deref(), Ok("[::]:5000"));
        assert_eq!(read("[::1]").as_deref(), Ok("[::1]:4321"));
        for wrong in ["", ":", "70000", "host:5000", "1.2.3:5000", "127.0.0.1:x"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line_that_names_the_argument() {
        for (line, word) in [
            ("pixelwire receive --size 720x570x2", "720x570x3"),
            ("pixelwire receive --listen nowhere", "0.0.0.0:4321"),
            ("pixelwire receive --frames 0", "--frames"),
            ("pixelwire receive --join 192.168.1.5", "239.1.2.3"),
            ("pixelwire send a.png --to 239.1.2.3 --ttl 0", "--ttl"),
            ("pixelwire send a.png", "--to"),
            ("pixelwire receive --pixel-format UYVY", "--size"),
            ("pixelwire receive --size 8x8 --pixel-format Mono8", "YCbCr422_8"),
            ("pixelwire receive --sdp a.sdp --size 8x8", "--size"),
            ("pixelwire receive --timeout soon", "seconds"),
            ("pixelwire receive --format npy", "--save"),
            ("pixelwire receive --save d --format jpg", "npy"),
            ("pixelwire receive --colour", "--colour"),
            ("pixelwire send", "INPUT"),
            ("pixelwire send a.png --to a --codec png", "lossless"),
            ("pixelwire send a.png --to a --codec jpeg:0", "1 to 100"),
        ] {
            let sentence = refused(line);
            assert!(sentence.contains(word), "{line}: {sentence}");
            assert!(!sentence.contains('\n'), "{line}: {sentence}");
        }
    }

    #[test]
    fn files_and_commands_are_told_apart() {
        let window = read("pixelwire a.png b.png --listen 4321").expect("valid");
        assert_eq!((window.files.len(), window.command.is_none()), (2, true));
        assert!(matches!(read("pixelwire demo").map(|a| a.command), Ok(Some(Command::Demo))));
    }
}
