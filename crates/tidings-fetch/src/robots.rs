//! What a `robots.txt` says, by RFC 9309: a pure function over its bytes.
//!
//! Fetching and keeping it is the fetcher's, not this module's.

mod rules;

use std::time::Duration;

use encoding_rs::{Encoding, UTF_8};

use rules::{Path, Pattern, Rule};

pub(crate) use rules::Rules;

/// The part of a `robots.txt` that is read; what follows is ignored.
pub const MAX_ROBOTS_BYTES: usize = 500 * 1024;
/// A longer `Crawl-delay` counts as this one.
pub const MAX_CRAWL_DELAY: Duration = Duration::from_secs(60);

/// A parsed `robots.txt`. Anything parses: a line that says nothing is passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    /// Product tokens in lower case; `*` for everybody.
    agents: Vec<String>,
    rules: Vec<Rule>,
    crawl_delay: Option<Duration>,
}

#[derive(Clone, Copy)]
enum Line<'a> {
    Agent(&'a [u8]),
    Rule {
        allow: bool,
        pattern: &'a [u8],
    },
    CrawlDelay(&'a [u8]),
    /// Another extension that speaks to the agents above it, and so ends their
    /// naming: in `User-agent: a`, `Request-rate: 1/5`, `User-agent: b`,
    /// `Disallow: /` the rule is for `b` alone.
    OtherOfAgent,
    Sitemap(&'a [u8]),
    Nothing,
}

impl Robots {
    /// Reads the first [`MAX_ROBOTS_BYTES`] of `bytes`.
    ///
    /// Lines end in LF, CR or both; a byte order mark is passed over, or says that
    /// the file is UTF-16. `Sitemap` and records of unknown meaning stand outside of
    /// groups and end none.
    pub fn parse(bytes: &[u8]) -> Self {
        let bytes = &bytes[..bytes.len().min(MAX_ROBOTS_BYTES)];
        match Encoding::for_bom(bytes) {
            Some((encoding, _)) if encoding != UTF_8 => Self::parse_lines(encoding.decode(bytes).0.as_bytes()),
            // Bytes that are no UTF-8 stand for themselves, as they do in a URL.
            Some((_, mark)) => Self::parse_lines(&bytes[mark..]),
            None => Self::parse_lines(bytes),
        }
    }

    /// Reads what [`Rules::to_text`] has written, whatever its length.
    pub(crate) fn parse_rules(text: &str) -> Rules {
        Self::parse_lines(text.as_bytes()).into_rules("*")
    }

    fn parse_lines(bytes: &[u8]) -> Self {
        let mut robots = Self::default();
        let mut names_agents = false;
        for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let line = Line::parse(line);
            match line {
                Line::Agent(name) => {
                    if !names_agents {
                        robots.groups.push(Group::default());
                    }
                    if let (Some(group), Some(token)) = (robots.groups.last_mut(), agent_token(name)) {
                        group.agents.push(token);
                    }
                }
                // What stands before the first `User-agent` belongs to nobody.
                Line::Rule { allow, pattern } => {
                    let rule = Pattern::parse(pattern).map(|pattern| Rule { pattern, allow });
                    robots.groups.last_mut().into_iter().for_each(|group| group.rules.extend(rule.clone()));
                }
                Line::CrawlDelay(seconds) => {
                    let delay = parse_delay(seconds);
                    robots
                        .groups
                        .last_mut()
                        .into_iter()
                        .for_each(|group| group.crawl_delay = delay.or(group.crawl_delay));
                }
                Line::Sitemap(url) => robots.sitemaps.push(String::from_utf8_lossy(url).into_owned()),
                Line::OtherOfAgent | Line::Nothing => {}
            }
            names_agents = match line {
                Line::Agent(_) => true,
                Line::Sitemap(_) | Line::Nothing => names_agents,
                Line::Rule { .. } | Line::CrawlDelay(_) | Line::OtherOfAgent => false,
            };
        }
        robots
    }

    /// Whether `agent` may fetch `path_and_query`.
    ///
    /// `agent` is a product token or a `User-Agent` that begins with one. The
    /// longest matching rule decides, `Allow` wins a tie, and what no rule matches
    /// is allowed; `/robots.txt` itself always is.
    pub fn allows(&self, agent: &str, path_and_query: &str) -> bool {
        rules::allows(self.rules_of(agent), &Path::new(path_and_query))
    }

    /// The `Crawl-delay` for `agent`, [`MAX_CRAWL_DELAY`] at most.
    pub fn crawl_delay(&self, agent: &str) -> Option<Duration> {
        let token = self.token_for(agent);
        self.groups.iter().filter(|group| group.names(&token)).filter_map(|group| group.crawl_delay).max()
    }

    /// What the `Sitemap` lines name, in their order; not checked to be URLs.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// What concerns `agent`, for keeping.
    pub(crate) fn into_rules(self, agent: &str) -> Rules {
        let crawl_delay = self.crawl_delay(agent);
        let token = self.token_for(agent);
        let groups = self.groups.into_iter().filter(|group| group.names(&token));
        Rules::new(groups.flat_map(|group| group.rules).collect(), crawl_delay)
    }

    fn rules_of(&self, agent: &str) -> impl Iterator<Item = &Rule> {
        let token = self.token_for(agent);
        self.groups.iter().filter(move |group| group.names(&token)).flat_map(|group| &group.rules)
    }

    /// The token whose groups bind `agent`: its own, or `*` where no group names it.
    fn token_for(&self, agent: &str) -> String {
        agent_token(agent.as_bytes())
            .filter(|token| self.groups.iter().any(|group| group.names(token)))
            .unwrap_or_else(|| "*".to_owned())
    }
}

impl Group {
    fn names(&self, token: &str) -> bool {
        self.agents.iter().any(|agent| agent == token)
    }
}

impl<'a> Line<'a> {
    fn parse(line: &'a [u8]) -> Self {
        let text = line.split(|byte| *byte == b'#').next().unwrap_or_default().trim_ascii();
        let Some((key, value)) = split_key(text) else {
            return Self::Nothing;
        };
        // The misspellings are those that Google's parser takes, too.
        match key.to_ascii_lowercase().as_slice() {
            b"user-agent" | b"useragent" | b"user agent" => Self::Agent(value),
            b"allow" => Self::Rule { allow: true, pattern: value },
            b"disallow" | b"dissallow" | b"dissalow" | b"disalow" | b"diasllow" | b"disallaw" => {
                Self::Rule { allow: false, pattern: value }
            }
            b"crawl-delay" | b"crawl delay" | b"crawldelay" => Self::CrawlDelay(value),
            b"request-rate" | b"visit-time" | b"clean-param" | b"host" | b"noindex" => Self::OtherOfAgent,
            b"sitemap" | b"sitemaps" | b"site-map" if !value.is_empty() => Self::Sitemap(value),
            _ => Self::Nothing,
        }
    }
}

/// Key and value, parted by a colon or, where there is none and just two words, by blanks.
fn split_key(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if let Some(colon) = text.iter().position(|byte| *byte == b':') {
        return Some((text[..colon].trim_ascii(), text[colon + 1..].trim_ascii()));
    }
    let blank = text.iter().position(u8::is_ascii_whitespace)?;
    let value = text[blank..].trim_ascii();
    (!value.iter().any(u8::is_ascii_whitespace)).then_some((&text[..blank], value))
}

/// The product token that `name` begins with, in lower case.
fn agent_token(name: &[u8]) -> Option<String> {
    if name.strip_prefix(b"*").is_some_and(|rest| rest.first().is_none_or(u8::is_ascii_whitespace)) {
        return Some("*".to_owned());
    }
    // Stars round a name (`*bot*`) mean nothing, but are common.
    let name = name.trim_ascii_start();
    let stars = name.iter().take_while(|byte| **byte == b'*').count();
    // RFC 9309 knows letters, `_` and `-` only, but names such as `MJ12bot` are common.
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let token: String =
        name[stars..].iter().take_while(|byte| is_token(byte)).map(|b| char::from(b.to_ascii_lowercase())).collect();
    (!token.is_empty()).then_some(token)
}

fn parse_delay(seconds: &[u8]) -> Option<Duration> {
    let seconds: f64 = std::str::from_utf8(seconds).ok()?.parse().ok()?;
    if seconds.is_nan() || seconds < 0.0 {
        return None;
    }
    Some(Duration::from_secs_f64(seconds.min(MAX_CRAWL_DELAY.as_secs_f64())))
}

#[cfg(test)]
mod tests;
