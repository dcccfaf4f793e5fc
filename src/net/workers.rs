//! Work that is spread over the processors of this machine.

use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Does `work` for every number below `count`, on as many threads as there are processors; see
/// [`crate::frame::codec::Spread`].
pub(super) fn in_parallel(count: usize, work: &(dyn Fn(usize) + Sync)) {
    let next = AtomicUsize::new(0);
    let take = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return;
            }
            work(at);
        }
    };
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    thread::scope(|scope| {
        for _ in 1..processors.min(count / LEAST_EACH) {
            // What no thread is given for, this one does.
            let _ = thread::Builder::new().name("codec".to_owned()).spawn_scoped(scope, take);
        }
        take();
    });
}

/// Fewer pieces than this are not worth a thread.
const LEAST_EACH: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_is_done_once() {
        for count in [0, 1, 7, 8, 1000] {
            let done: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
            in_parallel(count, &|at| {
                done[at].fetch_add(1, Ordering::Relaxed);
            });
            assert!(done.iter().all(|done| done.load(Ordering::Relaxed) == 1), "{count}");
        }
    }
}
