//! The system calls that a plugin has no use for, by seccomp.

use std::collections::BTreeMap;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch, apply_filter_all_threads,
};

use super::Part;
use crate::arguments::Task;

/// Denied to a library beside [`DENIED`]: programs, processes, and signals to others. A
/// program may start others and end them; they stay in its group and its limits.
const DENIED_TO_LIBRARIES: &[i64] = &[
    libc::SYS_socketpair,
    libc::SYS_execve,
    libc::SYS_execveat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
];

/// Answered with EPERM, whatever their arguments: network, other processes' memory,
/// privileges, mounts, and doors into the kernel that bugs came through.
const DENIED: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_setsid,
    libc::SYS_setpgid,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_open_by_handle_at,
    libc::SYS_personality,
];

/// Installs the filters of `part`; `false` where the kernel takes none. They outlive `execve`,
/// and every copy of the process has them.
pub(super) fn deny(task: &Task, part: Part) -> bool {
    match install(task, part) {
        Ok(()) => true,
        Err(error) => {
            eprintln!("W! seccomp is not enforced: {error}");
            false
        }
    }
}

fn install(task: &Task, part: Part) -> Result<(), seccompiler::Error> {
    if part != Part::OfCopy {
        // glibc makes threads with clone3 and falls back to clone only on ENOSYS. A
        // filter has one answer for all that it matches, so this one stands alone.
        let absent = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        apply_filter_all_threads(&program(absent, libc::ENOSYS)?)?;
    }
    let mut rules = BTreeMap::new();
    if part != Part::OfCopy {
        rules.extend(DENIED.iter().map(|number| (*number, Vec::new())));
    }
    match task {
        Task::Exec(_) => rules.extend(denied_to_programs()?),
        Task::Run { .. } | Task::Fork { .. } => {
            if part != Part::OfCopy {
                rules.extend(DENIED_TO_LIBRARIES.iter().map(|number| (*number, Vec::new())));
            }
            if part != Part::OfOriginal {
                rules.extend(denied_beyond_itself()?);
            }
        }
    }
    apply_filter_all_threads(&program(rules, libc::EPERM)?)
}

fn program(rules: Rules, answer: i32) -> Result<BpfProgram, BackendError> {
    let arch = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(answer.unsigned_abs()), arch)?.try_into()
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn when(
    argument: u8,
    length: SeccompCmpArgLen,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, length, operator, value)
}

fn denied_to_programs() -> Result<Rules, BackendError> {
    // A user namespace is where programs without privileges find some.
    let namespace = libc::CLONE_NEWUSER.unsigned_abs().into();
    let privileged = when(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(namespace), namespace)?;
    Ok(Rules::from([(libc::SYS_clone, vec![SeccompRule::new(vec![privileged])?])]))
}

/// Of this process: new processes, and what reaches others.
fn denied_beyond_itself() -> Result<Rules, BackendError> {
    let own = u64::from(std::process::id());
    let mut rules = Rules::new();
    // A new process, where a new thread is meant to pass.
    let thread = libc::CLONE_THREAD.unsigned_abs().into();
    let process = when(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0)?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![process])?]);
    // Signals to others; `abort` sends one to ourselves.
    for number in [libc::SYS_kill, libc::SYS_tgkill] {
        let other = when(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?;
        rules.insert(number, vec![SeccompRule::new(vec![other])?]);
    }
    // Limits of others; 0 means ourselves too.
    let other = when(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?;
    let named = when(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, 0)?;
    rules.insert(libc::SYS_prlimit64, vec![SeccompRule::new(vec![other, named])?]);
    Ok(rules)
}
