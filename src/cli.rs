//! The same engine without a window: `send`, `receive` and `demo`.
//!
//! People get short lines and a table; programs get one JSON object a line with `--json`. What
//! went wrong is said in one line on standard error. The exit status is 0 when all went well, 1
//! when something did not, and 2 when the command line itself was wrong.

mod arguments;
mod demo;
mod interrupt;
mod output;
mod receive;
mod saver;
mod send;
mod summary;
mod test;

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use output::Failure;

/// What the command line asks for.
#[derive(Debug)]
pub enum Choice {
    /// One of the commands, without a window.
    Run(Task),
    /// The window.
    Window(WindowOptions),
}

/// A command, ready to be run by [`run`].
#[derive(Debug)]
pub struct Task(Command);

impl Task {
    /// The demonstration on the terminal, for when its window cannot be opened.
    pub const DEMO: Self = Self(Command::Demo);
}

/// What the window is to begin with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowOptions {
    /// Files and folders for the list of what is sent.
    pub files: Vec<PathBuf>,
    /// Start to listen here at once.
    pub listen: Option<SocketAddr>,
    /// Fill in this target.
    pub target: Option<String>,
    /// Send the demonstration to itself.
    pub demo: bool,
}

/// Reads the command line.
///
/// # Errors
/// The exit status, when there is nothing more to do: help was shown, or what is wrong was said.
pub fn choose() -> Result<Choice, ExitCode> {
    let arguments = Arguments::read().map_err(|shown| shown.status())?;
    choice_of(arguments).map_err(|failure| failure.said())
}

/// Runs a command to its end and gives the exit status.
pub fn run(Task(command): Task) -> ExitCode {
    let result = match command {
        Command::Demo => demo::run(),
        Command::Receive(arguments) => receive::run(&arguments),
        Command::Send(arguments) => send::run(&arguments),
        Command::Test(arguments) => test::run(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.said(),
    }
}

/// Says in one line on standard error why the program ends; gives the exit status for that.
pub fn fail(reason: &str) -> ExitCode {
    Failure::Failed(reason.to_owned()).said()
}

fn choice_of(arguments: Arguments) -> Result<Choice, Failure> {
    match arguments.command {
        Some(Command::Demo) if can_open_window() => {
            Ok(Choice::Window(WindowOptions { demo: true, ..WindowOptions::default() }))
        }
        Some(command) => Ok(Choice::Run(Task(command))),
        None => {
            check_window(&arguments.files)?;
            Ok(Choice::Window(WindowOptions {
                files: arguments.files,
                listen: arguments.listen,
                target: arguments.to,
                demo: false,
            }))
        }
    }
}

/// Whether a window with these files can be opened.
fn check_window(files: &[PathBuf]) -> Result<(), Failure> {
    if let Some(file) = files.iter().find(|file| !file.exists()) {
        let file = file.display();
        return Err(Failure::Usage(format!(
            "{file}: there is no such file or folder, and no such command; {COMMANDS}"
        )));
    }
    if !cfg!(feature = "window") {
        return Err(Failure::Usage(format!(
            "this build has no window; {COMMANDS}, or build it with the feature `window`"
        )));
    }
    if !can_open_window() {
        return Err(Failure::because(format!(
            "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set); \
             {COMMANDS}"
        )));
    }
    Ok(())
}

/// Whether this build has a window and this machine something to show it on.
fn can_open_window() -> bool {
    let named = |variable| env::var_os(variable).is_some_and(|value| !value.is_empty());
    let has_display =
        !cfg!(all(unix, not(target_os = "macos"))) || named("DISPLAY") || named("WAYLAND_DISPLAY");
    cfg!(feature = "window") && has_display
}

const COMMANDS: &str =
    "the commands that need none are `pixelwire send`, `pixelwire receive` and `pixelwire demo`";
