//! Arrays in NumPy's `.npy` format, read one frame at a time.

mod header;
mod layout;

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use half::f16;

use super::animation::numbered;
use super::input::file_name;
use super::{FrameSource, MAX_FRAME_BYTES, MediaError, SourceFrame};
use crate::frame::{Buffers, Frame, PixelBuffer};

pub(super) use header::{MAGIC, text_for};
use layout::{Layout, Stored};

/// Gives the frames of an array. Only one of them is in memory at a time.
pub(super) struct NpyFile {
    path: PathBuf,
    reader: BufReader<File>,
    /// Where the first sample lies.
    start: u64,
    layout: Layout,
    next: u64,
    buffers: Buffers,
}

impl NpyFile {
    /// Reads the header and checks it against the file's length, so that nothing is allocated
    /// for an array that is not there.
    pub(super) fn open(path: &Path) -> Result<Self, MediaError> {
        let io = |error| MediaError::reading(path, &error);
        let wrong = |reason| MediaError::new(path, reason);
        let file = File::open(path).map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let mut reader = BufReader::with_capacity(1 << 16, file);
        let header = header::read(&mut reader).map_err(wrong)?;
        let layout = Layout::of(&header).map_err(wrong)?;
        if layout.frame_bytes() > MAX_FRAME_BYTES {
            let limit = MAX_FRAME_BYTES >> 20;
            return Err(wrong(format!("a frame of more than {limit} MiB cannot be sent")));
        }
        let start = reader.stream_position().map_err(io)?;
        let promised = u128::from(layout.frames) * u128::from(layout.stored_bytes());
        let there = length.saturating_sub(start);
        if promised > u128::from(there) {
            return Err(wrong(format!(
                "the array is cut short: its header promises {promised} bytes and {there} follow; \
                 copy or save it again"
            )));
        }
        Ok(Self {
            path: path.to_owned(),
            reader,
            start,
            layout,
            next: 0,
            buffers: Buffers::default(),
        })
    }

    /// Pixel bytes of one frame.
    pub(super) fn frame_bytes(&self) -> u64 {
        self.layout.frame_bytes()
    }

    fn read(&mut self, index: u64) -> std::io::Result<PixelBuffer> {
        let sample = self.layout.stored.bytes(self.layout.format.sample.bytes());
        let mut pixels = self.buffers.take(self.layout.stored_bytes() as usize);
        if self.layout.fortran {
            self.read_scattered(index, sample, &mut pixels)?;
        } else {
            let offset = self.start + index * self.layout.stored_bytes();
            self.reader.seek(SeekFrom::Start(offset))?;
            self.reader.read_exact(&mut pixels)?;
        }
        if self.layout.big_endian {
            pixels.chunks_exact_mut(sample).for_each(<[u8]>::reverse);
        }
        match self.layout.stored {
            Stored::Plain => Ok(pixels),
            Stored::Truth => {
                for truth in pixels.iter_mut() {
                    *truth = if *truth == 0 { 0 } else { 255 };
                }
                Ok(pixels)
            }
            Stored::Half => {
                let mut wide = self.buffers.take(self.layout.frame_bytes() as usize);
                for (half, wide) in pixels.as_chunks().0.iter().zip(wide.as_chunks_mut().0) {
                    *wide = f16::from_le_bytes(*half).to_f32().to_le_bytes();
                }
                Ok(wide)
            }
        }
    }

    /// Gathers a frame whose first axes run fastest: frames, then rows, columns, channels.
    fn read_scattered(
        &mut self,
        index: u64,
        sample: usize,
        pixels: &mut [u8],
    ) -> std::io::Result<()> {
        let Layout { width, height, frames, format, .. } = self.layout;
        let (width, height, channels) = (width as usize, height as usize, format.order.channels());
        let between = (frames - 1) as i64 * sample as i64;
        self.reader.seek(SeekFrom::Start(self.start + index * sample as u64))?;
        for channel in 0..channels {
            for x in 0..width {
                for y in 0..height {
                    let place = ((y * width + x) * channels + channel) * sample;
                    self.reader.read_exact(&mut pixels[place..place + sample])?;
                    // Past the last sample this may point behind the end, which is allowed.
                    self.reader.seek_relative(between)?;
                }
            }
        }
        Ok(())
    }
}

impl FrameSource for NpyFile {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        let index = self.next;
        if index >= self.layout.frames {
            return None;
        }
        self.next += 1;
        let Layout { width, height, format, frames, .. } = self.layout;
        let frame = self
            .read(index)
            .map_err(|error| MediaError::reading(&self.path, &error))
            .and_then(|pixels| {
                Frame::new(width, height, format, pixels)
                    .map_err(|error| MediaError::new(&self.path, error.to_string()))
            });
        let name = if frames == 1 { file_name(&self.path) } else { numbered(&self.path, index) };
        Some(frame.map(|frame| SourceFrame::new(name, Arc::new(frame))))
    }

    fn frames(&self) -> Option<u64> {
        Some(self.layout.frames)
    }
}

#[cfg(test)]
mod tests;
