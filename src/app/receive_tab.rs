//! The Receive tab: listening, the picture, and what the network did to it.

mod account;
mod address;
mod chart;
mod classic;
mod compare;
mod counters;
mod empty;
mod exporter;
mod film;
mod header;
mod keep;
mod network;
mod problems;
mod rtp;
mod session;
mod streams;
mod verdict;
mod viewing;

use std::net::SocketAddr;
use std::sync::Arc;

use egui::{CentralPanel, Context, Frame, Margin, Panel, ScrollArea, Ui};

use crate::flow::Protocol;
use crate::net::{self, ListenCommand, ListenStatus, ReceivedFrame, StreamKey};

use super::command::Command;
use super::errand::Errand;
use super::figures;
use super::image_view::ImageView;
use super::present::Presenter;
use super::settings::ReceiveSettings;
use super::theme::{self, Meaning, SIDE_PANEL, height, space};
use super::widgets;
use address::{AddressForm, Listening};
use classic::ClassicSize;
use compare::Comparison;
use empty::{Place, ThisPc};
use exporter::Exporter;
use film::Film;
use header::Header;
use keep::{FolderKeeper, Keeper};
use network::{Network, Seen};
use rtp::RtpForm;
use session::Session;
use streams::Grid;

/// The Receive tab.
///
/// Getters: [`ReceiveTab::settings`], [`ReceiveTab::status_line`]. Input: [`ReceiveTab::logic`],
/// once in every pass, gives back a notice for the user. Commands: [`ReceiveTab::perform`].
/// Drawing: the `ui` methods, which only add to the list of commands.
pub struct ReceiveTab {
    ctx: Context,
    form: AddressForm,
    session: Option<Session>,
    /// The last words of a session that was ended.
    stopping: Errand<Arc<ListenStatus>>,
    /// The newest account; stays after listening has ended.
    status: Option<Arc<ListenStatus>>,
    problem: Option<String>,
    view: ImageView,
    /// Makes frames drawable; stays after listening has ended.
    presenter: Option<Presenter>,
    /// The frame of the stream that the picture is about.
    source: Option<Arc<ReceivedFrame>>,
    film: Film,
    comparison: Comparison,
    grid: Grid,
    only: Option<StreamKey>,
    show_damaged: bool,
    classic: ClassicSize,
    rtp: RtpForm,
    network: Network,
    keeper: Keeper,
    exporter: Exporter,
    folder: FolderKeeper,
    pc: ThisPc,
    remembered: ReceiveSettings,
    /// Whether the local network is told that somebody listens here.
    announces: bool,
}

impl ReceiveTab {
    /// As it was left the last time; not listening.
    pub fn new(ctx: &Context, settings: &ReceiveSettings) -> Self {
        Self {
            ctx: ctx.clone(),
            form: AddressForm::new(settings),
            session: None,
            stopping: Errand::new("stop listening"),
            status: None,
            problem: None,
            view: ImageView::default(),
            presenter: None,
            source: None,
            film: Film::default(),
            comparison: Comparison::default(),
            grid: Grid::default(),
            only: None,
            show_damaged: settings.show_damaged,
            classic: ClassicSize::new(settings.geometry.clone()),
            rtp: RtpForm::new(ctx),
            network: Network::default(),
            keeper: Keeper::new(ctx),
            exporter: Exporter::new(ctx),
            folder: FolderKeeper::new(ctx),
            pc: ThisPc { name: net::host_name(), interfaces: net::interfaces() },
            remembered: settings.clone(),
            announces: false,
        }
    }

    /// Begins to listen on `address`.
    pub fn listen_on(&mut self, address: SocketAddr) {
        self.form.set(address);
        self.start();
    }

    /// Whether to tell the local network that somebody listens here. Off until it is asked for.
    pub fn announce(&mut self, announce: bool) {
        self.announces = announce;
        if let Some(session) = &mut self.session {
            session.announce(announce);
        }
    }

    /// The bound address while listening.
    pub fn address(&self) -> Option<SocketAddr> {
        self.session.as_ref().map(Session::address)
    }

    /// What is to be remembered.
    pub fn settings(&self) -> ReceiveSettings {
        let mut settings = self.remembered.clone();
        self.form.store(&mut settings);
        self.classic.text().clone_into(&mut settings.geometry);
        settings.show_damaged = self.show_damaged;
        settings
    }

    /// Takes what has arrived. Gives back what the user should be told, once.
    pub fn logic(&mut self, ctx: &Context) -> Option<Result<String, String>> {
        if let Some(last_words) = self.stopping.poll() {
            self.status = Some(last_words);
        }
        if let Some(session) = &self.session {
            let status = session.status();
            self.status = Some(Arc::clone(&status));
            if let Some(failure) = &status.failure {
                self.problem = Some(figures::sentence(failure));
                self.toggle();
            }
        }
        self.look(ctx);
        let kept = self.keeper.poll().or_else(|| self.folder.poll());
        kept.or_else(|| self.exporter.poll()).or_else(|| self.take_sdp())
    }

    /// Does what was asked for, if it concerns this tab.
    pub fn perform(&mut self, command: &Command) {
        match command {
            Command::ToggleListening => self.toggle(),
            Command::View(command) => self.view.perform(*command),
            Command::SetGeometry(geometry) => {
                self.classic.set(*geometry);
                self.tell(ListenCommand::SetGeometry(*geometry));
            }
            Command::DescribeRtp(video) => {
                self.rtp.take(*video);
                self.tell(ListenCommand::DescribeRtp(Some(*video)));
            }
            Command::OpenSdp => self.rtp.open_sdp(),
            Command::ShowDamaged(show) => {
                self.show_damaged = *show;
                self.tell(ListenCommand::ShowDamaged(*show));
            }
            Command::ResetCounters => {
                self.network.perform(command, self.status.as_deref(), self.only);
                self.tell(ListenCommand::ResetCounters);
            }
            Command::Export(export) => {
                if let Some(status) = &self.status {
                    self.exporter.export(*export, Arc::clone(status));
                }
            }
            Command::Save(format) => {
                if let Some(received) = self.view.frame() {
                    self.keeper.save(received, *format);
                }
            }
            Command::CopyPicture => {
                if let Some(shot) = self.view.shot() {
                    self.keeper.copy(shot);
                }
            }
            Command::KeepEvery(format) => self.folder.ask(*format),
            Command::StopKeeping => self.folder.stop(),
            Command::ShowFolder => self.folder.show_folder(),
            _ => {
                self.network.perform(command, self.status.as_deref(), self.only);
                self.change_view(command);
            }
        }
    }

    /// The address and Listen or Stop, in the top bar, from right to left.
    pub fn top_bar(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let state = match (&self.session, self.stopping.is_running()) {
            (Some(_), _) => Listening::On,
            (None, true) => Listening::Stopping,
            (None, false) => Listening::Off,
        };
        self.form.ui(ui, state, commands);
    }

    /// Draws the tab.
    pub fn ui(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        self.keeper.ui(ui);
        self.exporter.ui(ui);
        self.folder.dialog(ui);
        self.rtp.dialog(ui);
        self.lay_packets_over();
        if self.view.frame().is_some() {
            self.problem_strip(ui);
            self.side(ui, commands);
            self.toolbar(ui, commands);
            self.folder.ui(ui, commands);
            if let Some(status) = self.status.as_ref().filter(|_| self.grid.is_open()) {
                self.grid.ui(ui, status, commands);
                return;
            }
            self.film.ui(ui, commands);
            self.comparison.ui(ui, commands);
            self.view.inspector(ui, commands);
            CentralPanel::no_frame().show(ui, |ui| self.picture(ui));
            return;
        }
        let trouble = self.rtp_trouble();
        CentralPanel::default().show(ui, |ui| match self.address() {
            Some(_) if trouble.is_some() => {
                empty::unknown_stream(ui, |ui| self.rtp.ui(ui, trouble, commands));
            }
            Some(bound) => {
                let tcp_trouble = self.status.as_ref().and_then(|one| one.tcp_trouble.as_deref());
                empty::waiting(ui, Place { bound, tcp_trouble }, &self.pc, commands);
            }
            None => empty::idle(ui, self.problem.as_deref(), commands),
        });
    }

    /// Draws the picture and nothing else.
    pub fn full_screen(&mut self, ui: &mut Ui) {
        self.lay_packets_over();
        self.picture(ui);
    }

    /// The frame that is shown.
    pub fn frame(&self) -> Option<&Arc<ReceivedFrame>> {
        self.view.frame()
    }

    /// The problem frame whose packets are shown instead of those of the picture: its stream and
    /// number.
    pub fn problem_frame(&self) -> Option<(StreamKey, u64)> {
        self.network.problem().map(|problem| (problem.stream, problem.frame_id))
    }

    /// What the line at the bottom says: each part and whether it stands out.
    pub fn status_line(&self) -> Vec<(String, bool)> {
        let Some(bound) = self.address() else {
            return vec![("Not listening".to_owned(), false)];
        };
        let mut parts = vec![("Listening on ".to_owned(), false), (self.listening_on(bound), true)];
        if let Some(status) = &self.status {
            let buffer = figures::buffer_bytes(status.receive_buffer as u64);
            let small = status.receive_buffer < status.receive_buffer_wanted;
            let mark = if small { " ⚠" } else { "" };
            parts.push((format!("     Receive buffer {buffer}{mark}"), false));
        }
        parts
    }

    fn lay_packets_over(&mut self) {
        if let Some(received) = self.view.frame() {
            let record = self.network.overlay(self.status.as_deref(), received);
            self.view.set_overlay(record);
        }
    }

    fn listening_on(&self, bound: SocketAddr) -> String {
        if bound.ip().is_unspecified() {
            return format!("every interface, port {}", bound.port());
        }
        let interface = self.pc.interfaces.iter().find(|one| one.address == bound.ip());
        interface.map_or_else(|| bound.to_string(), |one| format!("{bound} ({})", one.name))
    }

    fn toggle(&mut self) {
        match self.session.take() {
            Some(session) => self.stop(session),
            None if self.stopping.is_running() => {}
            None => self.start(),
        }
    }

    /// In the background: senders that are closing their jobs are heard out.
    fn stop(&mut self, session: Session) {
        if let Err(error) = self.stopping.start(&self.ctx, move || session.stop()) {
            self.problem = Some(format!("No thread to stop listening in: {error}"));
        }
    }

    fn start(&mut self) {
        self.problem = None;
        let asked = self.form.parse().and_then(|address| Ok((address, self.form.groups()?)));
        let started = asked.and_then(|asked| {
            let described = (self.classic.geometry(), self.rtp.video());
            let inlet = self.folder.inlet();
            Session::start(&self.ctx, asked, described, self.show_damaged, inlet)
        });
        match started {
            Ok((mut session, screen)) => {
                session.announce(self.announces);
                self.form.show_bound(session.address());
                self.pc.interfaces = net::interfaces();
                self.look_at_screen(screen);
                self.status = Some(session.status());
                self.session = Some(session);
            }
            Err(problem) => self.problem = Some(figures::sentence(&problem)),
        }
    }

    fn tell(&self, command: ListenCommand) {
        if let Some(session) = &self.session {
            session.command(command);
        }
    }

    fn problem_strip(&self, ui: &mut Ui) {
        let Some(problem) = &self.problem else { return };
        let frame = Frame::new().fill(background(ui)).inner_margin(Margin::symmetric(16, 8));
        Panel::top("problem").frame(frame).show(ui, |ui| {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                widgets::meaning_label(ui, Meaning::Lost, "✕", problem);
            });
        });
    }

    fn toolbar(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let (Some(status), Some(received)) = (&self.status, self.view.frame()) else { return };
        let frame = Frame::new().fill(background(ui)).inner_margin(Margin::symmetric(16, 4));
        Panel::top("toolbar").frame(frame).exact_size(height::TOOLBAR).show(ui, |ui| {
            let header = Header {
                status,
                received,
                view: &self.view,
                only: self.only,
                side_by_side: self.grid.is_open(),
                listening: self.session.is_some(),
            };
            header.ui(ui, commands);
        });
    }

    fn side(&mut self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let (Some(status), Some(received)) = (self.status.clone(), self.view.frame().cloned())
        else {
            return;
        };
        let classic = received.protocol == Protocol::Classic;
        let trouble = self.rtp_trouble();
        let rtp = received.protocol == Protocol::Rtp || trouble.is_some();
        let frame = widgets::side_panel(ui).inner_margin(0);
        Panel::right("figures").frame(frame).resizable(false).exact_size(SIDE_PANEL).show(
            ui,
            |ui| {
                ScrollArea::vertical().content_margin(16).show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = space::TIGHT;
                    Network::verdict(ui, &status, commands);
                    ui.add_space(space::CONTROL);
                    if classic {
                        self.classic.ui(ui, &received.geometry_choices, commands);
                        ui.add_space(space::GROUP);
                    }
                    if rtp {
                        self.rtp.ui(ui, trouble, commands);
                        ui.add_space(space::GROUP);
                    }
                    self.network.ui(
                        ui,
                        &Seen { status: &status, received: &received, only: self.only },
                        commands,
                    );
                    ui.add_space(space::CARD);
                    self.damaged_switch(ui, commands);
                });
            },
        );
    }

    fn damaged_switch(&self, ui: &mut Ui, commands: &mut Vec<Command>) {
        let mut show = self.show_damaged;
        let label = Command::ShowDamaged(show).label();
        let hover = "When off, live frames with missing parts are skipped";
        if ui.checkbox(&mut show, label).on_hover_text(hover).changed() {
            commands.push(Command::ShowDamaged(show));
        }
    }
}

fn background(ui: &Ui) -> egui::Color32 {
    theme::palette(ui).background
}
