//! `tidings demo`: the real daemon and the real plugins, watching a made-up market
//! on this machine. Needs no network and leaves nothing behind.

mod market;
mod tell;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tidings_model::SystemClock;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::Global;
use crate::command::serve;
use crate::config::ConfigFile;
use crate::output::print_line;
use crate::wiring::Daemon;
use market::{Market, serve_market};

/// Time between two arrivals in the market.
const STEP: Duration = Duration::from_secs(2);
/// How often each source is visited.
const EVERY: &str = "3s";

/// The labels that ship by default; the demo brings its own competitors.
const LABELS: &[(&str, &str)] = &[
    ("pains.toml", include_str!("../../../config/taxonomy/pains.toml")),
    ("intents.toml", include_str!("../../../config/taxonomy/intents.toml")),
    ("other.toml", include_str!("../../../config/taxonomy/other.toml")),
    ("severity.toml", include_str!("../../../config/taxonomy/severity.toml")),
];

pub(crate) async fn run(global: &Global, api: &Handle, port: u16, seconds: Option<u64>) -> anyhow::Result<ExitCode> {
    let folder =
        tempfile::Builder::new().prefix("tidings-demo-").tempdir().context("cannot make a temporary folder")?;
    let (sites, stop) = (TaskTracker::new(), CancellationToken::new());
    let market = serve_market(Arc::new(SystemClock), STEP, &sites, &stop).await?;
    let config = write_config(folder.path(), port, &market).context("cannot write the demo's configuration")?;
    let global = Global { config, ..global.clone() };
    let file = ConfigFile::load(&global.config)?;
    let daemon = Daemon::start(file).await?;
    let told = tokio::spawn(tell::findings(daemon.store.clone()));
    let ends = async {
        match seconds {
            Some(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            None => serve::stop_signal().await,
        }
    };
    let served = serve::serve(daemon, &global, api, |listen| tell::welcome(listen, folder.path()), ends).await;
    told.abort();
    stop.cancel();
    sites.close();
    sites.wait().await;
    served?;
    print_line("the demo has ended; its folder is gone")?;
    Ok(ExitCode::SUCCESS)
}

/// The configuration that a user could have written for this market.
fn write_config(folder: &Path, port: u16, market: &Market) -> std::io::Result<std::path::PathBuf> {
    for (name, text) in LABELS.iter().chain([&("competitors.toml", market.competitors)]) {
        std::fs::write(folder.join(name), text)?;
    }
    let config = folder.join("tidings.toml");
    std::fs::write(&config, config_text(folder, port, market))?;
    Ok(config)
}

fn config_text(folder: &Path, port: u16, market: &Market) -> String {
    let data_dir = toml::Value::from(folder.join("data").to_string_lossy().into_owned());
    let Market { english, vietnamese, algolia, firebase, queries, inbox, .. } = market;
    format!(
        r#"# The market is served on this machine, so its addresses are allowed and visits are close together.
[daemon]
data_dir = {data_dir}
listen = "127.0.0.1:{port}"

[fetch]
allow_private_networks = ["127.0.0.0/8"]
per_host_interval = "200ms"

[taxonomy]
files = ["competitors.toml", "pains.toml", "intents.toml", "other.toml", "severity.toml"]

[[source]]
id = "news-en"
plugin = "feed"
schedule = {{ every = "{EVERY}" }}
params = {{ url = "{english}" }}

[[source]]
id = "news-vi"
plugin = "feed"
schedule = {{ every = "{EVERY}" }}
params = {{ url = "{vietnamese}" }}

[[source]]
id = "hn"
plugin = "hackernews"
schedule = {{ every = "{EVERY}" }}
params = {{ query = {queries:?}, algolia_url = "{algolia}", base_url = "{firebase}" }}

[alerts]
allow_private_networks = ["127.0.0.0/8"]

[[alert]]
id = "rivals-price"
name = "tier-1 rivals are too expensive"
query = "tier:1 pain:(price OR contract_billing)"
deliver = [{{ webhook = "{inbox}" }}]

[[alert]]
id = "warm-leads"
name = "someone is about to choose"
query = "intent:(researching OR comparing OR switching)"
deliver = [{{ webhook = "{inbox}" }}]
"#,
    )
}
