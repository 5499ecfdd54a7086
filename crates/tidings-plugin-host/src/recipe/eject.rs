//! From a recipe to a plugin in Rust that does the same, to be changed by hand.

mod item;
mod params;
mod sheet;

use std::path::PathBuf;

use super::Recipe;
use super::field::Source;
use super::shape::{OnlyIf, Stop};
use super::template::{self, Part};
use params::Params;
use sheet::Sheet;

/// Why a recipe cannot be written as a plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EjectError {
    #[error("param `{name}`: {value} is no {type_}; correct it in the recipe")]
    Value { name: String, value: String, type_: &'static str },
    #[error("example `{title}` does not say `{name}`, which has no default; add it to the recipe")]
    Missing { title: String, name: String },
}

/// The files of a crate that does what `recipe` does: paths seen from its folder, and what stands
/// in them. `sdk` is what `Cargo.toml` says behind `tidings-sdk`, e.g. `path = "…"`.
///
/// # Errors
///
/// When a default or an example is not of its param's type.
pub fn eject(recipe: &Recipe, sdk: &str) -> Result<Vec<(PathBuf, String)>, EjectError> {
    let params = Params::of(&recipe.shape);
    let sheet = sheet(recipe, sdk, &params)?;
    let files = [
        ("Cargo.toml", include_str!("eject/template/Cargo.toml.txt")),
        ("src/lib.rs", include_str!("eject/template/lib.rs.txt")),
        ("src/value.rs", include_str!("eject/template/value.rs.txt")),
        ("tests/replay.rs", include_str!("eject/template/replay.rs.txt")),
    ];
    let mut files: Vec<_> = files.map(|(name, text)| (PathBuf::from(name), sheet.fill(text))).into();
    files.push(("src/item.rs".into(), item::source(recipe)));
    Ok(files)
}

fn sheet(recipe: &Recipe, sdk: &str, params: &Params) -> Result<Sheet, EjectError> {
    let mut sheet = Sheet::default();
    flags(recipe, &mut sheet);
    let shape = &recipe.shape;
    let detail = shape.item.detail.as_ref().map(toml::Spanned::get_ref);
    let list = shape.list.get_ref();
    sheet.say("LIST", quoted(&list.place()));
    let types = list.json_ld.iter().flat_map(|types| types.get_ref()).map(|name| quoted(name));
    sheet.say("TYPES", types.collect::<Vec<_>>().join(", "));
    sheet.say("LEAST", shape.expect.min_items.unwrap_or(0).to_string());
    sheet.say("DRAFT", if detail.is_some() { "Draft, " } else { "" });
    sheet.say("ITEM", if detail.is_some() { "Draft" } else { "Finding" });
    sheet.say("CONTENT", detail.map(|detail| quoted(detail.content.get_ref())).unwrap_or_default());
    let removed = detail.into_iter().flat_map(|detail| &detail.remove).map(|css| quoted(css.get_ref()));
    sheet.say("REMOVE", removed.collect::<Vec<_>>().join(", "));
    if let Some(pages) = &shape.fetch.pages {
        sheet.say("FROM", format!("{}_u32", pages.get_ref().from));
        sheet.say("TO", format!("{}_u32", pages.get_ref().to));
    }
    sheet.say("REQUEST", request(recipe, params));
    sheet.say("PARAMS", params.declaration()?);
    sheet.say("EXAMPLES", params.examples(&recipe.manifest.examples)?);
    sheet.say("INFO", info(recipe));
    sheet.say("ABOUT", format!("{}: made from a recipe, to be changed by hand.", one_line(&shape.name)));
    sheet.say("CRATE", shape.id.replace('-', "_"));
    sheet.say("ID", shape.id.clone());
    sheet.say("SDK", sdk);
    Ok(sheet)
}

/// Which parts of the templates the recipe needs.
fn flags(recipe: &Recipe, sheet: &mut Sheet) {
    let shape = &recipe.shape;
    let list = shape.list.get_ref();
    let (is_html, is_json, is_json_ld) = (list.items.is_some(), list.json.is_some(), list.json_ld.is_some());
    let has_least = shape.expect.min_items.is_some_and(|least| 0 < least);
    let detail = shape.item.detail.as_ref().map(|detail| detail.get_ref().only_if);
    let stop = shape.fetch.pages.as_ref().map(|pages| pages.get_ref().stop);
    let parts = template::parts(shape.fetch.url.get_ref()).unwrap_or_default();
    let reads = |source: &Source| !matches!(source, Source::Constant(_));
    let fields = || recipe.fields.iter();
    for (flag, is_set) in [
        ("html", is_html),
        ("json", is_json),
        ("json_ld", is_json_ld),
        ("values", is_json || is_json_ld),
        ("feed", list.feed),
        ("list", is_html || is_json || has_least),
        ("least", has_least),
        ("empty", shape.expect.min_items == Some(0)),
        ("fails", is_json || has_least),
        ("unparsed", (is_json || has_least) && detail.is_none()),
        ("pages", stop.is_some()),
        ("stop", stop == Some(Stop::PageWithoutNew)),
        ("detail", detail.is_some()),
        ("detail_new", detail == Some(OnlyIf::New)),
        ("detail_always", detail == Some(OnlyIf::Always)),
        ("emits", shape.item.kind.is_some()),
        ("fill", parts.iter().any(|part| matches!(part, Part::Param(_)))),
        ("regex", fields().any(|field| field.regex.is_some() || !field.replace.is_empty())),
        ("group", fields().any(|field| field.regex.is_some())),
        ("time", fields().any(|field| field.role.is_time())),
        ("count", fields().any(|field| field.role.is_count())),
        ("scalars", (is_json || is_json_ld) && fields().any(|field| reads(&field.source))),
        (
            "stated",
            fields().any(|field| field.role.is_time() && matches!(field.source, Source::Element { attr: None, .. })),
        ),
    ] {
        sheet.set(flag, is_set);
    }
}

/// The function that makes the request of a page.
fn request(recipe: &Recipe, params: &Params) -> String {
    let shape = &recipe.shape;
    let parts = template::parts(shape.fetch.url.get_ref()).unwrap_or_default();
    let takes_params = parts.iter().any(|part| matches!(part, Part::Param(_)));
    let number = if shape.fetch.pages.is_some() { ", number: u32" } else { "" };
    let name = if takes_params { "params" } else { "_params" };
    let mut lines = vec![
        "/// What is asked for.".to_owned(),
        format!("fn request({name}: &Params{number}) -> Request {{"),
        "    let mut url = String::new();".to_owned(),
    ];
    for part in parts {
        lines.push(match part {
            Part::Text(text) => format!("    url.push_str({});", quoted(text)),
            Part::Page => "    url.push_str(&number.to_string());".to_owned(),
            Part::Param(name) => format!("    fill(&mut url, {});", params.as_text(name)),
        });
    }
    let headers =
        shape.fetch.headers.iter().map(|(name, value)| format!(".header({}, {})", quoted(name), quoted(value)));
    let json = if shape.list.get_ref().json.is_some() { ".json()" } else { "" };
    lines.push(format!("    Request::get(url){}{json}", headers.collect::<String>()));
    lines.push("}".to_owned());
    lines.join("\n")
}

fn info(recipe: &Recipe) -> String {
    let manifest = &recipe.manifest;
    let mut info = format!(
        "Info::new({}, {}, Kind::{:?})\n        .version({})",
        quoted(&manifest.id),
        quoted(&manifest.name),
        manifest.kind,
        quoted(&manifest.version)
    );
    let mut say = |name: &str, value: Option<String>| {
        info.extend(value.map(|value| format!("\n        .{name}({value})")));
    };
    let list = |texts: &[String]| {
        let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
        (!texts.is_empty()).then(|| format!("&[{}]", quoted.join(", ")))
    };
    let text = |text: &Option<String>| text.as_deref().map(quoted);
    say("summary", Some(&manifest.summary).filter(|summary| !summary.is_empty()).map(|summary| quoted(summary)));
    say("homepage", text(&manifest.homepage));
    say("license", text(&manifest.license));
    say("maintainers", list(&manifest.maintainers));
    say("every", text(&manifest.schedule.every));
    say("jitter", text(&manifest.schedule.jitter));
    say("entry", list(&manifest.entry.iter().map(|entry| entry.url.clone()).collect::<Vec<_>>()));
    say("max_requests", manifest.politeness.max_requests_per_run.map(|most| most.to_string()));
    say("hosts", list(&manifest.capabilities.hosts));
    say("hosts_from_params", list(&manifest.capabilities.hosts_from_params));
    say("emits", recipe.shape.item.kind.map(|kind| format!("&[FindingKind::{kind:?}]")));
    say("empty_is_normal", manifest.empty_is_normal.then(String::new));
    info
}

/// A string as Rust writes it.
fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
