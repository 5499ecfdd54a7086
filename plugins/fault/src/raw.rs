//! The faults that safe Rust cannot have.
#![expect(unsafe_code, reason = "these faults are made on purpose")]

use std::fs::File;
use std::io::Write;
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;

/// How much shared memory is filled.
const SHARED: usize = 256 << 20;

/// A write where nothing is mapped. Not to null itself, which Rust checks for.
pub(crate) fn write_to_nothing() -> ! {
    // SAFETY: none; this is the fault that the process must die of.
    unsafe { std::ptr::without_provenance_mut::<u8>(1).write_volatile(1) };
    std::process::exit(0)
}

/// Writes to whatever is open beyond standard error, the daemon's pipe among them.
pub(crate) fn write_past_the_sdk(bytes: &[u8]) {
    for number in 3..64 {
        // SAFETY: a number that is not open, or not for writing, fails to be written; the file is not closed.
        let mut file = ManuallyDrop::new(unsafe { File::from_raw_fd(number) });
        file.write_all(bytes).unwrap_or_default();
    }
}

/// Fills memory that counts for nobody's limit of private memory.
pub(crate) fn fill_shared_memory() {
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    // SAFETY: a new mapping touches nothing that exists.
    let start = unsafe { libc::mmap(std::ptr::null_mut(), SHARED, protection, flags, -1, 0) };
    if start == libc::MAP_FAILED {
        return;
    }
    for offset in (0..SHARED).step_by(4096) {
        // SAFETY: inside the mapping made above.
        unsafe { start.cast::<u8>().add(offset).write_volatile(1) };
    }
}
