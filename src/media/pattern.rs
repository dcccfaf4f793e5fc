//! A moving test pattern: colour bars, ramps and a bouncing disc, made from nothing but the
//! frame's number, which it also carries in its pixels.

mod canvas;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::{FrameSource, MAX_FRAME_BYTES, MediaError, SourceFrame};
use crate::frame::{Frame, PixelFormat, byte_length};
use canvas::Canvas;

/// Gives the pattern's frames from number 0, without end.
pub struct Pattern {
    background: Frame,
    next: u64,
    /// Frames that were given and their numbers: once nobody looks at one any more, the next is
    /// drawn over it.
    given: VecDeque<(u64, Arc<Frame>)>,
}

impl Pattern {
    /// Draws the background once, so that each frame costs no more than what moves.
    ///
    /// # Errors
    /// What is wrong with the size, in words.
    pub fn new(width: u32, height: u32) -> Result<Self, String> {
        check_size(width, height)?;
        let pixels = byte_length(width, height, PixelFormat::BGR8).map(|bytes| vec![0; bytes]);
        let mut frame = pixels
            .and_then(|pixels| Frame::new(width, height, PixelFormat::BGR8, pixels))
            .map_err(|error| error.to_string())?;
        draw_background(&mut Canvas::over(&mut frame));
        Ok(Self { background: frame, next: 0, given: VecDeque::new() })
    }

    /// The frame with this number.
    pub fn frame(&self, number: u64) -> Arc<Frame> {
        let mut frame = self.background.clone();
        draw(&mut Canvas::over(&mut frame), number);
        Arc::new(frame)
    }

    /// The same, drawn over the newest frame that has been let go: that one may still be in the
    /// processor's cache.
    fn frame_reused(&mut self, number: u64) -> Arc<Frame> {
        let free = self.given.iter().rposition(|(_, frame)| Arc::strong_count(frame) == 1);
        let free = free.and_then(|at| self.given.remove(at));
        let free = free.and_then(|(before, frame)| Some((before, Arc::into_inner(frame)?)));
        let frame = match free {
            Some((before, mut frame)) => {
                let mut canvas = Canvas::over(&mut frame);
                for (columns, rows) in [sweep(&canvas, before), disc(&canvas, before).bounds()] {
                    canvas.restore(&self.background, columns, rows);
                }
                draw(&mut canvas, number);
                Arc::new(frame)
            }
            None => self.frame(number),
        };
        if self.given.len() == MOST_GIVEN {
            self.given.pop_front();
        }
        self.given.push_back((number, Arc::clone(&frame)));
        frame
    }
}

impl FrameSource for Pattern {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        let number = self.next;
        self.next += 1;
        Some(Ok(SourceFrame::new(format!("pattern-{number:06}"), self.frame_reused(number))))
    }

    fn frames(&self) -> Option<u64> {
        None
    }
}

/// Whether a pattern can have this size; if not, why, in words.
///
/// # Errors
/// A sentence for the user.
pub fn check_size(width: u32, height: u32) -> Result<(), String> {
    let (smallest_width, smallest_height) = SMALLEST;
    if width < smallest_width || height < smallest_height {
        return Err(format!("a pattern is at least {smallest_width}x{smallest_height}"));
    }
    match byte_length(width, height, PixelFormat::BGR8) {
        Ok(bytes) if bytes as u64 <= MAX_FRAME_BYTES => Ok(()),
        _ => Err(format!("a pattern is at most {} MiB a frame", MAX_FRAME_BYTES >> 20)),
    }
}

/// The number that a pattern's frame carries in its pixels; `None` when it is not a pattern or
/// its top rows were damaged.
pub fn frame_number(frame: &Frame) -> Option<u64> {
    let mut code = 0;
    for cell in 0..CODE_BITS {
        let side = frame.width() / CODE_BITS;
        let x = cell * side + side / 2;
        let sample = *frame.samples_at(x, code_rows(frame.height()) / 2)?.first()?;
        code = code << 1 | u64::from(sample >= 128.0);
    }
    let number = code >> CHECK_BITS;
    (code == code_of(number)).then_some(number)
}

/// The number in the upper bits and a check value in the lower ones.
fn code_of(number: u64) -> u64 {
    let check = (number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - CHECK_BITS)) ^ 0xa5a5;
    number << CHECK_BITS | check
}

fn code_rows(height: u32) -> u32 {
    (height / 60).clamp(4, 16)
}

/// Draws what moves.
fn draw(canvas: &mut Canvas<'_>, number: u64) {
    let (columns, rows) = sweep(canvas, number);
    canvas.fill(columns, rows, WHITE);
    let Disc { center, radius } = disc(canvas, number);
    canvas.disc(center, radius, WHITE);
    canvas.disc(center, radius * 4 / 5, ACCENT);
    canvas.disc(center, radius / 4, WHITE);
    draw_digits(canvas, number);
    draw_code(canvas, number);
}

fn draw_code(canvas: &mut Canvas<'_>, number: u64) {
    let code = code_of(number & (u64::MAX >> CHECK_BITS));
    let rows = code_rows(canvas.height() as u32) as usize;
    let side = canvas.width() / CODE_BITS as usize;
    for cell in 0..CODE_BITS {
        let lit = code >> (CODE_BITS - 1 - cell) & 1 == 1;
        let left = cell as usize * side;
        canvas.fill(left..left + side, 0..rows, if lit { WHITE } else { BLACK });
    }
}

/// A thin line that crosses the picture once every [`SWEEP_FRAMES`]: its columns and rows.
fn sweep(canvas: &Canvas<'_>, number: u64) -> (Range<usize>, Range<usize>) {
    let left = (number % SWEEP_FRAMES) as usize * canvas.width() / SWEEP_FRAMES as usize;
    let thickness = (canvas.width() / 320).max(1);
    (left..left + thickness, 0..canvas.height())
}

/// Where the bouncing disc is.
struct Disc {
    center: (usize, usize),
    radius: usize,
}

impl Disc {
    fn bounds(&self) -> (Range<usize>, Range<usize>) {
        let around = |middle: usize| middle.saturating_sub(self.radius)..middle + self.radius + 1;
        (around(self.center.0), around(self.center.1))
    }
}

fn disc(canvas: &Canvas<'_>, number: u64) -> Disc {
    let radius = canvas.width().min(canvas.height()) / 9;
    let room = |side: usize| side.saturating_sub(2 * radius).max(1);
    let x = radius + bounce(number * (canvas.width() as u64 / 120).max(1), room(canvas.width()));
    let y = radius + bounce(number * (canvas.height() as u64 / 90).max(1), room(canvas.height()));
    Disc { center: (x, y), radius }
}

/// Back and forth between 0 and `room`.
fn bounce(way: u64, room: usize) -> usize {
    let position = (way % (2 * room as u64)) as usize;
    position.min(2 * room - position)
}

fn draw_digits(canvas: &mut Canvas<'_>, number: u64) {
    let scale = (canvas.height() / 60).max(1);
    let text = format!("{number:06}");
    let (left, top) = (scale * 3, canvas.height() - scale * 9);
    let width = text.len() * canvas::DIGIT_ADVANCE * scale;
    canvas.fill(left - scale..left + width, top - scale..top + 6 * scale, BLACK);
    canvas.digits(&text, (left, top), scale, WHITE);
}

/// Colour bars above; a grey ramp, a ramp of hues and a zone plate, which shows any scaling and
/// any missing part, below.
fn draw_background(canvas: &mut Canvas<'_>) {
    let (width, height) = (canvas.width(), canvas.height());
    let (bars, grey, hues) = (height * 50 / 100, height * 58 / 100, height * 66 / 100);
    for (bar, color) in BARS.into_iter().enumerate() {
        let edge = |bar: usize| bar * width / BARS.len();
        canvas.fill(edge(bar)..edge(bar + 1), 0..bars, color);
    }
    for x in 0..width {
        let shade = (x * 255 / (width - 1)) as u8;
        canvas.fill(x..x + 1, bars..grey, [shade; 3]);
        canvas.fill(x..x + 1, grey..hues, hue(x * 1536 / width));
    }
    let (center_x, center_y) = (width as f64 / 2.0, f64::midpoint(hues as f64, height as f64));
    for y in hues..height {
        for x in 0..width {
            let (dx, dy) = (x as f64 - center_x, y as f64 - center_y);
            let wave = ((dx * dx + dy * dy) * std::f64::consts::PI / width as f64).cos();
            canvas.fill(x..x + 1, y..y + 1, [(127.5 + 100.0 * wave) as u8; 3]);
        }
    }
}

/// The colour at one of 1536 steps around the circle of hues.
fn hue(step: usize) -> [u8; 3] {
    let rise = (step % 256) as u8;
    let fall = 255 - rise;
    match step / 256 {
        0 => [0, rise, 255],
        1 => [0, 255, fall],
        2 => [rise, 255, 0],
        3 => [255, fall, 0],
        4 => [255, 0, rise],
        _ => [fall, 0, 255],
    }
}

const CODE_BITS: u32 = 64;
const CHECK_BITS: u32 = 16;
/// One pixel for each bit of the code, and rows enough for all parts of the picture.
const SMALLEST: (u32, u32) = (CODE_BITS, 48);
const SWEEP_FRAMES: u64 = 120;
/// As many as a job has under way at once, and one that is being drawn.
const MOST_GIVEN: usize = 5;

// Blue, green, red.
const WHITE: [u8; 3] = [255, 255, 255];
const BLACK: [u8; 3] = [0, 0, 0];
const ACCENT: [u8; 3] = [219, 105, 23];
/// Bars of three quarters of full brightness, in the order of their luminance.
const BARS: [[u8; 3]; 7] = [
    [191, 191, 191],
    [0, 191, 191],
    [191, 191, 0],
    [0, 191, 0],
    [191, 0, 191],
    [0, 0, 191],
    [191, 0, 0],
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_frame_carries_its_number() {
        for (width, height) in [(64, 48), (100, 77), (1280, 720), (1921, 1081)] {
            let pattern = Pattern::new(width, height).expect("a size");
            for number in [0, 1, 59, 120, 1_000_003] {
                let frame = pattern.frame(number);
                assert_eq!(frame_number(&frame), Some(number), "{width} x {height}");
            }
        }
    }

    #[test]
    fn frames_depend_on_their_number_alone_and_all_differ() {
        let mut source = Pattern::new(320, 240).expect("a size");
        let again = Pattern::new(320, 240).expect("a size");
        let first = source.next_frame().expect("endless").expect("made");
        let second = source.next_frame().expect("endless").expect("made");
        assert_eq!(first.frame, again.frame(0));
        assert_eq!(second.frame, again.frame(1));
        assert_ne!(first.frame, second.frame);
        assert_eq!(second.name, "pattern-000001");
    }

    #[test]
    fn a_frame_drawn_over_an_old_one_is_the_same() {
        let mut source = Pattern::new(200, 150).expect("a size");
        let again = Pattern::new(200, 150).expect("a size");
        let held = source.next_frame().expect("endless").expect("made").frame;
        let mut places = Vec::new();
        for number in 1..300 {
            let frame = source.next_frame().expect("endless").expect("made").frame;
            assert_eq!(frame, again.frame(number), "{number}");
            places.push(frame.pixels().as_ptr());
        }
        assert_eq!(held, again.frame(0), "a frame that somebody holds stays");
        places.sort_unstable();
        places.dedup();
        assert!(places.len() <= MOST_GIVEN, "{} pieces of memory", places.len());
    }

    #[test]
    fn a_picture_that_is_no_pattern_has_no_number() {
        for value in [0, 255] {
            let plain = Frame::new(64, 48, PixelFormat::MONO8, vec![value; 64 * 48]);
            assert_eq!(frame_number(&plain.expect("valid")), None);
        }
        let small = Frame::new(3, 1, PixelFormat::MONO8, vec![0; 3]).expect("valid");
        assert_eq!(frame_number(&small), None);
    }

    #[test]
    fn sizes_out_of_bounds_are_refused() {
        assert!(check_size(64, 48).is_ok());
        assert!(check_size(7680, 4320).is_ok());
        for (width, height) in
            [(0, 0), (63, 480), (640, 47), (30_000, 30_000), (u32::MAX, u32::MAX)]
        {
            assert!(check_size(width, height).is_err());
            assert!(Pattern::new(width, height).is_err());
        }
    }
}
