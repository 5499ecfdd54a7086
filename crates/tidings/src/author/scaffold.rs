//! The files of a new plugin.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde_json::json;
use url::Url;

use super::reading::{Reading, Selectors};
use crate::cli::Lang;

/// The SDK for Python, written beside each plugin: it needs nothing installed.
const PYTHON_SDK: &str = include_str!("../../../../plugins/python/tidings.py");

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
    /// When the language cannot read such a page, or a file cannot be written.
    pub(crate) fn write(&self, dir: &Path) -> anyhow::Result<()> {
        for (name, text) in self.files()? {
            let path = dir.join(name);
            let folder = path.parent().context("every file stands in a folder")?;
            std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn files(&self) -> anyhow::Result<Vec<(PathBuf, String)>> {
        let read = self.read()?;
        let file =
            |name: &str, template: &str| (PathBuf::from(name), self.fill(&template.replace("@READ@", read.trim_end())));
        Ok(match self.lang {
            Lang::Rust => vec![
                file("Cargo.toml", include_str!("template/Cargo.toml.txt")),
                file("src/lib.rs", &self.imports(include_str!("template/lib.rs.txt"))),
                file("tests/replay.rs", include_str!("template/replay.rs.txt")),
            ],
            Lang::Python => vec![
                file("plugin.toml", include_str!("template/plugin.toml.txt")),
                file("main.py", include_str!("template/main.py.txt")),
                (PathBuf::from("tidings.py"), PYTHON_SDK.to_owned()),
            ],
            Lang::Recipe => vec![file(&format!("{}.recipe.toml", self.id), include_str!("template/recipe.toml.txt"))],
        })
    }

    fn imports(&self, template: &str) -> String {
        match self.reading {
            Reading::Feed => template.to_owned(),
            Reading::List(_) => template.replace(", Result, bail};", ", Result};"),
        }
    }

    /// The part that reads the page.
    fn read(&self) -> anyhow::Result<String> {
        Ok(match (self.lang, &self.reading) {
            (Lang::Rust, Reading::Feed) => include_str!("template/read_feed.rs.txt").to_owned(),
            (Lang::Rust, Reading::List(list)) => {
                let template = include_str!("template/read_list.rs.txt").replace("@ITEMS@", &quoted(&list.items));
                template.replace("@TITLE@", &quoted(&list.title)).replace("@LINK@", &quoted(&list.link))
            }
            (Lang::Python, Reading::Feed) => include_str!("template/read_feed.py.txt").to_owned(),
            (Lang::Python, Reading::List(_)) if self.url.path().ends_with(".json") => {
                include_str!("template/read_json.py.txt").to_owned()
            }
            (Lang::Python, Reading::List(_)) => bail!(
                "{} is a page without a feed, and Python has no parser for selectors: take --lang recipe or rust",
                self.url
            ),
            (Lang::Recipe, Reading::Feed) => "[list]\nfeed = true\n".to_owned(),
            (Lang::Recipe, Reading::List(list)) => format!(
                "[list]\nitems = {}\n\n[item]\ntitle = {}\nurl = {{ css = {}, attr = \"href\" }}\n{}\n",
                quoted(&list.items),
                quoted(&list.title),
                quoted(&list.link),
                "published = \"time\"\n"
            ),
        })
    }

    fn fill(&self, template: &str) -> String {
        let host = self.url.host_str().unwrap_or_default();
        let kind = match self.lang {
            Lang::Rust => capitalised(&self.kind),
            Lang::Python | Lang::Recipe => self.kind.clone(),
        };
        let import = match self.reading {
            Reading::Feed => "from xml.etree import ElementTree\n\n",
            Reading::List(_) => "",
        };
        let pairs = [
            ("@IMPORT@", import),
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

/// A string as Rust and TOML write it.
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

    #[test]
    fn nothing_of_a_template_is_left_unfilled() {
        for lang in [Lang::Rust, Lang::Python, Lang::Recipe] {
            for reading in [None, Some(Reading::Feed)] {
                let mut scaffold = Scaffold::sample("acme-news", lang, "news", "path = \"sdk\"".to_owned()).unwrap();
                scaffold.reading = reading.unwrap_or(scaffold.reading);
                for (name, text) in scaffold.files().unwrap() {
                    let is_filled = !["@READ@", "@ID@", "@HOST@", "@URL@", "@KIND@", "@SDK@", "@CRATE@", "@IMPORT@"]
                        .iter()
                        .any(|mark| text.contains(mark));
                    assert!(is_filled, "{}: {text}", name.display());
                    assert!(
                        !name.to_string_lossy().ends_with(".toml") || text.parse::<toml::Table>().is_ok(),
                        "{text}"
                    );
                }
            }
        }
    }
}
