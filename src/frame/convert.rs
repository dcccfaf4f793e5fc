//! Channels put in another order: what a protocol with one fixed order needs.

use super::{ChannelOrder, Frame, PixelFormat, SampleType};

/// The frame as classic receivers expect it: 8-bit samples, blue before red.
///
/// 8-bit grey, BGR and BGRA pass unchanged; RGB is turned around. Deeper samples are refused,
/// because the classic protocol has no way to say that there are any.
pub fn to_bgr8(frame: &Frame) -> Option<Frame> {
    let from = frame.format();
    if from.sample != SampleType::U8 {
        return None;
    }
    let order = match from.order {
        ChannelOrder::Mono | ChannelOrder::Bgr | ChannelOrder::Bgra => return Some(frame.clone()),
        ChannelOrder::Rgb => ChannelOrder::Bgr,
        ChannelOrder::Rgba => ChannelOrder::Bgra,
        ChannelOrder::MonoA => return None,
    };
    let to = PixelFormat::new(order, SampleType::U8);
    let mut pixels = vec![0; frame.pixels().len()];
    reorder_into(frame.pixels(), from, to.order, &mut pixels);
    Frame::new(frame.width(), frame.height(), to, pixels).ok()
}

/// 8-bit grey as RGB8 that shows the same; `None` for every other format.
pub fn grey_to_rgb8(frame: &Frame) -> Option<Frame> {
    if frame.format() != PixelFormat::MONO8 {
        return None;
    }
    let pixels: Vec<u8> = frame.pixels().iter().flat_map(|&grey| [grey; 3]).collect();
    Frame::new(frame.width(), frame.height(), PixelFormat::RGB8, pixels).ok()
}

/// Writes `pixels` with their channels in the order of `to`, which must have the same letters as
/// `from`'s; samples keep their type.
pub fn reorder_into(pixels: &[u8], from: PixelFormat, to: ChannelOrder, out: &mut [u8]) {
    let sample = from.sample.bytes();
    let places: Vec<usize> = to
        .letters()
        .chars()
        .map(|letter| from.order.position(letter).unwrap_or(0) * sample)
        .collect();
    let source = pixels.chunks_exact(from.bytes_per_pixel());
    let target = out.chunks_exact_mut(to.channels() * sample);
    for (pixel, out) in source.zip(target) {
        for (sample_out, &place) in out.chunks_exact_mut(sample).zip(&places) {
            sample_out.copy_from_slice(&pixel[place..place + sample]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rgb_turns_into_bgr_and_grey_stays() {
        let rgb = Frame::new(2, 1, PixelFormat::RGB8, vec![1, 2, 3, 4, 5, 6]).expect("valid");
        let bgr = to_bgr8(&rgb).expect("8 bits");
        assert_eq!(bgr.format(), PixelFormat::BGR8);
        assert_eq!(bgr.pixels(), [3, 2, 1, 6, 5, 4]);

        let grey = Frame::new(2, 1, PixelFormat::MONO8, vec![9, 8]).expect("valid");
        assert_eq!(to_bgr8(&grey), Some(grey));
    }

    #[test]
    fn grey_is_the_same_in_every_channel() {
        let grey = Frame::new(2, 1, PixelFormat::MONO8, vec![9, 8]).expect("valid");
        let rgb = grey_to_rgb8(&grey).expect("grey");
        assert_eq!((rgb.format(), rgb.pixels()), (PixelFormat::RGB8, &[9, 9, 9, 8, 8, 8][..]));
        assert_eq!(grey_to_rgb8(&rgb), None);
    }

    #[test]
    fn deeper_samples_are_refused() {
        let deep = Frame::new(1, 1, PixelFormat::MONO16, vec![1, 2]).expect("valid");
        assert_eq!(to_bgr8(&deep), None);
    }
}
