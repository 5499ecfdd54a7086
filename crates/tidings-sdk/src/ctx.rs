//! What a run has to work with: everything it may ask of the daemon.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Display;
use std::rc::Rc;
use std::time::{Duration, Instant};

use base64::Engine;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tidings_protocol::{
    EmitAnswer, FetchAnswer, FetchMany, FetchResponse, FolderList, FolderPart, FolderRead, Level, LogLine,
    MAX_FETCH_MANY, MAX_LINE_FROM_PLUGIN, Method, Outcome, Progress, RunReport, RunRequest, Seen, SeenAnswer, Skip,
    SnapshotKey, SnapshotPut, SnapshotPutAnswer, StateKey, StateSet, StateValue, code,
};

use crate::transport::Transport;
use crate::{Error, File, Finding, Page, Request, Result, Snapshot, SnapshotId, files, snapshot};

/// What the envelope of a message may take beside its params, in bytes.
const ENVELOPE: usize = 256;
/// Longest line of a log, in bytes.
const MAX_LOG: usize = 8 << 10;
/// How often a request that the daemon had no room for is asked again.
const MAX_DEFERRALS: u32 = 20;

/// Items that could not be read, noted where no [`Ctx`] is at hand.
pub(crate) type Complaints = RefCell<Vec<Skip>>;

/// What a run has to work with. Each call blocks until the daemon has answered;
/// a `fetch` waits there for its polite turn.
///
/// Once the daemon wants the run to end every call fails with `cancelled`, so `?`
/// unwinds it.
pub struct Ctx<'run> {
    transport: &'run mut dyn Transport,
    now: Timestamp,
    last_success: Option<Timestamp>,
    ends: Instant,
    report: RunReport,
    complaints: Rc<Complaints>,
}

impl<'run> Ctx<'run> {
    pub(crate) fn new(request: &RunRequest, transport: &'run mut dyn Transport) -> Self {
        Self {
            transport,
            now: request.now,
            last_success: request.last_success,
            ends: Instant::now() + Duration::from_millis(request.deadline_ms.min(u64::from(u32::MAX))),
            report: RunReport::default(),
            complaints: Rc::default(),
        }
    }

    /// Asks the daemon for a page: by its URL, or by a [`Request`].
    ///
    /// A 404 is a page, see [`Page::ok`].
    ///
    /// # Errors
    ///
    /// One of the `fetch.` codes: the host cannot be reached, robots.txt forbids
    /// it, the manifest does not name the host …
    pub fn fetch(&mut self, request: impl Into<Request>) -> Result<Page> {
        let Request(request) = request.into();
        let mut deferrals = 0;
        loop {
            match self.call::<FetchResponse>(Method::Fetch, &request) {
                Ok(response) => return Page::new(response, &self.complaints),
                Err(error) if error.code() == code::FETCH_DEFERRED && deferrals < MAX_DEFERRALS => {
                    self.transport.pause(pause_after(deferrals));
                    deferrals += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks for many pages; the daemon fetches from different hosts at the same time.
    /// The answers stand in the order asked. All are held in memory at once.
    ///
    /// # Errors
    ///
    /// When the daemon answers none of them; the fault of one stands in its place.
    pub fn fetch_many(&mut self, requests: impl IntoIterator<Item = Request>) -> Result<Vec<Result<Page>>> {
        let requests: Vec<Request> = requests.into_iter().collect();
        let mut pages: Vec<Option<Result<Page>>> = requests.iter().map(|_| None).collect();
        let mut waiting: VecDeque<usize> = (0..requests.len()).collect();
        let mut deferrals = 0;
        while !waiting.is_empty() {
            let batch: Vec<usize> = waiting.drain(..waiting.len().min(MAX_FETCH_MANY)).collect();
            let asked = batch.iter().map(|index| requests[*index].0.clone()).collect();
            let answers: Vec<FetchAnswer> = self.call(Method::FetchMany, &FetchMany { requests: asked })?;
            if answers.len() != batch.len() {
                let message = format!("{} answers to {} requests of fetch_many", answers.len(), batch.len());
                return Err(Error::new(code::PROTOCOL_BAD_MESSAGE, message));
            }
            let mut deferred = VecDeque::new();
            for (index, answer) in batch.iter().zip(answers) {
                match self.page(answer) {
                    Err(error) if error.code() == code::FETCH_DEFERRED && deferrals < MAX_DEFERRALS => {
                        deferred.push_back(*index);
                    }
                    page => pages[*index] = Some(page),
                }
            }
            if deferred.len() == batch.len() {
                self.transport.pause(pause_after(deferrals));
                deferrals += 1;
            } else {
                deferrals = 0;
            }
            // Those that had no room stand first in the next batch.
            deferred.append(&mut waiting);
            waiting = deferred;
        }
        Ok(pages.into_iter().map(|page| page.expect("nothing waits any more, so each was answered")).collect())
    }

    fn page(&self, answer: FetchAnswer) -> Result<Page> {
        match answer {
            FetchAnswer { result: Some(response), error: None } => Page::new(response, &self.complaints),
            FetchAnswer { result: None, error: Some(error) } => Err(Error::from_wire(error)),
            _ => Err(Error::new(code::PROTOCOL_BAD_MESSAGE, "an answer of fetch_many has not one of result and error")),
        }
    }

    /// Hands over what was found. [`Outcome::Duplicate`] says that a run which ended
    /// well has brought it before; a whole page of them means that nothing new follows.
    ///
    /// # Errors
    ///
    /// When it has neither URL nor key, neither title nor text, or takes more than
    /// 1 MiB as JSON.
    pub fn emit(&mut self, finding: Finding) -> Result<Outcome> {
        finding.check()?;
        let Finding(finding) = finding;
        let answer: EmitAnswer = self.call(Method::Emit, &finding)?;
        Ok(answer.outcome)
    }

    /// Which of these keys (or URLs, for findings without a key) a run that ended well
    /// has brought before, in the order asked.
    ///
    /// # Errors
    ///
    /// `cancelled`, or a fault of the daemon.
    pub fn seen(&mut self, keys: &[&str]) -> Result<Vec<bool>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let asked = Seen { keys: keys.iter().map(|key| (*key).to_owned()).collect() };
        let answer: SeenAnswer = self.call(Method::Seen, &asked)?;
        if answer.seen.len() != keys.len() {
            let message = format!("{} answers to {} keys of seen", answer.seen.len(), keys.len());
            return Err(Error::new(code::PROTOCOL_BAD_MESSAGE, message));
        }
        Ok(answer.seen)
    }

    /// State that an earlier run set.
    ///
    /// # Errors
    ///
    /// When what stands there is no `T`: a plugin that changes its state's shape takes
    /// another key for it.
    pub fn get<T: DeserializeOwned>(&mut self, key: &str) -> Result<Option<T>> {
        let answer: StateValue = self.call(Method::StateGet, &StateKey { key: key.to_owned() })?;
        let Some(value) = answer.value.filter(|value| !value.is_null()) else { return Ok(None) };
        serde_json::from_value(value).map(Some).map_err(|error| Error::msg(format!("state `{key}`: {error}")))
    }

    /// Sets state for later runs; kept when this run ends well, or at [`Ctx::commit`].
    ///
    /// # Errors
    ///
    /// When it cannot be written as JSON, or takes more than 1 MiB.
    pub fn set<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<()> {
        let value = serde_json::to_value(value).map_err(|error| Error::msg(format!("state `{key}`: {error}")))?;
        self.call(Method::StateSet, &StateSet { key: key.to_owned(), value }).map(ignore)
    }

    /// What the run has to say of itself, in a few words.
    pub fn summary(&mut self, summary: impl Display) {
        self.report.summary = Some(summary.to_string());
    }

    /// Says that finding nothing was to be expected this time.
    pub fn expect_empty(&mut self) {
        self.report.expected_empty = true;
    }

    /// Says that there is more than this run read: the source is visited again at once, if this run
    /// brought something new or changed.
    pub fn more(&mut self) {
        self.report.more = true;
    }

    /// Says that what was read does not follow from the entry requests of
    /// [`Info::entry`](crate::Info::entry), so that their being unchanged means nothing next time.
    pub fn beyond_entry(&mut self) {
        self.report.beyond_entry = true;
    }

    /// What was emitted and set so far is kept, even if the run fails later.
    ///
    /// # Errors
    ///
    /// `cancelled`, or a fault of the daemon.
    pub fn commit(&mut self) -> Result<()> {
        self.call(Method::Commit, &serde_json::Map::new()).map(ignore)
    }

    /// Counts one item that could not be read, and shows it with the run.
    pub fn skip(&mut self, url: &str, reason: impl Display) {
        let reason = cut(reason.to_string());
        self.notify(Method::Skip, &Skip { url: url.to_owned(), reason });
    }

    /// The state of a page that was stored last.
    ///
    /// # Errors
    ///
    /// `cancelled`, or a fault of the daemon.
    pub fn snapshot(&mut self, key: &str) -> Result<Option<Snapshot>> {
        let stored: Option<tidings_protocol::Snapshot> =
            self.call(Method::SnapshotLatest, &SnapshotKey { key: key.to_owned() })?;
        Ok(stored.map(Snapshot::from))
    }

    /// Stores the state of a page; its text may be of any length.
    ///
    /// # Errors
    ///
    /// When its facts take more than 1 MiB as JSON.
    pub fn keep(&mut self, key: &str, snapshot: Snapshot) -> Result<SnapshotId> {
        let mut facts = Some(snapshot.facts);
        let mut id = String::new();
        for part in snapshot::parts(&snapshot.text, snapshot::PART) {
            let first = facts.take();
            let put = SnapshotPut {
                key: key.to_owned(),
                text: part.to_owned(),
                append: first.is_none(),
                facts: first.unwrap_or_default(),
            };
            id = self.call::<SnapshotPutAnswer>(Method::SnapshotPut, &put)?.id;
        }
        Ok(SnapshotId(id))
    }

    /// The files of the folder that the operator granted.
    ///
    /// # Errors
    ///
    /// When none was granted.
    pub fn files(&mut self) -> Result<Vec<File>> {
        let list: FolderList = self.call(Method::FolderList, &serde_json::Map::new())?;
        Ok(list.files.into_iter().map(File::from).collect())
    }

    /// The whole of a file, 64 MiB at most.
    ///
    /// # Errors
    ///
    /// When it is longer, or cannot be read.
    pub fn read(&mut self, file: &File) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut next = Some(0);
        while let Some(offset) = next {
            let (part, behind) = self.read_part(file, offset)?;
            bytes.extend(part);
            if files::MAX_FILE < bytes.len() as u64 {
                return Err(Error::msg(format!("{} is longer than 64 MiB", file.name)));
            }
            next = behind;
        }
        Ok(bytes)
    }

    /// What of a file stands at `offset`, 1 MiB at most, and where the next part begins; `None` at its end.
    /// For files that are too long to be held whole.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn read_part(&mut self, file: &File, offset: u64) -> Result<(Vec<u8>, Option<u64>)> {
        let part: FolderPart = self.call(Method::FolderRead, &FolderRead { name: file.name.clone(), offset })?;
        let bytes = base64::engine::general_purpose::STANDARD.decode(part.body_b64);
        let bytes = bytes.map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, error))?;
        Ok((bytes, part.next_offset.filter(|next| offset < *next)))
    }

    /// The time of this run; the same throughout, and fixed in a replay.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// When the last run that ended well began; `None` at the first.
    pub fn last_success(&self) -> Option<Timestamp> {
        self.last_success
    }

    /// Whether the run is to end. Cheap enough to ask in a loop that computes long.
    pub fn cancelled(&self) -> bool {
        self.transport.cancelled()
    }

    /// How long the run may still take.
    pub fn deadline(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Writes a line to the run's log, cut at 8 KiB.
    pub fn log(&mut self, level: Level, message: impl Display) {
        let message = cut(message.to_string());
        self.notify(Method::Log, &LogLine { level, message });
    }

    /// Says how far the run has come.
    pub fn progress(&mut self, done: u64, total: u64) {
        self.notify(Method::Progress, &Progress { done, total });
    }

    /// The report of a run that ended well.
    pub(crate) fn into_report(self) -> RunReport {
        self.report
    }

    /// Hands on what was noted where no `Ctx` was at hand.
    pub(crate) fn complain(&mut self) {
        let complaints = std::mem::take(&mut *self.complaints.borrow_mut());
        for complaint in complaints {
            self.notify(Method::Skip, &complaint);
        }
    }

    fn call<T: DeserializeOwned>(&mut self, method: Method, params: &impl Serialize) -> Result<T> {
        self.complain();
        if self.transport.cancelled() {
            return Err(Error::new(code::CANCELLED, "the run was cancelled"));
        }
        let name = method.as_str();
        let params = serde_json::value::to_raw_value(params).map_err(|error| Error::msg(format!("{name}: {error}")))?;
        let size = params.get().len() + ENVELOPE;
        if MAX_LINE_FROM_PLUGIN < size {
            let message = format!("{name}: {size} bytes of JSON, and a message holds {MAX_LINE_FROM_PLUGIN}");
            return Err(Error::new(code::PROTOCOL_LINE_TOO_LONG, message));
        }
        let answer = self.transport.call(method, &params)?;
        serde_json::from_slice(&answer)
            .map_err(|error| Error::new(code::PROTOCOL_BAD_MESSAGE, format!("answer to {name}: {error}")))
    }

    fn notify(&mut self, method: Method, params: &impl Serialize) {
        let params = serde_json::value::to_raw_value(params).expect("strings and numbers can be written as JSON");
        self.transport.notify(method, &params);
    }
}

/// An answer that says nothing, whatever it is.
fn ignore(_: serde::de::IgnoredAny) {}

/// 50 ms, doubling to 2 s: about half a minute over all tries, less than the time
/// after which a plugin counts as stalled.
fn pause_after(deferrals: u32) -> Duration {
    Duration::from_millis((50 << deferrals.min(6)).min(2000))
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(MAX_LOG));
    text
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    /// A daemon that has room for `room` bodies at a time, and at times for none.
    #[derive(Default)]
    struct Crowded {
        room: usize,
        full_for: u32,
        batches: Vec<usize>,
        pauses: Vec<u128>,
    }

    impl Transport for Crowded {
        fn call(&mut self, method: Method, params: &RawValue) -> Result<Vec<u8>> {
            if 0 < self.full_for {
                self.full_for -= 1;
                return Err(Error::new(code::FETCH_DEFERRED, "no room"));
            }
            assert_eq!(method, Method::FetchMany);
            let FetchMany { requests } = serde_json::from_str(params.get())?;
            self.batches.push(requests.len());
            let answer = |(index, request): (usize, &tidings_protocol::FetchRequest)| {
                let url = request.url.clone();
                let fits = index < self.room;
                let deferred = || tidings_protocol::Error::new(code::FETCH_DEFERRED, "no room");
                let reply = if fits { Ok(FetchResponse { url, ..FetchResponse::default() }) } else { Err(deferred()) };
                FetchAnswer::from(reply)
            };
            Ok(serde_json::to_vec(&requests.iter().enumerate().map(answer).collect::<Vec<_>>())?)
        }

        fn notify(&mut self, _: Method, _: &RawValue) {}

        fn cancelled(&self) -> bool {
            false
        }

        fn pause(&mut self, time: Duration) {
            self.pauses.push(time.as_millis());
        }
    }

    fn request() -> RunRequest {
        serde_json::from_value(serde_json::json!({
            "run_id": "1", "source": "s", "params": {}, "now": "2026-11-21T17:00:00Z", "reason": "manual",
            "deadline_ms": 60000
        }))
        .unwrap()
    }

    #[test]
    fn what_had_no_room_is_asked_again_and_stands_in_its_place() {
        let mut daemon = Crowded { room: 10, ..Crowded::default() };
        let urls: Vec<String> = (0..20).map(|number| format!("https://a.example/{number}")).collect();
        let pages = Ctx::new(&request(), &mut daemon).fetch_many(urls.iter().map(Request::from)).unwrap();
        let answered: Vec<&str> = pages.iter().map(|page| page.as_ref().unwrap().url()).collect();
        assert_eq!(answered, urls);
        assert_eq!((daemon.batches, daemon.pauses), (vec![16, 10], vec![]));
    }

    #[test]
    fn a_daemon_that_never_has_room_is_asked_twenty_times() {
        let mut daemon = Crowded::default();
        let pages = Ctx::new(&request(), &mut daemon).fetch_many([Request::get("https://a.example/")]).unwrap();
        assert_eq!(pages[0].as_ref().unwrap_err().code(), code::FETCH_DEFERRED);
        assert_eq!(daemon.batches.len(), 21);
        assert_eq!(daemon.pauses[..3], [50, 100, 200]);
        // Less than the minute after which a plugin counts as stalled.
        assert!(daemon.pauses.iter().sum::<u128>() < 40_000);

        let mut daemon = Crowded { full_for: u32::MAX, ..Crowded::default() };
        let error = Ctx::new(&request(), &mut daemon).fetch("https://a.example/").unwrap_err();
        assert_eq!((error.code(), daemon.pauses.len()), (code::FETCH_DEFERRED, 20));
    }

    #[test]
    fn no_request_is_no_call() {
        let mut daemon = Crowded::default();
        assert!(Ctx::new(&request(), &mut daemon).fetch_many([]).unwrap().is_empty());
        assert!(Ctx::new(&request(), &mut daemon).seen(&[]).unwrap().is_empty());
    }
}
