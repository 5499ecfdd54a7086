//! A site on loopback that answers byte for byte what a test tells it to.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tidings_fetch::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One request as the site received it.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) method: String,
    /// With the query.
    pub(crate) path: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

/// What the site sends, and whether it then closes, waits for more, or falls silent.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    then: Then,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    KeepOpen,
    Close,
    Stall,
}

pub(crate) struct Site {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
    load: Arc<Load>,
}

/// Connections that are open, now and at most.
#[derive(Default)]
struct Load {
    now: AtomicUsize,
    most: AtomicUsize,
}

impl Received {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Reply {
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head += &format!("{name}: {value}\r\n");
        }
        let bytes = [head.as_bytes(), b"\r\n", body].concat();
        Self { bytes, then: Then::KeepOpen }
    }

    pub(crate) fn ok(body: impl AsRef<[u8]>) -> Self {
        Self::new(200, &[], body)
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::new(status, &[], "")
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, &[("location", location)], "moved")
    }

    /// These bytes, then the end of the connection.
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: Then::Close }
    }

    /// These bytes, then nothing more while the connection stays open.
    pub(crate) fn stall(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), then: Then::Stall }
    }
}

impl Site {
    /// A site without robots.txt on 127.0.0.1.
    pub(crate) async fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let without_robots = move |request: &Received| match request.path.as_str() {
            "/robots.txt" => Reply::status(404),
            _ => answer(request),
        };
        Self::start_at("127.0.0.1", without_robots).await
    }

    /// A site that answers `/robots.txt` as well.
    pub(crate) async fn start_at(ip: &str, answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let load = Arc::new(Load::default());
        let (seen, answer, counted) = (Arc::clone(&received), Arc::new(answer), Arc::clone(&load));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, answer, load) = (Arc::clone(&seen), Arc::clone(&answer), Arc::clone(&counted));
                tokio::spawn(async move {
                    let now = load.now.fetch_add(1, Ordering::SeqCst) + 1;
                    load.most.fetch_max(now, Ordering::SeqCst);
                    serve(stream, seen, answer).await;
                    load.now.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, received, load }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn get(&self, path: &str) -> Request {
        Request::get(self.url(path).parse().unwrap())
    }

    /// Connections that were open at one time.
    pub(crate) fn most_at_once(&self) -> usize {
        self.load.most.load(Ordering::SeqCst)
    }

    /// All requests but those for robots.txt.
    pub(crate) fn pages(&self) -> Vec<Received> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|request| request.path != "/robots.txt").cloned().collect()
    }

    /// Method and path of all requests.
    pub(crate) fn log(&self) -> Vec<String> {
        let received = self.received.lock().unwrap();
        received.iter().map(|request| format!("{} {}", request.method, request.path)).collect()
    }
}

async fn serve<A: Fn(&Received) -> Reply>(mut stream: TcpStream, seen: Arc<Mutex<Vec<Received>>>, answer: Arc<A>) {
    while let Some(request) = read_request(&mut stream).await {
        let reply = answer(&request);
        let is_head = request.method == "HEAD";
        seen.lock().unwrap().push(request);
        let head = reply.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n").map(|at| at + 4);
        let sent = if is_head { &reply.bytes[..head.unwrap_or(reply.bytes.len())] } else { &reply.bytes[..] };
        // The fetcher may hang up in the middle: that is what some tests want.
        if stream.write_all(sent).await.is_err() {
            return;
        }
        match reply.then {
            Then::KeepOpen => {}
            Then::Close => return,
            Then::Stall => std::future::pending().await,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        read_more(stream, &mut bytes).await?;
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ').map(str::to_owned);
    let (method, path) = (words.next()?, words.next()?);
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length").map_or(0, |(_, n)| n.parse().unwrap());
    while bytes.len() < head_end + length {
        read_more(stream, &mut bytes).await?;
    }
    let body = String::from_utf8(bytes[head_end..head_end + length].to_vec()).unwrap();
    Some(Received { method, path, headers, body })
}

async fn read_more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> Option<()> {
    let mut chunk = [0; 4096];
    let read = stream.read(&mut chunk).await.ok().filter(|read| 0 < *read)?;
    bytes.extend_from_slice(&chunk[..read]);
    Some(())
}
