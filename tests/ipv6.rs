//! IPv6 is no other way than IPv4, and one socket hears both.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use pixelwire::flow::Transport;
use pixelwire::frame::PixelFormat;
use pixelwire::net::{HandOver, ListenOptions, Listener, SendEvent, SendJob, SendOptions, Target};

use crate::loopback::{FromMemory, no_wake, send_options, take, wait};
use crate::simulation::image;

/// Whether this machine has IPv6; says so where it has not.
fn has_ipv6() -> bool {
    let has = UdpSocket::bind("[::1]:0").is_ok();
    if !has {
        eprintln!("skipped: this machine has no address ::1");
    }
    has
}

fn listen(address: &str) -> Listener {
    let mut options = ListenOptions::new(address.parse().expect("an address"));
    options.hand_over = HandOver::Every;
    Listener::start(&options, no_wake()).expect("a free port")
}

/// Delivers a frame to what a user would type, and gives the address that it came from.
fn deliver(listener: &Listener, typed: &str, transport: Transport) -> IpAddr {
    let target: Target = typed.parse().expect("a target");
    let frame = image(320, 240, PixelFormat::BGR8, 1);
    let options = SendOptions { target, transport, ..send_options(listener.address()) };
    let job = SendJob::start(options, FromMemory::boxed(std::slice::from_ref(&frame)), no_wake());
    let received = take(listener, 1).pop().expect("one");
    assert_eq!(received.frame.pixels(), frame.pixels());
    let ended = wait(&job).pop();
    assert!(matches!(ended, Some(SendEvent::Finished(Ok(_)))), "{typed} {transport:?}: {ended:?}");
    assert_eq!(received.stream.transport, transport);
    received.stream.peer.ip()
}

#[test]
fn an_address_of_ipv6_is_sent_to_over_udp_and_tcp() {
    if !has_ipv6() {
        return;
    }
    let listener = listen("[::1]:0");
    let typed = listener.address().to_string();
    assert!(typed.starts_with("[::1]:"), "{typed}");
    for transport in [Transport::Udp, Transport::Tcp] {
        assert_eq!(deliver(&listener, &typed, transport), listener.address().ip());
    }
}

#[test]
fn one_port_hears_both_families_and_tells_each_address_as_it_is() {
    if !has_ipv6() {
        return;
    }
    let listener = listen("[::]:0");
    let port = listener.address().port();
    for host in ["127.0.0.1", "::1"] {
        let ip: IpAddr = host.parse().expect("an address");
        let typed = SocketAddr::new(ip, port).to_string();
        for transport in [Transport::Udp, Transport::Tcp] {
            assert_eq!(deliver(&listener, &typed, transport), ip, "{transport:?}");
        }
    }
    let total = listener.stop().total;
    assert_eq!((total.frames_complete, total.packets_lost, total.packets_invalid), (4, 0, 0));
}
