//! The protocol over lines, for a plugin that is a program of its own.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};

use serde::Serialize;
use serde_json::value::RawValue;
use tidings_protocol::{Hello, Id, MAX_LINE_FROM_DAEMON, Message, Method, PROTOCOL, code};

use crate::glue::caught;
use crate::run::run;
use crate::transport::Transport;
use crate::{Error, Plugin, Result, manifest};

/// Serves the daemon over standard input and output, until input ends: the whole
/// `main` of a plugin that is a program.
///
/// Whatever is printed meanwhile goes to standard error, which is the run's log.
///
/// # Errors
///
/// When the daemon speaks no protocol that this SDK knows, or goes away in the
/// middle of something.
pub fn serve_stdio<P: Plugin>(plugin: &P) -> Result<()> {
    serve(plugin, io::stdin(), guarded_stdout()?)
}

/// A handle of its own for standard output, which from then on is standard error:
/// a stray `println!` would break the stream.
#[cfg(unix)]
fn guarded_stdout() -> Result<std::fs::File> {
    use std::os::fd::AsFd;
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(stdout.into())
}

#[cfg(not(unix))]
fn guarded_stdout() -> Result<io::Stdout> {
    Ok(io::stdout())
}

fn serve<P: Plugin>(plugin: &P, input: impl Read + Send + 'static, output: impl Write) -> Result<()> {
    let mut lines = Lines::start(input, output);
    let hello = Hello {
        protocol: [PROTOCOL, PROTOCOL],
        sdk: concat!("tidings-sdk/", env!("CARGO_PKG_VERSION"), " rust").to_owned(),
        features: Vec::new(),
    };
    let hello = serde_json::value::to_raw_value(&hello)?;
    lines.call(Method::Hello, &hello)?;
    while let Some(message) = lines.next_request()? {
        let (Some(id), Some(method)) = (message.id, &message.method) else { continue };
        let reply = match Method::from_name(method) {
            Some(Method::Describe) => caught(manifest::<P>).and_then(|manifest| raw(&manifest)),
            Some(Method::Run) => caught(|| {
                let request = serde_json::from_str(message.params.as_deref().map_or("null", RawValue::get))
                    .map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, format!("request of the run: {error}")))?;
                raw(&run(plugin, request, &mut lines)?)
            }),
            _ => Err(Error::new(code::PROTOCOL_UNSUPPORTED, format!("this SDK does not know `{method}`"))),
        };
        lines.write(&Message::reply(id, reply.map_err(|error| error.wire().clone()))?)?;
    }
    Ok(())
}

fn raw(value: &impl Serialize) -> Result<Box<RawValue>> {
    Ok(serde_json::value::to_raw_value(value)?)
}

/// The daemon at the other end of two pipes.
struct Lines<W> {
    output: W,
    /// From the thread that reads; ends with the input.
    input: Receiver<io::Result<Message>>,
    /// Set by the thread that reads, as soon as `cancel` comes in.
    cancelled: Arc<AtomicBool>,
    last_id: Id,
}

impl<W: Write> Lines<W> {
    fn start(input: impl Read + Send + 'static, output: W) -> Self {
        let (sender, receiver) = channel();
        let cancelled = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&cancelled);
        std::thread::spawn(move || {
            let mut input = BufReader::new(input);
            while let Some(message) = read_message(&mut input).transpose() {
                let is_cancel = |message: &Message| message.method.as_deref() == Some(Method::Cancel.as_str());
                if message.as_ref().is_ok_and(is_cancel) {
                    flag.store(true, Ordering::Relaxed);
                } else if sender.send(message).is_err() {
                    break; // Nobody listens any more.
                }
            }
        });
        Self { output, input: receiver, cancelled, last_id: 0 }
    }

    fn write(&mut self, message: &Message) -> Result<()> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        self.output.write_all(&line)?;
        Ok(self.output.flush()?)
    }

    /// What the daemon asks next; `None` when it has no more to say.
    fn next_request(&mut self) -> Result<Option<Message>> {
        Ok(self.input.recv().ok().transpose()?)
    }

    /// The reply to request `id`; whatever else comes in meanwhile is out of order.
    fn wait_for(&mut self, id: Id) -> Result<Vec<u8>> {
        let gone = |_| Error::new(code::CANCELLED, "the daemon went away");
        let reply = self.input.recv().map_err(gone)??;
        match reply {
            Message { id: Some(answered), error: Some(error), .. } if answered == id => Err(Error::from_wire(error)),
            Message { id: Some(answered), method: None, result, .. } if answered == id => {
                Ok(result
                    .map_or_else(|| b"null".to_vec(), |result| Box::<str>::from(result).into_string().into_bytes()))
            }
            other => {
                let message = format!("expected the reply to request {id}, got {other:?}");
                Err(Error::new(code::PROTOCOL_BAD_MESSAGE, message))
            }
        }
    }
}

/// The next line; `None` at the end of input.
fn read_message(input: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut line = Vec::new();
    input.take(MAX_LINE_FROM_DAEMON as u64 + 1).read_until(b'\n', &mut line)?;
    if line.is_empty() {
        return Ok(None);
    }
    if MAX_LINE_FROM_DAEMON < line.len() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a line of the daemon is longer than 32 MiB"));
    }
    Ok(Some(serde_json::from_slice(&line)?))
}

impl<W: Write> Transport for Lines<W> {
    fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>> {
        self.last_id += 1;
        let id = self.last_id;
        self.write(&Message::call(Some(id), method, &params)?)?;
        self.wait_for(id)
    }

    fn notify(&mut self, method: Method, params: &RawValue) {
        let message = Message::call(None, method, &params).map_err(Error::from);
        if let Err(error) = message.and_then(|message| self.write(&message)) {
            eprintln!("W! {} could not be said: {error}", method.as_str());
        }
    }

    fn cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;
    use crate::{Ctx, Example, Finding, Info, Kind};

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Params {
        url: String,
    }

    struct Titles;

    impl Plugin for Titles {
        type Params = Params;
        const INFO: Info = Info::new("titles", "Titles", Kind::Custom);

        fn examples() -> Vec<Example<Params>> {
            vec![Example::new("One", Params { url: "https://a.example/".to_owned() })]
        }

        fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
            let page = ctx.fetch(&params.url)?;
            ctx.emit(Finding::new(page.text(), page.url()))?;
            ctx.progress(1, 1);
            Ok(())
        }
    }

    /// Serves a daemon that says `lines`, whatever it hears; returns what it heard.
    fn serve_lines(lines: &[Value]) -> (Result<()>, Vec<Value>) {
        let input: String = lines.iter().map(|line| format!("{line}\n")).collect();
        serve_bytes(input.into_bytes())
    }

    fn serve_bytes(input: Vec<u8>) -> (Result<()>, Vec<Value>) {
        let mut output = Vec::new();
        let served = serve(&Titles, io::Cursor::new(input), &mut output);
        let heard = output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        (served, heard.map(|line| serde_json::from_slice(line).unwrap()).collect())
    }

    fn welcome() -> Value {
        json!({"id": 1, "result": {"protocol": 1, "daemon": "t", "limits": {"cpu_s": 1, "data_mb": 1, "max_line": 1}}})
    }

    fn run_request(id: u64) -> Value {
        json!({"id": id, "method": "run", "params": {
            "run_id": "1", "source": "s", "params": {"url": "https://a.example/"}, "now": "2026-11-21T17:00:00Z",
            "reason": "manual", "deadline_ms": 60000
        }})
    }

    #[test]
    fn hello_describe_and_run_follow_the_protocol() {
        let (served, heard) = serve_lines(&[
            welcome(),
            json!({"id": 1, "method": "describe"}),
            run_request(2),
            json!({"id": 2, "result": {"url": "https://a.example/", "status": 200, "text": "Hello"}}),
            json!({"id": 3, "result": {"outcome": "new"}}),
            json!({"id": 3, "method": "dance"}),
        ]);
        served.unwrap();
        assert_eq!((&heard[0]["method"], &heard[0]["params"]["protocol"]), (&json!("hello"), &json!([1, 1])));
        assert_eq!((&heard[1]["id"], &heard[1]["result"]["id"]), (&json!(1), &json!("titles")));
        let url = "https://a.example/";
        assert_eq!(heard[2], json!({"id": 2, "method": "fetch", "params": {"url": url, "as": "text"}}));
        assert_eq!(heard[3], json!({"id": 3, "method": "emit", "params": {"url": url, "title": "Hello"}}));
        assert_eq!(heard[4], json!({"method": "progress", "params": {"done": 1, "total": 1}}));
        assert_eq!(heard[5], json!({"id": 2, "result": {"expected_empty": false, "more": false}}));
        assert_eq!((&heard[6]["id"], &heard[6]["error"]["code"]), (&json!(3), &json!("protocol.unsupported")));
    }

    #[test]
    fn an_error_of_the_daemon_is_the_runs() {
        let denied = json!({"code": "fetch.robots_denied", "message": "robots.txt forbids it", "retryable": false});
        let (_, heard) = serve_lines(&[welcome(), run_request(7), json!({"id": 2, "error": denied})]);
        assert_eq!((&heard[2]["id"], &heard[2]["error"]), (&json!(7), &denied));
    }

    #[test]
    fn cancel_ends_the_run() {
        let (mut daemon, lines) = (Vec::new(), [welcome(), json!({"method": "cancel", "params": {"reason": "stop"}})]);
        lines.iter().chain([&run_request(1)]).for_each(|line| writeln!(daemon, "{line}").unwrap());
        let (_, heard) = serve_bytes(daemon);
        // The reading thread took `cancel` in before it handed `run` on.
        assert_eq!(heard[1]["error"]["code"], "cancelled");
    }

    #[test]
    fn a_daemon_that_goes_away_ends_the_run() {
        let (served, heard) = serve_lines(&[welcome(), run_request(1)]);
        served.unwrap();
        assert_eq!(heard[2]["error"]["message"], "the daemon went away");
    }

    #[track_caller]
    fn check_refused(input: Vec<u8>, problem: &str) {
        let (served, _) = serve_bytes(input);
        assert!(served.unwrap_err().message().contains(problem));
    }

    #[test]
    fn what_is_no_message_ends_the_process() {
        check_refused(b"{\"id\":1,\n".to_vec(), "EOF while parsing");
        check_refused(vec![b' '; MAX_LINE_FROM_DAEMON + 1], "longer than 32 MiB");
        check_refused(format!("{}\n", json!({"id": 5, "result": 1})).into_bytes(), "expected the reply to request 1");
    }
}
