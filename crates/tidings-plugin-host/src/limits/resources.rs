//! Limits of memory, time and files, which every kernel can set.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};

use super::LimitError;
use crate::arguments::{Arguments, Task};
use crate::session::STACK;

/// Address space is a backstop only: a small one breaks the dynamic linker.
const ADDRESS_SPACE: u64 = 4 << 30;
/// Seconds between SIGXCPU, which names the cause, and SIGKILL, which does not.
const CPU_GRACE_S: u64 = 5;
const OPEN_FILES: u64 = 64;
/// A program with an interpreter opens more, and may write into its scratch folder.
const OPEN_FILES_OF_A_PROGRAM: u64 = 256;
const FILE_SIZE_OF_A_PROGRAM: u64 = 64 << 20;

/// All but time.
pub(super) fn limit(arguments: &Arguments) -> Result<(), LimitError> {
    let memory = arguments.memory_mb << 20;
    set("RLIMIT_DATA", Resource::Data, memory, memory)?;
    let is_program = matches!(arguments.task, Task::Exec(_));
    let (files, file_size) =
        if is_program { (OPEN_FILES_OF_A_PROGRAM, FILE_SIZE_OF_A_PROGRAM) } else { (OPEN_FILES, 0) };
    // Go and V8 reserve more address space than any backstop would leave them.
    if !is_program {
        set("RLIMIT_AS", Resource::As, ADDRESS_SPACE, ADDRESS_SPACE)?;
        // A copy runs its plugin on its first thread, whose stack grows as far as this lets it.
        let stack = getrlimit(Resource::Stack).maximum.map_or(STACK, |most| most.min(STACK));
        set("RLIMIT_STACK", Resource::Stack, stack, stack)?;
    }
    set("RLIMIT_NOFILE", Resource::Nofile, files, files)?;
    set("RLIMIT_FSIZE", Resource::Fsize, file_size, file_size)?;
    set("RLIMIT_CORE", Resource::Core, 0, 0)
}

/// CPU time of the run that begins now, in this process alone: a copy of it begins at zero. What
/// the process may use in all its runs is never changed, as only the soft limit can be raised.
pub(super) fn limit_time(arguments: &Arguments) -> Result<(), LimitError> {
    let used = u64::try_from(clock_gettime(ClockId::ProcessCPUTime).tv_sec).unwrap_or_default();
    let all = arguments.cpu_s.saturating_mul(arguments.runs.into()) + CPU_GRACE_S;
    set("RLIMIT_CPU", Resource::Cpu, (used + arguments.cpu_s).min(all), all)
}

fn set(what: &'static str, resource: Resource, soft: u64, hard: u64) -> Result<(), LimitError> {
    setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) })
        .map_err(|errno| LimitError { what, source: errno.into() })
}
