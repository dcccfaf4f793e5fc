//! Ctrl-C as a message: the first one asks for an orderly end, the second one does not ask.

use std::process;

use crossbeam_channel::{Receiver, TrySendError, bounded};

use super::output::Failure;

/// A channel that says when the user has pressed Ctrl-C (or the system wants the program to end).
pub(super) fn channel() -> Result<Receiver<()>, Failure> {
    let (sender, receiver) = bounded(1);
    let mut asked = false;
    ctrlc::set_handler(move || match sender.try_send(()) {
        Ok(()) if !asked => asked = true,
        Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {
            process::exit(INTERRUPTED);
        }
    })
    .map_err(|error| Failure::because(format!("Ctrl-C cannot be handled here: {error}")))?;
    Ok(receiver)
}

/// What shells report for a program that Ctrl-C ended.
const INTERRUPTED: i32 = 130;
