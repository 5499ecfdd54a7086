//! The files that remain readable, by Landlock. None is writable.

use std::path::Path;

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus,
    path_beneath_rules,
};

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

/// Forbids every file but `library` and [`READABLE`], and every TCP connection.
/// Answers with what the kernel enforces: `full`, `partial` or `none`.
pub(super) fn allow_reading(library: &Path) -> &'static str {
    match restrict(library) {
        Ok(RulesetStatus::FullyEnforced) => "full",
        Ok(RulesetStatus::PartiallyEnforced) => "partial",
        Ok(RulesetStatus::NotEnforced) => "none",
        Err(error) => {
            eprintln!("W! Landlock is not enforced: {error}");
            "none"
        }
    }
}

fn restrict(library: &Path) -> Result<RulesetStatus, RulesetError> {
    let reading = AccessFs::ReadFile | AccessFs::ReadDir;
    let readable = READABLE.iter().map(Path::new).chain([library]);
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V5))?
        .handle_access(AccessNet::from_all(ABI::V5))?
        .create()?
        .add_rules(path_beneath_rules(readable, reading))?
        .restrict_self()?;
    Ok(status.ruleset)
}
