//! Arrays written by an independent writer come out as the samples that were put in.

use npyz::WriterBuilder as _;

use super::*;
use crate::frame::PixelFormat;
use crate::media::{Input, Playback, SaveFormat, open, save};

fn write<T: npyz::Serialize>(
    path: &Path,
    descr: &str,
    order: npyz::Order,
    shape: &[u64],
    data: Vec<T>,
) {
    let dtype = npyz::DType::new_scalar(descr.parse().expect("a type"));
    let file = File::create(path).expect("created");
    let mut writer = npyz::WriteOptions::new()
        .dtype(dtype)
        .order(order)
        .shape(shape)
        .writer(file)
        .begin_nd()
        .expect("begun");
    writer.extend(data).expect("written");
    writer.finish().expect("finished");
}

fn frames(path: &Path) -> Vec<Frame> {
    let mut source = open(vec![Input::File(path.into())], Playback::default()).expect("opened");
    std::iter::from_fn(|| source.next_frame())
        .map(|frame| Arc::unwrap_or_clone(frame.expect("readable").frame))
        .collect()
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

macro_rules! every_type_survives {
    ($($name:ident: $type:ty, $code:literal, $format:literal;)*) => {$(
        #[test]
        fn $name() {
            let folder = folder();
            let path = folder.path().join("a.npy");
            let data: Vec<$type> = [1, 2, 3, 100, 5, 6].iter().map(|&n| n as $type).collect();
            let expected: Vec<u8> = data.iter().flat_map(|n| n.to_le_bytes()).collect();
            for endian in ["<", ">"] {
                let endian = if size_of::<$type>() == 1 { "|" } else { endian };
                let descr = format!("{endian}{}", $code);
                write(&path, &descr, npyz::Order::C, &[2, 3], data.clone());
                let read = frames(&path);
                assert_eq!(read.len(), 1);
                assert_eq!((read[0].width(), read[0].height()), (3, 2));
                assert_eq!(read[0].format().to_string(), $format);
                assert_eq!(read[0].pixels(), expected, "{descr}");

                let copy = folder.path().join("copy.npy");
                save(&read[0], SaveFormat::Npy, &copy).expect("saved");
                let peer = npyz::NpyFile::new(File::open(&copy).expect("there")).expect("read");
                assert_eq!(peer.shape(), [2, 3]);
                assert_eq!(peer.into_vec::<$type>().expect("samples"), data);
            }
        }
    )*};
}

every_type_survives! {
    bytes_survive: u8, "u1", "Mono8";
    signed_bytes_survive: i8, "i1", "Mono8s";
    words_survive: u16, "u2", "Mono16";
    signed_words_survive: i16, "i2", "Mono16s";
    long_words_survive: u32, "u4", "Mono32";
    signed_long_words_survive: i32, "i4", "Mono32s";
    quad_words_survive: u64, "u8", "Mono64";
    signed_quad_words_survive: i64, "i8", "Mono64s";
    floats_survive: f32, "f4", "Mono32f";
    double_floats_survive: f64, "f8", "Mono64f";
}

#[test]
fn channels_keep_the_order_of_opencv() {
    let folder = folder();
    let path = folder.path().join("a.npy");
    let data: Vec<u8> = (0..2 * 3 * 3).collect();
    write(&path, "|u1", npyz::Order::C, &[2, 3, 3], data.clone());
    let read = frames(&path);
    assert_eq!((read[0].format(), read[0].pixels()), (PixelFormat::BGR8, &data[..]));
}

#[test]
fn fortran_order_is_read_right() {
    let folder = folder();
    let path = folder.path().join("a.npy");
    // Two frames of two rows, three columns and three channels, where each sample says its place.
    let value = |n: u16, y: u16, x: u16, c: u16| n * 1000 + y * 100 + x * 10 + c;
    let mut scattered = Vec::new();
    for c in 0..3 {
        for x in 0..3 {
            for y in 0..2 {
                scattered.extend((0..2).map(|n| value(n, y, x, c)));
            }
        }
    }
    write(&path, ">u2", npyz::Order::Fortran, &[2, 2, 3, 3], scattered);
    let read = frames(&path);
    assert_eq!(read.len(), 2);
    for (n, frame) in read.iter().enumerate() {
        for (y, x) in [(0, 0), (0, 2), (1, 0), (1, 2)] {
            let expected = [0, 1, 2].map(|c| f64::from(value(n as u16, y, x, c)));
            let samples = frame.samples_at(u32::from(x), u32::from(y)).expect("inside");
            assert_eq!(samples, expected, "frame {n}, row {y}, column {x}");
        }
    }
}

#[test]
fn a_sequence_gives_its_frames_one_by_one() {
    let folder = folder();
    let path = folder.path().join("stack.npy");
    write(&path, "|u1", npyz::Order::C, &[3, 2, 5], (0..30_u8).collect());
    let mut source = NpyFile::open(&path).expect("opened");
    assert_eq!((source.frames(), source.frame_bytes()), (Some(3), 10));
    let first = source.next_frame().expect("one").expect("readable");
    assert_eq!((first.name.as_str(), first.frame.pixels()[9]), ("stack-000000.npy", 9));
    source.next_frame().expect("two").expect("readable");
    let last = source.next_frame().expect("three").expect("readable");
    assert_eq!(last.frame.pixels()[0], 20);
    assert!(source.next_frame().is_none());
}

#[test]
fn a_truncated_or_boundless_array_is_one_clear_error() {
    let folder = folder();
    let path = folder.path().join("a.npy");
    write(&path, "<f4", npyz::Order::C, &[20, 30], vec![0.5_f32; 600]);
    let whole = std::fs::read(&path).expect("read");
    std::fs::write(&path, &whole[..whole.len() - 1]).expect("written");
    let error = NpyFile::open(&path).err().expect("refused");
    assert!(error.reason.contains("2400 bytes and 2399 follow"), "{error}");
    for length in [0, 5, 8, 9, 40] {
        std::fs::write(&path, &whole[..length]).expect("written");
        assert!(NpyFile::open(&path).is_err(), "{length}");
    }

    let refused = |shape: &[usize]| {
        std::fs::write(&path, text_for("|u1", shape)).expect("written");
        NpyFile::open(&path).err().map(|error| error.reason)
    };
    assert!(refused(&[1 << 31, 1 << 31]).expect("refused").contains("512 MiB"));
    assert!(refused(&[1 << 62, 1000, 1000, 3]).expect("refused").contains("cut short"));
}

#[test]
fn half_floats_are_widened_and_truth_is_black_and_white() {
    let folder = folder();
    let path = folder.path().join("a.npy");
    let halves = [0.5_f32, -2.0, 65504.0, 5.960_464_5e-8, f32::INFINITY, 0.0];
    for endian in ["<", ">"] {
        let bytes = |half: f16| if endian == "<" { half.to_le_bytes() } else { half.to_be_bytes() };
        let samples: Vec<u8> = halves.iter().flat_map(|&n| bytes(f16::from_f32(n))).collect();
        for shape in [&[2, 3][..], &[3, 2, 1]] {
            let array = [text_for(&format!("{endian}f2"), shape), samples.clone()].concat();
            std::fs::write(&path, array).expect("written");
            let [frame] = &frames(&path)[..] else { panic!("one frame") };
            assert_eq!(frame.format(), PixelFormat::MONO32F);
            assert_eq!(frame.pixels(), halves.map(f32::to_le_bytes).concat());
        }
    }
    let array = [text_for("|b1", &[1, 4]), vec![0, 1, 1, 0]].concat();
    std::fs::write(&path, array).expect("written");
    assert_eq!(frames(&path)[0].pixels(), [0, 255, 255, 0]);
}
