//! The `feed` plugin: items of any feed, found by its own address or through a page
//! that names it. The parser lives in `tidings-extract`.

mod discover;
mod full_text;
mod item;

use full_text::FullTexts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::feed::{Feed, Repair, Software};
use tidings_sdk::{Ctx, Error, Example, FindingKind, Info, Kind, Level, Outcome, Plugin, Result, Url, bail, code};

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Address of the feed, or of a page that names one.
    #[schemars(pattern("^https?://"))]
    pub url: String,
    /// Which feed to take where a page names several: a part of its title or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<String>,
    /// What the items are; without it as the software of the feed has it (posts and comments of
    /// forums, videos), else articles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<FindingKind>,
    /// Most items taken from one page of the feed, newest first.
    #[serde(default = "max_items")]
    #[schemars(range(min = 1, max = 5000))]
    pub max_items: usize,
    /// Most pages of a feed that comes in pages (RFC 5005, or of WordPress); stops at one without anything new.
    #[serde(default = "one")]
    #[schemars(range(min = 1, max = 50))]
    pub max_pages: u32,
    /// Whether the page of each new item is fetched for its main text, for feeds that give but
    /// the beginning; 20 in a run, the others in the next.
    #[serde(default, skip_serializing_if = "is_false")]
    pub full_text: bool,
}

impl Params {
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), pick: None, kind: None, max_items: max_items(), max_pages: one(), full_text: false }
    }
}

fn max_items() -> usize {
    500
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

fn one() -> u32 {
    1
}

/// Reads feeds.
pub struct FeedPlugin;

impl Plugin for FeedPlugin {
    type Params = Params;
    const INFO: Info = Info::new("feed", "Feed", Kind::Feed)
        .summary("Items of a feed: RSS, Atom, RDF or JSON Feed, by its address or that of a page that names it")
        .every("30m")
        .entry(&["{params.url}"])
        .max_requests(80)
        .hosts(&["*"])
        .hosts_from_params(&["/url"])
        .emits(&[
            FindingKind::Article,
            FindingKind::Post,
            FindingKind::Comment,
            FindingKind::Review,
            FindingKind::Page,
            FindingKind::Release,
            FindingKind::Job,
            FindingKind::Video,
            FindingKind::Survey,
            FindingKind::Other,
        ])
        .stateless();

    fn examples() -> Vec<Example<Params>> {
        let whole = Params { full_text: true, ..Params::new("https://news.example.org/rss.xml") };
        let releases = Params { kind: Some(FindingKind::Release), ..Params::new("https://example.org/releases.atom") };
        vec![
            Example::new("A blog, by the page that names its feed", Params::new("https://blog.example.org/")),
            Example::new("Releases, by their feed", releases),
            Example::new("News whose feed gives but the first lines", whole),
        ]
    }

    fn check(params: &Params) -> Result<()> {
        if params.kind == Some(FindingKind::PageChange) {
            bail!("`kind` cannot be `page_change`: a feed does not say what changed on a page");
        }
        Ok(())
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let (mut feed, address) = discover::feed(params, ctx)?;
        let mut texts = if params.full_text { Some(FullTexts::new(ctx)?) } else { None };
        let mut items = 0;
        for page in 1..=params.max_pages {
            let any_new = take(&feed, params, page, texts.as_mut(), ctx)?;
            items += feed.items.len();
            let waits = texts.as_ref().is_some_and(FullTexts::waits);
            let goes_on = any_new || texts.as_ref().is_some_and(|texts| texts.waited_beyond(page));
            if !goes_on || waits || page == params.max_pages {
                break;
            }
            let Some((next, is_guessed)) = next_page(&mut feed, &address, page + 1) else { break };
            let answer = ctx.fetch(next)?;
            if is_guessed && answer.status() == 404 {
                break;
            }
            feed = answer.ok()?.feed()?;
        }
        if let Some(texts) = texts {
            texts.finish(ctx)?;
        }
        ctx.summary(format!("items: {items}"));
        Ok(())
    }
}

/// Where page `number` lies: where the feed says, else where WordPress has it, which is a guess
/// that a 404 ends.
fn next_page(feed: &mut Feed, address: &Url, number: u32) -> Option<(String, bool)> {
    if let Some(next) = feed.next.take() {
        return Some((next, false));
    }
    feed.software().filter(|software| *software == Software::WordPress)?;
    let kept: Vec<(String, String)> = address
        .query_pairs()
        .filter(|(name, _)| name != "paged")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let mut next = address.clone();
    next.query_pairs_mut().clear().extend_pairs(kept).append_pair("paged", &number.to_string());
    Some((next.into(), true))
}

/// Emits the items of one page; whether any was new.
fn take(feed: &Feed, params: &Params, page: u32, mut texts: Option<&mut FullTexts>, ctx: &mut Ctx) -> Result<bool> {
    if !feed.repairs.is_empty() {
        let cut = feed.repairs.contains(Repair::Truncated) || feed.repairs.contains(Repair::TooManyItems);
        if cut && feed.items.is_empty() {
            return Err(Error::new(code::PLUGIN_PARSE, "the feed is cut off before its first item"));
        }
        let level = if cut { Level::Warn } else { Level::Info };
        ctx.log(level, format!("the feed was mended: {:?}", feed.repairs));
    }
    for skipped in &feed.skipped {
        let url = skipped.item.link.as_deref().unwrap_or_default();
        ctx.skip(url, format!("item {}: {}", skipped.position + 1, skipped.reason));
    }
    let items = item::newest_first(&feed.items);
    if params.max_items < items.len() {
        let (all, most) = (items.len(), params.max_items);
        ctx.log(Level::Warn, format!("{all} items, of which `max_items` takes the newest {most}"));
    }
    let ambiguous = item::ambiguous_ids(&feed.items);
    let software = feed.software();
    let mut any_new = false;
    for item in items.into_iter().take(params.max_items) {
        let mut entry = match item::entry(item, feed, software, &ambiguous) {
            Ok(entry) => entry,
            Err(reason) => {
                ctx.skip(item.link.as_deref().unwrap_or_default(), reason);
                continue;
            }
        };
        if let Some(kind) = params.kind {
            entry.finding = entry.finding.kind(kind);
        }
        let outcome = match &mut texts {
            Some(texts) => texts.emit(entry, page, ctx)?,
            None => Some(ctx.emit(entry.finding)?),
        };
        any_new |= outcome == Some(Outcome::New);
    }
    Ok(any_new)
}

tidings_sdk::export!(FeedPlugin);
