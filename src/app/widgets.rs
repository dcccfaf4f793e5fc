//! The controls that both tabs are made of.

mod dialog;
mod figures_table;
mod menu;

use egui::{
    Align2, Button, CornerRadius, Frame, Margin, Response, RichText, Role, Sense, Stroke, TextEdit,
    TextStyle, Ui, Vec2, WidgetInfo,
};

pub use dialog::dialog;
pub use figures_table::{FigureRow, column_titles, figure_row, value_row};
pub use menu::{menu_frame, menu_item};

use super::theme::{self, Meaning, height, radius, space};

/// The one action of a view that matters most: filled with the accent.
pub fn primary_button(ui: &mut Ui, label: &str, width: f32) -> Response {
    let palette = theme::palette(ui);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        for (visuals, fill) in [
            (&mut widgets.inactive, palette.accent),
            (&mut widgets.hovered, palette.accent_hovered),
            (&mut widgets.active, palette.accent_hovered),
        ] {
            visuals.weak_bg_fill = fill;
            visuals.bg_stroke = Stroke::new(1.0, fill);
            visuals.fg_stroke.color = palette.on_accent;
        }
        centered_button(ui, theme::strong(label), Vec2::new(width, height::PRIMARY))
    })
    .inner
}

/// The place of the primary action when it is plain, as Cancel and Stop are: equally large.
pub fn large_button(ui: &mut Ui, label: &str, width: f32) -> Response {
    centered_button(ui, theme::strong(label), Vec2::new(width, height::PRIMARY))
}

/// A plain button of a form.
pub fn button(ui: &mut Ui, label: &str) -> Response {
    ui.add(Button::new(label).min_size(Vec2::new(0.0, height::CONTROL)))
}

/// A plain button whose width does not follow its label.
pub fn fixed_button(ui: &mut Ui, label: &str, width: f32) -> Response {
    centered_button(ui, RichText::new(label), Vec2::new(width, height::CONTROL))
}

/// A plain button of a toolbar.
pub fn tool_button(ui: &mut Ui, label: &str) -> Response {
    ui.add(Button::new(label).min_size(Vec2::new(height::TOOL, height::TOOL)))
}

/// A button that shows only a symbol; `name` says in words what it does.
pub fn icon_button(ui: &mut Ui, symbol: &str, name: &str) -> Response {
    let size = Vec2::splat(height::CONTROL);
    let response = centered_button(ui, RichText::new(symbol), size);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}

/// A symbol without a frame, for the end of a list's row.
pub fn quiet_icon_button(ui: &mut Ui, symbol: &str, name: &str) -> Response {
    let dim = theme::palette(ui).dim;
    let button = Button::new(RichText::new(symbol).color(dim)).frame_when_inactive(false);
    let response = ui.add(button.min_size(Vec2::splat(height::TOOL)));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    response.on_hover_text(name)
}

/// One of several choices; returns whether it was changed. Each choice has a value, a label and a
/// text that explains it.
pub fn segmented<T: PartialEq + Copy>(
    ui: &mut Ui,
    value: &mut T,
    choices: &[(T, &str, &str)],
) -> bool {
    let before = *value;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::TIGHT;
        // Menus have narrower buttons; choices look the same everywhere.
        ui.spacing_mut().button_padding = theme::BUTTON_PADDING;
        for &(choice, label, explanation) in choices {
            if segment(ui, *value == choice, label).on_hover_text(explanation).clicked() {
                *value = choice;
            }
        }
    });
    *value != before
}

/// A small clickable thing, such as a recent target.
pub fn chip(ui: &mut Ui, label: impl Into<RichText>) -> Response {
    let text = label.into().text_style(TextStyle::Small);
    ui.add(Button::new(text).small().min_size(Vec2::new(0.0, height::CHIP)))
}

/// A small clickable thing among several of which one is chosen.
pub fn choice_chip(ui: &mut Ui, label: &str, selected: bool) -> Response {
    let text = RichText::new(label).text_style(TextStyle::Small);
    let chip = Button::selectable(selected, text).small().frame_when_inactive(true);
    ui.add(chip.min_size(Vec2::new(0.0, height::CHIP)))
}

/// A word on a ground that carries a meaning, with the meaning's shape before it.
pub fn badge(ui: &mut Ui, meaning: Meaning, word: &str) -> Response {
    let palette = theme::palette(ui);
    let font = theme::strong_style().resolve(ui.style());
    let text = format!("{} {word}", meaning.symbol());
    let galley = ui.painter().layout_no_wrap(text, font, palette.on_fill());
    let size = galley.size() + Vec2::new(2.0 * space::CONTROL, space::TIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, size.y / 2.0, palette.fill(meaning));
    let place = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size());
    ui.painter().galley(place.min, galley, palette.on_fill());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, word));
    response
}

/// Text in the colour of its meaning, after `symbol`: a colour never stands alone.
pub fn meaning_label(ui: &mut Ui, meaning: Meaning, symbol: &str, text: &str) -> Response {
    let ink = theme::palette(ui).ink(meaning);
    ui.label(RichText::new(format!("{symbol} {text}")).color(ink))
}

/// The title of a section.
pub fn section_title(ui: &mut Ui, title: &str) -> Response {
    let dim = theme::palette(ui).dim;
    ui.label(RichText::new(title).text_style(theme::section_style()).color(dim))
}

/// Text that may be overlooked; wraps.
pub fn dim_label(ui: &mut Ui, text: impl Into<RichText>) -> Response {
    let dim = theme::palette(ui).dim;
    ui.label(text.into().color(dim))
}

/// As many of the parts as there is room for, dimmed, and all of them when it is pointed at: what is
/// cut off in the middle says nothing.
pub fn fitting_label(ui: &mut Ui, parts: &[String]) -> Response {
    let font = TextStyle::Body.resolve(ui.style());
    let width = |text: String| {
        ui.painter().layout_no_wrap(text, font.clone(), egui::Color32::WHITE).size().x
    };
    let mut count = parts.len();
    while count > 1 && width(parts[..count].join(SEPARATOR)) > ui.available_width() {
        count -= 1;
    }
    let text = RichText::new(parts[..count].join(SEPARATOR)).color(theme::palette(ui).dim);
    ui.add(egui::Label::new(text).truncate()).on_hover_text(parts.join(SEPARATOR))
}

const SEPARATOR: &str = " · ";

/// A line of text to type into; `name` is what a screen reader calls it.
pub fn text_field(ui: &mut Ui, text: &mut String, name: &str, width: f32) -> Response {
    text_field_with_hint(ui, text, name, "", width)
}

/// A line of text to type into, which shows `hint` while it is empty.
pub fn text_field_with_hint(
    ui: &mut Ui,
    text: &mut String,
    name: &str,
    hint: &str,
    width: f32,
) -> Response {
    let inner = width - 2.0 * ui.spacing().button_padding.x;
    let field = TextEdit::singleline(text)
        .desired_width(inner)
        .hint_text(hint)
        .min_size(Vec2::new(width, height::CONTROL))
        .align(Align2::LEFT_CENTER);
    ui.add(field).accessible_name(name)
}

/// How much of something is done, 0 to 1; fills the width.
pub fn progress_bar(ui: &mut Ui, fraction: f32, width: f32) -> Response {
    let palette = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, 6.0), Sense::hover());
    let rounding = CornerRadius::same(3);
    ui.painter().rect_filled(rect, rounding, palette.line);
    let mut done = rect;
    done.set_width(rect.width() * fraction.clamp(0.0, 1.0));
    ui.painter().rect_filled(done, rounding, palette.accent);
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, "Progress");
        info.value = Some(f64::from(fraction));
        info
    });
    response
}

/// The ground of a card.
pub fn card(ui: &Ui) -> Frame {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.line))
        .corner_radius(CornerRadius::same(radius::CARD))
        .inner_margin(Margin::same(16))
}

/// The ground of a remark that lies on a panel.
pub fn note(ui: &Ui) -> Frame {
    let palette = theme::palette(ui);
    Frame::new()
        .fill(palette.raised)
        .corner_radius(CornerRadius::same(radius::CARD))
        .inner_margin(Margin::same(12))
}

/// The ground of a panel at a window's side.
pub fn side_panel(ui: &Ui) -> Frame {
    Frame::new().fill(theme::palette(ui).panel).inner_margin(Margin::same(16))
}

fn segment(ui: &mut Ui, selected: bool, label: &str) -> Response {
    let palette = theme::palette(ui);
    let text = if selected {
        theme::strong(label).color(palette.text)
    } else {
        RichText::new(label).color(palette.dim)
    };
    // A bold label is wider: the width is that of the bold one always, so that nothing moves.
    let width = text_width(ui, theme::strong(label)) + 2.0 * ui.spacing().button_padding.x;
    let line = if selected { palette.accent } else { palette.line };
    let button = Button::new(text)
        .selected(selected)
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, line))
        .min_size(Vec2::new(width + 2.0, height::CONTROL));
    ui.add(button)
}

fn text_width(ui: &Ui, text: RichText) -> f32 {
    let text = egui::WidgetText::from(text);
    text.into_galley(ui, Some(egui::TextWrapMode::Extend), f32::INFINITY, TextStyle::Body).size().x
}

fn centered_button(ui: &mut Ui, text: RichText, size: Vec2) -> Response {
    let button = Button::new(text).min_size(size);
    ui.add_sized(size, button)
}
