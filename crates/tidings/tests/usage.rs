//! How the command line answers to wrong use. Having an integration test here also
//! makes `cargo test` build the binary, which the package in `tests/` drives.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

#[track_caller]
fn check(args: &[&str], code: i32, stderr: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_tidings")).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(stderr), "{said}");
}

#[test]
fn wrong_use_is_told_with_exit_code_2() {
    check(&["serv"], 2, "unrecognized subcommand 'serv'");
    check(&["once", "--config", "no/such/file.toml"], 2, "there is no configuration at no/such/file.toml");
    check(&["plugin-host", "run"], 2, "E! ");
}

#[test]
fn help_and_version_are_no_errors() {
    check(&["--help"], 0, "");
    check(&["--version"], 0, "");
}
