//! Pairs with a person's verdict, and what becomes of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use tidings_model::Tie;

use super::*;

#[derive(Deserialize)]
struct Pairs {
    text: BTreeMap<String, Base>,
    same: BTreeMap<String, [Side; 2]>,
    other: BTreeMap<String, [Side; 2]>,
}

#[derive(Deserialize)]
struct Base {
    title: String,
    text: String,
}

/// What one of a pair does to its text, and where it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Side {
    /// Name of a text, `-` for none, or the text itself behind `=`.
    text: String,
    title: Option<String>,
    #[serde(default)]
    intro: String,
    #[serde(default)]
    outro: String,
    words: Option<usize>,
    #[serde(default)]
    replace: Vec<[String; 2]>,
    #[serde(default)]
    unmarked: bool,
    url: Option<String>,
    canonical: Option<String>,
    kind: Option<String>,
    site: Option<String>,
    source: Option<String>,
    published: Option<u8>,
    thread: Option<String>,
    position: Option<u32>,
}

impl Side {
    /// The finding as a run would commit it; `source` where it names none.
    fn finding(&self, texts: &BTreeMap<String, Base>, source: &str) -> Finding {
        let (title, text) = match (self.text.as_str(), self.text.strip_prefix('=')) {
            ("-", _) => ("", ""),
            (_, Some(text)) => ("", text),
            (name, None) => (texts[name].title.as_str(), texts[name].text.as_str()),
        };
        let title = self.title.as_deref().unwrap_or(title);
        let mut text = self.replace.iter().fold(text.to_owned(), |text, [from, to]| {
            assert!(text.contains(from), "`{from}` is not in `{}`", self.text);
            text.replace(from, to)
        });
        if let Some(words) = self.words {
            text = text.split_whitespace().take(words).collect::<Vec<_>>().join(" ");
        }
        let mut text = format!("{} {text} {}", self.intro, self.outro).trim().to_owned();
        let mut title = if title == "-" { String::new() } else { title.to_owned() };
        if self.unmarked {
            (text, title) = (tidings_text::fold(&text), tidings_text::fold(&title));
        }
        let site = self.site.as_deref().unwrap_or("a.example");
        let url = self.url.clone().unwrap_or_else(|| format!("https://{site}/n/1"));
        let url = Url::parse(&url).unwrap();
        let canonical = self.canonical.as_ref().map(|url| Url::parse(url).unwrap());
        let mut finding: Finding = serde_json::from_value(serde_json::json!({
            "id": "f_clm47lvtcmww34m2tqkwbomrni", "plugin": "feed", "revision": 1, "taxonomy_version": 0,
            "source": self.source.as_deref().unwrap_or(source), "kind": self.kind.as_deref().unwrap_or("article"),
            "title": title, "text": text, "found": "2026-11-30T00:00:00Z",
            "published": format!("2026-11-{:02}T08:00:00Z", self.published.unwrap_or(11)),
        }))
        .unwrap();
        finding.site = tidings_model::site_of(&url);
        finding.canonical_url = Some(canonical.unwrap_or_else(|| tidings_model::canonical_url(&url)));
        finding.url = Some(url);
        finding.thread = self.thread.clone().map(|id| tidings_model::Thread {
            id: Some(id),
            url: None,
            title: String::new(),
            position: self.position,
        });
        finding
    }
}

fn pairs() -> Pairs {
    toml::from_str(include_str!("pairs.toml")).unwrap()
}

fn tie(texts: &BTreeMap<String, Base>, [one, other]: &[Side; 2]) -> Option<Tie> {
    let (one, other) = (clues(&one.finding(texts, "a")), clues(&other.finding(texts, "b")));
    let tie = one.tie(&other);
    assert_eq!(other.tie(&one), tie, "it is symmetric");
    tie
}

#[test]
fn copies_are_told_from_what_only_looks_like_them() {
    let Pairs { text, same, other } = pairs();
    assert!(60 <= same.len() && 60 <= other.len(), "{} and {}", same.len(), other.len());
    let missed: Vec<&String> =
        same.iter().filter(|(_, pair)| tie(&text, pair).is_none()).map(|(name, _)| name).collect();
    let wrong: Vec<&String> =
        other.iter().filter(|(_, pair)| tie(&text, pair).is_some()).map(|(name, _)| name).collect();
    let found = same.len() - missed.len();
    let precision = found as f64 / (found + wrong.len()) as f64;
    let recall = found as f64 / same.len() as f64;
    let said = format!(
        "{} copies and {} others: precision {precision:.3}, recall {recall:.3}; missed {missed:?}, wrong {wrong:?}",
        same.len(),
        other.len()
    );
    assert!(0.98 <= precision && 0.95 <= recall, "{said}");
    eprintln!("{said}");
}

/// Texts of other people, each a line of JSON with `title`, `text` and `url`: what ties among
/// them is printed, for a person to judge, and the store's lookup must find all of it.
/// Set `TIDINGS_STORY_TEXTS` to the files, with `:` between them.
#[test]
fn lookup_finds_what_ties() {
    let Some(files) = std::env::var_os("TIDINGS_STORY_TEXTS") else {
        return check_lookup(&made_up());
    };
    let findings: Vec<Finding> = std::env::split_paths(&files).flat_map(|file| read(&file)).collect();
    check_lookup(&findings);
}

/// Each text of the pairs, thrice: whole, cut and with an intro.
fn made_up() -> Vec<Finding> {
    let texts = pairs().text;
    let mut findings = Vec::new();
    for name in texts.keys() {
        for (site, change) in [("a.example", ""), ("b.example", "words = 60"), ("c.example", "intro = 'As we hear,'")] {
            let side: Side = toml::from_str(&format!("text = '{name}'\nsite = '{site}'\n{change}")).unwrap();
            findings.push(side.finding(&texts, site.split('.').next().unwrap()));
        }
    }
    named(findings)
}

fn read(file: &std::path::Path) -> Vec<Finding> {
    let lines = std::fs::read_to_string(file).unwrap();
    let texts = BTreeMap::new();
    let side = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        let field = |name: &str| line[name].as_str().unwrap_or("").to_owned();
        let side =
            serde_json::json!({"text": format!("={}", field("text")), "title": field("title"), "unmarked": false});
        let mut finding = serde_json::from_value::<Side>(side).unwrap().finding(&texts, "corpus");
        finding.url = Url::parse(&field("url")).ok();
        finding.site = finding.url.as_ref().and_then(tidings_model::site_of);
        finding.canonical_url = finding.url.as_ref().map(tidings_model::canonical_url);
        finding
    };
    named(lines.lines().map(side).collect())
}

/// Gives each an id of its own.
fn named(mut findings: Vec<Finding>) -> Vec<Finding> {
    for (n, finding) in findings.iter_mut().enumerate() {
        let key = format!("{n} {} {}", finding.title, finding.text);
        finding.id = tidings_model::FindingId::new(&finding.source, &key);
    }
    findings
}

fn check_lookup(findings: &[Finding]) {
    let all: Vec<Clues> = findings.iter().map(clues).collect();
    let dir = tempfile::tempdir().unwrap();
    let store = tidings_store::Store::open(dir.path()).unwrap();
    for (findings, clues) in findings.chunks(200).zip(all.chunks(200)) {
        let at = "2026-11-30T00:00:00Z".parse().unwrap();
        let mut batch = tidings_store::Batch::new("corpus".parse().unwrap(), "run", at);
        let findings = findings.iter().cloned().zip(clues.iter().cloned());
        batch.findings = findings.map(|(finding, clues)| tidings_store::Incoming { finding, hash: 1, clues }).collect();
        store.commit(batch).unwrap();
    }
    let story = |finding: &Finding| store.finding(&finding.id).unwrap().unwrap().story.map(|story| story.id);
    let (mut ties, mut lost) = (0, 0);
    for (at, one) in all.iter().enumerate() {
        for other in at + 1..all.len() {
            let Some(tie) = one.tie(&all[other]) else { continue };
            ties += 1;
            let (one, other) = (&findings[at], &findings[other]);
            let are_grouped = story(one).is_some() && story(one) == story(other);
            lost += usize::from(!are_grouped);
            eprintln!("{tie:?} {are_grouped}: {} {:?} | {} {:?}", one.title, one.url, other.title, other.url);
        }
    }
    eprintln!("{} findings, {ties} ties, {lost} of them lost by the lookup", findings.len());
    assert!(0 < ties && lost * 50 <= ties, "{lost} of {ties} ties are lost");
}
