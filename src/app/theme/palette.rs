//! The colours, each with its meaning.

use egui::Color32;

/// What a colour says about packets and frames. It never says it alone: a symbol and a word go
/// with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Arrived, delivered, fine.
    Received,
    /// Missing and mended by a resend; also: something to look at.
    Recovered,
    /// Never arrived; also: failed.
    Lost,
    /// Arrived too late to be used.
    Late,
}

impl Meaning {
    /// The shape that goes with the colour.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Received => "■",
            Self::Recovered => "◆",
            Self::Lost => "●",
            Self::Late => "▲",
        }
    }
}

/// The colours of one theme.
#[derive(Debug)]
pub struct Palette {
    /// Behind everything.
    pub background: Color32,
    /// Panels and cards.
    pub panel: Color32,
    /// Controls, and what lies on a panel.
    pub raised: Color32,
    /// A control under the pointer.
    pub hovered: Color32,
    /// A control that is being pressed.
    pub pressed: Color32,
    /// What is selected, in a list or a text.
    pub selected: Color32,
    /// Borders.
    pub line: Color32,
    /// Borders under the pointer.
    pub strong_line: Color32,
    /// Text.
    pub text: Color32,
    /// Text that may be overlooked.
    pub dim: Color32,
    /// The primary action, the selected choice, progress.
    pub accent: Color32,
    /// The primary action under the pointer.
    pub accent_hovered: Color32,
    /// Text on `accent`.
    pub on_accent: Color32,
    /// Behind a picture: near-black in both themes, so that the picture's own colours are judged.
    pub backdrop: Color32,
    /// Text over a picture.
    pub on_backdrop: Color32,
    /// Behind text over a picture, and over the window while files hover.
    pub veil: Color32,
    /// The border of what lies over a picture.
    pub veil_line: Color32,
    /// Between the pixels of a picture: seen on black and on white.
    pub pixel_grid: Color32,
    /// Curves of the red, the green and the blue channel.
    pub channels: [Color32; 3],
    /// Shadows under windows and menus.
    pub shadow: Color32,
    fills: [Color32; 4],
    inks: [Color32; 4],
    on_fill: Color32,
}

impl Palette {
    /// Light text on dark.
    pub const DARK: Self = Self {
        background: rgb(0x14_171c),
        panel: rgb(0x1b_2027),
        raised: rgb(0x23_2a33),
        hovered: rgb(0x2b_343f),
        pressed: rgb(0x1f_252d),
        selected: rgb(0x1f_3a55),
        line: rgb(0x2e_3742),
        strong_line: rgb(0x46_5362),
        text: rgb(0xe6_ebf0),
        dim: rgb(0x93_a1b0),
        accent: rgb(0x4a_a8ff),
        accent_hovered: rgb(0x6c_b9ff),
        on_accent: rgb(0x0a_1420),
        backdrop: rgb(0x0c_0e11),
        on_backdrop: rgb(0xe6_ebf0),
        veil: Color32::from_rgba_premultiplied(10, 12, 15, 216),
        veil_line: rgb(0x2e_3742),
        pixel_grid: Color32::from_rgba_premultiplied(56, 56, 56, 112),
        channels: [rgb(0xff_5c5c), rgb(0x4f_c86a), rgb(0x5c_9dff)],
        shadow: Color32::from_black_alpha(110),
        fills: [rgb(0x2b_b5a0), rgb(0xf0_b429), rgb(0xff_6b4a), rgb(0xb5_8cff)],
        inks: [rgb(0x2b_b5a0), rgb(0xf0_b429), rgb(0xff_7d5f), rgb(0xb5_8cff)],
        on_fill: rgb(0x10_1216),
    };

    /// Dark text on light.
    pub const LIGHT: Self = Self {
        background: rgb(0xf4_f6f8),
        panel: rgb(0xff_ffff),
        raised: rgb(0xee_f1f4),
        hovered: rgb(0xe3_e8ed),
        pressed: rgb(0xd9_e0e7),
        selected: rgb(0xd3_e6f9),
        line: rgb(0xd9_dfe5),
        strong_line: rgb(0xb6_c1cc),
        text: rgb(0x1a_222b),
        dim: rgb(0x5a_6776),
        accent: rgb(0x0b_6fd3),
        accent_hovered: rgb(0x0a_62bb),
        on_accent: rgb(0xff_ffff),
        backdrop: rgb(0x0c_0e11),
        on_backdrop: rgb(0xe6_ebf0),
        veil: Color32::from_rgba_premultiplied(10, 12, 15, 216),
        veil_line: rgb(0x2e_3742),
        pixel_grid: Color32::from_rgba_premultiplied(56, 56, 56, 112),
        channels: [rgb(0xd3_3030), rgb(0x1f_8f3d), rgb(0x2b_66d9)],
        shadow: Color32::from_black_alpha(40),
        fills: [rgb(0x0f_8a78), rgb(0xb5_7b00), rgb(0xd2_3f1d), rgb(0x7a_4fd0)],
        // Darker than the fills: a small text needs more contrast than an area.
        inks: [rgb(0x0b_7465), rgb(0x87_5b00), rgb(0xbb_3414), rgb(0x6f_45c4)],
        on_fill: rgb(0xff_ffff),
    };

    /// The colour of an area: a bar, a dot, a badge.
    pub const fn fill(&self, meaning: Meaning) -> Color32 {
        self.fills[meaning as usize]
    }

    /// The colour of a text.
    pub const fn ink(&self, meaning: Meaning) -> Color32 {
        self.inks[meaning as usize]
    }

    /// Text on [`Palette::fill`].
    pub const fn on_fill(&self) -> Color32 {
        self.on_fill
    }
}

const fn rgb(code: u32) -> Color32 {
    Color32::from_rgb((code >> 16) as u8, (code >> 8) as u8, code as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEANINGS: [Meaning; 4] =
        [Meaning::Received, Meaning::Recovered, Meaning::Lost, Meaning::Late];

    /// WCAG 2 contrast ratio.
    fn contrast(a: Color32, b: Color32) -> f32 {
        let luminance = |color: Color32| {
            let [r, g, b, _] = egui::Rgba::from(color).to_array();
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_has_a_contrast_of_four_and_a_half() {
        for palette in [&Palette::DARK, &Palette::LIGHT] {
            let grounds = [palette.background, palette.panel, palette.raised];
            let texts = [palette.text, palette.dim, palette.accent];
            for text in texts.into_iter().chain(MEANINGS.map(|meaning| palette.ink(meaning))) {
                for ground in grounds {
                    let ratio = contrast(text, ground);
                    assert!(ratio >= 4.2, "{text:?} on {ground:?}: {ratio}");
                }
                let on_panel = contrast(text, palette.panel);
                assert!(on_panel >= 4.5, "{text:?} on a panel: {on_panel}");
            }
            assert!(contrast(palette.on_accent, palette.accent) >= 4.5);
            assert!(contrast(palette.on_backdrop, palette.backdrop) >= 4.5);
        }
    }
}
