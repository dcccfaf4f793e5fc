//! How everything looks: colours with their meanings, distances, type. Nothing else in the window
//! names a colour or a size.

mod fonts;
mod palette;

use std::sync::Arc;

use egui::style::{HandleShape, ScrollAnimation, ScrollStyle, WidgetVisuals, Widgets};
use egui::{
    Context, CornerRadius, FontFamily, FontId, Margin, RichText, Shadow, Spacing, Stroke, Style,
    TextStyle, Theme, Ui, Vec2, Visuals,
};

pub use palette::{Meaning, Palette};

/// Distances, in steps of four points.
pub mod space {
    /// Inside a group.
    pub const TIGHT: f32 = 4.0;
    /// Between controls.
    pub const CONTROL: f32 = 8.0;
    /// Inside a card.
    pub const CARD: f32 = 12.0;
    /// Between groups, and at edges.
    pub const GROUP: f32 = 16.0;
}

/// Heights of what stands in a row.
pub mod height {
    /// A line of figures.
    pub const ROW: f32 = 21.0;
    /// A chip among other text.
    pub const CHIP: f32 = 22.0;
    /// A control in a toolbar.
    pub const TOOL: f32 = 28.0;
    /// A control in a form.
    pub const CONTROL: f32 = 32.0;
    /// The one primary action.
    pub const PRIMARY: f32 = 44.0;
    /// The bar with the tabs.
    pub const TOP_BAR: f32 = 48.0;
    /// The bar above a picture.
    pub const TOOLBAR: f32 = 40.0;
    /// The line at the bottom.
    pub const STATUS: f32 = 30.0;
}

/// Corner radii.
pub mod radius {
    /// Thumbnails, progress bars and other small things.
    pub const SMALL: u8 = 4;
    /// Controls.
    pub const CONTROL: u8 = 8;
    /// Cards.
    pub const CARD: u8 = 12;
}

/// From a button's edge to its label.
pub const BUTTON_PADDING: Vec2 = Vec2::new(12.0, 4.0);

/// Width of the panel at the right of both tabs.
pub const SIDE_PANEL: f32 = 328.0;

/// Sizes of type, in points.
mod size {
    pub(super) const SMALL: f32 = 11.0;
    pub(super) const BODY: f32 = 13.0;
    pub(super) const LEAD: f32 = 15.0;
    pub(super) const BIG: f32 = 46.0;
}

/// Gives the context our fonts and both our themes. `text_scale` enlarges everything.
pub fn apply(ctx: &Context, text_scale: f32) {
    ctx.set_fonts(fonts::definitions());
    for theme in [Theme::Dark, Theme::Light] {
        ctx.set_style_of(theme, Arc::new(style(theme)));
    }
    ctx.set_zoom_factor(text_scale);
}

/// Lets what appears fade in and what is scrolled to slide, or lets nothing move by itself.
pub fn set_reduced_motion(ctx: &Context, reduced: bool) {
    for theme in [Theme::Dark, Theme::Light] {
        ctx.style_mut_of(theme, |style| {
            style.animation_time = if reduced { 0.0 } else { ANIMATION_SECONDS };
            style.scroll_animation =
                if reduced { ScrollAnimation::none() } else { ScrollAnimation::default() };
        });
    }
}

/// The colours of the theme that `ui` is drawn in.
pub fn palette(ui: &Ui) -> &'static Palette {
    palette_of(ui.visuals())
}

/// The colours of the theme that `visuals` belong to.
pub fn palette_of(visuals: &Visuals) -> &'static Palette {
    if visuals.dark_mode { &Palette::DARK } else { &Palette::LIGHT }
}

/// Body text that stands out: a name, a headline of a card.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(strong_style())
}

/// The style of [`strong`].
pub fn strong_style() -> TextStyle {
    TextStyle::Name("strong".into())
}

/// A line that leads into a view.
pub fn lead(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Heading)
}

/// The one thing in a view that is to be read across a room.
pub fn big(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Name("big".into()))
}

/// Small text: an explanation, a column's title.
pub fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).text_style(TextStyle::Small)
}

/// The style of a section's title.
pub fn section_style() -> TextStyle {
    TextStyle::Name("section".into())
}

fn style(theme: Theme) -> Style {
    let (mut visuals, palette) = match theme {
        Theme::Dark => (Visuals::dark(), &Palette::DARK),
        Theme::Light => (Visuals::light(), &Palette::LIGHT),
    };
    paint(&mut visuals, palette);
    let mut style =
        Style { text_styles: text_styles(), spacing: spacing(), visuals, ..Style::default() };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style.animation_time = ANIMATION_SECONDS;
    style
}

fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    let semibold = || FontFamily::Name(fonts::SEMIBOLD.into());
    let bold = || FontFamily::Name(fonts::BOLD.into());
    [
        (TextStyle::Small, FontId::new(size::SMALL, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(size::BODY, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(size::LEAD, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(12.0, FontFamily::Monospace)),
        (strong_style(), FontId::new(size::BODY, semibold())),
        (section_style(), FontId::new(size::SMALL, semibold())),
        (TextStyle::Name("big".into()), FontId::new(size::BIG, bold())),
    ]
    .into()
}

fn spacing() -> Spacing {
    Spacing {
        item_spacing: Vec2::new(space::CONTROL, space::CONTROL),
        window_margin: Margin::same(16),
        menu_margin: Margin::same(8),
        button_padding: BUTTON_PADDING,
        interact_size: Vec2::new(height::CONTROL, height::TOOL),
        slider_rail_height: 6.0,
        combo_width: 96.0,
        text_edit_width: 160.0,
        icon_width: 18.0,
        icon_width_inner: 10.0,
        icon_spacing: 8.0,
        tooltip_width: 340.0,
        menu_width: 360.0,
        scroll: ScrollStyle {
            bar_width: 8.0,
            floating_width: 4.0,
            // Faint, but there: it says that there is more below.
            dormant_handle_opacity: 0.3,
            ..ScrollStyle::floating()
        },
        ..Spacing::default()
    }
}

fn paint(visuals: &mut Visuals, palette: &Palette) {
    visuals.widgets = widgets(palette);
    visuals.weak_text_color = Some(palette.dim);
    visuals.selection.bg_fill = palette.selected;
    visuals.selection.stroke = Stroke::new(1.0, palette.accent);
    visuals.text_cursor.stroke = Stroke::new(2.0, palette.accent);
    visuals.hyperlink_color = palette.accent;
    visuals.faint_bg_color = palette.raised;
    visuals.extreme_bg_color = palette.raised;
    visuals.text_edit_bg_color = Some(palette.raised);
    visuals.code_bg_color = palette.raised;
    visuals.warn_fg_color = palette.ink(Meaning::Recovered);
    visuals.error_fg_color = palette.ink(Meaning::Lost);
    visuals.panel_fill = palette.background;
    visuals.window_fill = palette.panel;
    visuals.window_stroke = Stroke::new(1.0, palette.line);
    visuals.window_corner_radius = CornerRadius::same(radius::CARD);
    visuals.menu_corner_radius = CornerRadius::same(radius::CONTROL);
    visuals.window_highlight_topmost = false;
    visuals.window_shadow = shadow(palette, 24);
    visuals.popup_shadow = shadow(palette, 16);
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = HandleShape::Circle;
    visuals.indent_has_left_vline = false;
}

fn shadow(palette: &Palette, blur: u8) -> Shadow {
    Shadow { offset: [0, 4], blur, spread: 0, color: palette.shadow }
}

fn widgets(palette: &Palette) -> Widgets {
    let control = |fill, line| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: CornerRadius::same(radius::CONTROL),
        fg_stroke: Stroke::new(1.5, palette.text),
        expansion: 0.0,
    };
    Widgets {
        noninteractive: WidgetVisuals {
            fg_stroke: Stroke::new(1.0, palette.text),
            ..control(palette.panel, palette.line)
        },
        inactive: control(palette.raised, palette.line),
        hovered: control(palette.hovered, palette.strong_line),
        active: control(palette.pressed, palette.accent),
        open: control(palette.hovered, palette.strong_line),
    }
}

/// Long enough to be seen, too short to be waited for.
const ANIMATION_SECONDS: f32 = 0.1;
