//! How the allocator holds memory: few heaps, and what is free given back to the system.
#![expect(unsafe_code, reason = "mallopt and malloc_trim have no safe form")]

/// Heaps that threads share. With one for each thread, which is the default, what is free in each is of no use to
/// the others: a daemon that sends some hundred messages a second held 290 MiB for 40 that were in use, and
/// with two heaps 70, for no more CPU time.
#[cfg(target_env = "gnu")]
const HEAPS: libc::c_int = 2;

/// Bounds the heaps; while there is one thread.
pub(crate) fn share_heaps() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: sets a number of the allocator, while no other thread uses it.
        let is_set = unsafe { libc::mallopt(libc::M_ARENA_MAX, HEAPS) };
        debug_assert_eq!(is_set, 1, "the allocator knows this setting");
    }
}

/// Gives back what is free after much was, such as a large configuration. The allocator keeps it otherwise: what
/// lives on lies between.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it touches free memory alone, and may be called from any thread at any time.
        unsafe { libc::malloc_trim(0) };
    }
}
