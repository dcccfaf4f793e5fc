//! The view without a window.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;

use super::*;
use crate::app::present::present;
use crate::flow::{Mode, Protocol};
use crate::frame::{Frame, PixelFormat};
use crate::net::StreamKey;

/// One row of pixels as it is shown without a choice of the user's.
pub(super) fn shown(format: PixelFormat, pixels: Vec<u8>, missing: &[Range<usize>]) -> Shown {
    Shown::new(presented(format, pixels, missing))
}

fn presented(format: PixelFormat, pixels: Vec<u8>, missing: &[Range<usize>]) -> Presented {
    let width = pixels.len() / format.bytes_per_pixel();
    let frame = Frame::new(width as u32, 1, format, pixels).expect("valid");
    let stream = StreamKey::over_udp(SocketAddr::from((Ipv4Addr::LOCALHOST, 1)), 1);
    let received = ReceivedFrame {
        missing: missing.to_vec(),
        ..ReceivedFrame::new(stream, 1, Protocol::Pixelwire, Mode::Live, frame)
    };
    present(&Arc::new(received), None, Look::default(), 2048)
}

#[test]
fn samples_are_counted_only_while_that_is_seen() {
    let mut view = ImageView::default();
    assert!(!view.look().statistics);
    view.perform(ViewCommand::ToggleInspector);
    assert!(view.look().statistics);
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
