//! The bar above the tabs and the line below them.

use egui::{
    Align, Button, Checkbox, FontSelection, Frame, Layout, Margin, Panel, RichText, Ui, vec2,
};

use super::{PixelwireApp, Tab};
use crate::app::command::{Command, Topic};
use crate::app::settings::ThemeChoice;
use crate::app::theme::{self, Meaning, height, space};
use crate::app::widgets;

impl PixelwireApp {
    pub(super) fn top_bar(&mut self, ui: &mut Ui) {
        let frame = bar(ui);
        Panel::top("top bar").frame(frame).exact_size(height::TOP_BAR).show(ui, |ui| {
            ui.horizontal_centered(|ui| {
                wordmark(ui);
                ui.add_space(space::GROUP);
                ui.spacing_mut().item_spacing.x = space::TIGHT;
                self.tab_button(ui, Tab::Send, &Command::ShowSend);
                self.tab_button(ui, Tab::Receive, &Command::ShowReceive);
                ui.spacing_mut().item_spacing.x = space::CONTROL;
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    self.settings_menu(ui);
                    if self.tab == Tab::Receive {
                        self.receive.top_bar(ui, &mut self.commands);
                    }
                });
            });
        });
    }

    pub(super) fn status_line(&mut self, ui: &mut Ui) {
        let frame = bar(ui);
        Panel::bottom("status").frame(frame).exact_size(height::STATUS).show(ui, |ui| {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let shortcuts = Command::Explain(Topic::Shortcuts);
                let dim = theme::palette(ui).dim;
                let link = Button::new(RichText::new("? Shortcuts").color(dim)).frame(false);
                if ui.add(link).on_hover_text(shortcuts.explanation()).clicked() {
                    self.commands.push(shortcuts);
                }
                self.notice(ui);
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let job = self.status_text(ui);
                    ui.add(egui::Label::new(job).truncate());
                });
            });
        });
    }

    fn tab_button(&mut self, ui: &mut Ui, tab: Tab, command: &Command) {
        let palette = theme::palette(ui);
        let selected = self.tab == tab;
        let text = if selected {
            theme::strong(command.label()).color(palette.text)
        } else {
            RichText::new(command.label()).color(palette.dim)
        };
        let fill = if selected { palette.raised } else { egui::Color32::TRANSPARENT };
        let mut button = Button::new(text).selected(selected).frame_when_inactive(selected);
        if selected {
            button = button.fill(fill).stroke(egui::Stroke::NONE);
        }
        let response = ui.add(button.min_size(vec2(TAB_WIDTH, height::CONTROL)));
        response.widget_info(|| {
            egui::WidgetInfo::selected(egui::Role::Tab, true, selected, command.label())
        });
        if response.on_hover_text(command.hover_text(ui)).clicked() {
            self.commands.push(command.clone());
        }
    }

    fn settings_menu(&mut self, ui: &mut Ui) {
        let settings = self.memory.settings();
        let (theme, scale) = (settings.theme, settings.text_scale);
        let find = settings.find_each_other;
        let (notices, reduced_motion) = (settings.notices, settings.reduced_motion);
        let still = self.desktop_choices.reduced_motion;
        let commands = &mut self.commands;
        let button = Button::new("⚙").min_size(vec2(40.0, height::CONTROL));
        let (response, _) = egui::containers::menu::MenuButton::from_button(button).ui(ui, |ui| {
            widgets::section_title(ui, "Theme");
            let mut chosen = theme;
            if widgets::segmented(ui, &mut chosen, &THEMES) {
                commands.push(Command::SetTheme(chosen));
            }
            ui.add_space(space::TIGHT);
            widgets::section_title(ui, "Text size");
            let mut chosen = scale;
            if widgets::segmented(ui, &mut chosen, &TEXT_SIZES) {
                commands.push(Command::SetTextScale(chosen));
            }
            ui.add_space(space::TIGHT);
            widgets::section_title(ui, "Network");
            switch(ui, find, Command::FindEachOther(!find), commands);
            ui.add_space(space::TIGHT);
            widgets::section_title(ui, "Behaviour");
            switch(ui, notices, Command::SetNotices(!notices), commands);
            let motion = Command::SetReducedMotion(!reduced_motion);
            if still {
                let mut on = true;
                ui.add_enabled(false, Checkbox::new(&mut on, motion.label()))
                    .on_disabled_hover_text("The system's settings ask for it");
            } else {
                switch(ui, reduced_motion, motion, commands);
            }
        });
        let name = || egui::WidgetInfo::labeled(egui::Role::Button, true, "Settings");
        response.widget_info(name);
        response.on_hover_text("Settings");
    }

    fn notice(&self, ui: &mut Ui) {
        let Some(notice) = &self.notice else { return };
        ui.add_space(space::CONTROL);
        if notice.failed {
            widgets::meaning_label(ui, Meaning::Lost, "✕", &notice.text);
        } else {
            widgets::meaning_label(ui, Meaning::Received, "✓", &notice.text);
        }
    }

    fn status_text(&self, ui: &Ui) -> egui::text::LayoutJob {
        let palette = theme::palette(ui);
        let parts = match self.tab {
            Tab::Send => vec![(self.send.status_line(), false)],
            Tab::Receive => self.receive.status_line(),
        };
        let mut job = egui::text::LayoutJob::default();
        for (text, stands_out) in parts {
            let text = if stands_out {
                theme::strong(text).color(palette.text)
            } else {
                RichText::new(text).color(palette.dim)
            };
            text.append_to(&mut job, ui.style(), FontSelection::Default, Align::Center);
        }
        job
    }
}

/// A check box that gives `command` when it is changed.
fn switch(ui: &mut Ui, mut on: bool, command: Command, commands: &mut Vec<Command>) {
    let hover = command.explanation();
    if ui.checkbox(&mut on, command.label()).on_hover_text(hover).changed() {
        commands.push(command);
    }
}

fn bar(ui: &Ui) -> Frame {
    Frame::new().fill(theme::palette(ui).background).inner_margin(Margin::symmetric(16, 0))
}

fn wordmark(ui: &mut Ui) {
    let palette = theme::palette(ui);
    let mut job = egui::text::LayoutJob::default();
    for (text, color) in [("Pixel", palette.text), ("wire", palette.accent)] {
        let text = theme::strong(text).color(color);
        text.append_to(&mut job, ui.style(), FontSelection::Default, Align::Center);
    }
    ui.label(job);
}

const TAB_WIDTH: f32 = 88.0;
const THEMES: [(ThemeChoice, &str, &str); 3] = [
    (ThemeChoice::System, "System", "As the system has it"),
    (ThemeChoice::Light, "Light", "Dark text on light"),
    (ThemeChoice::Dark, "Dark", "Light text on dark"),
];
const TEXT_SIZES: [(f32, &str, &str); 4] = [
    (0.9, "Small", "More fits the window"),
    (1.0, "Normal", "As designed"),
    (1.2, "Large", "A fifth larger"),
    (1.5, "Very large", "To be read across a room"),
];
