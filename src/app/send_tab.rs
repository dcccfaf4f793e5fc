//! The Send tab: the list of what is sent, to whom and how, and how far it is.
//!
//! [`SendTab::logic`] takes in what happened in the background and [`SendTab::ui`] draws; all that
//! a person does is an [`Action`], handled in [`SendTab::perform`] alone.

mod action;
mod add_menu;
mod adding;
mod connection;
mod estimate;
mod form;
mod fragments;
mod inspector;
mod link;
mod list;
mod list_view;
mod neighbours;
mod panel;
mod panel_advanced;
mod panel_chunk;
mod panel_codec;
mod panel_connection;
mod panel_foot;
mod panel_rate;
mod panel_to;
mod preflight;
mod row;
mod row_view;
mod session;
mod thumbnails;
mod words;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use super::dialogs::{Clipboard, Dialog, Dialogs};
use super::settings::SendSettings;
use super::theme::Meaning;
use crate::flow::{Mode, Rate, Transport};
use crate::frame::codec::Compression;
use crate::media::Input;
use crate::net::{Device, SendError, SendStatus};

use add_menu::Recordable;
use connection::ConnectionTest;
use form::{Form, TargetProblem};
use fragments::ChunkMeaning;
use inspector::Inspector;
use link::{Link, Links};
use list::List;
use neighbours::Neighbours;
use row::Origin;
use session::{News, Session};
use thumbnails::Thumbnails;

pub use action::Action;
pub use row::RowId;

/// The Send tab.
///
/// In every pass of the window: [`SendTab::logic`] once, then [`SendTab::ui`] if it is visible.
pub struct SendTab {
    ctx: egui::Context,
    list: List,
    form: Form,
    inspector: Inspector,
    thumbnails: Thumbnails,
    dialogs: Dialogs,
    clipboard: Clipboard,
    pasted: u32,
    recordable: Recordable,
    /// What is typed in the field for a path, while it is shown.
    typed_path: Option<String>,
    links: Links,
    neighbours: Neighbours,
    test: ConnectionTest,
    session: Option<Session>,
    /// A remark above the list.
    notice: Option<Remark>,
    /// A remark above the Send button, about the newest job.
    outcome: Option<Remark>,
}

/// A sentence for the user, and whether it is good news.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Remark {
    meaning: Meaning,
    text: String,
}

impl SendTab {
    /// An empty list and the choices of the last run. `ctx` is woken by what happens in the
    /// background.
    pub fn new(ctx: &egui::Context, settings: &SendSettings) -> Self {
        let mut tab = Self {
            ctx: ctx.clone(),
            list: List::default(),
            form: Form::new(settings),
            inspector: Inspector::new(ctx),
            thumbnails: Thumbnails::default(),
            dialogs: Dialogs::new(ctx),
            clipboard: Clipboard::new(ctx),
            pasted: 0,
            recordable: Recordable::new(ctx),
            typed_path: None,
            links: Links::new(ctx),
            neighbours: Neighbours::new(ctx),
            test: ConnectionTest::new(ctx),
            session: None,
            notice: None,
            outcome: None,
        };
        tab.look_up_link();
        tab
    }

    /// Adds files and folders to the list, such as those dropped on the window.
    pub fn add_paths(&mut self, paths: Vec<PathBuf>) {
        self.perform(Action::AddPaths(paths));
    }

    /// Adds what the clipboard holds.
    pub fn paste(&mut self) {
        self.perform(Action::Paste);
    }

    /// Fills in the target from `host` or `host:port`.
    pub fn set_target(&mut self, target: &str) {
        self.perform(Action::UseTarget(target.to_owned()));
    }

    /// Sends what waits, if there is anything and a target; else the view says what is missing.
    pub fn send_now(&mut self) {
        self.perform(Action::Send);
    }

    /// Whether to look for devices that listen in the local network. Off until it is asked for.
    pub fn find_devices(&mut self, find: bool) {
        self.neighbours.look_around(find);
    }

    /// Lists devices that are known without having announced themselves.
    pub fn list_devices(&mut self, devices: Vec<Device>) {
        self.neighbours.list(devices);
    }

    /// What is to be remembered.
    pub fn settings(&self) -> SendSettings {
        self.form.settings.clone()
    }

    /// Whether a job is under way.
    pub fn is_sending(&self) -> bool {
        self.session.is_some()
    }

    /// One line for the bar at the bottom of the window.
    pub fn status_line(&self) -> String {
        words::status_line(self)
    }

    /// Takes in what happened since the last pass. Draws nothing.
    pub fn logic(&mut self, ctx: &egui::Context) {
        while let Some(finding) = self.inspector.poll() {
            if let Some(row) = self.list.get_mut(finding.row) {
                row.inspected(finding.result, finding.folder);
            }
        }
        if let Some(answer) = self.dialogs.poll() {
            self.take_dialog_answer(answer);
        }
        if let Some(pasted) = self.clipboard.poll() {
            self.take_pasted(pasted);
        }
        self.recordable.poll();
        let (target, source) = (self.form.target().ok(), self.form.settings.source);
        self.links.poll(target.as_ref(), source);
        self.test.poll(target.as_ref(), source);
        self.neighbours.logic(ctx);
        let news = self.session.as_mut().map(|session| session.poll(&mut self.list));
        for news in news.unwrap_or_default() {
            self.take_news(news);
        }
        if self.session.is_some() {
            // The engine wakes us too; this keeps the time left moving when it has nothing to say.
            ctx.request_repaint_after(std::time::Duration::from_millis(250));
        }
    }

    /// Draws the tab, and does what was clicked.
    pub fn ui(&mut self, ui: &mut egui::Ui) {
        let mut actions = Vec::new();
        panel::show(self, ui, &mut actions);
        let visible = list_view::show(self, ui, &mut actions);
        self.thumbnails.show(ui.ctx(), &self.list, &visible);
        for action in actions {
            self.perform(action);
        }
    }

    /// Does what a person asked for.
    pub fn perform(&mut self, action: Action) {
        match action {
            Action::AddImages => self.open_dialog(Dialog::Images),
            Action::AddFolder => self.open_dialog(Dialog::Folder),
            Action::AddVideos => self.open_dialog(Dialog::Videos),
            Action::LookForDevices => self.recordable.look(),
            Action::Record(what) => self.add(Origin::Input(Input::Capture { what, rate: None })),
            Action::Paste => self.clipboard.ask(),
            Action::AddPattern => self.add(Origin::Input(TEST_PATTERN)),
            Action::AddPaths(paths) => self.add_all(paths),
            Action::TypePath(text) => self.typed_path = Some(text),
            Action::AddTypedPath => self.add_typed_path(),
            Action::CloseTypedPath => self.typed_path = None,
            Action::Remove(id) => self.remove(id),
            Action::SendAgain(id) => self.send_again(id),
            Action::ClearDelivered => self.list.clear_settled(),
            Action::RemoveUnreadable => self.remove_unreadable(),
            Action::SetHost(host) => self.form.settings.host = host,
            Action::CommitHost => self.set_target_from(&self.form.settings.host.clone()),
            Action::SetPort(port) => self.form.set_port(port),
            Action::UseTarget(target) => self.set_target_from(&target),
            Action::TestConnection => self.test_connection(),
            Action::DismissTest => self.test.dismiss(),
            Action::SetSource(source) => self.set_source(source),
            Action::SetProtocol(protocol) => self.form.settings.protocol = protocol,
            Action::SetMode(mode) => self.form.settings.mode = mode,
            Action::SetChunk(chunk) => self.form.settings.chunk = chunk,
            Action::SetRate(rate) => self.set_rate(rate),
            Action::SetFramesPerSecond(frames) => self.set_frames_per_second(frames),
            Action::SetRepeat(repeat) => self.form.settings.repeat = repeat,
            Action::SetCompression(compression) => self.set_compression(compression),
            Action::SetFec(fec) => self.form.settings.fec = fec,
            Action::SetTransport(transport) => self.form.settings.transport = transport,
            Action::SetPacking(packing) => self.form.settings.packing = packing,
            Action::SetBench(text) => self.form.bench = text,
            Action::Send => self.send(self.list.due()),
            Action::Cancel => self.cancel(),
            Action::CopyText(text) => self.ctx.copy_text(text),
            Action::DismissNotice => self.notice = None,
        }
    }

    /// Sends one entry once more: at once, or with the next press of Send when that is not
    /// possible now.
    fn send_again(&mut self, id: RowId) {
        let Some(row) = self.list.get_mut(id).filter(|row| row.can_go_again()) else {
            return;
        };
        row.wait();
        if row.facts.is_none() {
            // The file may have been mended.
            row.looked_at = false;
            let origin = row.origin.clone();
            self.inspector.ask(id, origin);
        }
        self.send(vec![id]);
    }

    fn send(&mut self, ids: Vec<RowId>) {
        if self.session.is_some() || ids.is_empty() {
            return;
        }
        let Ok(targets) = self.form.targets() else {
            return;
        };
        self.outcome = None;
        self.look_up_link();
        let repeat = self.form.settings.repeat;
        let options = self.form.options(targets);
        self.session = Some(Session::begin(&self.ctx, &mut self.list, ids, options, repeat));
        self.ctx.request_repaint();
    }

    fn cancel(&mut self) {
        if let Some(session) = &mut self.session {
            session.cancel();
            self.ctx.request_repaint();
        }
    }

    fn take_news(&mut self, news: News) {
        match news {
            News::Connected => {
                self.outcome = None;
                self.remember_target();
            }
            News::NobodyListening(peer) => self.outcome = Some(nobody_listening(peer)),
            News::NothingToSend => {
                let text = NOTHING_READABLE.to_owned();
                self.outcome = Some(Remark { meaning: Meaning::Lost, text });
                self.session = None;
            }
            News::Over(result) => {
                if result.is_ok() {
                    self.remember_target();
                }
                let status = self.session.take().and_then(|session| session.status());
                self.outcome = outcome(result, self.form.settings.mode);
                if let (Some(remark), Some(status)) = (&mut self.outcome, status) {
                    remark.text.push_str(&words::each_receiver(&status.receivers));
                }
            }
        }
    }

    fn remember_target(&mut self) {
        if let Some(session) = &self.session {
            self.form.settings.remember(&session.targets());
        }
    }

    fn set_target_from(&mut self, text: &str) {
        self.form.set_target(text);
        self.look_up_link();
    }

    fn set_rate(&mut self, rate: Rate) {
        self.form.settings.rate = rate;
        if let Rate::Fixed(megabits) = rate {
            self.form.fixed_megabits = megabits;
        }
    }

    fn set_compression(&mut self, compression: Compression) {
        self.form.settings.compression = compression;
        if let Compression::Jpeg(quality) = compression {
            self.form.quality = quality;
        }
    }

    fn set_frames_per_second(&mut self, frames: Option<f64>) {
        self.form.settings.frames_per_second = frames;
        self.form.fixed_frames = frames.unwrap_or(self.form.fixed_frames);
    }

    /// Cables are plugged in and out: what we know of the link is renewed now and then.
    fn look_up_link(&mut self) {
        if let Ok(target) = self.form.target() {
            self.links.look_up(&target, self.form.settings.source);
        }
    }

    fn test_connection(&mut self) {
        if let Ok(target) = self.form.target() {
            self.look_up_link();
            self.test.start(target, self.form.settings.source);
        }
    }

    fn set_source(&mut self, source: Option<IpAddr>) {
        self.form.settings.source = source;
        self.look_up_link();
    }

    /// Why Send does nothing now; `None` when it does something.
    fn obstacle(&self) -> Option<&'static str> {
        if self.list.rows().is_empty() {
            return Some("Add an image first");
        }
        if self.list.due().is_empty() {
            return Some("All of it has been sent: add images, or press Send again in the list");
        }
        match self.form.targets() {
            Ok(_) if self.form.impairment().is_err() => Some("Correct the bad network first"),
            Ok(_) => None,
            Err(TargetProblem::Missing) => Some("Type the address of the other PC first"),
            Err(TargetProblem::Wrong(_)) => Some("Correct the address first"),
        }
    }

    fn link(&self) -> Link {
        self.links.current()
    }

    fn chunk_meaning(&self) -> ChunkMeaning {
        let settings = &self.form.settings;
        match settings.transport() {
            Transport::Udp => ChunkMeaning::of(settings.chunk, settings.protocol, self.link()),
            Transport::Tcp => ChunkMeaning::over_tcp(settings.chunk, settings.mode, self.link()),
        }
    }
}

fn nobody_listening(peer: SocketAddr) -> Remark {
    let text = format!("Nobody listens at {peer} yet: press Listen there. Still trying…");
    Remark { meaning: Meaning::Recovered, text }
}

fn outcome(result: Result<SendStatus, SendError>, mode: Mode) -> Option<Remark> {
    match result {
        Ok(status) => Some(words::finished(&status, mode)),
        Err(SendError::Cancelled) => None,
        Err(SendError::ReceiversFailed { failed, receivers, .. }) => Some(Remark {
            meaning: Meaning::Lost,
            text: format!("{failed} of {receivers} receivers failed"),
        }),
        Err(SendError::FramesFailed { failed, frames }) => Some(Remark {
            meaning: Meaning::Lost,
            text: format!("{failed} of {frames} frames failed: the list says why"),
        }),
        Err(error) => {
            Some(Remark { meaning: Meaning::Lost, text: words::capitalised(&error.to_string()) })
        }
    }
}

const TEST_PATTERN: Input = Input::Pattern { width: 1280, height: 720 };
const NOTHING_READABLE: &str = "None of it can be read: the list says why";
