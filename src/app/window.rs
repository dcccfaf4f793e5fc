//! The window's contents: two tabs between a bar and a line, and what floats above them.

mod attention;
mod bars;
mod drop_zone;
mod focus;
mod memory;

use std::net::{IpAddr, SocketAddr};

use egui::{CentralPanel, Context, ViewportCommand};

use super::AppOptions;
use super::command::{self, Command, Topic};
use super::demo::Demo;
use super::desktop::{Desktop, DesktopChoices};
use super::explain;
use super::receive_tab::ReceiveTab;
use super::send_tab::SendTab;
use super::settings::ThemeChoice;
use super::theme;
use crate::net;

use attention::{Activity, Attention};
use focus::FocusRing;

pub use memory::Memory;

/// The application.
///
/// [`eframe::App::logic`] takes what has happened and performs commands, also while the window
/// is hidden; [`eframe::App::ui`] draws, and answers with commands.
pub struct PixelwireApp {
    tab: Tab,
    send: SendTab,
    receive: ReceiveTab,
    memory: Memory,
    explained: Option<Topic>,
    notice: Option<Notice>,
    attention: Attention,
    focus: FocusRing,
    full_screen: bool,
    demo: Option<Demo>,
    desktop: Option<Desktop>,
    desktop_choices: DesktopChoices,
    /// Whether the program lets PCs find each other at all.
    may_find: bool,
    commands: Vec<Command>,
}

/// The tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Send,
    Receive,
}

/// A sentence that stays for a few seconds.
struct Notice {
    text: String,
    failed: bool,
    /// When it goes, in the window's time; without one it waits until somebody looks.
    until: Option<f64>,
}

impl PixelwireApp {
    /// Opens with what the command line says and what was remembered.
    pub fn new(ctx: &Context, options: AppOptions, memory: Memory) -> Self {
        let settings = memory.settings();
        theme::apply(ctx, settings.text_scale);
        set_theme(ctx, settings.theme);
        // Ctrl and plus or minus would change the size of everything behind our settings' back.
        ctx.options_mut(|options| options.zoom_with_keyboard = false);
        let mut app = Self {
            tab: Tab::Send,
            send: SendTab::new(ctx, &settings.send),
            receive: ReceiveTab::new(ctx, &settings.receive),
            memory,
            explained: None,
            notice: None,
            attention: Attention::default(),
            focus: FocusRing::default(),
            full_screen: false,
            demo: None,
            desktop: None,
            desktop_choices: DesktopChoices::default(),
            may_find: options.find_each_other,
            commands: Vec::new(),
        };
        app.heed(ctx, DesktopChoices::default());
        app.find_each_other();
        app.begin(ctx, options);
        app
    }

    /// The same, as the desktop is set, now and later.
    #[must_use]
    pub fn following(self, desktop: Desktop) -> Self {
        Self { desktop: Some(desktop), ..self }
    }

    /// Looks and moves as the desktop is set, where the user has not chosen otherwise for this window.
    pub fn heed(&mut self, ctx: &Context, choices: DesktopChoices) {
        self.desktop_choices = choices;
        // Window systems that know it themselves are believed first.
        let theme = choices.theme.unwrap_or(egui::Theme::Dark);
        ctx.options_mut(|options| options.fallback_theme = theme);
        let asked = self.memory.settings().reduced_motion;
        theme::set_reduced_motion(ctx, asked || choices.reduced_motion);
        // What is drawn in this pass may have its colours already.
        ctx.request_repaint();
    }

    /// The address that is listened on, if any is.
    pub fn listening_on(&self) -> Option<SocketAddr> {
        self.receive.address()
    }

    fn begin(&mut self, ctx: &Context, options: AppOptions) {
        self.send.list_devices(options.devices);
        if let Some(target) = &options.target {
            self.send.set_target(target);
        }
        if !options.files.is_empty() {
            self.send.add_paths(options.files);
        }
        let at_start = self.memory.settings().receive.listen_at_start;
        let for_demo = options.demo.then_some(SocketAddr::from(([127, 0, 0, 1], 0)));
        match options.listen.or(for_demo) {
            Some(address) => self.receive.listen_on(address),
            None if at_start => self.receive.perform(&Command::ToggleListening),
            None => return,
        }
        self.tab = Tab::Receive;
        if options.demo {
            self.begin_demo(ctx);
        }
    }

    fn begin_demo(&mut self, ctx: &Context) {
        let Some(mut to) = self.receive.address() else { return };
        if to.ip().is_unspecified() {
            to.set_ip(IpAddr::from([127, 0, 0, 1]));
        }
        match Demo::start(ctx, to) {
            Ok(demo) => self.demo = Some(demo),
            Err(error) => self.tell(ctx, Err(error.to_string())),
        }
    }

    fn perform(&mut self, ctx: &Context, command: Command) {
        match command {
            Command::ShowSend => self.tab = Tab::Send,
            Command::ShowReceive => self.tab = Tab::Receive,
            Command::Send => {
                self.tab = Tab::Send;
                self.send.send_now();
            }
            Command::Paste => {
                self.tab = Tab::Send;
                self.send.paste();
            }
            Command::CopyText(text) => {
                self.tell(ctx, Ok(format!("Copied {}", first_line(&text))));
                ctx.copy_text(text);
            }
            Command::Explain(topic) => self.explained = Some(topic),
            Command::SetTheme(choice) => {
                set_theme(ctx, choice);
                self.memory.change(|settings| settings.theme = choice);
            }
            Command::SetTextScale(scale) => {
                ctx.set_zoom_factor(scale);
                self.memory.change(|settings| settings.text_scale = scale);
            }
            Command::FindEachOther(find) => {
                self.memory.change(|settings| settings.find_each_other = find);
                self.find_each_other();
            }
            Command::SetNotices(wanted) => self.memory.change(|settings| settings.notices = wanted),
            Command::SetReducedMotion(reduced) => {
                self.memory.change(|settings| settings.reduced_motion = reduced);
                self.heed(ctx, self.desktop_choices);
            }
            Command::ToggleFullScreen => self.set_full_screen(ctx, !self.full_screen),
            Command::Dismiss if self.explained.is_some() => self.explained = None,
            Command::Dismiss if self.full_screen => self.set_full_screen(ctx, false),
            Command::ToggleListening => {
                self.tab = Tab::Receive;
                self.receive.perform(&command);
            }
            _ => self.receive.perform(&command),
        }
    }

    /// Announces what listens here, and looks for others, if that is wanted.
    fn find_each_other(&mut self) {
        let find = self.may_find && self.memory.settings().find_each_other;
        self.send.find_devices(find);
        self.receive.announce(find);
    }

    fn set_full_screen(&mut self, ctx: &Context, wanted: bool) {
        let possible = self.tab == Tab::Receive && self.receive.frame().is_some();
        let full_screen = wanted && possible;
        if full_screen != self.full_screen {
            self.full_screen = full_screen;
            ctx.send_viewport_cmd(ViewportCommand::Fullscreen(full_screen));
        }
    }

    fn tell(&mut self, ctx: &Context, what: Result<String, String>) {
        let failed = what.is_err();
        let text = what.unwrap_or_else(|error| error);
        let until = Some(ctx.input(|input| input.time) + NOTICE_SECONDS);
        self.notice = Some(Notice { text, failed, until });
    }

    /// Tells of what ended in the background; it stays until somebody looks.
    fn attend(&mut self, ctx: &Context) {
        let activity =
            Activity { sending: self.send.is_sending(), streams: self.receive.active_streams() };
        let wanted = self.memory.settings().notices;
        if let Some(text) = self.attention.logic(ctx, activity, wanted) {
            self.notice = Some(Notice { text, failed: false, until: None });
        }
    }

    fn forget_notice(&mut self, ctx: &Context) {
        let Some(notice) = &mut self.notice else { return };
        let (now, focused) = ctx.input(|input| (input.time, input.focused));
        if notice.until.is_none() && !focused {
            return;
        }
        let left = *notice.until.get_or_insert(now + NOTICE_SECONDS) - now;
        if left > 0.0 {
            ctx.request_repaint_after_secs(left as f32);
        } else {
            self.notice = None;
        }
    }

    fn take_dropped_files(&mut self, ctx: &Context) {
        let paths = drop_zone::dropped(ctx);
        if !paths.is_empty() {
            self.tab = Tab::Send;
            self.send.add_paths(paths);
        }
    }

    /// Where the other PC should send to.
    fn address_to_tell(&self) -> String {
        let bound = self.receive.address();
        let port = bound.map_or(crate::wire::DEFAULT_PORT, |bound| bound.port());
        let specific = bound.map(|bound| bound.ip()).filter(|ip| !ip.is_unspecified());
        let best = || net::interfaces().first().map(|interface| interface.address);
        let ip = specific.or_else(best).unwrap_or(IpAddr::from([127, 0, 0, 1]));
        SocketAddr::new(ip, port).to_string()
    }

    fn explanation(&mut self, ctx: &Context) {
        let Some(topic) = self.explained else { return };
        let address = self.address_to_tell();
        if !explain::show(ctx, topic, &address, &mut self.commands) {
            self.explained = None;
        }
    }
}

impl eframe::App for PixelwireApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        if let Some(choices) = self.desktop.as_ref().and_then(Desktop::news) {
            self.heed(ctx, choices);
        }
        self.take_dropped_files(ctx);
        self.focus.logic(ctx);
        self.commands.extend(command::pressed(ctx));
        for command in std::mem::take(&mut self.commands) {
            self.perform(ctx, command);
        }
        self.send.logic(ctx);
        if let Some(news) = self.receive.logic(ctx) {
            self.tell(ctx, news);
        }
        let demo = self.demo.as_mut();
        if let Some(news) = demo.and_then(|demo| demo.logic(ctx, self.receive.frame())) {
            self.tell(ctx, news);
        }
        self.attend(ctx);
        self.forget_notice(ctx);
        let (send, receive) = (self.send.settings(), self.receive.settings());
        self.memory.keep(ctx, send, receive);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        if self.full_screen {
            CentralPanel::no_frame().show(ui, |ui| self.receive.full_screen(ui));
        } else {
            self.top_bar(ui);
            self.status_line(ui);
            match self.tab {
                Tab::Send => self.send.ui(ui),
                Tab::Receive => self.receive.ui(ui, &mut self.commands),
            }
        }
        self.explanation(ui.ctx());
        self.focus.ui(ui);
        drop_zone::overlay(ui);
        if !self.commands.is_empty() {
            // What was asked for is done at the start of the next pass.
            ui.ctx().request_repaint();
        }
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.memory.keep_now(self.send.settings(), self.receive.settings());
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}

fn set_theme(ctx: &Context, choice: ThemeChoice) {
    ctx.set_theme(match choice {
        ThemeChoice::System => egui::ThemePreference::System,
        ThemeChoice::Light => egui::ThemePreference::Light,
        ThemeChoice::Dark => egui::ThemePreference::Dark,
    });
}

fn first_line(text: &str) -> String {
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    if lines.next().is_some() { format!("{line}…") } else { line.to_owned() }
}

const NOTICE_SECONDS: f64 = 4.0;
