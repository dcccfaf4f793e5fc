//! Several inputs played one after the other.

use std::path::Path;

use super::{FrameSource, Input, MediaError, SourceFrame};

/// How often and how long inputs are played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Playback {
    /// Frames in all; `None` is all there are.
    pub count: Option<u64>,
    /// Begin again after the last frame.
    pub repeat: bool,
}

/// Opens `inputs` to be played in order. A frame's `item` is the position of its input.
///
/// Reads the headers of all files to know how many frames there are: call it off the window's
/// thread.
///
/// # Errors
/// [`MediaError`] of the first input when none of them can be opened. One that cannot be opened
/// among others that can gives its error when its turn comes.
pub fn open(inputs: Vec<Input>, playback: Playback) -> Result<Box<dyn FrameSource>, MediaError> {
    let mut newest_wins = true;
    let counts: Vec<_> = inputs
        .iter()
        .map(|input| {
            let source = input.open()?;
            newest_wins &= source.newest_wins();
            Ok(source.frames())
        })
        .collect();
    let frames = counts.iter().map(|count| *count.as_ref().unwrap_or(&Some(0))).sum();
    if !counts.iter().any(Result::is_ok) {
        let nothing = || MediaError::new(Path::new("the list"), "there is nothing to send");
        return Err(counts.into_iter().find_map(Result::err).unwrap_or_else(nothing));
    }
    let total = match (playback.repeat, frames, playback.count) {
        (false, Some(frames), Some(count)) => Some(count.min(frames)),
        (false, Some(frames), None) => Some(frames),
        (_, _, count) => count,
    };
    Ok(Box::new(Playlist {
        inputs,
        playback,
        total,
        newest_wins,
        item: 0,
        current: None,
        given: 0,
        given_in_pass: 0,
        newest: None,
        only: None,
    }))
}

struct Playlist {
    inputs: Vec<Input>,
    playback: Playback,
    total: Option<u64>,
    /// Of all inputs alike: among others a camera's frames wait for their turn.
    newest_wins: bool,
    item: usize,
    current: Option<Box<dyn FrameSource>>,
    given: u64,
    given_in_pass: u64,
    newest: Option<SourceFrame>,
    /// The one frame that there is, once a whole pass has shown that: it need not be decoded again.
    only: Option<SourceFrame>,
}

impl FrameSource for Playlist {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        if self.playback.count.is_some_and(|count| self.given >= count) {
            return None;
        }
        let mut result = self.play()?;
        match &mut result {
            Ok(frame) => {
                frame.item = self.item;
                self.given += 1;
                self.given_in_pass += 1;
                // Kept only while it may turn out to be the only one.
                self.newest = (self.given_in_pass == 1).then(|| frame.clone());
            }
            Err(error) => error.item = self.item,
        }
        Some(result)
    }

    fn frames(&self) -> Option<u64> {
        self.total
    }

    fn newest_wins(&self) -> bool {
        self.newest_wins
    }
}

impl Playlist {
    /// What comes next; afterwards `item` is the input that it belongs to.
    fn play(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        loop {
            if let Some(frame) = &self.only {
                self.item = frame.item;
                return Some(Ok(frame.clone()));
            }
            if let Some(source) = &mut self.current {
                match source.next_frame() {
                    Some(result) => return Some(result),
                    None => self.turn_to(self.item + 1),
                }
            }
            match self.inputs.get(self.item).map(Input::open) {
                Some(Ok(source)) => self.current = Some(source),
                Some(Err(error)) => {
                    self.current = Some(Box::new(Nothing));
                    return Some(Err(error));
                }
                None => self.begin_again()?,
            }
        }
    }

    fn turn_to(&mut self, item: usize) {
        self.item = item;
        self.current = None;
    }

    /// Starts another pass if there is to be one. A pass without a single frame is the last: the
    /// next one would be no better.
    fn begin_again(&mut self) -> Option<()> {
        if !self.playback.repeat || self.given_in_pass == 0 {
            return None;
        }
        if self.given_in_pass == 1 {
            self.only = self.newest.take();
        }
        self.given_in_pass = 0;
        self.turn_to(0);
        Some(())
    }
}

/// Stands for an input that could not be opened and has said so.
struct Nothing;

impl FrameSource for Nothing {
    fn next_frame(&mut self) -> Option<Result<SourceFrame, MediaError>> {
        None
    }

    fn frames(&self) -> Option<u64> {
        Some(0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::frame::{Frame, PixelFormat};

    fn image(value: u8) -> Input {
        let frame = Frame::new(1, 1, PixelFormat::MONO8, vec![value]).expect("valid");
        Input::Image { name: value.to_string(), frame: Arc::new(frame) }
    }

    fn missing() -> Input {
        Input::File("missing.png".into())
    }

    fn played(inputs: Vec<Input>, playback: Playback, at_most: usize) -> Vec<(usize, String)> {
        let mut source = open(inputs, playback).expect("opened");
        std::iter::from_fn(|| source.next_frame())
            .take(at_most)
            .map(|result| match result {
                Ok(frame) => (frame.item, frame.name),
                Err(error) => (error.item, "error".to_owned()),
            })
            .collect()
    }

    fn named(list: &[(usize, &str)]) -> Vec<(usize, String)> {
        list.iter().map(|&(item, name)| (item, name.to_owned())).collect()
    }

    #[test]
    fn inputs_are_played_in_order_and_keep_their_places() {
        let all = played(vec![image(7), missing(), image(8)], Playback::default(), 99);
        assert_eq!(all, named(&[(0, "7"), (1, "error"), (2, "8")]));
    }

    #[test]
    fn a_count_cuts_and_a_loop_goes_on() {
        let count = Playback { count: Some(1), repeat: false };
        assert_eq!(played(vec![image(1), image(2)], count, 99), named(&[(0, "1")]));

        let repeat = Playback { count: Some(3), repeat: true };
        let looped = played(vec![image(1), image(2)], repeat, 99);
        assert_eq!(looped, named(&[(0, "1"), (1, "2"), (0, "1")]));

        let endless = Playback { count: None, repeat: true };
        assert_eq!(played(vec![missing(), image(5)], endless, 4).len(), 4);
    }

    #[test]
    fn the_number_of_frames_is_known_where_it_can_be() {
        let frames = |inputs, count, repeat| {
            open(inputs, Playback { count, repeat }).expect("opened").frames()
        };
        assert_eq!(frames(vec![image(1), image(2)], None, false), Some(2));
        assert_eq!(frames(vec![image(1), image(2)], Some(9), false), Some(2));
        assert_eq!(frames(vec![image(1)], Some(9), true), Some(9));
        assert_eq!(frames(vec![image(1)], None, true), None);
        let pattern = || Input::Pattern { width: 64, height: 64 };
        assert_eq!(frames(vec![pattern()], None, false), None);
        assert_eq!(frames(vec![pattern()], Some(90), false), Some(90));
    }

    #[test]
    fn nothing_that_can_be_opened_is_an_error_at_once() {
        assert!(open(vec![missing(), missing()], Playback::default()).is_err());
        assert!(open(Vec::new(), Playback::default()).is_err());
    }
}
