//! The commands, one file each.

mod alert;
mod config_check;
mod doctor;
mod import;
mod index;
mod key;
mod once;
mod plugin;
mod retag;
mod search;
pub(crate) mod serve;
mod source;

use std::process::ExitCode;

use anyhow::Context;
use tokio::runtime::{Builder, Runtime};

use crate::cli::{Cli, Command, ConfigCommand};
use crate::demo;

/// Picks the command. Its exit code is 0 or 1; wrong use is an error.
pub(crate) fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let global = cli.global;
    // Visits hand over from one step to the next all the time, and waking another thread costs more than most steps.
    let runtime = Builder::new_current_thread().enable_all().build().context("cannot start the runtime")?;
    match cli.command {
        Command::Serve => runtime.block_on(serve::run(&global, api()?.handle())),
        Command::Once { sources } => runtime.block_on(once::run(&global, &sources)),
        Command::Search(args) => search::run(&global, &args),
        Command::Source(command) => runtime.block_on(source::run(&global, command)),
        Command::Plugin(command) => runtime.block_on(plugin::run(&global, command)),
        Command::Alert(command) => runtime.block_on(alert::run(&global, command)),
        Command::Import(command) => runtime.block_on(import::run(&global, &command)),
        Command::Index(command) => index::run(&global, &command),
        Command::Retag => runtime.block_on(retag::run(&global)),
        Command::Key(command) => key::run(&global, command),
        Command::Config(ConfigCommand::Check) => runtime.block_on(config_check::run(&global)),
        Command::Doctor => runtime.block_on(doctor::run(&global)),
        Command::Demo { port, seconds } => runtime.block_on(demo::run(&global, api()?.handle(), port, seconds)),
    }
}

/// The threads that answer the API, so that neither calls nor visits wait for the other.
fn api() -> anyhow::Result<Runtime> {
    Builder::new_multi_thread().thread_name("api").enable_all().build().context("cannot start the API's threads")
}
