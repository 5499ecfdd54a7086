//! From the end of a process to the error that says what happened.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

use tidings_protocol::{Error, Reply, RunReport, code};

use super::watch::Interrupt;
use crate::process::{Exit, LogTail};

/// How a conversation came to its end.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending<T = RunReport> {
    /// The plugin answered.
    Answered(Reply<T>),
    /// It closed its end without an answer.
    Silent,
    /// It broke the protocol, or never spoke it.
    Broken(Error),
    /// The daemon ended it.
    Interrupted(Interrupt),
}

impl Ending {
    /// The same end of a conversation about something else.
    pub(crate) fn of_other<T>(self) -> Ending<T> {
        match self {
            Self::Answered(Err(error)) | Self::Broken(error) => Ending::Broken(error),
            Self::Answered(Ok(_)) | Self::Silent => Ending::Silent,
            Self::Interrupted(interrupt) => Ending::Interrupted(interrupt),
        }
    }
}

/// The limits that a message may name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) runtime: Duration,
    pub(crate) stall: Duration,
    pub(crate) cpu_s: u64,
    pub(crate) memory_mb: u64,
}

/// Says what an ending means, by the answer, the wait status and the last lines of the log.
pub(crate) fn classify<T>(ending: Ending<T>, exit: &Exit, log: &LogTail, bounds: &Bounds) -> Result<T, Error> {
    match ending {
        Ending::Answered(answer) => answer,
        Ending::Broken(error) => Err(error),
        Ending::Interrupted(interrupt) => Err(interrupted(interrupt, bounds)),
        Ending::Silent => Err(crashed(exit.status, log, bounds)),
    }
}

fn interrupted(interrupt: Interrupt, bounds: &Bounds) -> Error {
    match interrupt {
        Interrupt::Cancelled => Error::new(code::CANCELLED, "the run was cancelled"),
        Interrupt::Wall => {
            Error::new(code::TIMEOUT_WALL, format!("the run was stopped after {}", human(bounds.runtime)))
        }
        Interrupt::Stall => {
            let message = format!("the plugin did nothing for {} while it was its turn", human(bounds.stall));
            Error::new(code::TIMEOUT_STALL, message)
        }
        Interrupt::Memory(bytes) => {
            let message = format!("the plugin held {} MiB, {} are allowed", bytes >> 20, bounds.memory_mb);
            Error::new(code::CRASH_OOM, message)
        }
    }
}

fn crashed(status: ExitStatus, log: &LogTail, bounds: &Bounds) -> Error {
    if let Some(error) = panicked(status, log) {
        return error;
    }
    match status.signal() {
        None => {
            let code = status.code().unwrap_or_default();
            let said = log.last().map(|line| format!("; its last line: {line}")).unwrap_or_default();
            let message = format!("the plugin ended with exit code {code} before it had answered{said}");
            Error::new(code::CRASH_EXIT_WITHOUT_RESULT, message)
        }
        Some(libc::SIGXCPU) => {
            Error::new(code::CRASH_CPU, format!("the plugin used more than {} s of CPU time", bounds.cpu_s))
        }
        Some(libc::SIGABRT | libc::SIGSEGV) if log.find("overflowed its stack").is_some() => Error::new(
            code::CRASH_STACK_OVERFLOW,
            "the plugin overflowed its stack: endless recursion, or a deep input",
        ),
        Some(libc::SIGABRT) if log.find("memory allocation of").or_else(|| log.find("std::bad_alloc")).is_some() => {
            let message = format!("the plugin wanted more memory than the {} MiB it may have", bounds.memory_mb);
            Error::new(code::CRASH_OOM, message)
        }
        Some(signal) => {
            let said = log.last().map(|line| format!("; its last line: {line}")).unwrap_or_default();
            let hint =
                if signal == libc::SIGKILL { " (from outside: perhaps the system ran out of memory)" } else { "" };
            Error::new(code::CRASH_SIGNAL, format!("the plugin was ended by {}{hint}{said}", signal_name(signal)))
        }
    }
}

/// A panic that was not caught at the boundary, as in a plugin built to abort:
/// `thread 'plugin' panicked at src/lib.rs:7:5:`, and the message on the next line.
fn panicked(status: ExitStatus, log: &LogTail) -> Option<Error> {
    const MARK: &str = " panicked at ";
    if status.signal() != Some(libc::SIGABRT) {
        return None;
    }
    let (_, location) = log.find(MARK)?.split_once(MARK)?;
    let message = log.after(MARK).unwrap_or("it panicked");
    let mut error = Error::new(code::PLUGIN_PANIC, message);
    error.data.location = Some(location.trim_end_matches(':').to_owned());
    Some(error)
}

fn human(duration: Duration) -> String {
    if duration.subsec_millis() == 0 { format!("{} s", duration.as_secs()) } else { format!("{duration:?}") }
}

fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGBUS => "SIGBUS",
        libc::SIGILL => "SIGILL",
        libc::SIGFPE => "SIGFPE",
        libc::SIGABRT => "SIGABRT",
        libc::SIGKILL => "SIGKILL",
        libc::SIGTERM => "SIGTERM",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGSYS => "SIGSYS",
        libc::SIGXFSZ => "SIGXFSZ",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Usage;

    const BOUNDS: Bounds =
        Bounds { runtime: Duration::from_secs(600), stall: Duration::from_millis(1500), cpu_s: 60, memory_mb: 256 };

    /// `status` as `wait` gives it: a signal, or an exit code times 256.
    #[track_caller]
    fn check(status: i32, log: &str, expected: &str) {
        let exit = Exit { status: ExitStatus::from_raw(status), usage: Usage::default() };
        let error = classify::<()>(Ending::Silent, &exit, &LogTail::of(log), &BOUNDS).unwrap_err();
        assert_eq!(error.code, expected, "{error}");
    }

    #[test]
    fn a_silent_end_is_told_by_status_and_log() {
        check(0, "", code::CRASH_EXIT_WITHOUT_RESULT);
        check(3 << 8, "gone", code::CRASH_EXIT_WITHOUT_RESULT);
        check(libc::SIGSEGV, "", code::CRASH_SIGNAL);
        check(libc::SIGKILL, "", code::CRASH_SIGNAL);
        check(libc::SIGXCPU, "", code::CRASH_CPU);
        check(libc::SIGABRT, "", code::CRASH_SIGNAL);
        check(libc::SIGABRT, "memory allocation of 64 bytes failed", code::CRASH_OOM);
        check(
            libc::SIGABRT,
            "thread 'plugin' has overflowed its stack\nfatal runtime error",
            code::CRASH_STACK_OVERFLOW,
        );
    }

    #[test]
    fn an_uncaught_panic_keeps_message_and_place() {
        let log = "hello\nthread 'plugin' (12) panicked at src/lib.rs:7:5:\nno title\nnote: run with";
        let exit = Exit { status: ExitStatus::from_raw(libc::SIGABRT), usage: Usage::default() };
        let error = classify::<()>(Ending::Silent, &exit, &LogTail::of(log), &BOUNDS).unwrap_err();
        assert_eq!((error.code.as_str(), error.message.as_str()), (code::PLUGIN_PANIC, "no title"));
        assert_eq!(error.data.location.as_deref(), Some("src/lib.rs:7:5"));
    }

    #[test]
    fn an_interrupt_names_its_bound() {
        assert_eq!(interrupted(Interrupt::Wall, &BOUNDS).message, "the run was stopped after 600 s");
        assert_eq!(interrupted(Interrupt::Stall, &BOUNDS).code, code::TIMEOUT_STALL);
        assert!(interrupted(Interrupt::Stall, &BOUNDS).message.contains("1.5s"));
        assert_eq!(interrupted(Interrupt::Memory(400 << 20), &BOUNDS).code, code::CRASH_OOM);
    }
}
