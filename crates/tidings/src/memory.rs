//! Memory that reading a large configuration took, given back to the system.
#![expect(unsafe_code, reason = "malloc_trim has no safe form")]

/// Gives back what is free. The allocator keeps it otherwise: what lives on lies between.
pub(crate) fn give_back() {
    #[cfg(target_env = "gnu")]
    {
        // SAFETY: it touches free memory alone, and may be called from any thread at any time.
        unsafe { libc::malloc_trim(0) };
    }
}
