//! A bad network on one PC: what it drops is counted apart, and is exactly what the receiver
//! misses.

use pixelwire::frame::PixelFormat;
use pixelwire::net::{SendEvent, SendJob};

use crate::loopback::{FromMemory, listen, no_wake, send_options, take, wait};
use crate::simulation::image;

#[test]
fn its_losses_are_the_receivers_losses_and_every_frame_still_arrives() {
    let frames: Vec<_> = (0..10).map(|seed| image(640, 480, PixelFormat::BGR8, seed)).collect();
    let listener = listen();
    let mut options = send_options(listener.address());
    let text = "loss=5%,burst=20,reorder=1%,duplicate=1%,delay=5ms,seed=7";
    options.impairment = Some(text.parse().expect("valid"));
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let received = take(&listener, frames.len());
    assert!(received.iter().zip(&frames).all(|(received, sent)| &received.frame == sent));
    let events = wait(&job);
    assert!(matches!(events.last(), Some(SendEvent::Finished(Ok(_)))), "{:?}", events.last());
    let Some(SendEvent::Finished(Ok(status))) = events.last() else { return };
    let total = listener.stop().total;
    assert!(status.packets_impaired > 20, "{}", status.packets_impaired);
    assert_eq!(total.packets_lost, status.packets_impaired);
    assert_eq!(total.packets_expected, status.packets_sent);
    assert!(
        total.packets_duplicate > 0 && total.packets_reordered > 0 && total.packets_recovered > 0
    );
}
