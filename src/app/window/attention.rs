//! Telling of what ended while the window was in the background.

use std::collections::BTreeMap;

use egui::{Context, UserAttentionType, ViewportCommand};

use crate::flow::Mode;
use crate::net::StreamKey;

/// Watches for ends: of a job that is sent, of a stream that is received.
#[derive(Default)]
pub(super) struct Attention {
    sending: bool,
    streams: BTreeMap<StreamKey, (String, Mode)>,
    /// Whether the window's title says that something ended.
    in_title: bool,
}

/// What goes on now.
pub(super) struct Activity {
    /// Whether a job is being sent.
    pub sending: bool,
    /// Streams that are being received: who sends, and what is promised.
    pub streams: BTreeMap<StreamKey, (String, Mode)>,
}

impl Attention {
    /// Compares with what went on before. While the window is in the background an end changes
    /// the title and asks the desktop for attention; gives back what happened, to be said in the
    /// window.
    pub(super) fn logic(
        &mut self,
        ctx: &Context,
        activity: Activity,
        wanted: bool,
    ) -> Option<String> {
        let ended = self.ended(activity);
        if ctx.input(|input| input.focused) {
            if std::mem::take(&mut self.in_title) {
                ctx.send_viewport_cmd(ViewportCommand::Title(TITLE.to_owned()));
            }
            return None;
        }
        let what = ended.filter(|_| wanted)?;
        self.in_title = true;
        ctx.send_viewport_cmd(ViewportCommand::Title(format!("● {what} – {TITLE}")));
        let attention = UserAttentionType::Informational;
        ctx.send_viewport_cmd(ViewportCommand::RequestUserAttention(attention));
        Some(what)
    }

    /// What has ended since it was asked last, in words.
    fn ended(&mut self, activity: Activity) -> Option<String> {
        let sent = self.sending && !activity.sending;
        self.sending = activity.sending;
        let before = std::mem::replace(&mut self.streams, activity.streams);
        let mut stopped = before.into_iter().filter(|(key, _)| !self.streams.contains_key(key));
        let first = stopped.next();
        let more = stopped.count();
        match first {
            _ if sent => Some("Sending has ended".to_owned()),
            None => None,
            Some(_) if more > 0 => Some(format!("{} streams have stopped", more + 1)),
            Some((_, (name, Mode::Live))) => Some(format!("The stream from {name} has stopped")),
            Some((_, (name, Mode::Deliver))) => Some(format!("The job from {name} has ended")),
        }
    }
}

/// The window's title when there is nothing to tell.
const TITLE: &str = "Pixelwire";

#[cfg(test)]
mod tests {
    use super::*;

    fn activity(sending: bool, streams: &[(u64, Mode)]) -> Activity {
        let key = |id| StreamKey::over_udp(([127, 0, 0, 1], 1).into(), id);
        let streams =
            streams.iter().map(|(id, mode)| (key(*id), (format!("pi-{id}"), *mode))).collect();
        Activity { sending, streams }
    }

    #[test]
    fn each_end_is_told_once() {
        let mut attention = Attention::default();
        let streams = [(1, Mode::Live), (2, Mode::Deliver), (3, Mode::Live), (4, Mode::Live)];
        assert_eq!(attention.ended(activity(true, &streams)), None);
        let text = attention.ended(activity(false, &streams));
        assert_eq!(text.as_deref(), Some("Sending has ended"));
        let text = attention.ended(activity(false, &streams[1..]));
        assert_eq!(text.as_deref(), Some("The stream from pi-1 has stopped"));
        let text = attention.ended(activity(false, &streams[2..]));
        assert_eq!(text.as_deref(), Some("The job from pi-2 has ended"));
        let text = attention.ended(activity(false, &[]));
        assert_eq!(text.as_deref(), Some("2 streams have stopped"));
        assert_eq!(attention.ended(activity(false, &[])), None);
    }

    /// A pass of a window that does or does not have the keyboard: what was said in it, and the
    /// title that it was given.
    fn pass(
        attention: &mut Attention,
        ctx: &Context,
        focused: bool,
        activity: Activity,
    ) -> (Option<String>, Option<String>) {
        let mut said = None;
        let input = egui::RawInput { focused, ..Default::default() };
        let mut activity = Some(activity);
        let mut output = ctx.run_ui(input, |ui| {
            if let Some(activity) = activity.take() {
                said = attention.logic(ui.ctx(), activity, true);
            }
        });
        output.textures_delta.clear();
        let commands = output.viewport_output.into_values().flat_map(|viewport| viewport.commands);
        let title = commands.into_iter().find_map(|command| match command {
            ViewportCommand::Title(title) => Some(title),
            _ => None,
        });
        (said, title)
    }

    #[test]
    fn only_a_window_in_the_background_asks_for_attention_and_it_stops_when_looked_at() {
        let ctx = Context::default();
        let mut attention = Attention::default();
        let busy = || activity(true, &[]);
        let idle = || activity(false, &[]);
        pass(&mut attention, &ctx, true, busy());
        assert_eq!(pass(&mut attention, &ctx, true, idle()), (None, None));
        pass(&mut attention, &ctx, false, busy());
        let (said, title) = pass(&mut attention, &ctx, false, idle());
        assert_eq!(said.as_deref(), Some("Sending has ended"));
        assert_eq!(title.as_deref(), Some("● Sending has ended – Pixelwire"));
        assert_eq!(pass(&mut attention, &ctx, true, idle()).1.as_deref(), Some(TITLE));
        assert_eq!(pass(&mut attention, &ctx, true, idle()).1, None);
    }
}
