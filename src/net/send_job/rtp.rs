//! A job of uncompressed video over RTP.

use std::net::SocketAddr;

use crate::flow::{RtpConfig, RtpSender};
use crate::frame::Frame;
use crate::net::random_id;
use crate::wire::sdp::{self, Route};

use super::progress::Progress;
use super::unanswered::{self, Describe};
use super::{LIVE_FRAMES_PER_SECOND, SendError, SendOptions, Way};

/// Sends everything that the feed gives, and first of all tells the stream's SDP file.
pub(super) fn send(
    options: &SendOptions,
    way: Way,
    progress: &mut Progress,
) -> Result<(), SendError> {
    let random = || random_id().map_err(|error| SendError::System(error.to_string()));
    let (name, begin) = (random()?, random()?);
    let frames_per_second = options.frames_per_second.unwrap_or(LIVE_FRAMES_PER_SECOND);
    let config = RtpConfig {
        ssrc: name as u32,
        first_number: (name >> 32) as u16,
        first_timestamp: begin as u32,
        chunk: way.chunk,
        rate: options.rate,
        frames_per_second,
        packing: options.packing,
    };
    let describe = description(&way, &config, options.spread.ttl);
    unanswered::send(|now| RtpSender::new(config, now), way, Some(describe), progress)
}

fn description(way: &Way, config: &RtpConfig, ttl: u8) -> Describe {
    let (frames_per_second, packing) = (config.frames_per_second, config.packing);
    let peer = way.peer;
    let origin = way.exit.port.local_addr().map_or(peer, |own: SocketAddr| own).ip();
    let route = Route { origin, peer, ttl };
    Box::new(move |frame: &Frame| {
        let video = RtpSender::video_of(frame, packing).ok()?;
        Some(sdp::write(&video, &route, frames_per_second))
    })
}
