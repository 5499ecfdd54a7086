//! The files of a new plugin.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;
use url::Url;

use super::reading::{Pointers, Reading, Selectors};
use crate::cli::Lang;

/// The SDK for Python, written beside each plugin: it needs nothing installed.
const PYTHON_SDK: &str = include_str!("../../../../plugins/python/tidings.py");
/// What reads pages in Python, for the plugin's author to change.
const PYTHON_PAGE: &str = include_str!("template/page.py");

/// What a new plugin is to be.
pub(crate) struct Scaffold {
    pub(crate) id: String,
    pub(crate) lang: Lang,
    pub(crate) kind: String,
    pub(crate) url: Url,
    pub(crate) reading: Reading,
    /// What stands in `Cargo.toml` behind `tidings-sdk`.
    pub(crate) sdk: String,
}

impl Scaffold {
    /// A plugin of a made-up site, to be changed by hand.
    pub(crate) fn sample(id: &str, lang: Lang, kind: &str, sdk: String) -> anyhow::Result<Self> {
        let path = if lang == Lang::Python { "news.json" } else { "" };
        let url = Url::parse(&format!("https://{id}.example/{path}")).context("an id makes a host")?;
        let (items, title) = ("li.item".to_owned(), "a.title".to_owned());
        let reading = Reading::List(Selectors { items, link: title.clone(), title });
        Ok(Self { id: id.to_owned(), lang, kind: kind.to_owned(), url, reading, sdk })
    }

    /// The body that the sample's address answers, and how its file is named.
    pub(crate) fn sample_body(&self) -> (&'static str, String) {
        match self.lang {
            Lang::Python => ("001.json", self.fill(include_str!("template/sample.json.txt"))),
            Lang::Rust | Lang::Recipe => ("001.html", self.fill(include_str!("template/sample.html.txt"))),
        }
    }

    /// Writes all but recordings into `dir`.
    ///
    /// # Errors
    ///
    /// When a file cannot be written.
    pub(crate) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        for (name, text) in self.files() {
            let path = dir.join(name);
            let folder = path.parent().context("every file stands in a folder")?;
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn files(&self) -> Vec<(PathBuf, String)> {
        let read = self.read();
        let file =
            |name: &str, template: &str| (PathBuf::from(name), self.fill(&template.replace("@READ@", read.trim_end())));
        match self.lang {
            Lang::Rust => vec![
                file("Cargo.toml", include_str!("template/Cargo.toml.txt")),
                file("src/lib.rs", include_str!("template/lib.rs.txt")),
                file("tests/replay.rs", include_str!("template/replay.rs.txt")),
            ],
            Lang::Python => {
                let mut files = vec![
                    file("plugin.toml", include_str!("template/plugin.toml.txt")),
                    file("main.py", include_str!("template/main.py.txt")),
                    (PathBuf::from("tidings.py"), PYTHON_SDK.to_owned()),
                ];
                if self.reads_html() {
                    files.push((PathBuf::from("page.py"), PYTHON_PAGE.to_owned()));
                }
                files
            }
            Lang::Recipe => vec![file(&format!("{}.recipe.toml", self.id), include_str!("template/recipe.toml.txt"))],
        }
    }

    /// The sample for Python is JSON.
    fn reads_html(&self) -> bool {
        match self.reading {
            Reading::Feed => false,
            Reading::JsonLd(_) => true,
            Reading::List(_) => !self.url.path().ends_with(".json"),
        }
    }

    /// The part that reads the page.
    fn read(&self) -> String {
        match (self.lang, &self.reading) {
            (Lang::Rust, Reading::Feed) => include_str!("template/read_feed.rs.txt").to_owned(),
            (Lang::Rust, Reading::JsonLd(read)) => {
                with_pointers(include_str!("template/read_json_ld.rs.txt"), read, &fields_in_rust(read))
            }
            (Lang::Rust, Reading::List(list)) => with_selectors(include_str!("template/read_list.rs.txt"), list),
            (Lang::Python, Reading::Feed) => include_str!("template/read_feed.py.txt").to_owned(),
            (Lang::Python, Reading::JsonLd(read)) => {
                with_pointers(include_str!("template/read_json_ld.py.txt"), read, &fields_in_python(read))
            }
            (Lang::Python, Reading::List(list)) if self.reads_html() => {
                with_selectors(include_str!("template/read_list.py.txt"), list)
            }
            (Lang::Python, Reading::List(_)) => include_str!("template/read_json.py.txt").to_owned(),
            (Lang::Recipe, Reading::Feed) => "[list]\nfeed = true\n".to_owned(),
            (Lang::Recipe, Reading::JsonLd(read)) => recipe_of(read),
            (Lang::Recipe, Reading::List(list)) => format!(
                "[list]\nitems = {}\n\n[item]\ntitle = {}\nurl = {{ css = {}, attr = \"href\" }}\npublished = \"time\"\n\n",
                quoted(&list.items),
                quoted(&list.title),
                quoted(&list.link),
            ),
        }
    }

    /// What it takes from the SDK and from beside it, one thing for each way of reading.
    fn imports(&self) -> &'static str {
        match (self.lang, &self.reading) {
            (Lang::Rust, Reading::Feed) => "Ctx, Example, Finding, FindingKind, Info, Kind, Plugin, Result, bail",
            (Lang::Rust, Reading::List(_)) => "Ctx, Example, Finding, FindingKind, Info, Kind, Plugin, Result",
            (Lang::Rust, Reading::JsonLd(read)) if read.published.is_some() => {
                "Ctx, Error, Example, Finding, FindingKind, Info, Kind, Plugin, Result};\n\
                 use tidings_sdk::{extract::date, html::plain_text"
            }
            (Lang::Rust, Reading::JsonLd(_)) => {
                "Ctx, Error, Example, Finding, FindingKind, Info, Kind, Plugin, Result, html::plain_text"
            }
            (Lang::Python, Reading::Feed) => "from xml.etree import ElementTree\n\n",
            (Lang::Python, Reading::JsonLd(_)) => "from page import at, json_ld, plain, when\n",
            (Lang::Python, Reading::List(_)) if self.reads_html() => "from page import tree, when\n",
            (Lang::Python | Lang::Recipe, _) => "",
        }
    }

    fn fill(&self, template: &str) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let kind = match self.lang {
            Lang::Rust => capitalised(&self.kind),
            Lang::Python | Lang::Recipe => self.kind.clone(),
        };
        let pairs = [
            ("@IMPORT@", self.imports()),
            ("@ID@", &self.id),
            ("@CRATE@", &self.id.replace('-', "_")),
            ("@HOST@", host),
            ("@URL@", self.url.as_str()),
            ("@KIND@", &kind),
            ("@SDK@", &self.sdk),
        ];
        pairs.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
    }
}

fn with_selectors(template: &str, list: &Selectors) -> String {
    let pairs = [("@ITEMS@", &list.items), ("@TITLE@", &list.title), ("@LINK@", &list.link)];
    pairs.iter().fold(template.to_owned(), |text, (name, css)| text.replace(name, &quoted(css)))
}

fn with_pointers(template: &str, read: &Pointers, fields: &str) -> String {
    let nothing = format!("the page says nothing of {} in JSON-LD", read.types.join(", "));
    let types = read.types.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let pairs = [
        ("@TYPES@", types.as_str()),
        ("@NOTHING@", &quoted(&nothing)),
        ("@TITLE@", &quoted(read.title)),
        ("@LINK@", &quoted(read.url)),
        ("@FIELDS@", fields),
    ];
    pairs.iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

fn fields_in_rust(read: &Pointers) -> String {
    let mut fields = String::new();
    let mut field = |name: &str, pointer: Option<&str>, value: &str| {
        let value = |pointer: &str| value.replace("@", &format!("text({})", quoted(pointer)));
        fields.extend(pointer.map(|pointer| format!("\n                .{name}({})", value(pointer))));
    };
    field("text", read.text, "plain_text(@.unwrap_or_default())");
    field("author", read.author, "@.unwrap_or_default()");
    field("published", read.published, "@.and_then(|time| date::parse(time, date::DayOrder::Unknown))");
    fields
}

fn fields_in_python(read: &Pointers) -> String {
    let mut fields = String::new();
    let mut field = |name: &str, pointer: Option<&str>, value: &str| {
        let value = |pointer: &str| value.replace("@", &format!("at(item, {})", quoted(pointer)));
        fields.extend(pointer.map(|pointer| format!(",\n                         {name}={}", value(pointer))));
    };
    field("text", read.text, "plain(@ or \"\")");
    field("author", read.author, "@");
    field("published", read.published, "when(@)");
    fields
}

fn recipe_of(read: &Pointers) -> String {
    let types = read.types.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
    let markup = |pointer: &str| format!("{{ json = {}, html = true }}", quoted(pointer));
    let mut recipe = format!("[list]\njson_ld = [{types}]\n\n[item]\n");
    for (name, value) in [
        ("title", Some(markup(read.title))),
        ("url", Some(quoted(read.url))),
        ("text", read.text.map(markup)),
        ("author", read.author.map(quoted)),
        ("published", read.published.map(quoted)),
    ] {
        recipe.extend(value.map(|value| format!("{name} = {value}\n")));
    }
    recipe + "\n"
}

/// A string as Rust, Python and TOML write it.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(lang: Lang) -> Vec<Scaffold> {
        let sample = || Scaffold::sample("acme-news", lang, "news", "path = \"sdk\"".to_owned()).unwrap();
        let full = Pointers {
            types: vec!["Article", "NewsArticle"],
            title: "/headline",
            url: "/url",
            text: Some("/description"),
            published: Some("/datePublished"),
            author: Some("/author/name"),
        };
        let bare = Pointers { text: None, published: None, author: None, ..full.clone() };
        let read_as = |reading| Scaffold { reading, ..sample() };
        let mut page = sample();
        page.url.set_path("/news");
        vec![sample(), page, read_as(Reading::Feed), read_as(Reading::JsonLd(full)), read_as(Reading::JsonLd(bare))]
    }

    #[test]
    fn nothing_of_a_template_is_left_unfilled() {
        for lang in [Lang::Rust, Lang::Python, Lang::Recipe] {
            for scaffold in readings(lang) {
                for (name, text) in scaffold.files() {
                    let is_mark =
                        |word: &str| word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_') && !word.is_empty();
                    let left = text.split('@').skip(1).find(|word| is_mark(word));
                    assert_eq!(left, None, "{}: {text}", name.display());
                    let is_toml = name.to_string_lossy().ends_with(".toml");
                    assert!(!is_toml || text.parse::<toml::Table>().is_ok(), "{text}");
                }
            }
        }
    }

    #[test]
    fn a_recipe_of_every_reading_is_sound() {
        for scaffold in readings(Lang::Recipe) {
            let (_, text) = scaffold.files().remove(0);
            tidings_plugin_host::Recipe::parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        }
    }
}
