//! Frames that are too large raw, and those that a codec cannot hold.

use crate::flow::Protocol;
use crate::frame::codec::{Codec, Compression, DEFAULT_QUALITY};

use super::super::{Action, estimate};
use super::{Situation, Warning, warning};

impl Situation<'_> {
    /// The codec that makes frames small enough for a link that carries `raw` a second of them as
    /// they are, if there is one that is not used yet.
    pub(super) fn smaller(&self, raw: f64, wanted: f64) -> Option<(&'static str, Compression)> {
        let jpeg = Compression::Jpeg(DEFAULT_QUALITY);
        let choices = match self.compression {
            _ if self.settings.protocol != Protocol::Pixelwire => &[][..],
            Compression::Raw => {
                &[("Send compressed (lossless)", Compression::Lossless), (AS_JPEG, jpeg)]
            }
            Compression::Lossless => &[(AS_JPEG, jpeg)],
            Compression::Jpeg(_) => &[],
        };
        let fits = |compression: Compression| {
            let holds = compression.codec() != Codec::Jpeg || self.unfit.is_none();
            holds && raw * estimate::expected_ratio(compression, None) >= wanted
        };
        choices.iter().copied().find(|(_, compression)| fits(*compression))
    }

    /// A JPEG has 8 bits a sample.
    pub(super) fn unfit_for_jpeg(&self) -> Option<Warning> {
        let format = self.unfit.filter(|_| self.compression.codec() == Codec::Jpeg)?;
        let text = format!("JPEG holds 8-bit grey or colour only, and {format} is to be sent");
        Some(warning(text, "Send lossless", Action::SetCompression(Compression::Lossless)))
    }
}

const AS_JPEG: &str = "Send as JPEG";

#[cfg(test)]
mod tests {
    use super::super::tests::{GIGABIT, mend, only, warnings};
    use super::*;
    use crate::app::settings::SendSettings;
    use crate::flow::Mode;

    #[test]
    fn what_is_too_much_raw_is_sent_compressed() {
        let live = SendSettings { mode: Mode::Live, ..SendSettings::default() };
        let label = |settings: &SendSettings| {
            let (text, button) = only(warnings(settings, None, GIGABIT));
            assert!(text.contains("a second are wanted"), "{text}");
            button.expect("it can be mended")
        };
        let lossless =
            mend("Send compressed (lossless)", Action::SetCompression(Compression::Lossless));
        assert_eq!(label(&live), lossless);
        let jpeg = Compression::Jpeg(DEFAULT_QUALITY);
        let as_jpeg = mend("Send as JPEG", Action::SetCompression(jpeg));
        let fast = SendSettings { frames_per_second: Some(60.0), ..live.clone() };
        assert_eq!(label(&fast), as_jpeg);
        let already = SendSettings { compression: Compression::Lossless, ..fast.clone() };
        assert_eq!(label(&already), as_jpeg);
        for (settings, compression) in [(&live, Compression::Lossless), (&fast, jpeg)] {
            let mended = SendSettings { compression, ..settings.clone() };
            assert_eq!(warnings(&mended, None, GIGABIT), []);
        }
    }
}
