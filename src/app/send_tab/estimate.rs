//! What a job will take, and how much of it is left.

use std::time::Duration;

use crate::app::figures;
use crate::flow::{Protocol, Rate};
use crate::frame::PackedYcbcr;
use crate::frame::codec::Compression;
use crate::net::SendStatus;

use super::fragments::ChunkMeaning;
use super::link::Link;
use super::row::Row;

/// What several entries amount to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    /// Frames of the entries that have an end.
    pub(super) frames: u64,
    /// Their pixel bytes; of an endless entry, those of one frame.
    pub(super) bytes: u64,
    /// Whether any of them has no end.
    pub(super) endless: bool,
    /// Entries that nobody has looked at yet.
    pub(super) unread: usize,
}

impl Totals {
    /// The sum over `rows`.
    pub(super) fn of<'a>(rows: impl Iterator<Item = &'a Row>) -> Self {
        rows.fold(Self::default(), |sum, row| match row.facts {
            Some(facts) => Self {
                frames: sum.frames + facts.frames.unwrap_or(0),
                bytes: sum.bytes.saturating_add(facts.bytes),
                endless: sum.endless || facts.frames.is_none(),
                unread: sum.unread,
            },
            None => Self { unread: sum.unread + usize::from(!row.looked_at), ..sum },
        })
    }

    /// The bytes, when they are the whole truth.
    pub(super) fn exact_bytes(self) -> Option<u64> {
        (!self.endless && self.unread == 0).then_some(self.bytes)
    }
}

/// The pace at which a job is to be sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pace {
    pub(super) protocol: Protocol,
    pub(super) rate: Rate,
    pub(super) frames_per_second: Option<f64>,
    pub(super) repeat: bool,
    pub(super) compression: Compression,
    pub(super) packing: Option<PackedYcbcr>,
}

/// One line that says what a job will take: `24 frames, 149 MB, about 1.3 s at 1 Gb/s`.
pub(super) fn summary(totals: Totals, pace: Pace, meaning: ChunkMeaning, link: Link) -> String {
    let frames = match totals.frames {
        1 => "1 frame".to_owned(),
        frames => format!("{} frames", figures::thousands(frames)),
    };
    let bytes = figures::bytes(totals.bytes);
    if totals.endless || pace.repeat {
        let each = if totals.endless { "until you cancel" } else { "again and again" };
        return match totals.frames {
            0 => format!("A stream without end, {bytes} a frame"),
            _ => format!("{frames}, {bytes}, {each}"),
        };
    }
    let Some(megabits) = megabits(pace.rate, link) else {
        return format!("{frames}, {bytes}");
    };
    let smaller = (totals.bytes as f64 / expected_ratio(pace.compression, pace.packing)) as u64;
    let on_wire = meaning.cost(pace.protocol).bytes(smaller);
    let wire_seconds = on_wire as f64 * 8.0 / (megabits * 1e6);
    let paced_seconds = pace
        .frames_per_second
        .map_or(0.0, |each_second| totals.frames.saturating_sub(1) as f64 / each_second);
    let how = if paced_seconds > wire_seconds {
        format!("{} frames a second", pace.frames_per_second.unwrap_or_default())
    } else {
        speed(megabits)
    };
    match Duration::try_from_secs_f64(wire_seconds.max(paced_seconds)) {
        Ok(time) => {
            // How small they become nobody knows before.
            let about = if pace.compression == Compression::Raw { "about" } else { "perhaps" };
            format!("{frames}, {bytes}, {about} {} at {how}", figures::duration(time))
        }
        Err(_) => format!("{frames}, {bytes}"),
    }
}

/// How many times smaller a photograph becomes, cautiously; drawings and screens become smaller
/// still. Samples that share their colour are smaller than the pixels that they stand for by just so much.
pub(super) fn expected_ratio(compression: Compression, packing: Option<PackedYcbcr>) -> f64 {
    if let Some(packing) = packing {
        let (columns, rows) = packing.group_size();
        return f64::from(columns * rows * 3) / packing.group_bytes() as f64;
    }
    match compression {
        Compression::Raw => 1.0,
        Compression::Lossless => 1.7,
        Compression::Jpeg(..=90) => 10.0,
        Compression::Jpeg(_) => 4.0,
    }
}

/// A link's speed as it is printed on the box: `1 Gb/s`, `2.5 Gb/s`, `100 Mb/s`.
pub(super) fn speed(megabits: f64) -> String {
    if megabits >= 1000.0 {
        format!("{} Gb/s", (megabits / 100.0).round() / 10.0)
    } else {
        format!("{megabits} Mb/s")
    }
}

/// Frames a second, rounded down: no more are promised than fit. `18.4`, `141`, `0.18`.
pub(super) fn rate(frames: f64) -> String {
    let steps = match frames {
        _ if frames < 1.0 => 100.0,
        _ if frames < 100.0 => 10.0,
        _ => 1.0,
    };
    format!("{}", (frames * steps).floor() / steps)
}

/// How long the rest of `total` bytes takes at the present throughput; `None` while that is not
/// known, or means nothing yet.
pub(super) fn time_left(total: u64, status: &SendStatus) -> Option<Duration> {
    remaining(total.saturating_sub(status.bytes_sent), status.throughput_mbps)
}

/// How long `bytes` take at `megabits` a second.
pub(super) fn remaining(bytes: u64, megabits: f64) -> Option<Duration> {
    if megabits < SLOWEST {
        return None;
    }
    Duration::try_from_secs_f64(bytes as f64 * 8.0 / (megabits * 1e6)).ok()
}

fn megabits(rate: Rate, link: Link) -> Option<f64> {
    let link = link.mbps.map(|mbps| mbps as f64);
    match rate {
        Rate::Fixed(megabits) => Some(link.map_or(megabits, |link| megabits.min(link))),
        Rate::Auto | Rate::Max => link,
    }
}

/// Below this throughput, in megabits a second, a time left is a guess and not shown.
const SLOWEST: f64 = 0.001;

#[cfg(test)]
mod tests {
    use super::super::link::ETHERNET;
    use super::super::row::tests::row;
    use super::*;

    const LINK: Link = Link { mbps: Some(1000), ..ETHERNET };
    const PACE: Pace = Pace {
        protocol: Protocol::Pixelwire,
        rate: Rate::Auto,
        frames_per_second: None,
        repeat: false,
        compression: Compression::Raw,
        packing: None,
    };

    fn say(totals: Totals, pace: Pace, link: Link) -> String {
        summary(totals, pace, ChunkMeaning::of(None, Protocol::Pixelwire, link), link)
    }

    #[test]
    fn the_summary_counts_headers_and_the_links_speed() {
        let totals = Totals { frames: 24, bytes: 149_000_000, ..Totals::default() };
        assert_eq!(say(totals, PACE, LINK), "24 frames, 149 MB, about 1.3 s at 1 Gb/s");
        let fixed = Pace { rate: Rate::Fixed(100.0), ..PACE };
        assert_eq!(say(totals, fixed, LINK), "24 frames, 149 MB, about 12 s at 100 Mb/s");
        let jpeg = Pace { compression: Compression::Jpeg(85), ..fixed };
        assert_eq!(say(totals, jpeg, LINK), "24 frames, 149 MB, perhaps 1.3 s at 100 Mb/s");
        let half = Pace { packing: Some(PackedYcbcr::Ycbcr420In8), ..fixed };
        assert_eq!(say(totals, half, LINK), "24 frames, 149 MB, about 6.5 s at 100 Mb/s");
        let unknown = Link { mbps: None, ..LINK };
        assert_eq!(say(totals, PACE, unknown), "24 frames, 149 MB");
    }

    #[test]
    fn frame_rates_are_rounded_down() {
        for (frames, said) in [(18.4997, "18.4"), (30.0, "30"), (141.9, "141"), (0.185, "0.18")] {
            assert_eq!(rate(frames), said);
        }
    }

    #[test]
    fn frames_a_second_rule_when_they_are_slower_than_the_wire() {
        let totals = Totals { frames: 31, bytes: 1_000_000, ..Totals::default() };
        let paced = Pace { frames_per_second: Some(10.0), ..PACE };
        let said = say(totals, paced, LINK);
        assert_eq!(said, "31 frames, 1.0 MB, about 3.0 s at 10 frames a second");
    }

    #[test]
    fn what_has_no_end_has_no_duration() {
        let totals = Totals { endless: true, bytes: 2_764_800, ..Totals::default() };
        assert_eq!(say(totals, PACE, LINK), "A stream without end, 2.8 MB a frame");
        let loops = Totals { frames: 2, bytes: 2_000_000, ..Totals::default() };
        let repeat = Pace { repeat: true, ..PACE };
        assert_eq!(say(loops, repeat, LINK), "2 frames, 2.0 MB, again and again");
    }

    #[test]
    fn entries_add_up_and_the_unread_ones_are_counted() {
        let (image, pattern) = (row(Some(1)), row(None));
        let unread = Row::new(image.id, image.origin.clone());
        let totals = Totals::of([&image, &unread].into_iter());
        assert_eq!((totals.frames, totals.bytes, totals.unread), (1, 24, 1));
        assert_eq!(totals.exact_bytes(), None);
        assert!(Totals::of([&image, &pattern].into_iter()).endless);
        assert_eq!(Totals::of([&image].into_iter()).exact_bytes(), Some(24));
    }

    #[test]
    fn the_time_left_is_the_rest_at_the_present_throughput() {
        let status =
            SendStatus { bytes_sent: 25_000_000, throughput_mbps: 800.0, ..SendStatus::default() };
        assert_eq!(time_left(125_000_000, &status), Some(Duration::from_secs(1)));
        assert_eq!(time_left(0, &status), Some(Duration::ZERO));
        assert_eq!(time_left(125_000_000, &SendStatus::default()), None);
    }
}
