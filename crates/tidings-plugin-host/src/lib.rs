//! The child process that a plugin runs in: sandbox, library, transport.
//!
//! The daemon starts `tidings plugin-host run FILE` for a run, or with `--runs` for
//! several, one after the other. The process
//! first restricts itself, then loads the plugin or interprets the recipe, and carries
//! its calls to the daemon, one JSON object a line, over what were its standard input
//! and output. As `plugin-host fork FILE` it stays, and copies itself for each run of a plugin
//! that runs often. As `plugin-host exec -- COMMAND` it restricts itself and becomes a
//! program, which speaks those lines itself.
//!
//! Nothing here decides anything about a finding or a request: policy belongs to
//! `tidings-plugins`, at the other end of the pipe.
//!
//! It protects the machine from buggy plugins and makes the daemon their only way
//! to the web. It is no boundary for hostile code.

mod arguments;
mod bridge;
mod copies;
mod incoming;
mod interpreter;
mod library;
mod limits;
mod program;
mod recipe;
mod session;
mod streams;
mod wire;

use std::ffi::OsString;

use arguments::{Arguments, Task};

pub use recipe::{EjectError, Recipe, RecipeError, eject};

/// The whole of `tidings.py`, the SDK for plugins in Python: one file that needs the
/// standard library alone. A plugin finds it by itself; a copy beside `main.py` wins.
pub const PYTHON_SDK: &str = include_str!("../../../plugins/python/tidings.py");

/// Runs the plugin that `args` name; `args` begin behind the word `plugin-host`.
///
/// Must be called first thing in `main`, while the process has one thread. Ends
/// the process itself once it has served the daemon, so it only returns, with an
/// exit code, when the arguments are wrong or the process cannot restrict itself.
pub fn main(args: impl Iterator<Item = OsString>) -> i32 {
    match Arguments::parse(args) {
        Ok(arguments) => {
            limits::use_one_heap();
            let failure = match &arguments.task {
                Task::Run { file } => session::serve(&arguments, file).to_string(),
                Task::Fork { file } => copies::serve(&arguments, file).to_string(),
                Task::Exec(exec) => program::become_it(&arguments, exec).to_string(),
            };
            eprintln!("E! {failure}");
            1
        }
        Err(wrong) => {
            eprintln!("E! {wrong}");
            2
        }
    }
}
