//! The fetcher: what is asked of every request before it goes out, and where its
//! redirects lead.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use tidings_model::{Clock, Timestamp};
use tokio::sync::mpsc;
use url::Url;

use crate::cache::{Cache, CacheTerms, Found};
use crate::config::FetchConfig;
use crate::error::FetchError;
use crate::event::{CrawlEvent, CrawlLog};
use crate::exchange::{Answer, BodyLimit, NetworkTime, Purpose, Wire};
use crate::guard::AddressGuard;
use crate::hop::{Hop, redirect_target};
use crate::hosts::{Hosts, Manners, Permit, later};
use crate::notes::Notes;
use crate::request::{HostPoliteness, Request, Response, Robots, Validators};
use crate::robots::{MAX_ROBOTS_BYTES, Rules};
use crate::robots_cache::{Loaded, MAX_ROBOTS_REDIRECTS, RobotsCache, Verdict};

/// Redirects of one request that are followed.
pub const MAX_REDIRECTS: u32 = 10;

/// Fetches politely; cheap to clone, and its clones share queues, connections and
/// robots.txt files.
#[derive(Clone, Debug)]
pub struct Fetcher {
    inner: Arc<Inner>,
}

/// The HTTP client cannot be made, e.g. because no root certificates are found.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the HTTP client: are the system's root certificates (package ca-certificates) installed?")]
pub struct FetcherError {
    source: reqwest::Error,
}

#[derive(Debug)]
struct Inner {
    config: FetchConfig,
    clock: Arc<dyn Clock>,
    wire: Wire,
    hosts: Arc<Hosts>,
    robots: RobotsCache,
    cache: Cache,
}

/// What stays the same over all hops of a request.
struct Visit<'a> {
    politeness: HostPoliteness,
    /// After this no turn is waited for.
    deadline: Timestamp,
    source: Option<&'a str>,
    cache: Option<CacheTerms>,
}

impl<'a> Visit<'a> {
    fn purpose(&self, is_user_feed: bool) -> Purpose<'a> {
        Purpose { source: self.source, reason: is_user_feed.then_some("user_feed") }
    }
}

impl Fetcher {
    /// Makes a fetcher that records its requests in `crawl_log`.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be made.
    pub fn new(
        config: FetchConfig,
        clock: Arc<dyn Clock>,
        crawl_log: Option<mpsc::Sender<CrawlEvent>>,
    ) -> Result<Self, FetcherError> {
        Self::build(config, clock, crawl_log, None)
    }

    /// Makes one that goes on from what `notes` hold, and keeps them.
    ///
    /// # Errors
    ///
    /// When the HTTP client cannot be made.
    pub fn with_notes(
        config: FetchConfig,
        clock: Arc<dyn Clock>,
        crawl_log: Option<mpsc::Sender<CrawlEvent>>,
        notes: Notes,
    ) -> Result<Self, FetcherError> {
        Self::build(config, clock, crawl_log, Some(notes))
    }

    fn build(
        config: FetchConfig,
        clock: Arc<dyn Clock>,
        crawl_log: Option<mpsc::Sender<CrawlEvent>>,
        notes: Option<Notes>,
    ) -> Result<Self, FetcherError> {
        let guard = AddressGuard::new(config.allow_private_networks.clone());
        let log = CrawlLog::new(crawl_log);
        let wire = Wire::new(&config, guard, Arc::clone(&clock), log).map_err(|source| FetcherError { source })?;
        let hosts = Hosts::new(Arc::clone(&clock), notes.clone());
        let robots = RobotsCache::new(notes.clone());
        let inner = Inner { config, clock, wire, hosts, robots, cache: Cache::new(notes) };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The time by its clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// The guard that keeps it off private networks, for others who connect.
    pub fn guard(&self) -> &AddressGuard {
        self.inner.wire.guard()
    }

    /// Makes one request and follows its redirects, ten at most.
    ///
    /// Each hop waits for its turn at its host, once its robots.txt allows it and
    /// its address has been judged. An answer of any status is an `Ok`.
    ///
    /// # Errors
    ///
    /// When no answer came, it broke a bound, or the request may not be made;
    /// [`FetchError::code`] says which.
    pub async fn fetch(&self, request: Request) -> Result<Response, FetchError> {
        let asked = request.source.clone();
        let visit = Visit {
            politeness: request.politeness,
            deadline: later(self.inner.clock.now(), request.max_wait),
            source: asked.as_deref(),
            cache: request.cache,
        };
        let mut exempt_host =
            (request.robots == Robots::UserFeed).then(|| request.url.host_str().unwrap_or_default().to_owned());
        let known = request.validators.clone();
        let mut hop = Hop::first(request)?;
        let url = hop.url.clone();
        let mut time = NetworkTime::new(self.inner.config.timeout);
        for _ in 0..=MAX_REDIRECTS {
            if exempt_host.as_deref().is_some_and(|host| host != hop.host()) {
                exempt_host = None;
            }
            let answer = self.inner.visit(&hop, &visit, &mut time, exempt_host.is_some()).await?;
            match redirect_target(answer.status, &answer.headers).cloned() {
                Some(location) => hop = hop.follow(answer.status, &location)?,
                None => return Ok(self.inner.response(url, hop, answer, known)),
            }
        }
        Err(FetchError::TooManyRedirects { url, limit: MAX_REDIRECTS })
    }
}

impl Inner {
    /// One hop of a request: address, robots.txt, turn, exchange.
    async fn visit(
        &self,
        hop: &Hop,
        visit: &Visit<'_>,
        time: &mut NetworkTime,
        is_user_feed: bool,
    ) -> Result<Answer, FetchError> {
        if let Some(answer) = self.look(hop, visit, is_user_feed).await.fresh() {
            return Ok(self.hit(hop, visit, is_user_feed, answer));
        }
        let permit = self.admit(hop, visit, is_user_feed).await?;
        // While it waited for its turn somebody else may have asked for the same.
        match self.look(hop, visit, is_user_feed).await {
            Found::Fresh(answer) => Ok(self.hit(hop, visit, is_user_feed, answer)),
            Found::Nothing => self.exchange(hop, visit, time, is_user_feed, permit).await,
            Found::Stale(stored, validators) => {
                let conditional = hop.clone().revalidate(validators);
                let answer = self.exchange(&conditional, visit, time, is_user_feed, permit).await?;
                if answer.status != StatusCode::NOT_MODIFIED {
                    return Ok(answer);
                }
                if let Some(renewed) = self.cache.renew(hop, is_user_feed, &stored, &answer, self.clock.now()) {
                    return Ok(renewed);
                }
                // It is of another answer than the one kept: without that, it is sent whole.
                let permit = self.admit(hop, visit, is_user_feed).await?;
                self.exchange(hop, visit, time, is_user_feed, permit).await
            }
        }
    }

    async fn look(&self, hop: &Hop, visit: &Visit<'_>, is_user_feed: bool) -> Found {
        match visit.cache {
            // Who brings validators wants to hear of a 304.
            Some(terms) if !hop.is_conditional() => self.cache.look(hop, is_user_feed, terms, self.clock.now()).await,
            _ => Found::Nothing,
        }
    }

    fn hit(&self, hop: &Hop, visit: &Visit<'_>, is_user_feed: bool, answer: Answer) -> Answer {
        self.wire.record_hit(hop, visit.purpose(is_user_feed), &answer);
        answer
    }

    /// Asks; a whole answer is kept for others, too.
    async fn exchange(
        &self,
        hop: &Hop,
        visit: &Visit<'_>,
        time: &mut NetworkTime,
        is_user_feed: bool,
        permit: Permit,
    ) -> Result<Answer, FetchError> {
        let limit = BodyLimit::Refuse(self.config.max_body.as_u64());
        let answer = self.wire.exchange(hop, permit, time, limit, visit.purpose(is_user_feed)).await?;
        if let Some(terms) = visit.cache.filter(|_| answer.status != StatusCode::NOT_MODIFIED) {
            self.cache.keep(hop, is_user_feed, &answer, terms, self.clock.now());
        }
        Ok(answer)
    }

    /// Waits for a turn; a refusal is recorded.
    async fn admit(&self, hop: &Hop, visit: &Visit<'_>, is_user_feed: bool) -> Result<Permit, FetchError> {
        let admitted = self.judge(hop, visit, is_user_feed).await;
        admitted.inspect_err(|error| self.wire.record_refusal(hop, visit.purpose(is_user_feed), error))
    }

    async fn judge(&self, hop: &Hop, visit: &Visit<'_>, is_user_feed: bool) -> Result<Permit, FetchError> {
        self.wire.check_literal(&hop.url)?;
        let mut crawl_delay = Duration::ZERO;
        if self.config.respect_robots && !is_user_feed {
            let rules = self.rules_for(&hop.url, visit).await?;
            if !rules.allows(&path_and_query(&hop.url)) {
                return Err(FetchError::Disallowed { url: hop.url.clone() });
            }
            crawl_delay = rules.crawl_delay.unwrap_or_default();
        }
        self.turn(&hop.url, visit, Some(crawl_delay)).await
    }

    /// Waits for a turn at the host of `url`; `crawl_delay` is `None` for a robots.txt.
    async fn turn(&self, url: &Url, visit: &Visit<'_>, crawl_delay: Option<Duration>) -> Result<Permit, FetchError> {
        let interval = self.config.per_host_interval.max(visit.politeness.min_interval);
        let parallel = self.config.per_host_concurrency.get();
        let manners = Manners {
            interval,
            page_interval: crawl_delay.map(|delay| delay.max(interval)),
            parallel: visit.politeness.max_parallel.unwrap_or(parallel).clamp(1, parallel),
        };
        let host = url.host_str().unwrap_or_default();
        self.hosts
            .admit(host, visit.source.unwrap_or_default(), manners, visit.deadline)
            .await
            .map_err(|until| self.rate_limited(url, until))
    }

    fn rate_limited(&self, url: &Url, until: Timestamp) -> FetchError {
        let retry_after = Duration::try_from(until.duration_since(self.clock.now())).unwrap_or_default();
        FetchError::RateLimited { url: url.clone(), until, retry_after }
    }

    /// The rules in force for `url`, its robots.txt fetched where needed.
    async fn rules_for(&self, url: &Url, visit: &Visit<'_>) -> Result<Arc<Rules>, FetchError> {
        let entry = self.robots.entry(url);
        if let Some(verdict) = entry.verdict(self.clock.now()) {
            return in_force(url, verdict);
        }
        let _loading = tokio::select! {
            biased;
            loading = entry.loading.lock() => loading,
            () = self.clock.sleep_until(visit.deadline) => return Err(self.rate_limited(url, visit.deadline)),
        };
        self.robots.recall(url, &entry, self.clock.now()).await;
        // Somebody else may have fetched it meanwhile.
        if let Some(verdict) = entry.verdict(self.clock.now()) {
            return in_force(url, verdict);
        }
        let loaded = self.load_robots(url, visit).await?;
        in_force(url, self.robots.keep(url, &entry, loaded, self.clock.now()))
    }

    /// Asks for the robots.txt of the origin of `url`.
    ///
    /// # Errors
    ///
    /// When it is not its turn soon enough: that says nothing about the file.
    async fn load_robots(&self, url: &Url, visit: &Visit<'_>) -> Result<Loaded, FetchError> {
        let mut robots_url = url.clone();
        robots_url.set_path("/robots.txt");
        robots_url.set_query(None);
        let mut hop = Hop::get(robots_url);
        let mut time = NetworkTime::new(self.config.timeout);
        let purpose = Purpose { source: visit.source, reason: Some("robots.txt") };
        for _ in 0..=MAX_ROBOTS_REDIRECTS {
            if let Err(error) = self.wire.check_literal(&hop.url) {
                self.wire.record_refusal(&hop, purpose, &error);
                return Ok(Loaded::from_error(&error));
            }
            let permit = self.turn(&hop.url, visit, None).await?;
            let limit = BodyLimit::Cut(MAX_ROBOTS_BYTES as u64);
            let answer = match self.wire.exchange(&hop, permit, &mut time, limit, purpose).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Loaded::from_error(&error)),
            };
            let Some(location) = redirect_target(answer.status, &answer.headers) else {
                return Ok(Loaded::from_answer(answer.status, &answer.body, answer.retry_after));
            };
            hop = match hop.follow(answer.status, location) {
                Ok(hop) => hop,
                Err(error) => return Ok(Loaded::from_error(&error)),
            };
        }
        Ok(Loaded::from_error(&FetchError::TooManyRedirects { url: hop.url, limit: MAX_ROBOTS_REDIRECTS }))
    }

    fn response(&self, url: Url, hop: Hop, answer: Answer, known: Option<Validators>) -> Response {
        let not_modified = answer.status == StatusCode::NOT_MODIFIED;
        let mut validators = Validators::of(&answer.headers, &hop.url);
        if not_modified && validators.is_empty() {
            validators = known.unwrap_or_default();
        }
        Response {
            url,
            final_url: hop.url,
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            not_modified,
            blocked: answer.blocked,
            validators,
            retry_after: answer.retry_after,
            from_cache: answer.cached_at.is_some(),
            fetched_at: answer.cached_at.unwrap_or_else(|| self.clock.now()),
        }
    }
}

fn in_force(url: &Url, verdict: Verdict) -> Result<Arc<Rules>, FetchError> {
    match verdict {
        Verdict::Rules(rules) => Ok(rules),
        Verdict::Unavailable { failure, retry_after } => {
            Err(FetchError::RobotsUnavailable { url: url.clone(), failure: Box::new(failure), retry_after })
        }
    }
}

fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}
