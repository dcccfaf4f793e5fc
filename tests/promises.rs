//! What Pixelwire promises, one file for each promise. They are one program, so that they share
//! what they need and are linked once; what must not run beside others is a program of its own.

#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod loopback;
mod simulation;

mod classic_protocol;
mod codecs;
mod command_line;
mod forward_error_correction;
mod impairment_bench;
mod ipv6;
mod live_mode;
mod packet_record;
mod python_client;
mod round_trip;
mod rtp_video;
mod seeded_jobs;
mod several_targets;
mod simulated_group;
mod simulated_network;
mod tcp_transport;
