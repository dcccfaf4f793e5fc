//! What is to be sent, as the command line says it.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use crate::cli::arguments::SendArguments;
use crate::cli::output::Failure;
use crate::flow::Mode;
use crate::media::{Input, RawForm, Rhythm};
#[cfg(feature = "clipboard")]
use crate::media::{Pasted, paste};

/// The inputs in order, with what the other options say about them.
pub(super) fn inputs(arguments: &SendArguments) -> Result<Vec<Input>, Failure> {
    let form = raw_form(arguments)?;
    let pipes = arguments.inputs.iter().filter(|text| *text == STANDARD_INPUT).count();
    match pipes {
        0 if form.is_some() => {
            return Err(usage("--size and --pixel-format are for the input `-`"));
        }
        1 if io::stdin().is_terminal() => return Err(usage(NOTHING_PIPED)),
        0 | 1 => {}
        _ => return Err(usage("standard input can be sent once: give `-` one time")),
    }
    let mut inputs = Vec::new();
    for text in &arguments.inputs {
        if text == CLIPBOARD && !Path::new(text).exists() {
            inputs.extend(pasted()?);
        } else {
            inputs.push(input(text, form, arguments)?);
        }
    }
    Ok(inputs)
}

/// What was copied last.
#[cfg(feature = "clipboard")]
fn pasted() -> Result<Vec<Input>, Failure> {
    match paste() {
        Pasted::Paths(paths) => {
            let at = |path: &PathBuf| Input::at(path).map_err(|e| Failure::Failed(e.to_string()));
            paths.iter().map(at).collect()
        }
        Pasted::Image(frame) => Ok(vec![Input::Image { name: CLIPBOARD.to_owned(), frame }]),
        Pasted::Nothing(why) => Err(Failure::Failed(why)),
    }
}

#[cfg(not(feature = "clipboard"))]
fn pasted() -> Result<Vec<Input>, Failure> {
    Err(usage(
        "this build reads no clipboard: build it with `--features clipboard`, or name a file",
    ))
}

fn input(text: &str, form: Option<RawForm>, arguments: &SendArguments) -> Result<Input, Failure> {
    if text == STANDARD_INPUT {
        // With a rhythm of ours the other program waits; else it sets the pace of what is live.
        let live = arguments.mode != Some(Mode::Deliver) && arguments.fps.is_none();
        let rhythm = if live && form.is_some() { Rhythm::Newest } else { Rhythm::Each };
        return Ok(Input::Pipe { form, rhythm });
    }
    let input = Input::parse(text).map_err(|error| {
        // A pattern is wrong as typed; a missing file may be there tomorrow.
        let typed = text.starts_with("pattern:");
        let failure = if typed { Failure::Usage } else { Failure::Failed };
        failure(error.to_string())
    })?;
    match input {
        Input::Folder(path) if arguments.watch => Ok(Input::Watch(path)),
        Input::Capture { what, .. } => Ok(Input::Capture { what, rate: arguments.fps }),
        _ if arguments.watch => {
            let text = PathBuf::from(text);
            Err(usage(&format!("{}: --watch is for folders", text.display())))
        }
        input => Ok(input),
    }
}

fn raw_form(arguments: &SendArguments) -> Result<Option<RawForm>, Failure> {
    match (arguments.size, arguments.pixel_format) {
        (None, None) => Ok(None),
        (Some((width, height)), Some(format)) => {
            RawForm::new(width, height, format).map(Some).map_err(|reason| usage(&reason))
        }
        (Some(_), None) => Err(usage("--size also needs --pixel-format, such as bgr24")),
        (None, Some(_)) => Err(usage("--pixel-format also needs --size, such as 1280x720")),
    }
}

fn usage(reason: &str) -> Failure {
    Failure::Usage(reason.to_owned())
}

/// How the clipboard is named.
const CLIPBOARD: &str = "clipboard";

/// How the program's own input is named.
const STANDARD_INPUT: &str = "-";

const NOTHING_PIPED: &str = "standard input is this terminal: pipe frames into it, such as \
    `ffmpeg … -f yuv4mpegpipe - | pixelwire send - --to …`";
