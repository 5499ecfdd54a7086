//! A web server on loopback whose answers the test decides.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// What a path is answered with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, headers: vec![("content-type", content_type.to_owned())], body: body.into() }
    }

    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }

    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// One request that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub method: String,
    /// With the query.
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

#[derive(Default)]
struct Shelf {
    answers: BTreeMap<String, Answer>,
    asked: Vec<Asked>,
}

/// Serves until it is dropped. Paths without an answer are 404; so is robots.txt,
/// which allows everything.
pub struct Web {
    address: SocketAddr,
    shelf: Arc<Mutex<Shelf>>,
    /// Dropped with the web: the server then ends.
    _stop: oneshot::Sender<()>,
}

impl Web {
    /// Starts on a free port of `127.0.0.host`: each host is a site of its own.
    ///
    /// # Panics
    ///
    /// When no port can be had.
    pub fn start(host: u8) -> Self {
        let shelf = Arc::new(Mutex::new(Shelf::default()));
        let (stop, stopped) = oneshot::channel::<()>();
        let (bound, address) = std::sync::mpsc::channel();
        let served = shelf.clone();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a test can start a runtime").block_on(async move {
                let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, host), 0)).await;
                let listener = listener.expect("loopback has a free port");
                bound.send(listener.local_addr().expect("a bound port has an address")).expect("the test waits for it");
                let routes = Router::new().fallback(answer).with_state(served);
                tokio::select! {
                    served = async { axum::serve(listener, routes).await } => served.expect("the canned web serves"),
                    // An error means that the web was dropped, which is the signal.
                    _ = stopped => {}
                }
            });
        });
        let address = address.recv().expect("the server says where it listens");
        Self { address, shelf, _stop: stop }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Puts `answer` at `path`, instead of what was there.
    pub fn put(&self, path: &str, answer: Answer) {
        self.shelf().answers.insert(path.to_owned(), answer);
    }

    /// The requests that have come for `path`, in order.
    pub fn asked(&self, path: &str) -> Vec<Asked> {
        self.shelf().asked.iter().filter(|asked| asked.path == path).cloned().collect()
    }

    fn shelf(&self) -> std::sync::MutexGuard<'_, Shelf> {
        self.shelf.lock().expect("no handler panics")
    }
}

async fn answer(State(shelf): State<Arc<Mutex<Shelf>>>, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or_else(String::new, ToString::to_string);
    let headers = request.headers().iter();
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let (method, headers) = (request.method().to_string(), headers.collect());
    let without_query = request.uri().path().to_owned();
    let body = axum::body::to_bytes(request.into_body(), usize::MAX).await.expect("a test sends its whole body");
    let mut shelf = shelf.lock().expect("no handler panics");
    shelf.asked.push(Asked { method, path: path.clone(), headers, body: body.to_vec() });
    let found = shelf.answers.get(&path).or_else(|| shelf.answers.get(&without_query));
    let answer = found.cloned().unwrap_or_else(|| Answer::status(404));
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response.body(Body::from(answer.body)).expect("a test writes valid headers")
}
