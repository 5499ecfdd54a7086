//! The `tidings` binary: reads the command line and picks a command.
//!
//! Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.

mod author;
mod cli;
mod client;
mod command;
mod config;
mod demo;
mod failure;
mod memory;
mod output;
mod scout;
mod wiring;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|word| word == "plugin-host") {
        // The child process of a plugin restricts itself while it has one thread:
        // nothing of the daemon may be set up before.
        std::process::exit(tidings_plugin_host::main(args));
    }
    memory::share_heaps();
    let cli = Cli::parse();
    output::start_log(matches!(cli.command, Command::Serve), cli.global.verbose);
    match command::run(cli) {
        Ok(code) => code,
        Err(error) => failure::report(&error),
    }
}
