//! Messages in words: subject, plain text and HTML, by templates that a user may replace.

mod check;
mod view;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use self::view::{DigestView, NoticeView};
use crate::group::in_order;
use crate::headline::SUBJECT_MOST;
use crate::inert::{escaped, line};
use crate::{Digest, Entry, Message, Notice, Rendered};

/// Bytes of a message's text, and of its HTML.
pub(crate) const FORM_MOST: usize = 200 * 1024;

/// Entries that a message shows; of more it says how many.
const ENTRIES_MOST: usize = 100;

/// Steps of a template. The built-in ones take 15,000 for 100 entries.
const FUEL: u64 = 1_000_000;

const SUBJECT: &str = "subject.txt.jinja";
const DIGEST: Forms = Forms { text: "digest.txt.jinja", html: "digest.html.jinja" };
const NOTICE: Forms = Forms { text: "notice.txt.jinja", html: "notice.html.jinja" };

/// Each template by the name of its file, as it is built in.
const BUILT_IN: [(&str, &str); 5] = [
    (SUBJECT, include_str!("../templates/subject.txt.jinja")),
    (DIGEST.text, include_str!("../templates/digest.txt.jinja")),
    (DIGEST.html, include_str!("../templates/digest.html.jinja")),
    (NOTICE.text, include_str!("../templates/notice.txt.jinja")),
    (NOTICE.html, include_str!("../templates/notice.html.jinja")),
];

/// The templates of one kind of message.
#[derive(Clone, Copy)]
struct Forms {
    text: &'static str,
    html: &'static str,
}

/// Turns messages into words. Made once, and shared by all who send.
#[derive(Debug)]
pub(crate) struct Renderer {
    built_in: Environment<'static>,
    /// Those of the user's folder.
    replaced: Environment<'static>,
    /// Whether a template of the user has failed and this was said; in the order of [`BUILT_IN`].
    failed: [AtomicBool; BUILT_IN.len()],
}

/// Why the user's templates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error("cannot read the templates in {}", .0.display())]
    Folder(PathBuf, #[source] std::io::Error),
    #[error("cannot read the template {}", .0.display())]
    Unreadable(PathBuf, #[source] std::io::Error),
    #[error("{} replaces no template; expected one of {expected}", .path.display())]
    UnknownFile { path: PathBuf, expected: String },
    #[error("{}, line {line}: {problem}{}", .path.display(), known_here(.known))]
    Template {
        path: PathBuf,
        /// 1 for the first.
        line: usize,
        problem: String,
        /// The names that could stand there, where the name was the problem.
        known: Vec<String>,
    },
    #[error("{} makes {bytes} bytes of the example; {FORM_MOST} are the most", .path.display())]
    TooLong { path: PathBuf, bytes: usize },
}

fn known_here(known: &[String]) -> String {
    if known.is_empty() { String::new() } else { format!("; known here: {}", known.join(", ")) }
}

impl Renderer {
    /// Takes the built-in templates, and those of `folder` in the place of the ones that have
    /// their file names, such as `digest.html.jinja`. Each is checked with examples.
    ///
    /// # Errors
    ///
    /// The first template that cannot be read or understood, that names a variable which
    /// is not there, or that replaces nothing.
    pub(crate) fn new(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut built_in = environment();
        for (name, source) in BUILT_IN {
            built_in.add_template(name, source).expect("a test renders every built-in template");
        }
        let mut replaced = environment();
        if let Some(folder) = folder {
            check::load(&mut replaced, folder)?;
        }
        Ok(Self { built_in, replaced, failed: Default::default() })
    }

    /// Never fails: where a template of the user does, the built-in one stands in, and the
    /// log says so once.
    pub(crate) fn render(&self, message: &Message) -> Rendered {
        match message {
            Message::Digest(digest) => self.digest(digest),
            Message::Notice(notice) => self.notice(notice),
        }
    }

    fn digest(&self, digest: &Digest) -> Rendered {
        let ordered = in_order(&digest.entries);
        let fitted = self.fitted(digest, &ordered, Self::form);
        fitted.or_else(|| self.fitted(digest, &ordered, Self::built_in_form)).unwrap_or_else(|| {
            let headline = digest.headline();
            Rendered { html: bare_html(&headline), text: headline.clone(), subject: headline }
        })
    }

    /// The digest with as many entries as fit.
    fn fitted(
        &self,
        digest: &Digest,
        ordered: &[&Entry],
        form: fn(&Self, &'static str, &Value) -> Option<String>,
    ) -> Option<Rendered> {
        let mut shown = ordered.len().min(ENTRIES_MOST);
        loop {
            let context = Value::from(Serde(DigestView::new(digest, &ordered[..shown])));
            let (text, html) = (form(self, DIGEST.text, &context)?, form(self, DIGEST.html, &context)?);
            if text.len().max(html.len()) <= FORM_MOST {
                let subject = line(&form(self, SUBJECT, &context)?, SUBJECT_MOST);
                let subject = if subject.is_empty() { digest.headline() } else { subject };
                return Some(Rendered { subject, text, html });
            }
            if shown == 0 {
                return None;
            }
            shown /= 2;
        }
    }

    fn notice(&self, notice: &Notice) -> Rendered {
        let view = NoticeView::new(notice);
        let subject = view.subject.clone();
        let context = Value::from(Serde(view));
        let form = |name| {
            let fits = |form: &String| form.len() <= FORM_MOST;
            self.form(name, &context).filter(fits).or_else(|| self.built_in_form(name, &context))
        };
        Rendered {
            text: form(NOTICE.text).unwrap_or_else(|| subject.clone()),
            html: form(NOTICE.html).unwrap_or_else(|| bare_html(&subject)),
            subject,
        }
    }

    fn form(&self, name: &'static str, context: &Value) -> Option<String> {
        let Ok(template) = self.replaced.get_template(name) else { return self.built_in_form(name, context) };
        match template.render(context.clone()) {
            Ok(form) => Some(form),
            Err(error) => {
                self.say_once(name, &error);
                self.built_in_form(name, context)
            }
        }
    }

    fn built_in_form(&self, name: &'static str, context: &Value) -> Option<String> {
        let rendered = self.built_in.get_template(name).and_then(|template| template.render(context.clone()));
        rendered.inspect_err(|error| tracing::error!(template = name, %error, "a built-in template failed")).ok()
    }

    fn say_once(&self, name: &str, error: &minijinja::Error) {
        let place = BUILT_IN.iter().position(|(known, _)| *known == name).unwrap_or(0);
        if !self.failed[place].swap(true, Ordering::Relaxed) {
            let line = error.line();
            tracing::error!(template = name, line, %error, "a template failed, so the built-in one is used");
        }
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_auto_escape_callback(|name| {
        if name.ends_with(".html.jinja") { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.set_formatter(|out, state, value| match value.as_str() {
        // The engine's own escaping takes a slash for dangerous, and makes addresses unreadable.
        Some(text) if *state.auto_escape() == AutoEscape::Html && !value.is_safe() => {
            out.write_str(&escaped(text)).map_err(minijinja::Error::from)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment
}

fn bare_html(text: &str) -> String {
    let text = escaped(text);
    format!("<!DOCTYPE html>\n<html><head><title>{text}</title></head><body><p>{text}</p></body></html>\n")
}

#[cfg(test)]
mod tests;
