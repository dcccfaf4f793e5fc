//! Before Send: what may go wrong, each with the one press that mends it.

mod codec;

use crate::app::figures;
use crate::app::settings::SendSettings;
use crate::flow::{Mode, Protocol, Rate, Transport};
use crate::frame::codec::{Codec, Compression};
use crate::frame::{self, PackedYcbcr, PixelFormat};
use crate::net::{Reach, ReachVerdict};

use super::connection::Frame;
use super::estimate::{self, Totals};
use super::fragments::ChunkMeaning;
use super::link::Link;
use super::row::{Facts, Row};
use super::{Action, SendTab};

/// Something that may go wrong.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Warning {
    pub(super) text: String,
    /// What the button says, and what it does.
    pub(super) mend: Option<(String, Action)>,
}

/// What a job will meet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'a> {
    pub(super) settings: &'a SendSettings,
    /// As it is used; other protocols than ours have none.
    pub(super) compression: Compression,
    /// The same of the samples that RTP carries.
    pub(super) packing: Option<PackedYcbcr>,
    pub(super) totals: Totals,
    /// The entry with the largest frames, and whether it is one of many frames.
    pub(super) largest: Option<(Facts, bool)>,
    pub(super) link: Link,
    pub(super) meaning: ChunkMeaning,
    /// A pixel format among them that a JPEG cannot hold.
    pub(super) unfit: Option<PixelFormat>,
    /// What a test of the connection found.
    pub(super) reach: Option<&'a Reach>,
    /// Whether a camera or the screen is among the entries.
    pub(super) records: bool,
    /// Entries that cannot be read.
    pub(super) unreadable: usize,
    /// Whether a target is typed.
    pub(super) has_target: bool,
}

impl<'a> Situation<'a> {
    /// What the next press of Send will meet.
    pub(super) fn of(tab: &'a SendTab) -> Self {
        let due = tab.list.due();
        let rows = due.iter().filter_map(|id| tab.list.get(*id));
        let facts = rows.filter_map(|row| row.facts.map(|facts| (facts, row.is_sequence())));
        let facts: Vec<(Facts, bool)> = facts.collect();
        let mut unfit = facts.iter().map(|(facts, _)| facts.format);
        Self {
            settings: &tab.form.settings,
            compression: tab.form.compression(),
            packing: tab.form.packing(),
            unfit: unfit.find(|format| !Codec::Jpeg.holds(*format)),
            totals: tab.list.totals(&due),
            largest: facts.iter().copied().max_by_key(|(facts, _)| frame_bytes(facts)),
            link: tab.link(),
            meaning: tab.chunk_meaning(),
            reach: tab.test.reach(),
            records: due.iter().filter_map(|id| tab.list.get(*id)).any(Row::records),
            unreadable: tab.list.unreadable(),
            has_target: tab.form.target().is_ok(),
        }
    }

    /// Everything that may go wrong, the worst first.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        [
            self.no_way(),
            self.unreadable_files(),
            self.unfit_for_jpeg(),
            self.chunk_too_large(),
            self.too_many_frames(),
            self.one_image_live(),
            self.device_delivered(),
            self.small_buffer(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// The largest of the frames, or a usual one.
    pub(super) fn frame(&self) -> Frame {
        self.largest.map_or_else(Frame::default, |(facts, _)| Frame {
            name: format!("{} {}", figures::size(facts.width, facts.height), facts.format),
            bytes: frame_bytes(&facts),
        })
    }

    fn over_tcp(&self) -> bool {
        self.settings.transport() == Transport::Tcp
    }

    fn no_way(&self) -> Option<Warning> {
        if !self.has_target || self.link.leads_there {
            return None;
        }
        Some(match self.settings.source {
            Some(source) => warning(
                format!("{source} is not an address of this PC now, so nothing can leave from it"),
                "Choose automatically",
                Action::SetSource(None),
            ),
            None => Warning {
                text: "No network of this PC leads there: check the cable and the address"
                    .to_owned(),
                mend: None,
            },
        })
    }

    fn unreadable_files(&self) -> Option<Warning> {
        let (text, label) = match self.unreadable {
            0 => return None,
            1 => ("1 entry cannot be read".to_owned(), "Remove it"),
            more => (format!("{more} entries cannot be read"), "Remove them"),
        };
        Some(warning(text, label, Action::RemoveUnreadable))
    }

    /// Classic chunks are in fragments by custom, and over TCP none is lost for a piece.
    fn chunk_too_large(&self) -> Option<Warning> {
        let classic = self.settings.protocol == Protocol::Classic;
        if classic || self.over_tcp() || self.link.loopback {
            return None;
        }
        let way = self.reach.and_then(|reach| reach.path_mtu).unwrap_or(self.link.mtu);
        let link = Link { mtu: way.min(self.link.mtu), ..self.link };
        let fitting = ChunkMeaning::of(None, Protocol::Pixelwire, link).chunk;
        if self.meaning.chunk <= fitting {
            return None;
        }
        let chunk = figures::thousands(u64::from(self.meaning.chunk));
        let fits = figures::thousands(u64::from(fitting));
        // What is automatic follows the interface, which does not know of a narrow way.
        let choice = if way < self.link.mtu { u16::try_from(fitting).ok() } else { None };
        let text = format!("Chunks of {chunk} B travel in pieces, and one lost piece loses all");
        Some(warning(text, &format!("Use {fits}"), Action::SetChunk(choice)))
    }

    fn too_many_frames(&self) -> Option<Warning> {
        let (facts, sequence) = self.largest?;
        let many = sequence || self.totals.frames > 1 || self.settings.repeat;
        let wanted = self.wanted_frames(facts).filter(|_| many && !self.link.loopback)?;
        let link = self.link.mbps? as f64;
        let (mbps, what) = match self.settings.rate {
            Rate::Fixed(rate) if rate < link => (rate, "the rate"),
            _ => (link, "this link"),
        };
        let cost = self.meaning.cost(self.settings.protocol);
        let raw = cost.frames_per_second(frame_bytes(&facts), mbps);
        let carried = raw * estimate::expected_ratio(self.compression, self.packing);
        if carried >= wanted {
            return None;
        }
        let text = format!(
            "{} frames a second are wanted, and {what} carries {} of {}",
            estimate::rate(wanted),
            estimate::rate(carried),
            figures::size(facts.width, facts.height)
        );
        if let Some((label, compression)) = self.smaller(raw, wanted) {
            return Some(warning(text, label, Action::SetCompression(compression)));
        }
        let rounded =
            if carried >= 1.0 { carried.floor() } else { (carried * 10.0).floor() / 10.0 };
        if rounded < 0.1 {
            return Some(Warning { text, mend: None });
        }
        let label = format!("Send at {rounded} a second");
        Some(warning(text, &label, Action::SetFramesPerSecond(Some(rounded))))
    }

    /// The frames a second that are asked for, where they are known before it begins.
    fn wanted_frames(&self, facts: Facts) -> Option<f64> {
        let live = self.settings.mode == Mode::Live
            && self.settings.protocol == Protocol::Pixelwire
            && facts.frames.is_none();
        self.settings.frames_per_second.or(live.then_some(LIVE_FRAMES))
    }

    fn one_image_live(&self) -> Option<Warning> {
        let Totals { frames, endless, .. } = self.totals;
        let single = frames == 1 && !endless && !self.settings.repeat;
        let live = self.settings.mode == Mode::Live;
        let own = self.settings.protocol == Protocol::Pixelwire;
        (single && live && own).then(|| {
            let text = "A single image sent live may stay damaged: nothing is sent after it";
            warning(text.to_owned(), "Use Deliver", Action::SetMode(Mode::Deliver))
        })
    }

    fn device_delivered(&self) -> Option<Warning> {
        let own = self.settings.protocol == Protocol::Pixelwire;
        (self.records && own && self.settings.mode == Mode::Deliver).then(|| {
            let text = "A camera or screen falls behind while each of its frames is waited for";
            warning(text.to_owned(), "Use Live", Action::SetMode(Mode::Live))
        })
    }

    fn small_buffer(&self) -> Option<Warning> {
        let reach = self.reach.filter(|reach| reach.verdict == ReachVerdict::Listening)?;
        if self.over_tcp() {
            return None;
        }
        let buffer = u64::from(reach.receive_buffer?);
        let frame = self.largest.map(|(facts, _)| frame_bytes(&facts))?;
        if buffer >= SMALL_BUFFER || frame <= buffer {
            return None;
        }
        let (buffer, frame) = (figures::buffer_bytes(buffer), figures::bytes(frame));
        match self.settings.rate {
            Rate::Fixed(_) | Rate::Max => {
                let text = format!(
                    "The other PC's receive buffer holds {buffer} of a frame of {frame}: \
                     a rate that does not follow may overrun it"
                );
                Some(warning(text, "Use rate Auto", Action::SetRate(Rate::Auto)))
            }
            Rate::Auto if self.settings.mode == Mode::Live => {
                let text = format!(
                    "The other PC's receive buffer holds {buffer} of a frame of {frame}: \
                     enlarge it there (Linux)"
                );
                let command = Action::CopyText(ENLARGE.to_owned());
                Some(warning(text, "Copy the command", command))
            }
            Rate::Auto => None,
        }
    }
}

fn warning(text: String, label: &str, action: Action) -> Warning {
    Warning { text, mend: Some((label.to_owned(), action)) }
}

/// Pixel bytes of one frame.
fn frame_bytes(facts: &Facts) -> u64 {
    frame::byte_length(facts.width, facts.height, facts.format).map_or(0, |bytes| bytes as u64)
}

/// The frames a second of a live source that does not say any.
const LIVE_FRAMES: f64 = 30.0;
/// Below this a receive buffer is one that a system gives to who does not ask.
const SMALL_BUFFER: u64 = 1 << 20;
const ENLARGE: &str = "sudo sysctl -w net.core.rmem_max=8388608";

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::super::connection::tests::reach;
    use super::super::link::ETHERNET;
    use super::*;
    use crate::frame::PixelFormat;

    pub(super) const GIGABIT: Link = Link { mbps: Some(1000), ..ETHERNET };

    fn full_hd(frames: Option<u64>) -> Facts {
        let (width, height, format) = (1920, 1080, PixelFormat::BGR8);
        let bytes = 1920 * 1080 * 3 * frames.unwrap_or(1);
        Facts { width, height, format, frames, bytes }
    }

    /// The warnings of a job of 1080p colour.
    pub(super) fn warnings(
        settings: &SendSettings,
        frames: Option<u64>,
        link: Link,
    ) -> Vec<Warning> {
        warnings_after(settings, frames, link, None)
    }

    fn warnings_after(
        settings: &SendSettings,
        frames: Option<u64>,
        link: Link,
        reach: Option<&Reach>,
    ) -> Vec<Warning> {
        let facts = full_hd(frames);
        Situation {
            settings,
            compression: settings.compression,
            packing: None,
            unfit: None,
            totals: Totals {
                frames: frames.unwrap_or(0),
                bytes: facts.bytes,
                endless: frames.is_none(),
                unread: 0,
            },
            largest: Some((facts, frames != Some(1))),
            link,
            meaning: ChunkMeaning::of(settings.chunk, settings.protocol, link),
            reach,
            records: frames.is_none() && settings.frames_per_second.is_none(),
            unreadable: 0,
            has_target: true,
        }
        .warnings()
    }

    pub(super) fn only(warnings: Vec<Warning>) -> (String, Option<(String, Action)>) {
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        warnings.into_iter().next().map(|one| (one.text, one.mend)).expect("one")
    }

    pub(super) fn mend(label: &str, action: Action) -> (String, Action) {
        (label.to_owned(), action)
    }

    #[test]
    fn a_job_that_is_as_it_should_be_is_not_warned_of() {
        assert_eq!(warnings(&SendSettings::default(), Some(24), GIGABIT), []);
        let live = SendSettings {
            mode: Mode::Live,
            frames_per_second: Some(18.0),
            ..SendSettings::default()
        };
        assert_eq!(warnings(&live, None, GIGABIT), []);
    }

    #[test]
    fn more_frames_than_the_link_carries_are_mended_to_what_it_carries() {
        // 6,756,868 B each on the wire: 18.4997 a second at 1 Gb/s.
        let live = SendSettings {
            mode: Mode::Live,
            frames_per_second: Some(300.0),
            ..SendSettings::default()
        };
        let (text, button) = only(warnings(&live, None, GIGABIT));
        let said = "300 frames a second are wanted, and this link carries 18.4 of 1920 × 1080";
        assert_eq!(text, said);
        assert_eq!(
            button,
            Some(mend("Send at 18 a second", Action::SetFramesPerSecond(Some(18.0))))
        );
        // At 10 Mb/s it is 0.18 a second.
        let slow = SendSettings { rate: Rate::Fixed(10.0), ..live.clone() };
        let (text, button) = only(warnings(&slow, None, GIGABIT));
        assert!(text.contains("the rate carries 0.18 of"), "{text}");
        assert_eq!(
            button,
            Some(mend("Send at 0.1 a second", Action::SetFramesPerSecond(Some(0.1))))
        );
        let unknown = Link { mbps: None, ..GIGABIT };
        assert_eq!(warnings(&live, None, unknown), []);
    }

    #[test]
    fn a_chunk_above_the_mtu_is_mended_to_the_largest_that_fits() {
        let large = SendSettings { chunk: Some(4000), ..SendSettings::default() };
        let (text, button) = only(warnings(&large, Some(1), GIGABIT));
        assert!(text.contains("4,000 B"), "{text}");
        assert_eq!(button, Some(mend("Use 1,416", Action::SetChunk(None))));
        let mut narrow = reach(ReachVerdict::Listening);
        narrow.path_mtu = Some(1400);
        let settings = SendSettings::default();
        let (_, button) = only(warnings_after(&settings, Some(1), GIGABIT, Some(&narrow)));
        assert_eq!(button, Some(mend("Use 1,316", Action::SetChunk(Some(1316)))));
        let tcp = SendSettings { transport: Transport::Tcp, ..large.clone() };
        assert_eq!(warnings(&tcp, Some(1), GIGABIT), []);
        let classic = SendSettings { protocol: Protocol::Classic, ..large };
        assert_eq!(warnings(&classic, Some(1), GIGABIT), []);
    }

    #[test]
    fn a_single_image_is_better_delivered() {
        let live = SendSettings { mode: Mode::Live, ..SendSettings::default() };
        let (_, button) = only(warnings(&live, Some(1), GIGABIT));
        assert_eq!(button, Some(mend("Use Deliver", Action::SetMode(Mode::Deliver))));
        let repeat = SendSettings { repeat: true, ..live };
        assert_eq!(warnings(&repeat, Some(1), GIGABIT), []);
    }

    #[test]
    fn a_camera_is_better_sent_live() {
        let (_, button) = only(warnings(&SendSettings::default(), None, GIGABIT));
        assert_eq!(button, Some(mend("Use Live", Action::SetMode(Mode::Live))));
    }

    #[test]
    fn a_small_buffer_there_is_mended_by_a_rate_that_follows() {
        let small = reach(ReachVerdict::Listening);
        let fixed = SendSettings { rate: Rate::Fixed(900.0), ..SendSettings::default() };
        let (text, button) = only(warnings_after(&fixed, Some(2), GIGABIT, Some(&small)));
        assert!(text.contains("208 KiB") && text.contains("6.2 MB"), "{text}");
        assert_eq!(button, Some(mend("Use rate Auto", Action::SetRate(Rate::Auto))));
        let automatic = SendSettings::default();
        assert_eq!(warnings_after(&automatic, Some(2), GIGABIT, Some(&small)), []);
    }

    #[test]
    fn a_target_that_no_interface_leads_to_is_said() {
        let nowhere = Link { leads_there: false, ..ETHERNET };
        let (text, button) = only(warnings(&SendSettings::default(), Some(1), nowhere));
        assert!(text.contains("No network of this PC leads there") && button.is_none(), "{text}");
        let gone = IpAddr::from([10, 0, 0, 7]);
        let chosen = SendSettings { source: Some(gone), ..SendSettings::default() };
        let (_, button) = only(warnings(&chosen, Some(1), nowhere));
        assert_eq!(button, Some(mend("Choose automatically", Action::SetSource(None))));
    }
}
