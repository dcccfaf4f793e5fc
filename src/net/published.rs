//! A value that one thread publishes and any other may look at.

use std::sync::{Arc, Mutex, PoisonError};

/// The newest value, shared.
pub(super) struct Published<T>(Arc<Mutex<Arc<T>>>);

impl<T> Published<T> {
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(value))))
    }

    pub(super) fn get(&self) -> Arc<T> {
        Arc::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(value);
    }
}

impl<T> Clone for Published<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}
