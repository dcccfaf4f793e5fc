//! Two hosts on one link find each other, and a test of the connection tells what is there. Nothing
//! of it leaves the network namespaces.

use std::sync::Arc;
use std::time::Duration;

use pixelwire::net::Discovery;

use crate::namespaces::Hosts;

#[test]
fn a_listener_is_found_and_forgotten_when_it_leaves() {
    let Some(hosts) = Hosts::new() else { return };
    let seeker = hosts.helper("finding::look_around");
    seeker.wait_for("<nobody>");
    let listener = hosts.receiver(&[]);
    seeker.wait_for("<10.77.0.2:4321>");
    listener.stop();
    seeker.wait_for("<10.77.0.2:4321>\n<nobody>");
    seeker.kill();
}

#[test]
fn a_listener_that_wants_to_be_quiet_is_not_found() {
    let Some(hosts) = Hosts::new() else { return };
    let seeker = hosts.helper("finding::look_around");
    seeker.wait_for("<nobody>");
    let _quiet = hosts.receiver(&["--no-announce"]);
    std::thread::sleep(Duration::from_secs(3));
    assert!(!seeker.said().contains("10.77.0.2"), "{}", seeker.said());
    seeker.kill();
}

#[test]
fn a_connection_test_tells_what_is_there() {
    let Some(hosts) = Hosts::new() else { return };
    assert_eq!(hosts.test()["verdict"], "nobody listening");
    let _listener = hosts.receiver(&["--no-announce"]);
    let found = hosts.test();
    assert_eq!(found["verdict"], "reachable", "{found}");
    assert_eq!((&found["mtu"], &found["path_mtu"]), (&1500.into(), &1500.into()), "{found}");
    assert!(found["round_trip_us"].as_u64().is_some_and(|time| time < 100_000), "{found}");
    hosts.narrow(1400);
    assert_eq!(hosts.test()["path_mtu"], 1400);
    hosts.drop_arriving(1.0);
    assert_eq!(hosts.test()["verdict"], "no answer");
}

/// Says whom it finds whenever that changes; run on a host of its own by the tests above.
#[test]
#[ignore = "looks around in the network, which is for the tests above to give it"]
fn look_around() {
    let discovery = Discovery::start(Arc::new(|| {}));
    let mut said = String::new();
    for _ in 0..600 {
        let found = discovery.found();
        let targets: Vec<String> =
            found.devices.iter().map(|device| format!("<{}>", device.target)).collect();
        let now = if targets.is_empty() { "<nobody>".to_owned() } else { targets.concat() };
        if now != said {
            println!("{now}");
            said = now;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
