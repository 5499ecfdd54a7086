//! How much of the web may be in memory on its way to plugins.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Kept back for one answer before its size is known.
const EXPECTED: usize = 512 << 10;
/// What one permit stands for.
const UNIT: usize = 1 << 10;

/// The bodies in flight of the whole daemon.
///
/// A third is for the answers of entry requests, which wait in memory until their
/// plugin asks for them. Those never wait for room, so a run that holds some and
/// waits for more cannot lock out the others.
#[derive(Clone, Debug)]
pub(crate) struct Bodies {
    fetched: Arc<Semaphore>,
    /// Permits in all of `fetched`.
    room: u32,
    entries: Arc<Semaphore>,
}

/// Room for one body, given back when dropped.
#[derive(Debug)]
pub(crate) struct Room {
    held: OwnedSemaphorePermit,
    pool: Arc<Semaphore>,
}

impl Bodies {
    pub(crate) fn new(bytes: u64) -> Self {
        let units = u32::try_from(bytes / UNIT as u64).unwrap_or(u32::MAX >> 4).min(u32::MAX >> 4);
        let room = units / 3 * 2;
        let pool = |units: u32| Arc::new(Semaphore::new(units as usize));
        Self { fetched: pool(room), room, entries: pool(units - room) }
    }

    /// Waits until there is room for an answer of usual size.
    pub(crate) async fn wait(&self) -> Room {
        self.acquire(EXPECTED).await
    }

    /// Room for an answer of usual size, if there is some now.
    pub(crate) fn try_take(&self) -> Option<Room> {
        let held = Arc::clone(&self.fetched).try_acquire_many_owned(self.units(EXPECTED)).ok()?;
        Some(Room { held, pool: Arc::clone(&self.fetched) })
    }

    /// Room for the answer of an entry request of `size` bytes, if there is some now.
    pub(crate) fn try_keep(&self, size: usize) -> Option<Room> {
        let held = Arc::clone(&self.entries).try_acquire_many_owned(units(size)).ok()?;
        Some(Room { held, pool: Arc::clone(&self.entries) })
    }

    /// Makes `room` fit a body of `size` bytes, without waiting.
    pub(crate) fn try_fit(&self, mut room: Room, size: usize) -> Result<Room, Room> {
        let (held, needed) = (room.held.num_permits(), self.units(size) as usize);
        if needed <= held {
            drop(room.held.split(held - needed));
            return Ok(room);
        }
        let further = u32::try_from(needed - held).unwrap_or(u32::MAX);
        match Arc::clone(&room.pool).try_acquire_many_owned(further) {
            Ok(further) => {
                room.held.merge(further);
                Ok(room)
            }
            Err(_) => Err(room),
        }
    }

    /// As [`Bodies::try_fit`], but waits. Its own room is given back first, so that
    /// two that wait cannot wait for each other; the body stays over the bound meanwhile.
    pub(crate) async fn fit(&self, room: Room, size: usize) -> Room {
        match self.try_fit(room, size) {
            Ok(room) => room,
            Err(room) => {
                drop(room);
                self.acquire(size).await
            }
        }
    }

    async fn acquire(&self, size: usize) -> Room {
        let held = Arc::clone(&self.fetched).acquire_many_owned(self.units(size)).await;
        Room { held: held.expect("the pool is never closed"), pool: Arc::clone(&self.fetched) }
    }

    /// A body larger than all the room takes all of it: it travels alone.
    fn units(&self, size: usize) -> u32 {
        units(size).min(self.room)
    }
}

fn units(size: usize) -> u32 {
    u32::try_from(size.div_ceil(UNIT).max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn room_is_bounded_and_given_back() {
        let bodies = Bodies::new(3 << 20);
        let one = bodies.try_take().unwrap();
        let one = bodies.try_fit(one, 2 << 20).unwrap();
        assert!(bodies.try_take().is_none());
        let one = bodies.try_fit(one, 10 << 10).unwrap();
        let two = bodies.try_take().unwrap();
        assert!(bodies.try_fit(two, 3 << 20).is_err());
        drop(one);
        assert!(bodies.try_take().is_some());
    }

    #[tokio::test]
    async fn a_body_larger_than_all_room_travels_alone() {
        let bodies = Bodies::new(3 << 20);
        let room = bodies.wait().await;
        let room = bodies.fit(room, 100 << 20).await;
        assert!(bodies.try_take().is_none());
        drop(room);
        assert!(bodies.try_take().is_some());
    }

    #[tokio::test]
    async fn kept_entries_never_take_the_room_of_fetches() {
        let bodies = Bodies::new(3 << 20);
        let kept = bodies.try_keep(1 << 20).unwrap();
        assert!(bodies.try_keep(1).is_none());
        assert!(bodies.try_take().is_some());
        drop(kept);
    }
}
