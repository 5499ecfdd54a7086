//! `tidings plugin check`: what a plugin must hold, each finding with what to do.

use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use tidings_protocol::Manifest;

use crate::author::{Bench, Profile, examples, recordings, replay};
use crate::cli::Global;
use crate::output::{one_line, print_json, print_line};

pub(crate) async fn run(global: &Global, path: &Path) -> anyhow::Result<ExitCode> {
    // Loading finds what is wrong with manifest, schema and examples; it cannot go on after that.
    let bench = Bench::load(global, path, Profile::Debug).await?;
    let mut problems = problems(&bench).await?;
    let dir = &bench.recordings;
    if recordings(dir).is_empty() {
        problems.push(format!(
            "there is no recording to test it with: make one with `tidings plugin record {} --out {}`",
            path.display(),
            dir.join("front").display()
        ));
    }
    let manifest = &bench.plugin.manifest;
    if global.json {
        print_json(&json!({ "id": manifest.id, "version": manifest.version, "problems": problems }))?;
    } else {
        for problem in &problems {
            print_line(&format!("- {}", one_line(problem)))?;
        }
        let said =
            if problems.is_empty() { "holds all it must".to_owned() } else { format!("{} problems", problems.len()) };
        print_line(&format!("{} {}: {said}", manifest.id, manifest.version))?;
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All that the plugin does not hold.
pub(super) async fn problems(bench: &Bench) -> anyhow::Result<Vec<String>> {
    let manifest = &bench.plugin.manifest;
    let mut problems = manifest_problems(manifest);
    problems.extend(examples(bench).await?);
    for dir in recordings(&bench.recordings) {
        let verdict = replay(bench, &dir, false).await?;
        problems.extend(verdict.problems.iter().map(|problem| format!("recording {}: {problem}", verdict.name)));
    }
    Ok(problems)
}

fn manifest_problems(manifest: &Manifest) -> Vec<String> {
    let mut problems = Vec::new();
    let has = |name: &str| manifest.params_schema.pointer(&format!("/properties/{name}")).is_some();
    for entry in &manifest.entry {
        let names = entry.url.split("{params.").skip(1).filter_map(|rest| rest.split('}').next());
        let missing = names.filter(|name| !has(name));
        problems
            .extend(missing.map(|name| format!("entry `{}` names no param `{name}`: add it to the params", entry.url)));
    }
    let capabilities = &manifest.capabilities;
    for pointer in capabilities.hosts_from_params.iter().chain(&capabilities.folder_from_params) {
        let name = pointer.strip_prefix('/').and_then(|rest| rest.split('/').next());
        if !name.is_some_and(has) {
            problems.push(format!("`{pointer}` names no param: write it as `/NAME` of a param that there is"));
        }
    }
    if capabilities.hosts.is_empty()
        && capabilities.hosts_from_params.is_empty()
        && capabilities.folder_from_params.is_none()
    {
        problems.push("it may reach no host and read no folder: name its `hosts`".to_owned());
    }
    if manifest.summary.trim().is_empty() {
        problems.push("the manifest has no `summary`: say in a line what it finds".to_owned());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(changes: &serde_json::Value, expected: &[&str]) {
        let mut manifest = json!({
            "manifest_version": 1, "id": "acme", "name": "Acme", "version": "1", "kind": "forum", "summary": "Posts",
            "params_schema": {"type": "object", "properties": {"base": {}}}, "examples": [{"title": "a", "params": {}}],
            "capabilities": {"hosts": ["acme.example"]},
        });
        for (key, value) in changes.as_object().unwrap() {
            manifest[key] = value.clone();
        }
        let problems = manifest_problems(&serde_json::from_value(manifest).unwrap());
        assert_eq!(problems.len(), expected.len(), "{problems:?}");
        assert!(problems.iter().zip(expected).all(|(problem, part)| problem.contains(part)), "{problems:?}");
    }

    #[test]
    fn a_manifest_names_only_params_that_there_are() {
        check(&json!({}), &[]);
        check(&json!({"entry": [{"url": "{params.base}/x"}, {"url": "https://a.example/{params.gone}"}]}), &["`gone`"]);
        check(&json!({"capabilities": {"hosts_from_params": ["/base", "gone"]}}), &["`gone` names no param"]);
    }

    #[test]
    fn a_manifest_says_what_it_is_for() {
        check(&json!({"summary": " ", "capabilities": {}}), &["may reach no host", "no `summary`"]);
    }
}
