//! What the sandbox forbids, tried.

use std::fs::File;
use std::io;
use std::net::{TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use rustix::process::{Signal, getppid, kill_process};

/// Each attempt with how it ended, e.g. `tcp: permission denied`.
pub(crate) fn outcomes(dir: &Path) -> String {
    let attempts: [(&str, io::Result<()>); 8] = [
        ("tcp", TcpStream::connect("127.0.0.1:9").map(drop)),
        ("udp", UdpSocket::bind("127.0.0.1:0").map(drop)),
        ("unix", UnixStream::pair().map(drop)),
        ("read", File::open("/etc/passwd").map(drop)),
        ("list", std::fs::read_dir(dir).map(drop)),
        ("write", File::create(dir.join("attempt")).map(drop)),
        ("exec", Command::new("/bin/true").status().map(drop)),
        ("signal", signal_parent()),
    ];
    let said: Vec<String> = attempts.iter().map(|(name, outcome)| format!("{name}: {}", word(outcome))).collect();
    said.join(", ")
}

/// One that would wake the daemon, were it asleep: harmless if it arrives.
fn signal_parent() -> io::Result<()> {
    let parent = getppid().ok_or_else(|| io::Error::other("no parent"))?;
    Ok(kill_process(parent, Signal::CONT)?)
}

fn word(outcome: &io::Result<()>) -> String {
    outcome.as_ref().map_or_else(|error| error.kind().to_string(), |()| "done".to_owned())
}
