//! Y4M (YUV4MPEG2): video that says its own size and rate, turned into RGB.
//!
//! Frames of 8 bits in 4:2:0, 4:2:2 and 4:4:4 become `RGB8`: by BT.709 where they are larger than
//! standard definition, by BT.601 else, and by the range that the header names (limited where it
//! names none). Grey stays grey.

mod colour;

use std::io::Read;
use std::time::Duration;

use crate::frame::{Buffers, Frame, PixelFormat};
use crate::media::RawForm;

use super::{Trouble, read_up_to};
use colour::Matrix;

/// How such a stream begins.
pub(super) const MAGIC: [u8; 10] = *b"YUV4MPEG2 ";

/// What the header says.
pub(super) struct Y4m {
    form: RawForm,
    planes: Planes,
    matrix: Matrix,
    duration: Option<Duration>,
}

/// How the colour planes lie under the brightness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Planes {
    Grey,
    /// One colour sample for so many columns and rows, as powers of two.
    Colour {
        columns: u32,
        rows: u32,
    },
}

impl Y4m {
    /// Reads the rest of the first line, behind [`MAGIC`].
    pub(super) fn read_header(input: &mut impl Read) -> Result<Self, Trouble> {
        let line = read_line(input)?;
        let mut tags = Tags::default();
        for word in line.split_whitespace() {
            tags.take(word);
        }
        tags.header()
    }

    /// How long each frame is shown.
    pub(super) fn duration(&self) -> Option<Duration> {
        self.duration
    }

    /// The next frame, unless there is none.
    pub(super) fn read_frame(
        &self,
        input: &mut impl Read,
        buffers: &Buffers,
    ) -> Result<Option<Frame>, Trouble> {
        let mut marker = [0; FRAME.len()];
        match read_up_to(input, &mut marker)? {
            0 => return Ok(None),
            _ if marker != FRAME => return Err(Trouble(DAMAGED.to_owned())),
            _ => read_line(input)?,
        };
        let mut samples = buffers.take(self.sample_bytes());
        let length = read_up_to(input, &mut samples)?;
        if length < samples.len() {
            return Err(Trouble::cut_short(length, samples.len()));
        }
        match self.planes {
            Planes::Grey => {
                self.matrix.stretch_grey(&mut samples);
                Trouble::or_frame(self.form, samples)
            }
            Planes::Colour { columns, rows } => {
                let mut pixels = buffers.take(self.form.bytes());
                self.convert(&samples, columns, rows, &mut pixels);
                Trouble::or_frame(self.form, pixels)
            }
        }
    }

    fn convert(&self, samples: &[u8], columns: u32, rows: u32, rgb: &mut [u8]) {
        let width = self.form.width() as usize;
        let (luma, chroma) = samples.split_at(width * self.height());
        let (blue, red) = chroma.split_at(chroma.len() / 2);
        let chroma_width = self.form.width().div_ceil(1 << columns) as usize;
        let luma_rows = luma.chunks_exact(width);
        for (y, (luma, rgb)) in luma_rows.zip(rgb.chunks_exact_mut(width * 3)).enumerate() {
            let start = (y >> rows) * chroma_width;
            let row = start..start + chroma_width;
            self.matrix.convert_row(luma, &blue[row.clone()], &red[row], columns, rgb);
        }
    }

    fn height(&self) -> usize {
        self.form.height() as usize
    }

    /// Bytes of one frame's planes.
    fn sample_bytes(&self) -> usize {
        let (width, height) = (self.form.width(), self.form.height());
        let luma = width as usize * height as usize;
        match self.planes {
            Planes::Grey => luma,
            Planes::Colour { columns, rows } => {
                let side = |length: u32, shift: u32| length.div_ceil(1 << shift) as usize;
                luma + 2 * side(width, columns) * side(height, rows)
            }
        }
    }
}

/// The words of a header line.
#[derive(Default)]
struct Tags {
    width: Option<u32>,
    height: Option<u32>,
    rate: Option<(u32, u32)>,
    colour: Option<String>,
    range: Option<String>,
}

impl Tags {
    fn take(&mut self, word: &str) {
        let Some((letter, value)) = word.split_at_checked(1) else { return };
        match letter {
            "W" => self.width = value.parse().ok(),
            "H" => self.height = value.parse().ok(),
            "F" => {
                let parts = value.split_once(':');
                self.rate = parts.and_then(|(n, d)| Some((n.parse().ok()?, d.parse().ok()?)));
            }
            "C" => self.colour = Some(value.to_ascii_lowercase()),
            "X" => {
                if let Some(range) = value.strip_prefix("COLORRANGE=") {
                    self.range = Some(range.to_ascii_uppercase());
                }
            }
            _ => {}
        }
    }

    fn header(self) -> Result<Y4m, Trouble> {
        let (Some(width), Some(height)) = (self.width, self.height) else {
            return Err(Trouble(DAMAGED.to_owned()));
        };
        let planes = planes(self.colour.as_deref().unwrap_or("420"))?;
        let grey = planes == Planes::Grey;
        let format = if grey { PixelFormat::MONO8 } else { PixelFormat::RGB8 };
        let form = RawForm::new(width, height, format).map_err(Trouble)?;
        let full = match self.range.as_deref() {
            Some(range) => range == "FULL",
            // Who writes grey without a word means grey.
            None => grey,
        };
        let duration = self.rate.filter(|&(frames, seconds)| frames > 0 && seconds > 0);
        let duration = duration.and_then(|(frames, seconds)| {
            Duration::try_from_secs_f64(f64::from(seconds) / f64::from(frames)).ok()
        });
        Ok(Y4m { form, planes, matrix: Matrix::of(width, height, full), duration })
    }
}

fn planes(colour: &str) -> Result<Planes, Trouble> {
    match colour {
        "mono" => Ok(Planes::Grey),
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Ok(Planes::Colour { columns: 1, rows: 1 }),
        "422" => Ok(Planes::Colour { columns: 1, rows: 0 }),
        "444" => Ok(Planes::Colour { columns: 0, rows: 0 }),
        _ => Err(Trouble(format!(
            "Y4M in {} is not read here: convert it with ffmpeg's -pix_fmt yuv420p, yuv422p, \
             yuv444p or gray",
            colour.chars().take(LONGEST_NAME).collect::<String>()
        ))),
    }
}

/// The bytes up to the end of the line.
fn read_line(input: &mut impl Read) -> Result<String, Trouble> {
    let mut line = Vec::new();
    let mut byte = [0];
    while read_up_to(input, &mut byte)? == 1 && byte != *b"\n" {
        line.push(byte[0]);
        if line.len() > LONGEST_LINE {
            return Err(Trouble(DAMAGED.to_owned()));
        }
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// How each frame begins; parameters may follow up to the end of the line.
const FRAME: [u8; 5] = *b"FRAME";

const DAMAGED: &str = "the Y4M stream is damaged: check the program that writes it";

/// Characters of a line: real ones have less than a hundred.
const LONGEST_LINE: usize = 4096;

/// Characters of an unknown name that an error repeats.
const LONGEST_NAME: usize = 40;

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::media::FrameSource as _;
    use crate::media::stream::FrameStream;

    fn first(bytes: &[u8]) -> Result<(PixelFormat, Vec<u8>, Option<Duration>), String> {
        let mut stream = FrameStream::new(bytes, Path::new("a pipe"), "frame", None);
        let next = stream.next_frame().expect("one");
        next.map(|next| (next.frame.format(), next.frame.pixels().to_vec(), next.duration))
            .map_err(|error| error.reason)
    }

    fn y4m(header: &str, samples: &[u8]) -> Vec<u8> {
        [format!("YUV4MPEG2 {header}\nFRAME\n").as_bytes(), samples].concat()
    }

    #[test]
    fn each_pixel_takes_the_colour_that_lies_over_it() {
        // Three columns and rows: the colour planes of 4:2:0 have two, rounded up.
        let luma = [16, 16, 235, 16, 16, 235, 235, 235, 81];
        let (blue, red) = ([128, 128, 128, 90], [128, 128, 128, 240]);
        let file = y4m("W3 H3 F25:1 C420jpeg", &[&luma[..], &blue, &red].concat());
        let (format, pixels, duration) = first(&file).expect("readable");
        assert_eq!((format, duration), (PixelFormat::RGB8, Some(Duration::from_millis(40))));
        assert_eq!(pixels[..9], [0, 0, 0, 0, 0, 0, 255, 255, 255]);
        // BT.601 red, as everyone writes it.
        assert_eq!(pixels[24..], [254, 0, 0]);

        let half = y4m("W2 H2 C422", &[16, 16, 16, 16, 128, 90, 128, 240]);
        let (_, pixels, duration) = first(&half).expect("readable");
        assert_eq!((&pixels[..6], duration), (&[0; 6][..], None));
        assert!(pixels[6] > 100 && pixels[7] == 0, "{pixels:?}");
    }

    #[test]
    fn the_range_is_that_of_the_header() {
        let full = y4m("W1 H1 C444 XYSCSS=444 XCOLORRANGE=FULL", &[200, 128, 128]);
        assert_eq!(first(&full).expect("readable").1, [200, 200, 200]);
        let limited = y4m("W1 H1 C444 XCOLORRANGE=LIMITED", &[200, 128, 128]);
        assert_eq!(first(&limited).expect("readable").1, [214, 214, 214]);
    }

    #[test]
    fn grey_stays_grey() {
        let (format, pixels, _) = first(&y4m("W2 H1 Cmono", &[3, 250])).expect("readable");
        assert_eq!((format, pixels), (PixelFormat::MONO8, vec![3, 250]));
        let limited = y4m("W2 H1 Cmono XCOLORRANGE=LIMITED", &[16, 235]);
        assert_eq!(first(&limited).expect("readable").1, [0, 255]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_in_words() {
        let deep = first(&y4m("W2 H2 C420p10", &[0; 12])).expect_err("refused");
        assert!(deep.contains("420p10") && deep.contains("yuv420p"), "{deep}");
        let short = first(&y4m("W2 H2 C420jpeg", &[0; 5])).expect_err("refused");
        assert!(short.contains("5 of its 6 bytes"), "{short}");
        for damaged in ["", "W2", "W0 H5", "W4000000000 H4000000000", "Wx H2"] {
            assert!(first(&y4m(damaged, &[0; 64])).is_err(), "{damaged}");
        }
        let no_marker = b"YUV4MPEG2 W2 H2\nFROGS\n0123456789";
        assert!(first(no_marker).expect_err("refused").contains("damaged"));
        assert!(first(&[&b"YUV4MPEG2 "[..], &[b'W'; 9000]].concat()).is_err());
    }
}
