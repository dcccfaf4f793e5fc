//! Something slow that is done once, on a thread of its own, while the window goes on.

use std::io;
use std::thread;

use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// One piece of background work at a time, and its result.
///
/// Command: [`Errand::start`]. Getter: [`Errand::is_running`]. Output: [`Errand::poll`], to be
/// asked once in every pass of the window, which is woken when there is a result.
#[derive(Debug)]
pub struct Errand<T> {
    name: &'static str,
    result: Option<Receiver<T>>,
}

impl<T: Send + 'static> Errand<T> {
    /// An errand whose threads are called `name`.
    pub const fn new(name: &'static str) -> Self {
        Self { name, result: None }
    }

    /// Whether it is under way or its result has not been taken yet.
    pub const fn is_running(&self) -> bool {
        self.result.is_some()
    }

    /// Starts `work` and gives up the result of an earlier one that is still under way.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(
        &mut self,
        ctx: &egui::Context,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> io::Result<()> {
        let (sender, receiver) = bounded(1);
        let ctx = ctx.clone();
        thread::Builder::new().name(self.name.to_owned()).spawn(move || {
            // Nobody listens any more when the window was closed meanwhile.
            let _ = sender.send(work());
            ctx.request_repaint();
        })?;
        self.result = Some(receiver);
        Ok(())
    }

    /// Gives up the result of what is under way.
    pub fn forget(&mut self) {
        self.result = None;
    }

    /// The result, once.
    pub fn poll(&mut self) -> Option<T> {
        match self.result.as_ref()?.try_recv() {
            Ok(result) => {
                self.result = None;
                Some(result)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                // The work panicked; its message is on standard error already.
                self.result = None;
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_result_is_given_once() {
        let ctx = egui::Context::default();
        let mut errand = Errand::new("test errand");
        errand.start(&ctx, || 42).expect("a thread");
        assert!(errand.is_running());
        let result = loop {
            if let Some(result) = errand.poll() {
                break result;
            }
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!(result, 42);
        assert_eq!(errand.poll(), None);
        assert!(!errand.is_running());
    }

    #[test]
    fn what_is_forgotten_gives_no_result() {
        let mut errand = Errand::new("test errand");
        errand.start(&egui::Context::default(), || 42).expect("a thread");
        errand.forget();
        assert!(!errand.is_running());
        assert_eq!(errand.poll(), None);
    }
}
