//! The arguments that the daemon starts the child with.

use std::ffi::OsString;
use std::path::PathBuf;

/// `run [--parent PID] [--sandbox MODE] [--cpu-s N] [--memory-mb N] FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// The shared library.
    pub(crate) file: PathBuf,
    /// Process id of the daemon; the child ends at once if its parent is another.
    pub(crate) parent: Option<i32>,
    pub(crate) sandbox: Sandbox,
    /// Seconds of CPU time until SIGXCPU.
    pub(crate) cpu_s: u64,
    pub(crate) memory_mb: u64,
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
    #[error("expected `run [--parent PID] [--sandbox best-effort|required|off] [--cpu-s N] [--memory-mb N] FILE`")]
    Usage,
    #[error("`{value}` is no value for {option}")]
    Value { option: String, value: String },
}

impl Arguments {
    pub(crate) fn parse(mut args: impl Iterator<Item = OsString>) -> Result<Self, WrongArguments> {
        if args.next().is_none_or(|command| command != "run") {
            return Err(WrongArguments::Usage);
        }
        let mut arguments =
            Self { file: PathBuf::new(), parent: None, sandbox: Sandbox::BestEffort, cpu_s: 60, memory_mb: 256 };
        while let Some(argument) = args.next() {
            let Some(option) = argument.to_str().filter(|argument| argument.starts_with("--")) else {
                if !arguments.file.as_os_str().is_empty() {
                    return Err(WrongArguments::Usage);
                }
                arguments.file = argument.into();
                continue;
            };
            let value = args.next().ok_or(WrongArguments::Usage)?.to_string_lossy().into_owned();
            arguments.set(option, &value)?;
        }
        if arguments.file.as_os_str().is_empty() { Err(WrongArguments::Usage) } else { Ok(arguments) }
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), WrongArguments> {
        let wrong = || WrongArguments::Value { option: option.to_owned(), value: value.to_owned() };
        match option {
            "--parent" => self.parent = Some(value.parse().map_err(|_| wrong())?),
            "--cpu-s" => self.cpu_s = value.parse().map_err(|_| wrong())?,
            "--memory-mb" => self.memory_mb = value.parse().map_err(|_| wrong())?,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, WrongArguments> {
        Arguments::parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn every_option_is_read() {
        let arguments = parse("run --parent 7 --sandbox required --cpu-s 2 --memory-mb 64 /x.so").unwrap();
        let expected = Arguments {
            file: PathBuf::from("/x.so"),
            parent: Some(7),
            sandbox: Sandbox::Required,
            cpu_s: 2,
            memory_mb: 64,
        };
        assert_eq!(arguments, expected);
        assert_eq!(parse("run /x.so").unwrap().sandbox, Sandbox::BestEffort);
    }

    #[test]
    fn anything_else_is_refused() {
        for line in ["", "walk /x.so", "run", "run a b", "run --cpu-s", "run --colour red /x.so"] {
            assert_eq!(parse(line), Err(WrongArguments::Usage), "{line}");
        }
        assert!(matches!(parse("run --sandbox none /x.so"), Err(WrongArguments::Value { .. })));
    }
}
