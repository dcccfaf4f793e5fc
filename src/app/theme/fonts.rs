//! The fonts that come with the program, so that it looks the same everywhere.

use std::sync::Arc;

use egui::{FontData, FontDefinitions, FontFamily};

/// Name of the family for titles and names.
pub(super) const SEMIBOLD: &str = "semibold";
/// Name of the family for the big address.
pub(super) const BOLD: &str = "bold";

const SYMBOLS: &str = "symbols";
const MONOSPACE: &str = "monospace";
const REGULAR: &str = "regular";

/// Inter in three weights, each followed by the symbols that it lacks, and a monospace font.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    let files: [(&str, &'static [u8]); 5] = [
        (REGULAR, include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        (SEMIBOLD, include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
        (BOLD, include_bytes!("../../../assets/fonts/Inter-Bold.otf")),
        (SYMBOLS, include_bytes!("../../../assets/fonts/DejaVuSans-Symbols.ttf")),
        (MONOSPACE, include_bytes!("../../../assets/fonts/DejaVuSansMono-Ascii.ttf")),
    ];
    for (name, bytes) in files {
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes)));
    }
    let chains = [
        (FontFamily::Proportional, REGULAR),
        (FontFamily::Name(SEMIBOLD.into()), SEMIBOLD),
        (FontFamily::Name(BOLD.into()), BOLD),
        (FontFamily::Monospace, MONOSPACE),
    ];
    for (family, first) in chains {
        // Regular stands in for what the monospace font lacks.
        let chain = [first, REGULAR, SYMBOLS].map(str::to_owned);
        fonts.families.insert(family, chain.to_vec());
    }
    fonts
}

#[cfg(test)]
mod tests {
    use egui::FontId;

    use super::*;

    #[test]
    fn every_symbol_of_the_window_has_a_glyph_and_digits_are_equally_wide() {
        let ctx = egui::Context::default();
        ctx.set_fonts(definitions());
        // Fonts come into force with a pass; nothing draws its textures.
        ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
        ctx.fonts_mut(|fonts| {
            for family in [FontFamily::Proportional, FontFamily::Name(SEMIBOLD.into())] {
                let font = FontId::new(13.0, family);
                for symbol in "✓✕▲▼▾▸◆●■❄⚙×·…–—≥≤µ⚠→←↑↓′≈".chars()
                {
                    assert!(fonts.has_glyph(&font, symbol), "{symbol}");
                }
                let widths: Vec<f32> =
                    ('0'..='9').map(|digit| fonts.glyph_width(&font, digit)).collect();
                assert!(widths.iter().all(|width| (width - widths[0]).abs() < 0.05), "{widths:?}");
            }
        });
    }
}
