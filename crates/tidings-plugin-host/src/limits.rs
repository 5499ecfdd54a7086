//! What the process takes from itself before it loads a plugin.
//!
//! All of it happens after `exec`, in the child: a hook between fork and exec
//! would make the daemon copy its page tables for each run.

#[cfg(target_os = "linux")]
mod paths;
mod process;
mod resources;
#[cfg(target_os = "linux")]
mod syscalls;

pub(crate) use process::{exit_now, use_one_heap};

use crate::arguments::{Arguments, Sandbox};

/// What is really enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Enforced {
    /// `full`, `partial` or `none`.
    pub(crate) landlock: &'static str,
    pub(crate) seccomp: bool,
}

impl Enforced {
    const NOTHING: Self = Self { landlock: "none", seccomp: false };

    /// As `hello` carries it, in its list of features.
    pub(crate) fn features(self) -> Vec<String> {
        let mut features = vec![format!("landlock={}", self.landlock)];
        if self.seccomp {
            features.push("seccomp".to_owned());
        }
        features
    }

    /// Why nothing is run, where the whole sandbox is required and not to be had.
    pub(crate) fn problem(self, sandbox: Sandbox) -> Option<String> {
        let lack = self.lack().filter(|_| sandbox == Sandbox::Required)?;
        Some(format!(
            "the configuration says `sandbox = \"required\"`, but this system lacks {lack}; \
             `sandbox = \"best-effort\"` runs plugins without it"
        ))
    }

    /// What a required sandbox lacks.
    fn lack(self) -> Option<&'static str> {
        if self.landlock == "none" {
            Some("Landlock (Linux 5.13 or later, with `landlock` among its security modules)")
        } else if !self.seccomp {
            Some("seccomp filters")
        } else {
            None
        }
    }
}

/// A limit that every kernel can set could not be set.
#[derive(Debug, thiserror::Error)]
#[error("cannot limit the process: {what}: {source}")]
pub(crate) struct LimitError {
    what: &'static str,
    source: std::io::Error,
}

/// Restricts this process. Must run while it has one thread.
///
/// Landlock and seccomp are best effort: what the kernel refuses is left out and
/// told, since a plugin must still run on a kernel without them.
pub(crate) fn apply(arguments: &Arguments) -> Result<Enforced, LimitError> {
    process::end_with(arguments.parent)?;
    process::give_up_privileges()?;
    resources::limit(arguments)?;
    resources::limit_time(arguments)?;
    Ok(sandbox(arguments, Part::Whole))
}

/// Restricts a process that is to be copied for each run: all that a copy inherits.
pub(crate) fn apply_to_original(arguments: &Arguments) -> Result<Enforced, LimitError> {
    process::end_with(arguments.parent)?;
    process::give_up_privileges()?;
    resources::limit(arguments)?;
    Ok(sandbox(arguments, Part::OfOriginal))
}

/// Restricts a copy of such a process: what it did not inherit, or what the original needs.
pub(crate) fn apply_to_copy(arguments: &Arguments, enforced: Enforced) -> Result<Enforced, LimitError> {
    process::end_with(arguments.parent)?;
    resources::limit_time(arguments)?;
    Ok(Enforced { landlock: enforced.landlock, ..sandbox(arguments, Part::OfCopy) })
}

/// Lets a process that has served a run use the time of another.
pub(crate) fn apply_to_next_run(arguments: &Arguments) -> Result<(), LimitError> {
    resources::limit_time(arguments)
}

/// What of the sandbox a process takes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Whole,
    /// All but what forbids a copy, or names the process.
    OfOriginal,
    /// The rest.
    OfCopy,
}

#[cfg(target_os = "linux")]
fn sandbox(arguments: &Arguments, part: Part) -> Enforced {
    if arguments.sandbox == Sandbox::Off {
        return Enforced::NOTHING;
    }
    let landlock = if part == Part::OfCopy { "none" } else { paths::allow(&arguments.task) };
    Enforced { landlock, seccomp: syscalls::deny(&arguments.task, part) }
}

#[cfg(not(target_os = "linux"))]
fn sandbox(_: &Arguments, _: Part) -> Enforced {
    Enforced::NOTHING
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_required_sandbox_says_what_it_lacks() {
        assert!(Enforced::NOTHING.lack().unwrap().starts_with("Landlock"));
        assert_eq!(Enforced { landlock: "partial", seccomp: false }.lack(), Some("seccomp filters"));
        assert_eq!(Enforced { landlock: "full", seccomp: true }.lack(), None);
    }
}
