//! SDP files (RFC 8866), which say what an RTP stream of raw video holds.
//!
//! Of a file the first `m=video` section with an encoding of `raw` counts; everything else, such
//! as sound, is passed over.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use crate::frame::{Matrix, Ycbcr, YcbcrRange};

use super::rtp::{CLOCK_RATE, NotSent, PAYLOAD_TYPE, Sampling, Video};

/// What an SDP file says of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Where its packets go: the UDP port.
    pub port: u16,
    /// What is in it.
    pub video: Video,
}

/// Reads an SDP file.
///
/// # Errors
/// [`SdpError`] when it describes no raw video, or one that we cannot show.
pub fn parse(text: &str) -> Result<Session, SdpError> {
    let mut sections = Vec::new();
    for line in text.lines().map(str::trim) {
        if let Some(media) = line.strip_prefix("m=") {
            sections.push(Section::new(media));
        } else if let (Some(attribute), Some(Some(section))) =
            (line.strip_prefix("a="), sections.last_mut())
        {
            section.take(attribute);
        }
    }
    let raw = sections.iter().flatten().find(|section| section.is_raw);
    raw.ok_or(SdpError::NoRawVideo)?.session()
}

/// Where a stream comes from and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// Who sends it.
    pub origin: IpAddr,
    /// To whom: one receiver or a group.
    pub peer: SocketAddr,
    /// How many networks it may cross, of which the first is the sender's own; means nothing but to groups.
    pub ttl: u8,
}

impl Route {
    /// The receiver as a `c=` line names it: groups of IPv4, and only these, with how far they reach (RFC 8866,
    /// section 5.7).
    fn receiver(&self) -> String {
        match self.peer.ip() {
            IpAddr::V4(group) if group.is_multicast() => format!("IP4 {group}/{}", self.ttl),
            IpAddr::V4(address) => format!("IP4 {address}"),
            IpAddr::V6(address) => format!("IP6 {address}"),
        }
    }
}

/// Writes the SDP file of a stream that goes along `route`.
pub fn write(video: &Video, route: &Route, frames_per_second: f64) -> String {
    let (sampling, depth) = video.sampling().in_sdp();
    let (width, height, port) = (video.width(), video.height(), route.peer.port());
    let kind = video.payload_type.unwrap_or(PAYLOAD_TYPE);
    let origin = route.origin;
    let family = if origin.is_ipv4() { "IP4" } else { "IP6" };
    let receiver = route.receiver();
    let colorimetry = match video.colour.matrix {
        Matrix::Bt601 => "BT601-5",
        Matrix::Bt709 => "BT709-2",
        Matrix::Bt2020 => "BT2020",
        Matrix::Smpte240m => "SMPTE240M",
    };
    format!(
        "v=0\r\n\
         o=- 0 0 IN {family} {origin}\r\n\
         s=Pixelwire\r\n\
         c=IN {receiver}\r\n\
         t=0 0\r\n\
         m=video {port} RTP/AVP {kind}\r\n\
         a=rtpmap:{kind} raw/{CLOCK_RATE}\r\n\
         a=fmtp:{kind} sampling={sampling}; width={width}; height={height}; depth={depth}; \
         colorimetry={colorimetry}\r\n\
         a=framerate:{frames_per_second}\r\n"
    )
}

/// One `m=video` section.
struct Section<'a> {
    port: u16,
    payload_type: &'a str,
    is_raw: bool,
    parameters: &'a str,
    interlaced: bool,
}

impl<'a> Section<'a> {
    /// `None` for other media than video.
    fn new(media: &'a str) -> Option<Self> {
        let mut words = media.split_whitespace();
        let is_video = words.next() == Some("video");
        // A port may be followed by how many there are.
        let port = words.next()?.split('/').next()?.parse().ok()?;
        let payload_type = words.nth(1)?;
        let section = Self { port, payload_type, is_raw: false, parameters: "", interlaced: false };
        is_video.then_some(section)
    }

    fn session(&self) -> Result<Session, SdpError> {
        if self.interlaced {
            return Err(SdpError::Interlaced);
        }
        let number = |name: &'static str| {
            let value = self.parameter(name).ok_or(SdpError::Missing(name))?;
            value.parse::<u32>().map_err(|_| SdpError::unknown(name, value))
        };
        let (width, height) = (number("width")?, number("height")?);
        let mut video = Video::new(width, height, self.sampling()?)?;
        video.payload_type = self.payload_type.parse().ok();
        video.colour = self.colour(Ycbcr::usual(height))?;
        Ok(Session { port: self.port, video })
    }

    /// Takes what an `a=` line says of this section's payload type.
    fn take(&mut self, attribute: &'a str) {
        let Some((key, value)) = attribute.split_once(':') else { return };
        let Some((kind, value)) = value.trim().split_once(' ') else { return };
        if kind != self.payload_type {
            return;
        }
        let value = value.trim();
        match key {
            "rtpmap" => {
                let encoding = value.split('/').next().unwrap_or_default();
                self.is_raw = encoding.eq_ignore_ascii_case("raw");
            }
            "fmtp" => {
                self.parameters = value;
                let is_flag = |word: &str| word.trim().eq_ignore_ascii_case("interlace");
                self.interlaced = value.split(';').any(is_flag);
            }
            _ => {}
        }
    }

    fn sampling(&self) -> Result<Sampling, SdpError> {
        let name = self.parameter("sampling").ok_or(SdpError::Missing("sampling"))?;
        let depth = self.parameter("depth").ok_or(SdpError::Missing("depth"))?;
        let is_meant = |sampling: &Sampling| {
            let (own_name, own_depth) = sampling.in_sdp();
            own_name.eq_ignore_ascii_case(name) && own_depth.to_string() == depth
        };
        let known = Sampling::ALL.into_iter().find(is_meant);
        known.ok_or_else(|| SdpError::unknown("sampling", format!("{name} of {depth} bits")))
    }

    fn colour(&self, usual: Ycbcr) -> Result<Ycbcr, SdpError> {
        let matrix = match self.parameter("colorimetry") {
            None | Some("UNSPECIFIED") => usual.matrix,
            Some("BT601-5" | "BT601") => Matrix::Bt601,
            Some("BT709-2" | "BT709") => Matrix::Bt709,
            Some("BT2020") => Matrix::Bt2020,
            Some("SMPTE240M") => Matrix::Smpte240m,
            // The name says how colours are mixed, which only YCbCr has to know.
            Some(_) if matches!(self.sampling(), Ok(Sampling::Plain(_))) => usual.matrix,
            Some(other) => return Err(SdpError::unknown("colorimetry", other)),
        };
        let range = match self.parameter("RANGE") {
            None | Some("NARROW") => YcbcrRange::Narrow,
            Some("FULL" | "FULLPROTECT") => YcbcrRange::Full,
            Some(other) => return Err(SdpError::unknown("RANGE", other)),
        };
        Ok(Ycbcr { matrix, range })
    }

    fn parameter(&self, name: &str) -> Option<&'a str> {
        let pairs = self.parameters.split(';').filter_map(|pair| pair.split_once('='));
        let mut values = pairs.filter(|(key, _)| key.trim().eq_ignore_ascii_case(name));
        values.next().map(|(_, value)| value.trim())
    }
}

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (width, height) = (self.video.width(), self.video.height());
        write!(f, "{width} x {height} {} on port {}", self.video.sampling(), self.port)
    }
}

/// Why an SDP file does not help; the message says what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdpError {
    /// No section with `raw` video.
    #[error("it describes no raw video (an `m=video` line with `a=rtpmap:… raw/90000`)")]
    NoRawVideo,
    /// A parameter is not there.
    #[error("its `a=fmtp` line does not say the {0}")]
    Missing(&'static str),
    /// A parameter has a value that we do not know.
    #[error("the {parameter} \"{value}\" is not supported")]
    Unknown {
        /// Which parameter.
        parameter: &'static str,
        /// What it says.
        value: String,
    },
    /// Two fields a frame.
    #[error("interlaced video is not supported: let the sender deinterlace it")]
    Interlaced,
    /// A size that RTP does not carry.
    #[error(transparent)]
    Size(#[from] NotSent),
}

impl SdpError {
    fn unknown(parameter: &'static str, value: impl Into<String>) -> Self {
        Self::Unknown { parameter, value: value.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::PackedYcbcr;

    const ST_2110: &str = "v=0\r\no=- 1 1 IN IP4 192.168.1.2\r\ns=Camera\r\nt=0 0\r\n\
        m=audio 5000 RTP/AVP 97\r\na=rtpmap:97 L24/48000\r\n\
        m=video 20000 RTP/AVP 112\r\nc=IN IP4 239.100.9.10/32\r\na=rtpmap:112 raw/90000\r\n\
        a=fmtp:112 sampling=YCbCr-4:2:2; width=1920; height=1080; exactframerate=25; depth=10; \
        TCS=SDR; colorimetry=BT709; PM=2110GPM; SSN=ST2110-20:2017; RANGE=FULL;\r\n";

    #[test]
    fn a_studio_camera_is_understood() {
        let Session { port, video } = parse(ST_2110).expect("valid");
        assert_eq!((port, video.width(), video.height()), (20_000, 1920, 1080));
        assert_eq!(video.sampling(), Sampling::Ycbcr(PackedYcbcr::Ycbcr422In10));
        assert_eq!(video.payload_type, Some(112));
        assert_eq!(video.colour, Ycbcr { matrix: Matrix::Bt709, range: YcbcrRange::Full });
    }

    #[test]
    fn what_is_written_is_read() {
        let route = route([192, 168, 1, 20].into());
        for sampling in Sampling::ALL {
            let mut video = Video::new(640, 480, sampling).expect("valid");
            video.payload_type = Some(PAYLOAD_TYPE);
            let text = write(&video, &route, 30.0);
            assert_eq!(parse(&text), Ok(Session { port: 5004, video }), "{text}");
            assert!(text.contains("c=IN IP4 192.168.1.20\r\n"));
        }
    }

    fn route(to: IpAddr) -> Route {
        Route { origin: IpAddr::from([192, 168, 1, 5]), peer: SocketAddr::new(to, 5004), ttl: 3 }
    }

    #[test]
    fn a_group_is_named_with_how_far_it_reaches() {
        let video = Video::new(640, 480, Sampling::ALL[0]).expect("valid");
        let to = |to: &str| write(&video, &route(to.parse().expect("an address")), 30.0);
        assert!(to("239.1.2.3").contains("c=IN IP4 239.1.2.3/3\r\n"));
        assert!(to("ff15::7").contains("c=IN IP6 ff15::7\r\n"));
    }

    #[test]
    fn what_cannot_be_shown_is_refused_in_words() {
        for (from, to, word) in [
            ("raw/90000", "H264/90000", "raw"),
            ("width=1920; ", "", "width"),
            ("4:2:2", "4:4:4", "YCbCr-4:4:4 of 10 bits"),
            ("depth=10", "depth=12", "12 bits"),
            ("height=1080", "height=99999", "99999"),
            ("TCS=SDR", "interlace", "interlaced"),
            ("colorimetry=BT709", "colorimetry=XYZ", "XYZ"),
        ] {
            let error = parse(&ST_2110.replace(from, to)).expect_err(word).to_string();
            assert!(error.contains(word), "{error}");
        }
        assert_eq!(parse(""), Err(SdpError::NoRawVideo));
        assert!(parse("m=video\na=fmtp:96\nm=\na=").is_err());
    }

    #[test]
    fn without_colorimetry_the_size_decides() {
        let text = ST_2110.replace("colorimetry=BT709; ", "").replace("RANGE=FULL;", "");
        let colour = |text: &str| parse(text).expect("valid").video.colour;
        assert_eq!(colour(&text), Ycbcr::usual(1080));
        assert_eq!(colour(&text.replace("1080", "480")), Ycbcr::usual(480));
    }
}
