//! The layout is frozen: these numbers never change within ABI 1.

use std::mem::{align_of, offset_of, size_of};

use tidings_abi::{ENTRY, HostV1, PluginV1, Str};

#[track_caller]
fn check(what: &str, actual: usize, words: usize, bytes: usize) {
    assert_eq!(actual, words * size_of::<usize>() + bytes, "{what}");
}

#[test]
fn str_is_frozen() {
    check("ptr", offset_of!(Str, ptr), 0, 0);
    check("len", offset_of!(Str, len), 1, 0);
    check("size", size_of::<Str>(), 2, 0);
}

#[test]
fn host_is_frozen() {
    check("size", offset_of!(HostV1, size), 0, 0);
    check("abi_minor", offset_of!(HostV1, abi_minor), 0, 4);
    check("data", offset_of!(HostV1, data), 0, 8);
    check("call", offset_of!(HostV1, call), 1, 8);
    check("notify", offset_of!(HostV1, notify), 2, 8);
    check("cancelled", offset_of!(HostV1, cancelled), 3, 8);
    check("size_of", size_of::<HostV1>(), 4, 8);
    check("MIN_SIZE", HostV1::MIN_SIZE as usize, 4, 8);
    check("align_of", align_of::<HostV1>(), 1, 0);
}

#[test]
fn plugin_is_frozen() {
    check("size", offset_of!(PluginV1, size), 0, 0);
    check("abi_minor", offset_of!(PluginV1, abi_minor), 0, 4);
    check("describe", offset_of!(PluginV1, describe), 0, 8);
    check("run", offset_of!(PluginV1, run), 1, 8);
    check("size_of", size_of::<PluginV1>(), 2, 8);
    check("MIN_SIZE", PluginV1::MIN_SIZE as usize, 2, 8);
}

#[test]
fn entry_is_a_c_string_with_the_major_version() {
    assert_eq!(ENTRY, c"tidings_plugin_v1".to_bytes_with_nul());
}
