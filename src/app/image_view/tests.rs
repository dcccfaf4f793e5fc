//! The view without a window.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;

use super::*;
use crate::flow::{Mode, Protocol};
use crate::frame::{Channel, DisplayRange, Frame, PixelFormat};
use crate::net::StreamKey;

/// One row of pixels as it is shown without a choice of the user's.
pub(super) fn shown(format: PixelFormat, pixels: Vec<u8>, missing: &[Range<usize>]) -> Shown {
    Shown::new(presented(format, pixels, missing))
}

fn presented(format: PixelFormat, pixels: Vec<u8>, missing: &[Range<usize>]) -> Presented {
    let width = pixels.len() / format.bytes_per_pixel();
    let frame = Frame::new(width as u32, 1, format, pixels).expect("valid");
    let received = ReceivedFrame {
        stream: StreamKey { peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), id: 1 },
        protocol: Protocol::Pixelwire,
        mode: Mode::Live,
        frame_id: 1,
        frame: Arc::new(frame),
        missing: missing.to_vec(),
        digest: None,
        packets: 1,
        packets_recovered: 0,
        record: Arc::default(),
        latency: None,
        name: None,
        geometry_choices: Vec::new(),
    };
    present(Arc::new(received), Look::default(), 2048)
}

#[test]
fn a_picture_that_stays_is_shown_in_the_new_way() {
    let ctx = Context::default();
    let mut view = ImageView::default();
    view.show(&ctx, presented(PixelFormat::BGR8, vec![10, 20, 30], &[]));
    view.perform(ViewCommand::ShowChannel(Channel::Green));
    view.perform(ViewCommand::SetLevels(Levels::Fixed(DisplayRange { low: 0.0, high: 51.0 })));
    view.logic(&ctx);
    while view.again.is_running() {
        view.logic(&ctx);
        std::thread::yield_now();
    }
    let (rgba, _) = view.shot().expect("a picture").rgba();
    assert_eq!(rgba, [100, 100, 100, 255]);
}

#[test]
fn samples_are_counted_only_while_that_is_seen() {
    let ctx = Context::default();
    let mut view = ImageView::default();
    view.show(&ctx, presented(PixelFormat::MONO8, vec![10, 20, 30], &[]));
    view.logic(&ctx);
    assert!(!view.again.is_running());
    view.perform(ViewCommand::ToggleInspector);
    view.logic(&ctx);
    assert!(view.again.is_running());
}

#[test]
fn a_copy_is_what_is_shown() {
    let mut view = ImageView::default();
    view.show(&Context::default(), presented(PixelFormat::MONO8, vec![1, 2, 3], &[]));
    view.perform(ViewCommand::TurnRight);
    let (rgba, size) = view.shot().expect("a picture").rgba();
    assert_eq!(size, [1, 3]);
    assert_eq!(rgba, [1, 1, 1, 255, 2, 2, 2, 255, 3, 3, 3, 255]);
}
