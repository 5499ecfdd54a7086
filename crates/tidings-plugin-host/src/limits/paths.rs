//! The files that remain readable, by Landlock. None is writable, but for the scratch
//! folder of a program.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    path_beneath_rules,
};

use crate::arguments::{Exec, Task};

/// What a library needs to be loaded and to know the time zones, beside itself.
const READABLE: [&str; 9] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/usr/share/zoneinfo",
    "/proc/self",
];

/// What programs and their interpreters read, and may start.
const PROGRAMS: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// What they read beside it.
const SETTINGS: [&str; 5] = ["/etc/ssl", "/etc/ld.so.cache", "/etc/localtime", "/proc/self", "/dev/urandom"];

/// Forbids every file but those of `task`, and every TCP connection.
/// Answers with what the kernel enforces: `full`, `partial` or `none`.
pub(super) fn allow(task: &Task) -> &'static str {
    let restricted = match task {
        Task::Run { file } | Task::Fork { file } => restrict_library(file),
        Task::Exec(exec) => restrict_program(exec),
    };
    match restricted {
        Ok(RulesetStatus::FullyEnforced) => "full",
        Ok(RulesetStatus::PartiallyEnforced) => "partial",
        Ok(RulesetStatus::NotEnforced) => "none",
        Err(error) => {
            eprintln!("W! Landlock is not enforced: {error}");
            "none"
        }
    }
}

fn restrict_library(file: &Path) -> Result<RulesetStatus, RulesetError> {
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let readable = READABLE.iter().map(Path::new).chain([file]);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .create()?
        .add_rules(path_beneath_rules(readable, reading))?
        .restrict_self()?;
    Ok(status.ruleset)
}

fn restrict_program(exec: &Exec) -> Result<RulesetStatus, RulesetError> {
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let starting = reading | AccessFs::Execute;
    let writing = AccessFs::from_all(ABI::V5) & !AccessFs::Execute;
    let programs = PROGRAMS.iter().map(PathBuf::from).chain([exec.dir.clone()]).chain(exec.installation());
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .create()?
        .add_rules(path_beneath_rules(programs, starting))?
        .add_rules(path_beneath_rules(SETTINGS, reading))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules([&exec.scratch], writing))?
        .restrict_self()?;
    Ok(status.ruleset)
}
