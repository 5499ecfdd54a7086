//! The C header and the Rust structs say the same.

use std::io::Write;
use std::mem::{offset_of, size_of};
use std::process::{Command, Stdio};

use tidings_abi::{ABI_MAJOR, ABI_MINOR, HostV1, PluginV1, Str, status};

/// Compiles `source` against the header, without output. The workspace needs a C
/// compiler to build at all, so one is there.
fn compile(source: &str) -> Result<(), String> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let include = concat!(env!("CARGO_MANIFEST_DIR"), "/include");
    let mut child = Command::new(&compiler)
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-pedantic", "-fsyntax-only", "-I", include, "-x", "c", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot start the C compiler `{compiler}`: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(source.as_bytes()).expect("the compiler reads all of its input");
    drop(stdin);
    let output = child.wait_with_output().expect("the compiler ends");
    if output.status.success() { Ok(()) } else { Err(String::from_utf8_lossy(&output.stderr).into_owned()) }
}

fn assertion(expression: &str, value: usize) -> String {
    format!("_Static_assert({expression} == {value}, \"{expression}\");\n")
}

#[test]
fn header_agrees_with_the_structs() {
    let rows = [
        ("sizeof(tidings_str)", size_of::<Str>()),
        ("offsetof(tidings_str, len)", offset_of!(Str, len)),
        ("sizeof(tidings_host_v1)", size_of::<HostV1>()),
        ("offsetof(tidings_host_v1, abi_minor)", offset_of!(HostV1, abi_minor)),
        ("offsetof(tidings_host_v1, data)", offset_of!(HostV1, data)),
        ("offsetof(tidings_host_v1, call)", offset_of!(HostV1, call)),
        ("offsetof(tidings_host_v1, notify)", offset_of!(HostV1, notify)),
        ("offsetof(tidings_host_v1, cancelled)", offset_of!(HostV1, cancelled)),
        ("sizeof(tidings_plugin_v1_t)", size_of::<PluginV1>()),
        ("offsetof(tidings_plugin_v1_t, abi_minor)", offset_of!(PluginV1, abi_minor)),
        ("offsetof(tidings_plugin_v1_t, describe)", offset_of!(PluginV1, describe)),
        ("offsetof(tidings_plugin_v1_t, run)", offset_of!(PluginV1, run)),
        ("TIDINGS_ABI_MAJOR", ABI_MAJOR as usize),
        ("TIDINGS_ABI_MINOR", ABI_MINOR as usize),
        ("TIDINGS_OK", status::OK as usize),
        ("TIDINGS_ERROR", status::ERROR as usize),
        ("TIDINGS_PANIC", status::PANIC as usize),
        ("TIDINGS_BAD_REQUEST", status::BAD_REQUEST as usize),
        ("TIDINGS_CANCELLED", status::CANCELLED as usize),
        ("TIDINGS_UNSUPPORTED", status::UNSUPPORTED as usize),
    ];
    let assertions: String = rows.iter().map(|(expression, value)| assertion(expression, *value)).collect();
    compile(&format!("#include \"tidings_plugin.h\"\n{assertions}")).unwrap();
}

#[test]
fn disagreement_is_found() {
    let wrong = assertion("sizeof(tidings_host_v1)", size_of::<HostV1>() + 1);
    assert!(compile(&format!("#include \"tidings_plugin.h\"\n{wrong}")).unwrap_err().contains("tidings_host_v1"));
}

/// A whole plugin in C, as the reference page shows it, compiles without a warning.
#[test]
fn a_plugin_in_c_compiles() {
    compile(include_str!("plugin.c")).unwrap();
}
