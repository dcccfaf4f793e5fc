//! What the user has chosen for the whole desktop, and so for this window: dark or light, and
//! whether things may move by themselves.

use std::sync::{Arc, Mutex, PoisonError};

use egui::{Context, Theme};
use mundy::{ColorScheme, Interest, Preferences, ReducedMotion, Subscription};

use super::wake::wake;

/// The desktop's choices; what it does not say is left to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DesktopChoices {
    /// Dark or light, where either is preferred.
    pub theme: Option<Theme>,
    /// Whether as little as possible is to move.
    pub reduced_motion: bool,
}

/// Tells of the desktop's choices, as they are and whenever they change, for as long as it is kept.
pub struct Desktop {
    news: Arc<Mutex<Option<DesktopChoices>>>,
    _subscription: Subscription,
}

impl Desktop {
    /// Begins to ask; the answer comes later, and wakes the window. To be called on the main thread, as some systems
    /// demand.
    pub fn follow(ctx: &Context) -> Self {
        let news = Arc::new(Mutex::new(None));
        let (told, ctx) = (Arc::clone(&news), ctx.clone());
        let interest = Interest::ColorScheme | Interest::ReducedMotion;
        let subscription = Preferences::subscribe(interest, move |preferences| {
            // Only the newest counts.
            *told.lock().unwrap_or_else(PoisonError::into_inner) =
                Some(DesktopChoices::from(preferences));
            wake(&ctx);
        });
        Self { news, _subscription: subscription }
    }

    /// The choices as they are now, if they have changed.
    pub fn news(&self) -> Option<DesktopChoices> {
        self.news.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl From<Preferences> for DesktopChoices {
    fn from(preferences: Preferences) -> Self {
        Self {
            theme: match preferences.color_scheme {
                ColorScheme::Dark => Some(Theme::Dark),
                ColorScheme::Light => Some(Theme::Light),
                ColorScheme::NoPreference => None,
            },
            reduced_motion: preferences.reduced_motion == ReducedMotion::Reduce,
        }
    }
}
