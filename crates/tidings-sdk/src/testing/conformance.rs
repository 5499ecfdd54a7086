//! What every plugin must hold, whatever it reads.

use std::path::{Path, PathBuf};

use tidings_protocol::{Manifest, code};

use super::{Fault, Recording, Replay, Run};
use crate::{Error, Plugin, manifest};

/// Where a plugin's recordings lie, seen from its package's root.
const RECORDINGS: &str = "tests/recordings";

/// Answers that are none of what a plugin may expect: nothing may be taken for findings.
const USELESS: &[Fault] = &[
    Fault::Status(404),
    Fault::Status(500),
    Fault::EmptyBody,
    Fault::Body("\u{fffd}\u{1}\u{0}PK\u{3}\u{4}\u{fffd}\u{fffd}"),
    Fault::Body("{\"items\": [{\"id\":"),
    Fault::Body("<!doctype html><title>Sign in</title><form action=\"/login\"><input name=\"user\"></form>"),
];

/// Checks what every plugin must hold:
///
/// - the manifest is valid, its examples fit its schema, and its templates and
///   pointers name params that exist;
/// - with each example, and with each recording under `tests/recordings`, answers
///   that are of no use (404, 500, empty, garbage, a login page) end in an error:
///   neither in a panic nor in silent success;
/// - a cancelled run ends, and with an error;
/// - what it emits from its recordings is of the kinds that it declares.
///
/// # Panics
///
/// With all that it does not hold.
#[track_caller]
pub fn conformance<P: Plugin>(plugin: &P) {
    let problems = problems(plugin, Path::new(RECORDINGS));
    assert!(problems.is_empty(), "{} does not conform:\n- {}", P::INFO.id, problems.join("\n- "));
}

fn problems<P: Plugin>(plugin: &P, recordings: &Path) -> Vec<String> {
    let manifest = match manifest::<P>() {
        Ok(manifest) => manifest,
        Err(error) => return vec![error.to_string()],
    };
    let mut problems = schema_problems(&manifest);
    problems.extend(template_problems(&manifest));
    for example in &manifest.examples {
        let replay = Replay::of(Path::new(""), Recording::empty(example.params.clone()));
        let name = format!("example `{}`", example.title);
        problems.extend(fault_problems(plugin, &name, &replay));
    }
    for dir in folders(recordings) {
        let replay = Replay::load(&dir);
        let name = format!("recording {}", dir.display());
        problems.extend(fault_problems(plugin, &name, &replay));
        problems.extend(kind_problems(&manifest, &name, &replay.run_once(plugin)));
    }
    problems
}

fn schema_problems(manifest: &Manifest) -> Vec<String> {
    let schema = match jsonschema::validator_for(&manifest.params_schema) {
        Ok(schema) => schema,
        Err(error) => return vec![format!("the params' schema is none: {error}")],
    };
    let of_example = |example: &tidings_protocol::Example| {
        let title = example.title.clone();
        let say = move |error: jsonschema::ValidationError<'_>| {
            format!("example `{title}` does not fit its own schema at `{}`: {error}", error.instance_path())
        };
        schema.iter_errors(&example.params).map(say).collect::<Vec<_>>()
    };
    manifest.examples.iter().flat_map(of_example).collect()
}

fn template_problems(manifest: &Manifest) -> Vec<String> {
    let has = |name: &str| manifest.params_schema.pointer(&format!("/properties/{name}")).is_some();
    let in_entry = manifest.entry.iter().flat_map(|entry| {
        let names = entry.url.split("{params.").skip(1).filter_map(|rest| rest.split('}').next());
        names.filter(|name| !has(name)).map(|name| format!("entry `{}` names no param: `{name}`", entry.url))
    });
    let pointers = manifest.capabilities.hosts_from_params.iter().chain(&manifest.capabilities.folder_from_params);
    let in_pointers = pointers.filter_map(|pointer| {
        let name = pointer.strip_prefix('/')?.split('/').next()?;
        (!has(name)).then(|| format!("pointer `{pointer}` names no param"))
    });
    in_entry.chain(in_pointers).collect()
}

fn fault_problems<P: Plugin>(plugin: &P, name: &str, replay: &Replay) -> Vec<String> {
    let mut problems = Vec::new();
    for fault in USELESS {
        let run = replay.clone().with_fault(*fault).run_once(plugin);
        match run.result() {
            Err(error) if error.code() == code::PLUGIN_PANIC => {
                problems.push(format!("{name} {fault}: panics: {}", error.message()));
            }
            Ok(_) if !run.requests().is_empty() => {
                problems.push(format!("{name} {fault}: ends well, as if nothing were wrong"));
            }
            Ok(_) | Err(_) => {}
        }
    }
    let whole = replay.run_once(plugin);
    for calls in 0..whole.calls.min(4) {
        let fault = Fault::CancelAfter(calls);
        let run = replay.clone().with_fault(fault).run_once(plugin);
        if !run.result().as_ref().is_err_and(Error::is_cancelled) {
            problems.push(format!("{name} {fault}: goes on, and ends with {:?}", run.result()));
        }
    }
    problems
}

fn kind_problems(manifest: &Manifest, name: &str, run: &Run) -> Vec<String> {
    let is_declared = |kind: &String| manifest.emits.is_empty() || manifest.emits.contains(kind);
    let kinds = run.findings().iter().filter_map(|emitted| emitted.finding.kind.as_ref());
    let mut undeclared: Vec<_> = kinds.filter(|kind| !is_declared(kind)).collect();
    undeclared.sort();
    undeclared.dedup();
    undeclared.iter().map(|kind| format!("{name}: emits `{kind}`, which its manifest does not declare")).collect()
}

fn folders(recordings: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(recordings) else { return Vec::new() };
    let folders = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = folders.filter(|path| path.join("recording.json").is_file()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests;
