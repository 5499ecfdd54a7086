//! How many runs may be open, and how many of their processes may work.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The slots of the whole daemon.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    open: Arc<Semaphore>,
    active: Arc<Semaphore>,
}

/// An open run. It holds an active slot only while it is the plugin's turn.
#[derive(Debug)]
pub(crate) struct Slot {
    _open: OwnedSemaphorePermit,
    active: Option<OwnedSemaphorePermit>,
    pool: Arc<Semaphore>,
}

impl Slots {
    pub(crate) fn new(max_open: u32, max_active: u32) -> Self {
        let pool = |size: u32| Arc::new(Semaphore::new(size as usize));
        Self { open: pool(max_open), active: pool(max_active) }
    }

    /// Waits until one more run may be open, in the order asked.
    pub(crate) async fn open(&self) -> Slot {
        let open = Arc::clone(&self.open).acquire_owned().await.expect("the pool is never closed");
        Slot { _open: open, active: None, pool: Arc::clone(&self.active) }
    }
}

impl Slot {
    /// Waits until the plugin may work. Cancel safe.
    pub(crate) async fn activate(&mut self) {
        if self.active.is_none() {
            let active = Arc::clone(&self.pool).acquire_owned().await;
            self.active = Some(active.expect("the pool is never closed"));
        }
    }

    /// The plugin waits for the daemon: another may work.
    pub(crate) fn rest(&mut self) {
        self.active = None;
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn a_run_that_waits_lets_another_work() {
        let slots = Slots::new(2, 1);
        let mut one = slots.open().await;
        let mut two = slots.open().await;
        one.activate().await;
        {
            let mut waiting = pin!(two.activate());
            assert_eq!(waiting.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
        }
        one.rest();
        two.activate().await;
        let mut third = pin!(slots.open());
        assert!(third.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(one);
        third.await;
    }
}
