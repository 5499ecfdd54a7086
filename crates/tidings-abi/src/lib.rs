//! The C structs of the plugin boundary, nothing else.
//!
//! A plugin is a shared library with one exported symbol, [`ENTRY`], that returns
//! a static [`PluginV1`]. The symbol's name carries the major version; a minor
//! version appends fields, so a field may be read only where the other side's
//! `size` covers it. The same structs for authors in C: `include/tidings_plugin.h`.
//!
//! **Ownership:** every pointer is borrowed for the duration of the call it is
//! passed to; results travel by calling the other side's [`Sink`], who copies.
//! Nothing is ever freed across the boundary.
//!
//! **Payloads** are UTF-8 JSON, those of the wire protocol without its envelope:
//!
//! | call | request | sink, when 0 is returned | sink, else |
//! |---|---|---|---|
//! | [`PluginV1::describe`] | – | manifest | error |
//! | [`PluginV1::run`] | params of `run` | run report | error |
//! | [`HostV1::call`] | `{"method", "params"}` | the method's result, maybe `null` | error |
//! | [`HostV1::notify`] | `{"method", "params"}` | | |
//!
//! An error is `{"code", "message", "retryable", "data"}`. A sink is called at most
//! once per call; where an error code is returned without it, the number alone counts.
#![no_std]

use core::ffi::c_void;

/// Name of the exported function, of type [`Entry`], with the NUL that `dlsym` wants.
pub const ENTRY: &[u8] = b"tidings_plugin_v1\0";
/// Major version of the boundary, as in the symbol's name.
pub const ABI_MAJOR: u32 = 1;
/// Latest minor version of major 1.
pub const ABI_MINOR: u32 = 0;

/// What [`ENTRY`] names. The table is static: it stays valid until the process ends.
pub type Entry = unsafe extern "C" fn() -> *const PluginV1;

/// Receives a result: context, first byte, length in bytes. The receiver copies.
pub type Sink = unsafe extern "C" fn(*mut c_void, *const u8, usize);

/// Borrowed UTF-8 JSON, valid only during the call it is passed to.
/// `ptr` may be null where `len` is 0.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Str {
    pub ptr: *const u8,
    pub len: usize,
}

/// What the host lends the plugin for one run.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct HostV1 {
    /// `size_of` of the struct as the host was built with.
    pub size: u32,
    pub abi_minor: u32,
    /// Handed back as first argument of the functions below.
    pub data: *mut c_void,
    /// A blocking request, from any thread; the host serves one at a time.
    /// Answers with a code of [`status`].
    pub call: unsafe extern "C" fn(*mut c_void, Str, Sink, *mut c_void) -> i32,
    /// `log`, `progress` or `skip`: no answer, never blocks long.
    pub notify: unsafe extern "C" fn(*mut c_void, Str),
    /// Not 0 once the run is to end; cheap enough to ask in a loop.
    pub cancelled: unsafe extern "C" fn(*mut c_void) -> u32,
}

/// What the plugin shows the host. Static.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct PluginV1 {
    /// `size_of` of the struct as the plugin was built with.
    pub size: u32,
    pub abi_minor: u32,
    /// Answers with the manifest; does no input or output.
    pub describe: unsafe extern "C" fn(Sink, *mut c_void) -> i32,
    /// One visit of one source; called once in a process, on a thread of its own.
    pub run: unsafe extern "C" fn(*const HostV1, Str, Sink, *mut c_void) -> i32,
}

impl HostV1 {
    /// Its size at minor 0: a smaller one cannot be used.
    pub const MIN_SIZE: u32 = 2 * 4 + 4 * size_of::<usize>() as u32;
}

impl PluginV1 {
    /// Its size at minor 0: a smaller one cannot be used.
    pub const MIN_SIZE: u32 = 2 * 4 + 2 * size_of::<usize>() as u32;
}

/// What the functions return. Any other number counts as [`status::ERROR`].
pub mod status {
    pub const OK: i32 = 0;
    /// The sink got the error.
    pub const ERROR: i32 = 1;
    /// A panic was caught; the sink got `plugin.panic` with message and location.
    pub const PANIC: i32 = 2;
    /// The request or the params cannot be read.
    pub const BAD_REQUEST: i32 = 3;
    pub const CANCELLED: i32 = 4;
    /// The method is not known to this side.
    pub const UNSUPPORTED: i32 = 5;
}
