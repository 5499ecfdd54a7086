//! The `sitemap` plugin: pages of a site that appear and vanish, by its sitemaps.
//! The parser lives in `tidings-extract`.

mod known;
mod listing;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::extract::sitemap::Entry;
use tidings_sdk::{Change, Ctx, Example, Finding, FindingKind, Info, Kind, Level, Plugin, Result, Snapshot, Url};

use known::Known;
use listing::Listing;

/// Most findings of one kind in a run; what is left comes with the next one.
const MAX_TOLD: usize = 500;
/// Under this key the addresses seen so far are kept.
const PAGES: &str = "pages";

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of a sitemap, or of a site, whose robots.txt then names its sitemaps.
    #[schemars(pattern("^https?://"))]
    pub url: String,
    /// Only pages whose address contains one of these, e.g. `/pricing`; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include: Vec<String>,
    /// Not pages whose address contains one of these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// Tell pages that were there at the first visit, too.
    #[serde(default)]
    pub emit_existing: bool,
    /// Most sitemaps that are fetched in one run, those of an index included.
    #[serde(default = "max_sitemaps")]
    #[schemars(range(min = 1, max = 200))]
    pub max_sitemaps: usize,
}

fn max_sitemaps() -> usize {
    50
}

impl Params {
    pub fn new(url: impl Into<String>) -> Self {
        let (include, exclude) = (Vec::new(), Vec::new());
        Self { url: url.into(), include, exclude, emit_existing: false, max_sitemaps: max_sitemaps() }
    }

    fn wants(&self, address: &str) -> bool {
        let has = |part: &String| address.contains(part.as_str());
        (self.include.is_empty() || self.include.iter().any(has)) && !self.exclude.iter().any(has)
    }
}

/// Reads sitemaps.
pub struct SitemapPlugin;

impl Plugin for SitemapPlugin {
    type Params = Params;
    const INFO: Info = Info::new("sitemap", "Sitemap", Kind::Competitor)
        .summary("Pages of a site that appear and vanish, and articles of news sitemaps")
        .every("6h")
        .max_requests(250)
        .hosts(&["*"])
        .hosts_from_params(&["/url"])
        .emits(&[FindingKind::Page, FindingKind::Article, FindingKind::PageChange])
        .empty_is_normal()
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        vec![
            Example::new("A site, by its robots.txt", Params::new("https://acme.example/")),
            Example::new("One sitemap", Params::new("https://acme.example/sitemap.xml")),
        ]
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let listing = listing::read(params, ctx)?;
        let before = ctx.snapshot(PAGES)?;
        let is_first = before.is_none();
        let mut known = Known::parse(before.as_ref().map(|snapshot| snapshot.text.as_str()).unwrap_or_default());
        let new: Vec<&Entry> = listing.entries.iter().filter(|entry| !known.contains(&entry.loc)).collect();
        let tells = params.emit_existing || !is_first;
        let now_told = if tells { new.len().min(MAX_TOLD) } else { 0 };
        for entry in &new[..now_told] {
            ctx.emit(appeared(entry))?;
        }
        let taken = if tells { &new[..now_told] } else { &new[..] };
        taken.iter().for_each(|entry| known.add(&entry.loc));
        let gone = known.miss(&listing, MAX_TOLD);
        for address in &gone {
            ctx.emit(vanished(address, &before))?;
        }
        if now_told < new.len() && tells {
            ctx.log(
                Level::Warn,
                format!("{} pages are new, {MAX_TOLD} are told in a run; the rest follows", new.len()),
            );
            ctx.more();
        }
        ctx.keep(PAGES, Snapshot::new(known.to_text()))?;
        ctx.summary(format!("pages: {}, new: {}, gone: {}", listing.entries.len(), new.len(), gone.len()));
        Ok(())
    }
}

/// The sitemap says when a page changed, not when it was published; only a news sitemap does.
fn appeared(entry: &Entry) -> Finding {
    let finding = match &entry.news {
        Some(news) if !news.title.is_empty() => {
            let finding = Finding::new(&news.title, &entry.loc).kind(FindingKind::Article).published(news.published);
            if news.lang.is_empty() { finding } else { finding.lang(&news.lang) }
        }
        _ => Finding::new(path_of(&entry.loc), &entry.loc).kind(FindingKind::Page),
    };
    finding.updated(entry.lastmod)
}

fn vanished(address: &str, before: &Option<Snapshot>) -> Finding {
    let change = Change {
        page: "other".to_owned(),
        removed: vec![address.to_owned()],
        before: before.as_ref().and_then(Snapshot::id).map(ToString::to_string),
        ..Change::default()
    };
    Finding::new(format!("no longer in the sitemap: {}", path_of(address)), address)
        .key(format!("gone {address}"))
        .kind(FindingKind::PageChange)
        .change(change)
}

/// The part of an address behind the host, for people: `/bảng-giá`.
fn path_of(address: &str) -> String {
    Url::parse(address).map_or_else(
        |_| address.to_owned(),
        |url| url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path())),
    )
}

tidings_sdk::export!(SitemapPlugin);
