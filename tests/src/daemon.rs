//! A running daemon, asked over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::Value;

use crate::Archive;

/// Longest wait for something that a healthy daemon does in a moment.
const PATIENCE: Duration = Duration::from_secs(60);

/// `tidings serve`; killed when dropped.
pub struct Daemon {
    child: Child,
    base: String,
    client: Client,
}

impl Daemon {
    /// Starts the daemon and waits until it listens.
    ///
    /// # Panics
    ///
    /// When it does not come up.
    pub fn start(archive: &Archive) -> Self {
        let mut child = archive
            .command()
            .arg("serve")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the binary was built");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("its output is text");
        let base = line.split_whitespace().find(|word| word.starts_with("http://"));
        let base =
            base.unwrap_or_else(|| panic!("the daemon did not come up: {line}")).trim_end_matches(',').to_owned();
        // A connection for each call: one on which a body was refused half-read closes when it likes.
        let client = Client::builder().no_proxy().timeout(PATIENCE).pool_max_idle_per_host(0).build();
        let client = client.expect("a client needs no files");
        Self { child, base, client }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = method.parse().expect("a test names a method");
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// # Panics
    ///
    /// When no answer comes.
    pub fn send(&self, request: RequestBuilder) -> Response {
        request.send().expect("the daemon answers")
    }

    /// `GET` of a path that answers 200 and JSON.
    ///
    /// # Panics
    ///
    /// When it answers otherwise.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        let answer = self.send(self.request("GET", path));
        let status = answer.status();
        let body = answer.text().expect("an answer is text");
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
    }

    /// Asks again until `is_so` of the answer, at most a minute.
    ///
    /// # Panics
    ///
    /// When it never is.
    #[track_caller]
    pub fn wait_for(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let answer = self.get(path);
            if is_so(&answer) {
                return answer;
            }
            assert!(began.elapsed() < PATIENCE, "never came: {answer}");
            std::thread::yield_now();
        }
    }

    /// Sends a signal by its name, e.g. `TERM`.
    ///
    /// # Panics
    ///
    /// When it cannot be sent.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill is there").success(), "signal {name} could not be sent");
    }

    /// Waits for the daemon to end, a minute at most.
    ///
    /// # Panics
    ///
    /// When it does not end.
    pub fn wait(mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("the child is ours") {
                return (status, began.elapsed());
            }
            assert!(began.elapsed() < PATIENCE, "the daemon does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, which is as good.
        self.child.kill().unwrap_or_default();
        self.child.wait().map(|_| ()).unwrap_or_default();
    }
}
