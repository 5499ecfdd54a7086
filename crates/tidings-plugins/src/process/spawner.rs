//! The one thread that starts processes.
//!
//! A child asks the kernel to kill it when its parent ends, and "parent" means the
//! thread: so this one lives as long as the daemon does.

use std::io;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::oneshot;

use super::originals::Originals;
use super::plan::Plan;
use super::reap;

/// A child that was just started.
pub(super) struct Born {
    pub(super) pid: Pid,
    pub(super) stdin: OwnedFd,
    pub(super) stdout: OwnedFd,
    pub(super) stderr: OwnedFd,
    /// Copied from another process, not started by `exec`.
    pub(super) is_copy: bool,
}

enum Order {
    Spawn(Box<Plan>, oneshot::Sender<io::Result<Born>>),
    /// Killed, and nobody waits for it.
    Reap(Pid),
}

/// How often killed children are looked at that have not ended yet.
const REAP_EVERY: Duration = Duration::from_millis(20);

pub(super) async fn spawn(plan: Plan) -> io::Result<Born> {
    let (answer, answered) = oneshot::channel();
    let gone = || io::Error::other("the spawner thread has ended");
    orders().send(Order::Spawn(Box::new(plan), answer)).map_err(|_| gone())?;
    answered.await.map_err(|_| gone())?
}

/// Reaps `pid`, which was killed, some time soon.
pub(super) fn abandon(pid: Pid) {
    // Without the thread the process is ending, and init reaps.
    orders().send(Order::Reap(pid)).unwrap_or_default();
}

fn orders() -> &'static Sender<Order> {
    static ORDERS: OnceLock<Sender<Order>> = OnceLock::new();
    ORDERS.get_or_init(|| {
        let (orders, received) = channel();
        std::thread::Builder::new()
            .name("spawner".to_owned())
            .spawn(move || work(&received))
            .expect("a daemon that cannot start its threads cannot run");
        orders
    })
}

fn work(orders: &Receiver<Order>) {
    let mut originals = Originals::default();
    let mut abandoned: Vec<Pid> = Vec::new();
    loop {
        let reap_in = (!abandoned.is_empty()).then_some(REAP_EVERY);
        let sweep_in = originals.next_sweep().map(|at| at.saturating_duration_since(Instant::now()));
        let order = match reap_in.into_iter().chain(sweep_in).min() {
            Some(patience) => orders.recv_timeout(patience),
            None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match order {
            Ok(Order::Spawn(plan, answer)) => {
                let born = match originals.copy(&plan, Instant::now(), &mut abandoned) {
                    Some(copy) => Ok(copy),
                    None => start(&plan),
                };
                // Nobody waits for it any more: the run was dropped meanwhile.
                if let Err(Ok(born)) = answer.send(born) {
                    kill_process_group(born.pid, Signal::KILL).unwrap_or_default();
                    abandoned.push(born.pid);
                }
            }
            Ok(Order::Reap(pid)) => abandoned.push(pid),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        originals.sweep(Instant::now(), &mut abandoned);
        abandoned.retain(|pid| !reap::try_wait(*pid));
    }
}

fn start(plan: &Plan) -> io::Result<Born> {
    let mut child: Child = plan.run().spawn()?;
    Ok(Born {
        pid: pid_of(&child),
        stdin: child.stdin.take().expect("stdin is piped").into(),
        stdout: child.stdout.take().expect("stdout is piped").into(),
        stderr: child.stderr.take().expect("stderr is piped").into(),
        is_copy: false,
    })
}

pub(super) fn pid_of(child: &Child) -> Pid {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process id is a positive i32")
}
