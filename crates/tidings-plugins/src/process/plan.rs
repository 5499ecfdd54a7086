//! What a child is to load or become, and the command lines that say so.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::ChildLimits;
use super::scratch::Scratch;
use crate::artifact::Artifact;
use crate::launcher::Launcher;

/// A child to be. Two equal plans are served by copies of one process.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Plan {
    launcher: Launcher,
    limits: ChildLimits,
    task: Task,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Task {
    File(PathBuf),
    Program { dir: PathBuf, scratch: PathBuf, command: Vec<OsString> },
}

impl Plan {
    pub(super) fn new(
        launcher: &Launcher,
        artifact: &Artifact,
        scratch: Option<&Scratch>,
        limits: ChildLimits,
    ) -> Self {
        let task = match (artifact, scratch) {
            (Artifact::Program { dir, command, .. }, Some(scratch)) => Task::Program {
                dir: dir.clone(),
                scratch: scratch.path().to_owned(),
                command: command.iter().map(OsString::from).collect(),
            },
            _ => Task::File(artifact.path().to_owned()),
        };
        Self { launcher: launcher.clone(), limits, task }
    }

    /// A program is another process altogether, so there is nothing to copy.
    /// One that serves several runs saves more by that.
    pub(super) fn can_be_copied(&self) -> bool {
        cfg!(target_os = "linux") && matches!(self.task, Task::File(_)) && self.limits.runs == 1
    }

    /// A child for one run.
    pub(super) fn run(&self) -> Command {
        let mut command = self.command(if matches!(self.task, Task::File(_)) { "run" } else { "exec" });
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// A child that is copied for each run, asked over `orders`.
    pub(super) fn original(&self, orders: Stdio) -> Command {
        let mut command = self.command("fork");
        // What is wrong with the plugin is said by a child of its own, whose log is kept.
        command.stdin(orders).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Nothing here needs a fork with a hook: that would copy the daemon's page tables.
    fn command(&self, word: &str) -> Command {
        let mut command = Command::new(&self.launcher.exe);
        command
            .args(&self.launcher.args)
            .arg(word)
            .args(["--parent", &std::process::id().to_string()])
            .args(["--sandbox", self.limits.sandbox.as_str()])
            .args(["--cpu-s", &self.limits.cpu_s.to_string()])
            .args(["--memory-mb", &self.limits.memory_mb.to_string()])
            .args(["--runs", &self.limits.runs.to_string()])
            .env_clear()
            .current_dir("/")
            .process_group(0);
        match &self.task {
            Task::File(path) => command.arg(path),
            Task::Program { dir, scratch, command: program } => {
                command.arg("--dir").arg(dir).arg("--scratch").arg(scratch).arg("--").args(program)
            }
        };
        command
    }
}
