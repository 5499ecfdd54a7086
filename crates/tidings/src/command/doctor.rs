//! `tidings doctor`: is this machine fit, and is what lies on it sound?

use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use tidings_index::Index;
use tidings_model::SystemClock;
use tidings_plugins::probe_sandbox;
use tidings_query::Vocabulary;
use tidings_store::{Store, StoreError};

use crate::cli::Global;
use crate::config::ConfigFile;
use crate::output::{Table, print_json};
use crate::wiring::{self, load_config};

/// One thing looked at.
#[derive(Serialize)]
struct Check {
    what: &'static str,
    state: State,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Ok,
    /// It works, but not as well as it could.
    Warning,
    Failed,
}

impl Check {
    fn of(what: &'static str, outcome: Result<String, impl std::fmt::Display>) -> Self {
        match outcome {
            Ok(detail) => Self { what, state: State::Ok, detail },
            Err(error) => Self { what, state: State::Failed, detail: format!("{error:#}") },
        }
    }
}

/// Exit code 1 when something has failed.
pub(crate) async fn run(global: &Global) -> anyhow::Result<ExitCode> {
    let file = load_config(global)?;
    let mut checks = vec![
        Check::of(
            "configuration",
            Ok::<_, String>(format!("{}, {} sources", file.path.display(), file.config.source.len())),
        ),
        Check::of(
            "taxonomy",
            wiring::read_taxonomy(&file).map(|merged| {
                let taxonomy = merged.taxonomy();
                format!("{} competitors, {} labels", taxonomy.competitors.len(), taxonomy.labels.len())
            }),
        ),
        sandbox(&file).await,
    ];
    checks.extend(plugins(&file).await);
    checks.extend(archive(&file));
    if global.json {
        print_json(&checks)?;
    } else {
        let mut table = Table::new(&["check", "state", "detail"]);
        for check in &checks {
            let state = match check.state {
                State::Ok => "ok",
                State::Warning => "warning",
                State::Failed => "FAILED",
            };
            table.row([check.what.to_owned(), state.to_owned(), check.detail.clone()]);
        }
        table.print()?;
    }
    let has_failed = checks.iter().any(|check| check.state == State::Failed);
    Ok(if has_failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn sandbox(file: &ConfigFile) -> Check {
    let launcher = match wiring::launcher() {
        Ok(launcher) => launcher,
        Err(error) => return Check::of("sandbox", Err::<String, _>(error)),
    };
    match probe_sandbox(&file.config.plugins, &launcher).await {
        Ok(sandbox) => {
            let detail =
                format!("Landlock {}, seccomp {}", sandbox.landlock, if sandbox.seccomp { "on" } else { "off" });
            let is_whole = sandbox.landlock == "full" && sandbox.seccomp;
            Check { what: "sandbox", state: if is_whole { State::Ok } else { State::Warning }, detail }
        }
        Err(error) => Check::of("sandbox", Err::<String, _>(error)),
    }
}

async fn plugins(file: &ConfigFile) -> Vec<Check> {
    let catalog = match wiring::discover(file).await {
        Ok(catalog) => catalog,
        Err(error) => return vec![Check::of("plugins", Err::<String, _>(error))],
    };
    let names: Vec<String> = catalog.plugins().iter().map(|plugin| plugin.id.to_string()).collect();
    let mut checks = vec![Check::of("plugins", Ok::<_, String>(names.join(", ")))];
    checks.extend(catalog.problems().iter().map(|problem| Check {
        what: "plugin",
        state: State::Warning,
        detail: problem.to_string(),
    }));
    checks.push(Check::of(
        "sources",
        wiring::check_sources(file, &catalog).map(|()| "plugins and params fit".to_owned()),
    ));
    checks.push(Check::of("alerts", alerts(file)));
    checks
}

/// Whether every alert of the configuration can stand, and channels and templates are sound.
fn alerts(file: &ConfigFile) -> anyhow::Result<String> {
    let dimensions = wiring::read_taxonomy(file)?.taxonomy().dimensions();
    wiring::check_alerts(file, &Vocabulary::new(dimensions))?;
    wiring::alert_settings(file)?;
    for target in file.config.alert.iter().flat_map(|alert| &alert.deliver) {
        target.secret().map_or(Ok(()), |secret| secret.read().map(drop))?;
    }
    Ok(format!("{} in the configuration, channels and templates fit", file.config.alert.len()))
}

fn archive(file: &ConfigFile) -> Vec<Check> {
    let data_dir = &file.config.daemon.data_dir;
    let store = match Store::open_read_only(data_dir) {
        Ok(store) => store,
        Err(StoreError::Missing { .. }) => {
            let detail = format!("nothing in {} yet; `tidings serve` makes it", data_dir.display());
            return vec![Check { what: "archive", state: State::Warning, detail }];
        }
        Err(error) => return vec![Check::of("archive", Err::<String, _>(error))],
    };
    let mut checks = vec![match store.integrity() {
        Ok(integrity) if integrity.problems.is_empty() => Check::of(
            "archive",
            Ok::<_, String>(format!(
                "{} findings, {} log entries, {} MiB, sound",
                integrity.findings,
                integrity.entries,
                integrity.size_bytes >> 20
            )),
        ),
        Ok(integrity) => Check::of("archive", Err::<String, _>(integrity.problems.join("; "))),
        Err(error) => Check::of("archive", Err(error)),
    }];
    let index = Index::reader_only(&wiring::index_dir(data_dir), Arc::new(SystemClock));
    let differences = index.and_then(|index| Ok((index.count()?, index.verify(&store, |_| ())?)));
    checks.push(match differences {
        Ok((count, differences)) if differences.is_empty() => {
            Check::of("index", Ok::<_, String>(format!("{count} findings, as in the log")))
        }
        Ok((_, differences)) => Check {
            what: "index",
            state: State::Failed,
            detail: format!("differs from the log in {} places; run `tidings index rebuild`", differences.len()),
        },
        Err(error) => Check::of("index", Err::<String, _>(error)),
    });
    checks
}
