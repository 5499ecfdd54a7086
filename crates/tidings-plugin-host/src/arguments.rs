//! The arguments that the daemon starts the child with.

use std::ffi::OsString;
use std::path::PathBuf;

/// `run [LIMITS] FILE`, `fork [LIMITS] FILE`, or `exec [LIMITS] --dir DIR --scratch DIR -- COMMAND…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) task: Task,
    /// Process id of the daemon; the child ends at once if its parent is another.
    pub(crate) parent: Option<i32>,
    pub(crate) sandbox: Sandbox,
    /// Seconds of CPU time until SIGXCPU.
    pub(crate) cpu_s: u64,
    pub(crate) memory_mb: u64,
    /// How many runs it serves, one after the other, before it ends.
    pub(crate) runs: u32,
}

/// What becomes of the process once it is restricted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// It loads this shared library, or interprets this recipe.
    Run { file: PathBuf },
    /// It does that, and is copied for each run.
    Fork { file: PathBuf },
    /// It becomes another program.
    Exec(Exec),
}

/// The program of an `exec` plugin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Exec {
    /// The plugin's folder: it may be read, and the program starts in it.
    pub(crate) dir: PathBuf,
    /// The one folder that may be written.
    pub(crate) scratch: PathBuf,
    /// The program and its arguments.
    pub(crate) command: Vec<OsString>,
}

/// What to do where the kernel cannot give the whole sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sandbox {
    BestEffort,
    Required,
    Off,
}

/// Arguments that nobody but a person could have written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongArguments {
    #[error(
        "expected `run [LIMITS] FILE`, `fork [LIMITS] FILE` or `exec [LIMITS] --dir DIR --scratch DIR -- COMMAND…`, where LIMITS are \
         `[--parent PID] [--sandbox best-effort|required|off] [--cpu-s N] [--memory-mb N] [--runs N]`"
    )]
    Usage,
    #[error("`{value}` is no value for {option}")]
    Value { option: String, value: String },
}

impl Arguments {
    pub(crate) fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Self, WrongArguments> {
        let task = match args.next().as_ref().and_then(|word| word.to_str()) {
            Some("run") => Task::Run { file: PathBuf::new() },
            Some("fork") => Task::Fork { file: PathBuf::new() },
            Some("exec") => Task::Exec(Exec::default()),
            _ => return Err(WrongArguments::Usage),
        };
        let mut arguments =
            Self { task, parent: None, sandbox: Sandbox::BestEffort, cpu_s: 60, memory_mb: 256, runs: 1 };
        while let Some(argument) = args.next() {
            match (argument.to_str(), &mut arguments.task) {
                (Some("--"), Task::Exec(exec)) => exec.command = args.by_ref().collect(),
                (Some("--dir"), Task::Exec(exec)) => exec.dir = args.next().ok_or(WrongArguments::Usage)?.into(),
                (Some("--scratch"), Task::Exec(exec)) => {
                    exec.scratch = args.next().ok_or(WrongArguments::Usage)?.into();
                }
                (Some(option), _) if option.starts_with("--") => {
                    let value = args.next().ok_or(WrongArguments::Usage)?.to_string_lossy().into_owned();
                    arguments.set(option, &value)?;
                }
                (_, Task::Run { file } | Task::Fork { file }) if file.as_os_str().is_empty() => *file = argument.into(),
                _ => return Err(WrongArguments::Usage),
            }
        }
        if arguments.task.is_whole() { Ok(arguments) } else { Err(WrongArguments::Usage) }
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), WrongArguments> {
        let wrong = || WrongArguments::Value { option: option.to_owned(), value: value.to_owned() };
        match option {
            "--parent" => self.parent = Some(value.parse().map_err(|_| wrong())?),
            "--cpu-s" => self.cpu_s = value.parse().map_err(|_| wrong())?,
            "--memory-mb" => self.memory_mb = value.parse().map_err(|_| wrong())?,
            "--runs" => self.runs = value.parse().ok().filter(|runs| 0 < *runs).ok_or_else(wrong)?,
            "--sandbox" => {
                self.sandbox = match value {
                    "best-effort" => Sandbox::BestEffort,
                    "required" => Sandbox::Required,
                    "off" => Sandbox::Off,
                    _ => return Err(wrong()),
                }
            }
            _ => return Err(WrongArguments::Usage),
        }
        Ok(())
    }
}

impl Task {
    fn is_whole(&self) -> bool {
        match self {
            Self::Run { file } | Self::Fork { file } => !file.as_os_str().is_empty(),
            // The kernel resolves them after the process has moved.
            Self::Exec(exec) => exec.dir.is_absolute() && exec.scratch.is_absolute() && !exec.command.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, WrongArguments> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_option_is_read() {
        let arguments = parse("run --parent 7 --sandbox required --cpu-s 2 --memory-mb 64 --runs 3 /x.so").unwrap();
        let expected = Arguments {
            task: Task::Run { file: PathBuf::from("/x.so") },
            parent: Some(7),
            sandbox: Sandbox::Required,
            cpu_s: 2,
            memory_mb: 64,
            runs: 3,
        };
        assert_eq!(arguments, expected);
        let least = parse("run /x.so").unwrap();
        assert_eq!((least.sandbox, least.runs), (Sandbox::BestEffort, 1));
        assert_eq!(parse("fork /x.so").unwrap().task, Task::Fork { file: "/x.so".into() });
    }

    #[test]
    fn a_command_stands_behind_two_dashes() {
        let arguments = parse("exec --cpu-s 2 --dir /p --scratch /s -- python3 main.py --parent").unwrap();
        let command = ["python3", "main.py", "--parent"].map(OsString::from).to_vec();
        assert_eq!(arguments.task, Task::Exec(Exec { dir: "/p".into(), scratch: "/s".into(), command }));
        assert_eq!((arguments.cpu_s, arguments.parent), (2, None));
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "",
            "walk /x.so",
            "run",
            "run a b",
            "fork",
            "run --cpu-s",
            "run --colour red /x.so",
            "run --dir /p /x.so",
            "exec --dir /p --scratch /s",
            "exec --dir /p --scratch /s --",
            "exec --dir p --scratch /s -- a",
            "exec --dir /p -- a",
            "exec --dir /p --scratch /s a",
        ] {
            assert_eq!(parse(line), Err(WrongArguments::Usage), "{line}");
        }
        for line in ["run --sandbox none /x.so", "run --runs 0 /x.so"] {
            assert!(matches!(parse(line), Err(WrongArguments::Value { .. })), "{line}");
        }
    }
}
