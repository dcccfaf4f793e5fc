//! One sender to a multicast group on a real link that loses packets: every receiver gets every
//! frame, and each one's count of lost packets is the kernel's own.

use serde_json::Value;

use crate::namespaces::{Hosts, Program};

const GROUP: &str = "239.77.1.2";

/// The digests of the frames that a receiver has named, in order, and its summary.
fn account(receiver: Program) -> (Vec<Value>, Value) {
    let said = receiver.finish();
    let events = said.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let (frames, others): (Vec<Value>, Vec<Value>) = events.partition(|it| it["event"] == "frame");
    let digests = frames.into_iter().map(|frame| frame["digest"].clone()).collect();
    (digests, others.last().cloned().expect("a summary"))
}

#[test]
fn every_receiver_of_a_group_gets_every_frame_over_a_link_that_loses_packets() {
    let Some(hosts) = Hosts::new() else { return };
    every_receiver_gets_every_frame(&hosts, GROUP, "239.77.1.2:4321", "0.0.0.0:4321");
}

#[test]
fn so_does_every_receiver_of_a_group_of_ipv6() {
    let Some(hosts) = Hosts::over_ipv6() else { return };
    every_receiver_gets_every_frame(&hosts, "ff15::77:2", "[ff15::77:2]:4321", "[::]:4321");
}

fn every_receiver_gets_every_frame(hosts: &Hosts, group: &str, bind: &str, any: &str) {
    hosts.drop_arriving(0.05);
    // One by the address that it listens on, one that joins beside its own address.
    let bound = hosts.group_receiver(&["--listen", bind, "--frames", "20"]);
    let joined = hosts.group_receiver(&["--listen", any, "--join", group, "--frames", "20"]);
    let input = ["pattern:640x480", "--mode", "deliver", "--count", "20"];
    let there = hosts.group_sender(group, &input).summary();
    assert_eq!(there["frames_delivered"], 20, "{there}");
    assert_eq!(there["receivers"].as_array().map(Vec::len), Some(2), "{there}");
    let accounts = [account(bound), account(joined)];
    assert_eq!(accounts[0].0, accounts[1].0, "the same frames");
    for (digests, here) in accounts {
        assert_eq!(digests.len(), 20);
        assert_eq!(here["packets_expected"], there["packets_sent"], "{here}");
        assert_eq!(here["packets_lost"], hosts.dropped(), "{here}");
    }
    assert!(hosts.dropped() > 0);
}

#[test]
fn a_receiver_that_is_killed_is_named_and_the_other_gets_the_rest() {
    let Some(hosts) = Hosts::new() else { return };
    let stays = hosts.group_receiver(&["--join", GROUP, "--frames", "60"]);
    let killed = hosts.group_receiver(&["--join", GROUP]);
    let input = ["pattern:640x480", "--mode", "deliver", "--count", "60", "--rate", "100"];
    let sender = hosts.group_sender(GROUP, &input);
    killed.wait_for("\"frame\"");
    killed.kill();
    let there = sender.summary();
    let failed = |one: &&Value| !one["failure"].is_null();
    let receivers = there["receivers"].as_array().expect("a list");
    assert_eq!(receivers.iter().filter(failed).count(), 1, "{there}");
    assert_eq!(there["frames_delivered"], 60, "{there}");
    assert_eq!(account(stays).0.len(), 60);
}
