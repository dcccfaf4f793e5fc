//! Every pixel format arrives bit for bit over real sockets, and its sender knows.

use pixelwire::flow::Mode;
use pixelwire::frame::PixelFormat;
use pixelwire::net::{Chunk, SendEvent, SendJob};

use crate::loopback::{FromMemory, listen, no_wake, send_options, take, wait};
use crate::simulation::image;

#[test]
fn every_pixel_format_is_delivered_and_verified() {
    let frames: Vec<_> = PixelFormat::all()
        .enumerate()
        .map(|(seed, format)| image(61, 37, format, seed as u64))
        .collect();
    let listener = listen();
    let options = send_options(listener.address());
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let received = take(&listener, frames.len());
    for (received, sent) in received.iter().zip(&frames) {
        assert_eq!(&received.frame, sent);
        assert_eq!(received.digest, Some(sent.digest()));
    }
    let events = wait(&job);
    let verified = |event: &&SendEvent| matches!(event, SendEvent::FrameDone(f) if f.verified);
    assert_eq!(events.iter().filter(verified).count(), frames.len());
    assert_both_accounts_agree(events.last(), &listener.stop().total);
}

#[test]
fn every_chunk_size_carries_a_large_image() {
    let frames = [image(1920, 1080, PixelFormat::BGR8, 7)];
    for chunk in [512, 1400, 8972, 49_152, 65_451] {
        let listener = listen();
        let mut options = send_options(listener.address());
        options.chunk = Chunk::Bytes(chunk);
        let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
        let received = take(&listener, 1);
        assert_eq!(received[0].frame, frames[0], "chunks of {chunk}");
        assert_both_accounts_agree(wait(&job).last(), &listener.stop().total);
    }
}

#[test]
fn live_frames_arrive_in_order_and_name_their_size() {
    let frames: Vec<_> = (0..20).map(|seed| image(320, 240, PixelFormat::BGR8, seed)).collect();
    let listener = listen();
    let mut options = send_options(listener.address());
    options.mode = Mode::Live;
    options.frames_per_second = Some(100.0);
    let job = SendJob::start(options, FromMemory::boxed(&frames), no_wake());
    let received = take(&listener, frames.len());
    let ids: Vec<u64> = received.iter().map(|frame| frame.frame_id).collect();
    assert_eq!(ids, (0..20).collect::<Vec<_>>());
    assert!(received.iter().zip(&frames).all(|(received, sent)| &received.frame == sent));
    assert!(matches!(wait(&job).last(), Some(SendEvent::Finished(Ok(_)))));
}

fn assert_both_accounts_agree(end: Option<&SendEvent>, total: &pixelwire::flow::Counters) {
    assert!(matches!(end, Some(SendEvent::Finished(Ok(_)))), "the job failed: {end:?}");
    let Some(SendEvent::Finished(Ok(status))) = end else { return };
    assert_eq!(total.packets_expected, status.packets_sent);
    assert_eq!(total.packets_received + total.packets_lost, status.packets_sent);
}
