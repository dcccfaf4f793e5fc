//! Between the source's thread and the socket's: each frame in turn, or only the newest.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crossbeam_channel::{Receiver, SendTimeoutError, Sender, TryRecvError, TrySendError, bounded};

/// The reading end.
pub(super) struct SlotReader<T, E> {
    items: Receiver<Result<T, E>>,
    /// Tells the writer, which may hold a receiver too, that somebody reads.
    _present: Arc<()>,
}

/// The writing end.
pub(super) struct SlotWriter<T, E> {
    items: Sender<Result<T, E>>,
    /// To take back an item that a newer one replaces, where only the newest is wanted.
    waiting: Option<Receiver<Result<T, E>>>,
    reader: Weak<()>,
}

/// Two ends. Where the newest wins, an item that nobody has taken yet gives way to the next one;
/// else the writer waits until each has been taken. Failures are never replaced.
pub(super) fn slot<T, E>(newest_wins: bool) -> (SlotWriter<T, E>, SlotReader<T, E>) {
    // In turn nothing waits: the item that the writer holds ready is enough, and each costs
    // memory.
    let (sender, items) = bounded(usize::from(newest_wins));
    let waiting = newest_wins.then(|| items.clone());
    let present = Arc::new(());
    let reader = Arc::downgrade(&present);
    (SlotWriter { items: sender, waiting, reader }, SlotReader { items, _present: present })
}

impl<T, E> SlotReader<T, E> {
    /// What is ready now.
    pub(super) fn take(&self) -> Result<Result<T, E>, TryRecvError> {
        self.items.try_recv()
    }
}

impl<T, E> SlotWriter<T, E> {
    /// Hands an item over; whether anybody still reads.
    pub(super) fn put(&self, item: Result<T, E>) -> bool {
        let Some(waiting) = &self.waiting else {
            return self.items.send(item).is_ok();
        };
        let item = match self.items.try_send(item) {
            Ok(()) => return self.is_read(),
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(item)) => item,
        };
        if let Ok(failure @ Err(_)) = waiting.try_recv() {
            // It was there before and fits in again: nobody else puts anything in.
            drop(self.items.try_send(failure));
        }
        self.put_waiting(item)
    }

    fn put_waiting(&self, mut item: Result<T, E>) -> bool {
        while self.is_read() {
            match self.items.send_timeout(item, READER_CHECK) {
                Ok(()) => return true,
                Err(SendTimeoutError::Timeout(back)) => item = back,
                Err(SendTimeoutError::Disconnected(_)) => return false,
            }
        }
        false
    }

    /// Whether anybody still reads.
    pub(super) fn is_read(&self) -> bool {
        self.reader.strong_count() > 0
    }
}

/// How soon a writer that waits notices that nobody reads any more.
const READER_CHECK: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_wins_and_is_there_after_the_end() {
        let (writer, reader) = slot::<u32, &str>(true);
        for number in 0..10 {
            assert!(writer.put(Ok(number)));
        }
        drop(writer);
        assert_eq!(reader.take(), Ok(Ok(9)));
        assert_eq!(reader.take(), Err(TryRecvError::Disconnected));
    }

    #[test]
    fn in_turn_each_is_waited_for() {
        let (writer, reader) = slot::<u32, &str>(false);
        let thread = std::thread::Builder::new()
            .spawn(move || (0..10).all(|number| writer.put(Ok(number))))
            .expect("started");
        let mut read = Vec::new();
        loop {
            match reader.take() {
                Ok(item) => read.extend(item),
                Err(TryRecvError::Empty) => std::thread::yield_now(),
                Err(TryRecvError::Disconnected) => break,
            }
        }
        assert_eq!(read, (0..10).collect::<Vec<_>>());
        assert!(thread.join().expect("no panic"));
    }

    #[test]
    fn a_failure_gives_way_to_nothing() {
        let (writer, reader) = slot::<u32, &str>(true);
        assert!(writer.put(Err("torn")));
        let thread = std::thread::Builder::new().spawn(move || writer.put(Ok(1))).expect("started");
        std::thread::sleep(Duration::from_millis(10));
        assert_eq!(reader.take(), Ok(Err("torn")));
        assert!(thread.join().expect("no panic"));
        assert_eq!(reader.take(), Ok(Ok(1)));
    }

    #[test]
    fn a_writer_learns_that_nobody_reads() {
        for newest_wins in [true, false] {
            let (writer, reader) = slot::<u32, &str>(newest_wins);
            drop(reader);
            assert!(!writer.put(Ok(1)));
        }
    }
}
