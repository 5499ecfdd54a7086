//! What the types of a recipe cannot say: every selector, pointer, expression and name is one.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use scraper::Selector;
use toml::Spanned;

use super::RecipeError;
use super::field::{Field, Role, Source};
use super::shape::{List, Pick, Shape};
use super::template::{self, Part};

/// Largest compiled expression, in bytes.
const MAX_REGEX: usize = 1 << 20;
const MAX_PAGES: u32 = 100;

/// Checks the whole recipe, and makes its fields ready to be read.
pub(super) fn check(shape: &Shape, text: &str) -> Result<Vec<Field>, RecipeError> {
    let checker = Checker { shape, text };
    checker.list()?;
    checker.address()?;
    checker.params()?;
    checker.detail()?;
    let fields = checker.fields()?;
    checker.names(&fields)?;
    Ok(fields)
}

struct Checker<'a> {
    shape: &'a Shape,
    text: &'a str,
}

impl Checker<'_> {
    fn wrong<T>(&self, span: &Range<usize>, problem: impl Into<String>) -> Result<T, RecipeError> {
        Err(RecipeError::at(self.text, span, problem))
    }

    fn list(&self) -> Result<(), RecipeError> {
        let List { items, json, json_ld, feed } = self.shape.list.get_ref();
        let said = [items.is_some(), json.is_some(), json_ld.is_some(), *feed];
        if said.into_iter().filter(|is_said| *is_said).count() != 1 {
            let problem = "`[list]` has exactly one of `items`, `json`, `json_ld` and `feed = true`";
            return self.wrong(&self.shape.list.span(), problem);
        }
        if let Some(types) = json_ld {
            let is_type = |name: &String| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if types.get_ref().is_empty() || !types.get_ref().iter().all(is_type) {
                let problem = "`json_ld` names types of schema.org, as in `json_ld = [\"NewsArticle\"]`";
                return self.wrong(&types.span(), problem);
            }
        }
        if let Some(css) = items {
            self.selector(css.get_ref(), &css.span())?;
        }
        json.as_ref().map_or(Ok(()), |pointer| self.pointer(pointer.get_ref(), &pointer.span()))
    }

    fn address(&self) -> Result<(), RecipeError> {
        let url = &self.shape.fetch.url;
        let parts = template::parts(url.get_ref()).or_else(|problem| self.wrong(&url.span(), problem))?;
        for part in &parts {
            if let Part::Param(name) = part
                && !self.shape.params.contains_key(*name)
            {
                return self.wrong(&url.span(), format!("there is no `[params.{name}]`"));
            }
        }
        let is_absolute = match parts.first() {
            Some(Part::Text(start)) => start.starts_with("https://") || start.starts_with("http://"),
            Some(Part::Param(_)) => true,
            _ => false,
        };
        if !is_absolute {
            return self.wrong(&url.span(), "the address begins with `https://`, `http://` or a param");
        }
        let has_page = parts.contains(&Part::Page);
        match &self.shape.fetch.pages {
            None if has_page => self.wrong(&url.span(), "`{page}` needs `pages = { from = 1, to = … }`"),
            Some(pages) if !has_page => self.wrong(&pages.span(), "`pages` needs a `{page}` in the address"),
            Some(pages) if pages.get_ref().to < pages.get_ref().from => {
                self.wrong(&pages.span(), "`to` is less than `from`")
            }
            Some(pages) if MAX_PAGES <= pages.get_ref().to - pages.get_ref().from => {
                self.wrong(&pages.span(), format!("at most {MAX_PAGES} pages are read"))
            }
            _ => Ok(()),
        }
    }

    fn params(&self) -> Result<(), RecipeError> {
        let start = self.text.find("[params").unwrap_or(0);
        let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
        match self.shape.params.keys().find(|name| !is_name(name)) {
            Some(name) => {
                self.wrong(&(start..start), format!("param `{name}`: names are of letters, digits, `_` and `-`"))
            }
            None => Ok(()),
        }
    }

    fn detail(&self) -> Result<(), RecipeError> {
        let Some(detail) = &self.shape.item.detail else { return Ok(()) };
        let detail = detail.get_ref();
        for css in [&detail.content].into_iter().chain(&detail.remove) {
            self.selector(css.get_ref(), &css.span())?;
        }
        Ok(())
    }

    fn fields(&self) -> Result<Vec<Field>, RecipeError> {
        let item = &self.shape.item;
        let named = [
            &item.title,
            &item.url,
            &item.canonical_url,
            &item.text,
            &item.author,
            &item.published,
            &item.updated,
            &item.lang,
            &item.key,
            &item.hints,
            &item.score,
            &item.replies,
            &item.views,
        ];
        let is_feed = self.shape.list.get_ref().feed;
        let mut fields = Vec::new();
        for ((name, role), pick) in Role::NAMED.into_iter().zip(named) {
            let from_feed = || is_feed.then(|| Spanned::new(0..0, Pick::default()));
            if let Some(pick) = pick.clone().or_else(from_feed) {
                fields.push(self.field(name, role, &pick)?);
            }
        }
        for (name, pick) in &item.attrs {
            fields.push(self.field(name, Role::Attr, pick)?);
        }
        Ok(fields)
    }

    fn field(&self, name: &str, role: Role, pick: &Spanned<Pick>) -> Result<Field, RecipeError> {
        let (span, pick) = (pick.span(), pick.get_ref());
        let source = self.source(name, pick, &span)?;
        let regex = pick.regex.as_ref().map(|regex| self.regex(regex, &span)).transpose()?;
        let mut replace = Vec::new();
        if let Some(pairs) = self.shape.item.replace.get(name) {
            for [from, to] in pairs.get_ref().pairs() {
                replace.push((self.regex(from, &pairs.span())?, to.clone()));
            }
        }
        // Categories are many by nature; elements are said with `all`.
        let all = pick.all || (role == Role::Hints && matches!(source, Source::Feed | Source::Json { .. }));
        Ok(Field { name: name.to_owned(), role, source, all, html: pick.html, regex, replace })
    }

    fn source(&self, name: &str, pick: &Pick, span: &Range<usize>) -> Result<Source, RecipeError> {
        let list = self.shape.list.get_ref();
        let Pick { plain, css, attr, json, constant, .. } = pick;
        if let Some(constant) = constant {
            if plain.is_some() || css.is_some() || attr.is_some() || json.is_some() {
                return self.wrong(span, format!("`{name}` is a constant, or it is read from the page, not both"));
            }
            return Ok(Source::Constant(constant.clone()));
        }
        if list.items.is_some() {
            if json.is_some() {
                return self.wrong(span, format!("`{name}` is a JSON pointer, but the list is of HTML elements"));
            }
            let css = plain.clone().or_else(|| css.clone());
            css.as_ref().map_or(Ok(()), |css| self.selector(css, span))?;
            return Ok(Source::Element { css, attr: attr.clone() });
        }
        if css.is_some() || attr.is_some() || (list.feed && (plain.is_some() || json.is_some())) {
            let kind = if list.feed { "the items of a feed are known by name" } else { "the list is of JSON values" };
            return self.wrong(span, format!("`{name}` cannot be read so: {kind}"));
        }
        if list.feed {
            return Ok(Source::Feed);
        }
        let pointer = plain.clone().or_else(|| json.clone());
        pointer.as_ref().map_or(Ok(()), |pointer| self.pointer(pointer, span))?;
        Ok(Source::Json { pointer })
    }

    /// Names in `required` and `replace` are those of fields; an item can be told from others.
    fn names(&self, fields: &[Field]) -> Result<(), RecipeError> {
        let has = |name: &str| fields.iter().any(|field| field.name == name);
        for name in &self.shape.expect.required {
            if !has(name.get_ref()) {
                return self
                    .wrong(&name.span(), format!("`{}` is required, but `[item]` does not have it", name.get_ref()));
            }
        }
        for (name, pairs) in &self.shape.item.replace {
            if !has(name) {
                return self.wrong(&pairs.span(), format!("`[item]` has no `{name}` in which to replace"));
            }
        }
        let start = self.text.find("[item").unwrap_or(0);
        if !has("url") && !has("key") {
            return self.wrong(&(start..start), "`[item]` needs `url` or `key`, or nothing tells items apart");
        }
        if !has("title") && !has("text") && self.shape.item.detail.is_none() {
            return self.wrong(&(start..start), "`[item]` needs `title` or `text`");
        }
        if let Some(detail) = self.shape.item.detail.as_ref().filter(|_| !has("url")) {
            return self.wrong(&detail.span(), "`[item.detail]` needs `url`, the page that it reads");
        }
        Ok(())
    }

    fn selector(&self, css: &str, span: &Range<usize>) -> Result<(), RecipeError> {
        match Selector::parse(css) {
            Ok(_) => Ok(()),
            Err(error) => self.wrong(span, format!("`{css}` is no CSS selector: {error}")),
        }
    }

    fn pointer(&self, pointer: &str, span: &Range<usize>) -> Result<(), RecipeError> {
        if pointer.is_empty() || pointer.starts_with('/') {
            return Ok(());
        }
        self.wrong(span, format!("`{pointer}` is no JSON pointer: one begins with `/`, as in `/items`"))
    }

    fn regex(&self, regex: &str, span: &Range<usize>) -> Result<Regex, RecipeError> {
        RegexBuilder::new(regex).size_limit(MAX_REGEX).build().or_else(|error| {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.wrong(span, format!("`{regex}` is no regular expression: {reason}"))
        })
    }
}
