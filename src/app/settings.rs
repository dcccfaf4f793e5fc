//! What the window remembers between two runs, as a TOML file in the user's configuration folder.
//!
//! Reading never fails: what is missing, out of range or broken becomes its default, and a broken
//! file is kept beside the new one. Writing is atomic, so that a crash leaves the old file.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use serde::{Deserialize, Serialize};

use crate::flow::fec::MOST_SHARE;
use crate::flow::{Fec, Mode, Protocol, Rate, Transport};
use crate::frame::PackedYcbcr;
use crate::frame::codec::Compression;
use crate::wire::DEFAULT_PORT;

/// Everything that is remembered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light, dark, or as the system has it.
    pub theme: ThemeChoice,
    /// How large everything is drawn, 1 being the normal size.
    pub text_scale: f32,
    /// Whether PCs of one network find each other: announce what listens, list who does.
    pub find_each_other: bool,
    /// Whether the window asks for attention when something ends while it is in the background.
    pub notices: bool,
    /// Whether nothing in the window moves by itself.
    pub reduced_motion: bool,
    /// The Send tab's choices.
    pub send: SendSettings,
    /// The Receive tab's choices.
    pub receive: ReceiveSettings,
}

/// Which theme the window wears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// The Send tab's choices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SendSettings {
    /// To whom: a name or an address, as typed.
    pub host: String,
    /// The target's port.
    pub port: u16,
    /// Earlier targets as `host:port`, the newest first; at most [`MAX_RECENT`].
    pub recent: Vec<String>,
    /// How the two ends speak.
    pub protocol: Protocol,
    /// What is promised for each frame.
    pub mode: Mode,
    /// Payload bytes of each packet; `None` is what fits the link.
    pub chunk: Option<u16>,
    /// Frames a second of sequences; `None` is as fast as they go.
    pub frames_per_second: Option<f64>,
    /// Whether sequences start again at their end.
    pub repeat: bool,
    /// How frames are made smaller.
    pub compression: Compression,
    /// How much parity goes with each frame.
    pub fec: Fec,
    /// How fast packets leave.
    pub rate: Rate,
    /// The address of this PC to send from; `None` is as its routes have it.
    pub source: Option<std::net::IpAddr>,
    /// Over what our own protocol travels.
    pub transport: Transport,
    /// The samples that RTP carries; `None` is the pixels as they are.
    pub packing: Option<PackedYcbcr>,
}

/// The Receive tab's choices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReceiveSettings {
    /// The address to bind; unspecified is every interface.
    pub address: String,
    /// The port to bind.
    pub port: u16,
    /// The geometry of classic frames as typed, empty to infer it.
    pub geometry: String,
    /// Whether live frames with missing parts are shown.
    pub show_damaged: bool,
    /// Whether listening begins with the program.
    pub listen_at_start: bool,
}

impl Settings {
    /// Where the settings lie on this machine; `None` where the user has no home.
    pub fn path() -> Option<PathBuf> {
        let folders = ProjectDirs::from("", "", "pixelwire")?;
        Some(folders.config_dir().join("settings.toml"))
    }

    /// Reads the settings file of this user.
    pub fn load() -> Self {
        Self::path().map_or_else(Self::default, |path| Self::load_from(&path))
    }

    /// Reads `path`. A file that cannot be understood is kept as `*.broken`.
    pub fn load_from(path: &Path) -> Self {
        let Ok(bytes) = fs::read(path) else {
            return Self::default();
        };
        let parsed = String::from_utf8(bytes).ok().and_then(|text| toml::from_str(&text).ok());
        let settings: Option<Self> = parsed;
        settings.map_or_else(
            || {
                // Should this fail, the next save overwrites the file: nothing worse than before.
                let _ = fs::rename(path, sibling(path, "broken"));
                Self::default()
            },
            Self::sanitised,
        )
    }

    /// Writes the settings file of this user.
    ///
    /// # Errors
    /// When the user has no configuration folder, or it cannot be written.
    pub fn save(&self) -> io::Result<()> {
        let path = Self::path().ok_or_else(|| {
            io::Error::new(io::ErrorKind::NotFound, "this user has no configuration folder")
        })?;
        self.save_to(&path)
    }

    /// Writes `path` in one step: it holds the old settings or the new ones, never half of them.
    ///
    /// # Errors
    /// When the folder cannot be made or the file not be written.
    pub fn save_to(&self, path: &Path) -> io::Result<()> {
        let text = toml::to_string(self).map_err(io::Error::other)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Two windows may save at the same moment: each writes a file of its own first.
        let temporary = sibling(path, &format!("{}.new", std::process::id()));
        let written = write_through(&temporary, &text).and_then(|()| fs::rename(&temporary, path));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn sanitised(mut self) -> Self {
        if !TEXT_SCALES.contains(&self.text_scale) {
            self.text_scale = Self::default().text_scale;
        }
        self.send.sanitise();
        self.receive.sanitise();
        self
    }
}

impl SendSettings {
    /// Puts `target` first among the recent ones.
    pub fn remember(&mut self, target: &str) {
        self.recent.retain(|known| known != target);
        self.recent.insert(0, target.to_owned());
        self.recent.truncate(MAX_RECENT);
    }

    /// Over what the next job travels: only our own protocol has a choice.
    pub fn transport(&self) -> Transport {
        match self.protocol {
            Protocol::Pixelwire => self.transport,
            Protocol::Classic | Protocol::Rtp => Transport::Udp,
        }
    }

    fn sanitise(&mut self) {
        let fallback = Self::default();
        if self.port == 0 {
            self.port = fallback.port;
        }
        self.recent.retain(|target| !target.trim().is_empty());
        self.recent.truncate(MAX_RECENT);
        self.chunk = self.chunk.filter(|chunk| CHUNKS.contains(chunk));
        self.frames_per_second =
            self.frames_per_second.filter(|frames| FRAMES_PER_SECOND.contains(frames));
        if let Fec::Share(share) = self.fec
            && !(0.001..=MOST_SHARE).contains(&share)
        {
            self.fec = fallback.fec;
        }
        if let Rate::Fixed(megabits) = self.rate
            && !MEGABITS.contains(&megabits)
        {
            self.rate = fallback.rate;
        }
    }
}

impl ReceiveSettings {
    fn sanitise(&mut self) {
        let fallback = Self::default();
        if self.port == 0 {
            self.port = fallback.port;
        }
        if self.address.parse::<std::net::IpAddr>().is_err() {
            self.address = fallback.address;
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            text_scale: 1.0,
            find_each_other: true,
            notices: true,
            reduced_motion: false,
            send: SendSettings::default(),
            receive: ReceiveSettings::default(),
        }
    }
}

impl Default for SendSettings {
    fn default() -> Self {
        Self {
            host: String::new(),
            port: DEFAULT_PORT,
            recent: Vec::new(),
            protocol: Protocol::default(),
            mode: Mode::default(),
            chunk: None,
            frames_per_second: None,
            repeat: false,
            compression: Compression::default(),
            fec: Fec::default(),
            rate: Rate::default(),
            source: None,
            transport: Transport::default(),
            packing: None,
        }
    }
}

impl Default for ReceiveSettings {
    fn default() -> Self {
        Self {
            address: "0.0.0.0".to_owned(),
            port: DEFAULT_PORT,
            geometry: String::new(),
            show_damaged: true,
            listen_at_start: false,
        }
    }
}

fn write_through(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(text.as_bytes())?;
    // Without this a power cut after the rename could leave an empty file.
    file.sync_all()
}

/// `settings.toml` and `broken` make `settings.toml.broken`.
fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(suffix);
    path.with_file_name(name)
}

/// How many targets are remembered: what fits two rows of chips.
pub const MAX_RECENT: usize = 8;
/// The chunk sizes that can be chosen, in bytes: the largest is what one datagram can carry.
pub const CHUNKS: std::ops::RangeInclusive<u16> = 512..=65_507;
/// The frames a second that can be chosen.
pub const FRAMES_PER_SECOND: std::ops::RangeInclusive<f64> = 0.1..=1000.0;
/// The fixed rates that can be chosen, in megabits a second.
pub const MEGABITS: std::ops::RangeInclusive<f64> = 0.01..=400_000.0;
/// How far the text scale may go before a window no longer fits its controls.
pub const TEXT_SCALES: std::ops::RangeInclusive<f32> = 0.75..=2.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_saved_is_what_is_loaded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("deeper").join("settings.toml");
        let settings = Settings {
            theme: ThemeChoice::Dark,
            text_scale: 1.25,
            find_each_other: false,
            notices: false,
            reduced_motion: true,
            send: SendSettings {
                host: "lab-viewer".to_owned(),
                port: 5000,
                recent: vec!["lab-viewer:5000".to_owned(), "[fe80::1]:4321".to_owned()],
                protocol: Protocol::Classic,
                mode: Mode::Live,
                chunk: Some(49_152),
                frames_per_second: Some(29.97),
                repeat: true,
                compression: Compression::Jpeg(70),
                fec: Fec::Share(0.2),
                rate: Rate::Fixed(940.5),
                source: Some(std::net::IpAddr::from([192, 168, 1, 34])),
                transport: Transport::Tcp,
                packing: Some(PackedYcbcr::Ycbcr422In10),
            },
            receive: ReceiveSettings { geometry: "720x570x3".to_owned(), ..Default::default() },
        };
        settings.save_to(&path).expect("writable");
        assert_eq!(Settings::load_from(&path), settings);
        let left_over = fs::read_dir(path.parent().expect("a parent")).expect("readable").count();
        assert_eq!(left_over, 1, "no temporary file stays behind");
    }

    #[test]
    fn a_missing_file_gives_the_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.toml");
        assert_eq!(Settings::load_from(&path), Settings::default());
    }

    #[test]
    fn a_broken_file_gives_the_defaults_and_is_kept() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.toml");
        for broken in [&b"theme = [1,"[..], b"text_scale = \"big\"", b"\xff\xfe\x00"] {
            fs::write(&path, broken).expect("writable");
            assert_eq!(Settings::load_from(&path), Settings::default());
            assert!(!path.exists());
            let kept = fs::read(folder.path().join("settings.toml.broken")).expect("kept");
            assert_eq!(kept, broken);
        }
    }

    #[test]
    fn unknown_keys_are_ignored_and_absent_ones_are_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.toml");
        fs::write(&path, "of_the_future = 3\ntheme = \"dark\"\n[send]\nhost = \"a\"\nnew = true\n")
            .expect("writable");
        let loaded = Settings::load_from(&path);
        assert_eq!(loaded.theme, ThemeChoice::Dark);
        assert_eq!(loaded.send, SendSettings { host: "a".to_owned(), ..Default::default() });
        assert_eq!(loaded.receive, ReceiveSettings::default());
    }

    #[test]
    fn values_out_of_range_become_their_defaults() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("settings.toml");
        let many: Vec<String> = (0..20).map(|n| format!("\"10.0.0.{n}:4321\"")).collect();
        let text = format!(
            "text_scale = 90.0\n[send]\nport = 0\nchunk = 12\nframes_per_second = -1.0\n\
             recent = [{}]\nrate = {{ fixed = nan }}\n[receive]\nport = 0\naddress = \"moon\"\n",
            many.join(",")
        );
        fs::write(&path, text).expect("writable");
        let loaded = Settings::load_from(&path);
        assert_eq!(loaded.send.recent.len(), MAX_RECENT);
        let send = SendSettings { recent: loaded.send.recent.clone(), ..Default::default() };
        assert_eq!(loaded, Settings { send, ..Default::default() });
    }

    #[test]
    fn the_newest_target_is_first_and_listed_once() {
        let mut send = SendSettings::default();
        for target in ["a:1", "b:1", "a:1"] {
            send.remember(target);
        }
        assert_eq!(send.recent, ["a:1", "b:1"]);
        for n in 0..20 {
            send.remember(&format!("c:{n}"));
        }
        assert_eq!(send.recent.len(), MAX_RECENT);
        assert_eq!(send.recent[0], "c:19");
    }
}
