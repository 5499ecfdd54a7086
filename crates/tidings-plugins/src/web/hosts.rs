//! Which hosts a run may fetch from.

use std::sync::OnceLock;

use serde_json::Value;
use tidings_protocol::{Error, Manifest, code};
use url::{Host, Url};

use crate::job::Job;

/// The hosts of the manifest, those that the params name, and those granted.
#[derive(Clone, Debug)]
pub(crate) struct Hosts<'a> {
    rules: Vec<Rule>,
    manifest: &'a Manifest,
    job: &'a Job,
    /// Read out of the params where no other rule matches.
    of_params: OnceLock<Vec<Rule>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Rule {
    /// `*`: any host that the address guard lets through.
    Any,
    /// `*.example.com`: its subdomains.
    Below(String),
    Exactly(String),
}

impl<'a> Hosts<'a> {
    pub(crate) fn new(manifest: &'a Manifest, job: &'a Job) -> Self {
        let hosts = manifest.capabilities.hosts.iter().chain(&job.grant_hosts);
        let rules = hosts.map(|host| Rule::new(host)).collect();
        Self { rules, manifest, job, of_params: OnceLock::new() }
    }

    fn of_params(&self) -> &[Rule] {
        self.of_params.get_or_init(|| {
            let pointers = self.manifest.capabilities.hosts_from_params.iter();
            let params = pointers.filter_map(|pointer| self.job.params.pointer(pointer));
            params.flat_map(named).map(Rule::Exactly).collect()
        })
    }

    /// Refuses a host that no rule names, with the line that would allow it.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Error> {
        let host = url.host_str().unwrap_or_default();
        let matches = |rule: &Rule| rule.matches(host);
        if self.rules.iter().any(matches) || self.of_params().iter().any(matches) {
            return Ok(());
        }
        let message = format!(
            "plugin `{}` may not fetch from {host}: its manifest does not name that host, nor do the params. \
             To allow it, add to the source with `id = \"{}\"` the line `grant_hosts = [\"{host}\"]`",
            self.manifest.id, self.job.source
        );
        Err(Error::new(code::FETCH_HOST_NOT_ALLOWED, message).with_url(url.as_str()))
    }

    /// Whether a secret may be sent there: to hosts that are named, not to any.
    pub(crate) fn may_see_secrets(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        self.rules.iter().chain(self.of_params()).any(|rule| *rule != Rule::Any && rule.matches(host))
    }
}

impl Rule {
    fn new(host: &str) -> Self {
        match host.trim() {
            "*" => Self::Any,
            host => match host.strip_prefix("*.") {
                Some(parent) => Self::Below(normal(parent)),
                None => Self::Exactly(normal(host)),
            },
        }
    }

    fn matches(&self, host: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Below(parent) => host.strip_suffix(parent.as_str()).is_some_and(|below| below.ends_with('.')),
            Self::Exactly(exactly) => host == exactly,
        }
    }
}

/// A host as URLs carry it: lower case, IDNA, no port.
fn normal(host: &str) -> String {
    let host = host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(host, _)| host);
    Host::parse(host).map_or_else(|_| host.to_ascii_lowercase(), |host| host.to_string())
}

/// The hosts that a param names: a URL or a host name, or a list of them.
fn named(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => host_of(text).into_iter().collect(),
        Value::Array(items) => items.iter().filter_map(Value::as_str).filter_map(host_of).collect(),
        _ => Vec::new(),
    }
}

fn host_of(text: &str) -> Option<String> {
    let text = text.trim();
    if let Some(host) = Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned)) {
        return Some(host);
    }
    // `example.com/path` and `example.com:8080` are what people write.
    let with_scheme = Url::parse(&format!("https://{text}")).ok()?;
    with_scheme.host_str().filter(|host| !host.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(url: &str, expected: bool) {
        let (manifest, job) = parts();
        assert_eq!(Hosts::new(&manifest, &job).check(&Url::parse(url).unwrap()).is_ok(), expected, "{url}");
    }

    fn parts() -> (Manifest, Job) {
        let manifest = serde_json::from_value(json!({
            "manifest_version": 1, "id": "forum", "name": "Forum", "version": "1", "kind": "forum",
            "params_schema": {}, "examples": [],
            "capabilities": {"hosts": ["api.example", "*.cdn.example"], "hosts_from_params": ["/start", "/more"]}
        }));
        let params = json!({"start": "https://Shop.example:8443/x", "more": ["a.example", "http://b.example/"]});
        let mut job = Job::new("r", "acme".parse().unwrap(), params);
        job.grant_hosts = vec!["Bücher.example".to_owned()];
        (manifest.unwrap(), job)
    }

    #[test]
    fn named_hosts_pass() {
        check("https://api.example/a", true);
        check("https://shop.example/", true);
        check("https://a.example/", true);
        check("https://b.example/", true);
        check("https://xn--bcher-kva.example/", true);
        check("https://x.y.cdn.example/", true);
    }

    #[test]
    fn others_do_not() {
        check("https://cdn.example/", false);
        check("https://evilcdn.example/", false);
        check("https://api.example.evil.example/", false);
        check("https://sub.api.example/", false);
    }

    #[test]
    fn a_refusal_says_which_line_to_add() {
        let (manifest, job) = parts();
        let error = Hosts::new(&manifest, &job).check(&Url::parse("https://img.example/").unwrap()).unwrap_err();
        assert!(error.message.contains("`id = \"acme\"`"), "{}", error.message);
        assert!(error.message.contains("`grant_hosts = [\"img.example\"]`"), "{}", error.message);
    }

    #[test]
    fn a_secret_goes_to_named_hosts_only() {
        let (manifest, job) = parts();
        let mut any = Hosts::new(&manifest, &job);
        any.rules.push(Rule::Any);
        let elsewhere = Url::parse("https://elsewhere.example/").unwrap();
        assert!(any.check(&elsewhere).is_ok());
        assert!(!any.may_see_secrets(&elsewhere));
        assert!(any.may_see_secrets(&Url::parse("https://api.example/").unwrap()));
    }
}
