//! Two hosts joined by a 1 Gb/s link whose kernel drops arriving datagrams: every frame is
//! delivered and verified, and our count of lost packets is the kernel's own.
//!
//! The hosts are network namespaces, which take Linux, root, iproute2, ethtool and iptables; where
//! they are not to be had the tests say so and pass.

#![cfg(target_os = "linux")]
#![expect(clippy::expect_used, reason = "a test that cannot go on has failed")]

mod finding;
mod multicast;
mod namespaces;

use std::time::Duration;

use namespaces::Hosts;

/// Drops `share` of the datagrams that arrive, sends twenty frames, and compares the ledgers.
fn assert_exact(share: f64) {
    let Some(hosts) = Hosts::new() else { return };
    hosts.drop_arriving(share);
    let receiver = hosts.receiver(&["--frames", "20"]);
    let sender = hosts.sender(&["pattern:1280x720", "--mode", "deliver", "--count", "20"]);
    let (there, here) = (sender.summary(), receiver.summary());
    assert_eq!(there["frames_delivered"], 20, "{there}");
    assert_eq!(here["frames_complete"], 20, "{here}");
    assert_eq!(here["packets_expected"], there["packets_sent"]);
    assert_eq!(here["packets_lost"], hosts.dropped(), "of {}", there["packets_sent"]);
    assert_eq!(here["kernel_drops"], 0, "the buffer was not to blame");
    assert!(hosts.dropped() > 0);
}

#[test]
fn one_percent_lost_is_the_kernels_count() {
    assert_exact(0.01);
}

#[test]
fn five_percent_lost_is_the_kernels_count() {
    assert_exact(0.05);
}

#[test]
fn twenty_percent_lost_is_the_kernels_count() {
    assert_exact(0.2);
}

#[test]
fn thirty_percent_lost_is_the_kernels_count() {
    assert_exact(0.3);
}

#[test]
fn a_receiver_killed_and_started_again_gets_the_rest() {
    let Some(hosts) = Hosts::new() else { return };
    hosts.drop_arriving(0.02);
    let first = hosts.receiver(&[]);
    let sender = hosts.sender(&["pattern:1280x720", "--mode", "deliver", "--count", "60"]);
    std::thread::sleep(Duration::from_millis(400));
    first.kill();
    std::thread::sleep(Duration::from_millis(300));
    let second = hosts.receiver(&["--timeout", "2"]);
    let sent = sender.summary();
    assert_eq!(sent["frames_delivered"], 60, "{sent}");
    let complete = second.summary()["frames_complete"].as_u64().expect("a count");
    assert!((1..60).contains(&complete), "the second receiver got the rest, not all: {complete}");
}
