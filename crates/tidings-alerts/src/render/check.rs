//! Templates of the user's folder: found, read, and tried on the examples.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use minijinja::value::{Serde, ValueKind};
use minijinja::{Environment, ErrorKind, Template, Value};
use tidings_model::nearest;

use super::view::{DigestView, NoticeView};
use super::{BUILT_IN, FORM_MOST, NOTICE, TemplateError};
use crate::example;
use crate::group::in_order;

/// Adds the templates of `folder` to `environment`, each checked.
pub(super) fn load(environment: &mut Environment<'static>, folder: &Path) -> Result<(), TemplateError> {
    for path in files(folder)? {
        let name = name_of(&path)?;
        let source = fs::read_to_string(&path).map_err(|error| TemplateError::Unreadable(path.clone(), error))?;
        environment
            .add_template_owned(name, source.clone())
            .map_err(|error| refusal(&path, &source, &error, BTreeSet::new()))?;
        let template =
            environment.get_template(name).map_err(|error| refusal(&path, &source, &error, BTreeSet::new()))?;
        check(&template, &path, &source)?;
    }
    Ok(())
}

/// The templates of `folder`, by name; what ends otherwise is no template.
fn files(folder: &Path) -> Result<Vec<PathBuf>, TemplateError> {
    let unreadable = |error| TemplateError::Folder(folder.to_owned(), error);
    let mut files = Vec::new();
    for file in fs::read_dir(folder).map_err(unreadable)? {
        let path = file.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "jinja") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn name_of(path: &Path) -> Result<&'static str, TemplateError> {
    let known = BUILT_IN.iter().map(|(name, _)| *name);
    let name = path.file_name().and_then(|name| name.to_str());
    known.clone().find(|known| Some(*known) == name).ok_or_else(|| TemplateError::UnknownFile {
        path: path.to_owned(),
        expected: known.collect::<Vec<_>>().join(", "),
    })
}

fn check(template: &Template, path: &Path, source: &str) -> Result<(), TemplateError> {
    let contexts = contexts(template.name());
    if let Some(unknown) = unknown_variable(template, &contexts) {
        return Err(unknown.at(path, source));
    }
    for context in &contexts {
        let form = template.render(context.clone()).map_err(|error| refusal(path, source, &error, names(&contexts)))?;
        if FORM_MOST < form.len() {
            return Err(TemplateError::TooLong { path: path.to_owned(), bytes: form.len() });
        }
    }
    Ok(())
}

fn contexts(name: &str) -> Vec<Value> {
    if [NOTICE.text, NOTICE.html].contains(&name) {
        return vec![Value::from(Serde(NoticeView::new(&example::notice())))];
    }
    let view = |digest| Value::from(Serde(DigestView::new(&digest, &in_order(&digest.entries))));
    example::digests().into_iter().map(view).collect()
}

/// A variable that no example has, whatever branch it stands in.
struct UnknownVariable {
    name: String,
    known: BTreeSet<String>,
}

impl UnknownVariable {
    fn at(self, path: &Path, source: &str) -> TemplateError {
        let last = self.name.rsplit('.').next().unwrap_or_default();
        let is_there = |line: &str| line.contains(&self.name) || words(line).any(|word| word == last);
        let line = source.lines().position(is_there).map_or(1, |before| before + 1);
        let known: Vec<String> = self.known.into_iter().collect();
        let problem = format!("there is no variable `{}`{}", self.name, hint(last, &known));
        TemplateError::Template { path: path.to_owned(), line, problem, known }
    }
}

fn unknown_variable(template: &Template, contexts: &[Value]) -> Option<UnknownVariable> {
    let context = contexts.first()?;
    let mut variables: Vec<String> = template.undeclared_variables(true).into_iter().collect();
    variables.sort();
    variables.into_iter().find_map(|name| Some(UnknownVariable { known: missing(context, &name)?, name }))
}

/// The names that `context` has in the place of the first part of `name` that it has not.
fn missing(context: &Value, name: &str) -> Option<BTreeSet<String>> {
    let mut value = context.clone();
    for (depth, part) in name.split('.').enumerate() {
        if value.kind() != ValueKind::Map || (depth == 0 && FUNCTIONS.contains(&part)) {
            return None;
        }
        let found = value.get_attr(part).ok().filter(|found| !found.is_undefined());
        let Some(found) = found else { return Some(keys(&value).collect()) };
        value = found;
    }
    None
}

/// What a template can name beside its variables.
const FUNCTIONS: [&str; 5] = ["range", "dict", "namespace", "debug", "loop"];

fn keys(map: &Value) -> impl Iterator<Item = String> {
    map.try_iter().into_iter().flatten().filter_map(|key| key.as_str().map(str::to_owned))
}

/// Every name that stands anywhere in `contexts`.
fn names(contexts: &[Value]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    contexts.iter().for_each(|context| collect_names(context, &mut names));
    names
}

fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value.kind() {
        ValueKind::Map => {
            for key in keys(value) {
                value.get_attr(&key).iter().for_each(|inner| collect_names(inner, names));
                names.insert(key);
            }
        }
        ValueKind::Seq => value.try_iter().into_iter().flatten().for_each(|inner| collect_names(&inner, names)),
        _ => (),
    }
}

/// `error` with its place, and what could have been meant where a name is unknown.
fn refusal(path: &Path, source: &str, error: &minijinja::Error, names: BTreeSet<String>) -> TemplateError {
    let line = error.line().unwrap_or(1);
    let code = source.lines().nth(line.saturating_sub(1)).unwrap_or_default().trim();
    let what = error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    let is_unknown = error.kind() == ErrorKind::UndefinedError;
    let known: Vec<String> = if is_unknown { names.into_iter().collect() } else { Vec::new() };
    let attributes =
        code.split('.').skip(1).filter_map(|rest| words(rest).next().filter(|word| rest.starts_with(word)));
    let unknown = attributes.filter(|_| is_unknown).find(|word| !known.iter().any(|known| known == word));
    let hint = unknown.map(|word| format!(" (`{word}`{})", hint(word, &known)));
    let problem = format!("{what}{} in `{code}`", hint.unwrap_or_default());
    TemplateError::Template { path: path.to_owned(), line, problem, known }
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|ch: char| !ch.is_alphanumeric() && ch != '_').filter(|word| !word.is_empty())
}

fn hint(word: &str, known: &[String]) -> String {
    nearest(word, known.iter().map(String::as_str)).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The page that tells users what templates may name.
    const PAGE: &str = include_str!("../../../../docs/alerts.md");

    #[test]
    fn the_page_lists_every_variable_and_file() {
        let contexts = [contexts(super::super::SUBJECT), contexts(NOTICE.text)].concat();
        let files = BUILT_IN.iter().map(|(name, _)| (*name).to_owned());
        for name in names(&contexts).into_iter().chain(files) {
            assert!(PAGE.contains(&format!("`{name}`")), "docs/alerts.md does not list `{name}`");
        }
    }
}
