//! A plugin that conforms, and what is said of those that do not.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use serde_json::Value;

use super::*;
use crate::{Context, Ctx, Error, Example, Finding, FindingKind, Info, Kind, Outcome, Request, Result, bail};

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Params {
    /// Where the list lies.
    #[schemars(pattern("^https://"))]
    base: String,
}

/// Reads a list of titles, one a line.
fn read_list(params: &Params, ctx: &mut Ctx) -> Result<()> {
    let page = ctx.fetch(format!("{}/list.txt", params.base))?.ok()?;
    let lines: Vec<&str> = page.text().lines().filter(|line| !line.is_empty()).collect();
    let Some(("list", titles)) = lines.split_first().map(|(head, rest)| (*head, rest)) else {
        return Err(Error::parse(page.url(), "no list"));
    };
    ctx.set("length", &titles.len())?;
    for title in titles {
        match title.split_once(' ') {
            Some((id, title)) => {
                ctx.emit(Finding::new(title, page.absolute(id)?).key(id).kind(FindingKind::Post))?;
            }
            None => ctx.skip(page.url(), format!("`{title}` has no title")),
        }
    }
    Ok(())
}

struct Good;

impl Plugin for Good {
    type Params = Params;
    const INFO: Info = Info::new("good", "Good", Kind::Forum)
        .entry(&["{params.base}/list.txt"])
        .hosts_from_params(&["/base"])
        .emits(&[FindingKind::Post]);

    fn examples() -> Vec<Example<Params>> {
        vec![Example::new("One", Params { base: "https://a.example".to_owned() })]
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        read_list(params, ctx)
    }
}

/// Does wrong whatever there is.
struct Bad;

impl Plugin for Bad {
    type Params = Params;
    const INFO: Info = Info::new("bad", "Bad", Kind::Forum)
        .entry(&["{params.root}/list.txt"])
        .hosts_from_params(&["/root"])
        .emits(&[FindingKind::Article]);

    fn examples() -> Vec<Example<Params>> {
        vec![Example::new("One", Params { base: "a.example".to_owned() })]
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let Ok(page) = ctx.fetch(Request::get(format!("{}/list.txt", params.base))) else { return Ok(()) };
        assert!(page.status() < 500, "the server is down");
        read_list(params, ctx).or(Ok(()))
    }
}

const RECORDINGS: &str = "tests/recordings";

#[test]
fn a_good_plugin_conforms() {
    assert_eq!(problems(&Good, Path::new(RECORDINGS)), [] as [String; 0]);
}

#[test]
fn each_fault_of_a_bad_one_is_told() {
    let told = problems(&Bad, Path::new(RECORDINGS)).join("\n");
    for expected in [
        "example `One` does not fit its own schema at `/base`",
        "entry `{params.root}/list.txt` names no param: `root`",
        "pointer `/root` names no param",
        "example `One` with every body empty: ends well, as if nothing were wrong",
        "example `One` with status 404 for every answer: ends well",
        "example `One` with status 500 for every answer: panics: the server is down",
        "example `One` cancelled after 0 calls: goes on",
        "recording tests/recordings/list with every body empty: ends well",
        "recording tests/recordings/list: emits `post`, which its manifest does not declare",
    ] {
        assert!(told.contains(expected), "missing: {expected}\n{told}");
    }
}

#[test]
fn a_recording_is_replayed_and_compared() {
    let run = Replay::load("tests/recordings/list").run(&Good);
    run.assert_findings(2..=2).assert_snapshot();
    assert_eq!(run.state("length"), Some(&Value::from(3)));
}

#[test]
fn the_next_visit_knows_what_the_last_one_brought() {
    let replay = Replay::load("tests/recordings/list");
    let first = replay.run(&Good);
    let second = replay.clone().following(&first).run(&Good);
    let outcomes: Vec<Outcome> = second.findings().iter().map(|emitted| emitted.outcome).collect();
    assert_eq!(outcomes, [Outcome::Duplicate, Outcome::Duplicate]);
    let failed = replay.clone().with_fault(Fault::Status(500)).run(&Good);
    failed.assert_error("http.status");
    let third = replay.following(&failed).run(&Good);
    assert_eq!(third.findings()[0].outcome, Outcome::New);
}

#[test]
#[should_panic(expected = "https://a.example/other/list.txt\n  nearest:\n    https://a.example/list.txt")]
fn an_address_that_was_not_recorded_fails_with_the_nearest() {
    let mut recording = Recording::read(Path::new("tests/recordings/list")).unwrap();
    recording.params = serde_json::json!({"base": "https://a.example/other"});
    Replay::of(Path::new("tests/recordings/list"), recording).run(&Good);
}

/// Takes every call once that the others do not.
struct Busy;

impl Plugin for Busy {
    type Params = Params;
    const INFO: Info = Info::new("busy", "Busy", Kind::Custom);

    fn examples() -> Vec<Example<Params>> {
        Good::examples()
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let list = format!("{}/list.txt", params.base);
        let missing = format!("{}/broken.txt", params.base);
        let pages = ctx.fetch_many([Request::get(&list), Request::get(&missing), Request::get(&list).bytes()])?;
        let texts: Vec<String> = pages
            .iter()
            .map(|page| page.as_ref().map_or_else(|error| error.code().to_owned(), |page| page.text().to_owned()))
            .collect();
        if texts[0] != texts[2] || texts[1] != "fetch.timeout" {
            bail!("{texts:?}");
        }
        if ctx.seen(&["known", "new"])? != [true, false] {
            bail!("seen");
        }
        ctx.emit(Finding::keyed("early").text("kept"))?;
        ctx.commit()?;
        let again = ctx.emit(Finding::keyed("early").text("kept"))?;
        let changed = ctx.emit(Finding::keyed("early").text("changed"))?;
        if (again, changed) != (Outcome::Duplicate, Outcome::Updated) {
            bail!("{again:?} {changed:?}");
        }
        let long = "ế".repeat(200_000);
        let id = ctx.keep("page", crate::Snapshot::new(long.as_str()).facts(serde_json::json!({"price": 3})))?;
        let stored = ctx.snapshot("page")?.context("no snapshot")?;
        if stored.text != long || stored.id() != Some(&id) || stored.facts["price"] != 3 {
            bail!("snapshot");
        }
        let files = ctx.files()?;
        let bytes = ctx.read(files.first().context("no file")?)?;
        ctx.summary(format!("{}: {}", files[0].name, String::from_utf8(bytes)?.trim()));
        ctx.set("late", &1)?;
        bail!("in the end")
    }
}

#[test]
fn all_calls_are_served() {
    let run = Replay::load("tests/recordings/rude").run(&Busy);
    assert_eq!(run.assert_error("plugin.error").result().as_ref().unwrap_err().message(), "in the end");
}

#[test]
fn what_was_committed_survives_a_failure() {
    let replay = Replay::load("tests/recordings/rude");
    let failed = replay.run(&Busy);
    assert_eq!(failed.state("late"), None);
    let next = replay.following(&failed).run(&Busy);
    assert_eq!(next.findings()[0].outcome, Outcome::Duplicate);
}
