//! Promises of both codecs together.

use std::ops::Range;

use proptest::prelude::*;

use super::*;
use crate::frame::Buffers;

/// A picture between a photograph and noise.
fn picture(width: u32, height: u32, format: PixelFormat, noise: u8) -> Arc<Frame> {
    let mut random = fastrand::Rng::with_seed(u64::from(width * 7 + height));
    let row = width as usize * format.bytes_per_pixel();
    let value = |at: usize| (at % row / 9 + at / row * 2) as u8;
    let bytes = row * height as usize;
    let pixels: Vec<u8> =
        (0..bytes).map(|at| value(at).wrapping_add(random.u8(..=noise))).collect();
    Arc::new(Frame::new(width, height, format, pixels).expect("the geometry fits"))
}

fn opaque(frame: &Frame) -> Arc<Frame> {
    let mut frame = frame.clone();
    let (size, alpha) = (frame.format().bytes_per_pixel(), frame.format().order.position('A'));
    if let Some(alpha) = alpha {
        frame.pixels_mut().iter_mut().skip(alpha).step_by(size).for_each(|a| *a = 255);
    }
    Arc::new(frame)
}

fn encoded(frame: &Arc<Frame>, compression: Compression) -> Coded {
    let coded = encode(Arc::clone(frame), compression, &in_turn).expect("it can be");
    assert!(coded.form().wire_bytes().expect("a frame").contains(&coded.bytes().len()));
    coded
}

fn decoded(coded: &Coded, missing: &[Range<usize>]) -> Decoded {
    decode(coded.form(), coded.bytes(), missing, &Buffers::default(), &in_turn).expect("it can be")
}

#[test]
fn every_pixel_format_and_size_comes_back_bit_for_bit() {
    for format in PixelFormat::all() {
        for (width, height) in [(1, 1), (1, 300), (333, 1), (61, 47), (150, 290)] {
            for noise in [0, 3, 255] {
                let frame = picture(width, height, format, noise);
                match encoded(&frame, Compression::Lossless) {
                    Coded::Raw(same) => assert_eq!(same, frame),
                    coded @ Coded::Encoded(_) => {
                        let decoded = decoded(&coded, &[]);
                        assert_eq!(decoded.frame, *frame, "{width} x {height} {format}");
                        assert_eq!(decoded.frame.digest(), frame.digest());
                    }
                }
            }
        }
    }
}

#[test]
fn what_is_smooth_becomes_smaller_and_noise_stays_as_it_is() {
    for format in [PixelFormat::BGR8, PixelFormat::MONO16, PixelFormat::MONO32F] {
        let smooth = picture(400, 300, format, 0);
        let coded = encoded(&smooth, Compression::Lossless);
        assert_eq!(coded.form().codec, Codec::Lossless);
        assert!(coded.bytes().len() * 3 < smooth.pixels().len(), "{format}");
    }
    let noise = picture(400, 300, PixelFormat::BGR8, 255);
    assert_eq!(encoded(&noise, Compression::Lossless).form().codec, Codec::Raw);
}

#[test]
fn floats_of_every_kind_survive() {
    let values = [0.0, -0.0, 1.5, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE, -3.0e38];
    let pixels: Vec<u8> =
        values.iter().cycle().take(7 * 90).flat_map(|value| value.to_le_bytes()).collect();
    let frame = Arc::new(Frame::new(7, 90, PixelFormat::MONO32F, pixels).expect("fits"));
    let coded = encoded(&frame, Compression::Lossless);
    assert_eq!(decoded(&coded, &[]).frame.pixels(), frame.pixels());
}

/// Peak signal to noise, in decibels.
fn psnr(one: &Frame, other: &Frame) -> f64 {
    let differences = one.pixels().iter().zip(other.pixels());
    let squares: f64 = differences.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
    10.0 * (255.0_f64.powi(2) * one.pixels().len() as f64 / squares.max(1.0)).log10()
}

#[test]
fn a_jpeg_looks_like_what_it_was() {
    let formats = [
        PixelFormat::MONO8,
        PixelFormat::RGB8,
        PixelFormat::BGR8,
        PixelFormat::RGBA8,
        PixelFormat::BGRA8,
    ];
    for format in formats {
        for (width, height) in [(640, 480), (201, 77)] {
            let frame = Frame::new(width, height, format, colourful(width, height, format));
            let frame = opaque(&frame.expect("fits"));
            let coded = encoded(&frame, Compression::Jpeg(85));
            assert_eq!(coded.form().codec, Codec::Jpeg, "{format}");
            let whole = decoded(&coded, &[]);
            let decibels = psnr(&whole.frame, &frame);
            assert!(decibels > 35.0, "{width} x {height} {format}: {decibels} dB");
            assert_eq!((whole.quality, whole.missing), (Some(85), vec![]));
        }
    }
}

/// Slow waves, different in every channel, which a wrong order of channels would spoil.
fn colourful(width: u32, height: u32, format: PixelFormat) -> Vec<u8> {
    let channels = format.order.channels() as u32;
    let value = |x: u32, y: u32, c: u32| {
        let phase = f64::from(x) / 40.0 + f64::from(y) / 60.0 + f64::from(c) * 2.0;
        (128.0 + 90.0 * phase.sin()) as u8
    };
    let pixels = (0..height).flat_map(move |y| (0..width).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| (0..channels).map(move |c| value(x, y, c))).collect()
}

#[test]
fn what_a_jpeg_cannot_hold_is_refused_in_words() {
    let refused = |frame: Arc<Frame>| {
        let words = encode(frame, Compression::Jpeg(85), &in_turn).expect_err("refused");
        words.to_string()
    };
    for format in [PixelFormat::MONO16, PixelFormat::MONO32F, PixelFormat::RGBA16] {
        let words = refused(picture(20, 20, format, 0));
        assert!(words.contains("lossless") && words.contains(&format.to_string()), "{words}");
    }
    let transparent = refused(picture(20, 20, PixelFormat::RGBA8, 0));
    assert!(transparent.contains("transparent") && transparent.contains("lossless"));
    assert!(refused(picture(65_536, 1, PixelFormat::MONO8, 0)).contains("65,535"));
}

#[test]
fn a_hole_costs_the_stripes_that_it_touches_and_no_more() {
    for compression in [Compression::Lossless, Compression::Jpeg(90)] {
        let frame = picture(640, 480, PixelFormat::BGR8, 3);
        let coded = encoded(&frame, compression);
        let whole = decoded(&coded, &[]).frame;
        let length = coded.bytes().len();
        for start in [0, 10, length / 3, length / 2, length - 1400] {
            let hole = start..(start + 1400).min(length);
            let decoded = decoded(&coded, &[hole]);
            let row = frame.row_bytes();
            let lost: usize = decoded.missing.iter().map(Range::len).sum();
            assert!(lost > 0 && lost < 3 * 48 * row, "{lost} of {}", frame.pixels().len());
            assert!(decoded.missing.iter().all(|gap| gap.start % row == 0 && gap.end % row == 0));
            for (at, (now, whole)) in decoded.frame.pixels().iter().zip(whole.pixels()).enumerate()
            {
                let missing = decoded.missing.iter().any(|gap| gap.contains(&at));
                assert_eq!(*now, if missing { 0 } else { *whole }, "byte {at}");
            }
        }
    }
}

#[test]
fn without_either_table_everything_is_missing() {
    let frame = picture(640, 480, PixelFormat::BGR8, 3);
    let coded = encoded(&frame, Compression::Lossless);
    let length = coded.bytes().len();
    let decoded = decoded(&coded, &[0..1, length - 1..length]);
    assert_eq!(decoded.missing, vec![0..frame.pixels().len()]);
    assert!(decoded.frame.pixels().iter().all(|byte| *byte == 0));
}

#[test]
fn pixels_that_are_not_those_that_were_encoded_are_refused() {
    let frame = picture(64, 64, PixelFormat::BGR8, 0);
    let coded = encoded(&frame, Compression::Lossless);
    let mut bytes = coded.bytes().to_vec();
    let last = bytes.len() - 1;
    bytes[8] ^= 1;
    bytes[last - 7] ^= 1;
    let refused = decode(coded.form(), &bytes, &[], &Buffers::default(), &in_turn);
    assert_eq!(refused.err(), Some(Undecodable));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn bytes_of_a_stranger_are_decoded_or_refused(
        jpeg in any::<bool>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        cut in any::<prop::sample::Index>(),
        truncates in any::<bool>(),
        hole in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let frame = picture(96, 80, PixelFormat::BGR8, 5);
        let compression = if jpeg { Compression::Jpeg(80) } else { Compression::Lossless };
        let coded = encoded(&frame, compression);
        let mut bytes = coded.bytes().to_vec();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if truncates {
            bytes.truncate(cut.index(bytes.len()));
        }
        let missing: Vec<_> =
            hole.filter(|_| !bytes.is_empty()).map(|at| at.index(bytes.len())).map(|at| at..at + 1).into_iter().collect();
        let result = decode(coded.form(), &bytes, &missing, &Buffers::default(), &in_turn);
        if let Ok(decoded) = result {
            prop_assert_eq!(decoded.frame.pixels().len(), frame.pixels().len());
        }
    }

    #[test]
    fn a_table_of_a_stranger_is_read_or_refused(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
        rows in prop_oneof![Just(0_u32), 1_u32..200, any::<u32>()],
        height in prop_oneof![1_u32..5000, Just(u32::MAX)],
        jpeg in any::<bool>(),
    ) {
        let mut bytes = bytes;
        let length = bytes.len();
        for at in [0, length.saturating_sub(16)] {
            if let Some(place) = bytes.get_mut(at..at + 5) {
                place[..4].copy_from_slice(&rows.to_le_bytes());
                place[4] = if jpeg { 85 } else { 0 };
            }
        }
        let codec = if jpeg { Codec::Jpeg } else { Codec::Lossless };
        let form = Form { codec, width: 64, height, format: PixelFormat::MONO8 };
        // Without a hole nothing is allocated for what does not add up.
        let _ = decode(form, &bytes, &[], &Buffers::default(), &in_turn);
    }
}
