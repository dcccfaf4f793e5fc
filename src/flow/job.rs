//! What a sender chooses for a job: protocol, mode, chunk size and rate.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{fec, limits};

/// How the two ends speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Protocol {
    /// The 12-byte header of small OpenCV scripts.
    Classic,
    /// Self-describing packets, resend, digest, reports.
    #[default]
    Pixelwire,
    /// Uncompressed video over RTP (RFC 4175), as GStreamer and studio tools speak it.
    Rtp,
}

impl Protocol {
    /// The name that the command line and the window use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Pixelwire => "pixelwire",
            Self::Rtp => "rtp",
        }
    }
}

/// Over what packets travel.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Each packet is a datagram, which may be lost.
    #[default]
    Udp,
    /// Packets follow one another through a connection, which loses none (pixelwire only).
    Tcp,
}

impl Transport {
    /// The name that the command line uses.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }
}

/// What a sender promises for each frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Every frame arrives whole and bit-exact, or the sender is told which did not.
    #[default]
    Deliver,
    /// The newest whole frame wins; what is late is shown damaged or skipped.
    Live,
}

impl Mode {
    /// The name that the command line and the window use.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deliver => "deliver",
            Self::Live => "live",
        }
    }

    /// Payload bytes of each packet over TCP, unless somebody chooses.
    pub const fn tcp_chunk(self) -> u16 {
        match self {
            Self::Deliver => limits::TCP_CHUNK,
            Self::Live => limits::TCP_LIVE_CHUNK,
        }
    }
}

/// How fast packets leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rate {
    /// Follow the receiver's reports of what really arrives.
    #[default]
    Auto,
    /// As fast as the socket takes them, whatever is lost.
    Max,
    /// At most so many megabits of datagrams a second.
    Fixed(f64),
}

impl Rate {
    /// Bytes a second of a rate that follows nobody's reports, `Auto` meaning `auto_megabits`.
    pub(super) fn bytes_per_second(self, auto_megabits: f64) -> f64 {
        match self {
            Self::Auto => auto_megabits * BYTES_PER_MEGABIT,
            Self::Max => UNBOUNDED,
            Self::Fixed(megabits) => megabits * BYTES_PER_MEGABIT,
        }
    }
}

const BYTES_PER_MEGABIT: f64 = 125_000.0;
/// Faster than any socket.
const UNBOUNDED: f64 = 1e12;

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "max" => Ok(Self::Max),
            _ => match text.parse() {
                Ok(megabits) if (0.01..=400_000.0).contains(&megabits) => Ok(Self::Fixed(megabits)),
                _ => Err("a rate is `auto`, `max` or megabits a second, such as 940".to_owned()),
            },
        }
    }
}

/// How much parity goes with each frame, so that lost packets need not be sent again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fec {
    /// None.
    #[default]
    Off,
    /// As much as the receiver's reports of loss suggest; none while nothing is lost.
    Auto,
    /// Enough for the loss of this share of a frame's packets, 0 to [`fec::MOST_SHARE`].
    Share(f64),
}

impl FromStr for Fec {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let most = fec::MOST_SHARE * 100.0;
        match text {
            "off" => Ok(Self::Off),
            "auto" => Ok(Self::Auto),
            _ => match text.strip_suffix('%').unwrap_or(text).trim_end().parse() {
                Ok(percent) if (0.1..=most).contains(&percent) => Ok(Self::Share(percent / 100.0)),
                _ => Err(format!(
                    "parity is `off`, `auto` or the percentage of packets that may be lost, \
                     0.1 to {most}, such as 10%"
                )),
            },
        }
    }
}

/// Width, height and channels of frames whose protocol does not say them, as a user types them:
/// `720x570x3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Geometry {
    /// Pixels in a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// 1 grey, 3 BGR, 4 BGRA.
    pub channels: u8,
}

impl Geometry {
    /// Bytes of a frame of this geometry with 8-bit samples.
    pub fn bytes(self) -> u64 {
        u64::from(self.width) * u64::from(self.height) * u64::from(self.channels)
    }
}

impl fmt::Display for Geometry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.width, self.height, self.channels)
    }
}

impl FromStr for Geometry {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a size is WIDTHxHEIGHTxCHANNELS with 1, 3 or 4 channels, such as 720x570x3";
        let lower = text.trim().to_ascii_lowercase();
        let mut parts = lower.split(['x', '×']).map(str::trim);
        let mut side = || parts.next().and_then(|part| part.parse::<u32>().ok()).filter(|&n| n > 0);
        let (width, height) = side().zip(side()).ok_or_else(wrong)?;
        let channels = match parts.next() {
            None | Some("3") => 3,
            Some("1") => 1,
            Some("4") => 4,
            Some(_) => return Err(wrong().to_owned()),
        };
        match parts.next() {
            None => Ok(Self { width, height, channels }),
            Some(_) => Err(wrong().to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn geometry_is_read_as_typed() {
        let star = Geometry { width: 720, height: 570, channels: 3 };
        assert_eq!("720x570x3".parse(), Ok(star));
        assert_eq!(" 720 x 570".parse(), Ok(star));
        assert_eq!(star.to_string().parse(), Ok(star));
        assert_eq!(star.bytes(), 1_231_200);
        for wrong in ["", "720", "0x5x3", "720x570x2", "720x570x3x1", "-1x5x3", "axb"] {
            assert!(wrong.parse::<Geometry>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn parity_is_a_word_or_the_share_that_may_be_lost() {
        assert_eq!("off".parse(), Ok(Fec::Off));
        assert_eq!("auto".parse(), Ok(Fec::Auto));
        assert_eq!("10%".parse(), Ok(Fec::Share(0.1)));
        assert_eq!("2.5".parse(), Ok(Fec::Share(0.025)));
        for wrong in ["", "on", "0", "51%", "-3", "NaN", "10%%"] {
            assert!(wrong.parse::<Fec>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_rate_is_a_word_or_a_number_of_megabits() {
        assert_eq!("auto".parse(), Ok(Rate::Auto));
        assert_eq!("940".parse(), Ok(Rate::Fixed(940.0)));
        for wrong in ["", "fast", "0", "-3", "NaN", "inf"] {
            assert!(wrong.parse::<Rate>().is_err(), "{wrong}");
        }
    }
}
