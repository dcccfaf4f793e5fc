//! Chooses the window or the command line; nothing else.

use std::process::ExitCode;

use pixelwire::cli::{self, Choice};

fn main() -> ExitCode {
    match cli::choose() {
        Ok(Choice::Run(task)) => cli::run(task),
        Ok(Choice::Window(options)) => window(options),
        Err(status) => status,
    }
}

#[cfg(feature = "window")]
fn window(options: cli::WindowOptions) -> ExitCode {
    let cli::WindowOptions { files, listen, target, demo } = options;
    let find_each_other = true;
    let devices = Vec::new();
    let options =
        pixelwire::app::AppOptions { files, listen, target, demo, devices, find_each_other };
    match pixelwire::app::run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) if demo => cli::run(cli::Task::DEMO),
        Err(error) => cli::fail(&error.to_string()),
    }
}

#[cfg(not(feature = "window"))]
fn window(_: cli::WindowOptions) -> ExitCode {
    cli::fail("this build has no window")
}
