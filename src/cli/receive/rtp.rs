//! What the command line says of RTP streams.

use std::fs;

use crate::cli::arguments::ReceiveArguments;
use crate::cli::output::Failure;
use crate::wire::rtp::Video;
use crate::wire::sdp;

/// What RTP streams hold, as the user says.
#[derive(Clone, Copy)]
pub(super) struct Described {
    pub(super) video: Video,
    /// The port that their SDP file says, if there is one.
    port: Option<u16>,
}

impl Described {
    /// What to say when the file speaks of another port than the one that is listened on.
    pub(super) fn other_port(&self, listening: u16) -> Option<String> {
        let port = self.port.filter(|&port| port != listening)?;
        Some(format!(
            "the SDP file says that the stream goes to port {port}, and this is port {listening}: \
             use --listen {port} if nothing arrives"
        ))
    }
}

/// Reads the SDP file, or takes what was typed.
pub(super) fn described(arguments: &ReceiveArguments) -> Result<Option<Described>, Failure> {
    if let Some(file) = &arguments.sdp {
        let name = file.display();
        let text = fs::read_to_string(file)
            .map_err(|error| Failure::Usage(format!("cannot read the SDP file {name}: {error}")))?;
        let session = sdp::parse(&text)
            .map_err(|error| Failure::Usage(format!("{name} cannot be used: {error}")))?;
        return Ok(Some(Described { video: session.video, port: Some(session.port) }));
    }
    let (Some(size), Some(sampling)) = (arguments.size, arguments.pixel_format) else {
        return Ok(None);
    };
    let video = Video::new(size.width, size.height, sampling)
        .map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Some(Described { video, port: None }))
}
