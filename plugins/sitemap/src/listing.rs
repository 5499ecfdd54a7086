//! All that the sitemaps of a site list, by way of robots.txt and of indexes.

use std::collections::{HashSet, VecDeque};

use tidings_sdk::extract::sitemap::{self, Entry, Lists, Sitemap};
use tidings_sdk::{Ctx, Error, Level, Page, Request, Result, Url};

use crate::Params;

/// Most pages that are kept of a site.
const MAX_PAGES: usize = 50_000;
/// Indexes inside an index are followed so deep.
const MAX_DEPTH: u32 = 2;

/// The pages listed, each once.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) entries: Vec<Entry>,
    /// Whether every sitemap could be read to its end.
    pub(crate) is_whole: bool,
}

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<Listing> {
    let mut waiting: VecDeque<(String, u32)> = roots(&params.url, ctx)?.into_iter().map(|url| (url, 0)).collect();
    let mut asked: HashSet<String> = HashSet::new();
    let mut seen: HashSet<String> = HashSet::new();
    let mut listing = Listing { entries: Vec::new(), is_whole: true };
    let mut failure = None;
    let mut read = 0;
    while let Some((url, depth)) = waiting.pop_front() {
        if !asked.insert(url.clone()) {
            continue;
        }
        if params.max_sitemaps < asked.len() {
            ctx.log(Level::Warn, format!("`max_sitemaps` is {}, there are more", params.max_sitemaps));
            listing.is_whole = false;
            break;
        }
        let sitemap = match one(&url, ctx) {
            Ok(sitemap) => sitemap,
            Err(error) if error.is_cancelled() => return Err(error),
            Err(error) => {
                ctx.skip(&url, error.message());
                listing.is_whole = false;
                failure = failure.or(Some(error));
                continue;
            }
        };
        read += 1;
        listing.is_whole &= !sitemap.cut;
        let base = Url::parse(&url)?;
        for mut entry in sitemap.entries {
            let Some(address) = base.join(&entry.loc).ok().filter(|url| matches!(url.scheme(), "http" | "https"))
            else {
                ctx.skip(&url, format!("`{}` is no address", entry.loc));
                continue;
            };
            entry.loc = address.into();
            match sitemap.lists {
                Lists::Sitemaps if depth < MAX_DEPTH => waiting.push_back((entry.loc, depth + 1)),
                Lists::Sitemaps => listing.is_whole = false,
                Lists::Pages if !params.wants(&entry.loc) => {}
                Lists::Pages if listing.entries.len() < MAX_PAGES => {
                    if seen.insert(entry.loc.clone()) {
                        listing.entries.push(entry);
                    }
                }
                Lists::Pages => listing.is_whole = false,
            }
        }
    }
    match failure {
        Some(error) if read == 0 => Err(error),
        _ => Ok(listing),
    }
}

/// The sitemap named, or those that the robots.txt of the site names, or the one at the usual place.
fn roots(url: &str, ctx: &mut Ctx) -> Result<Vec<String>> {
    let base = Url::parse(url)?;
    if base.path() != "/" || base.query().is_some() {
        return Ok(vec![url.to_owned()]);
    }
    let robots = match ctx.fetch(base.join("/robots.txt")?.as_str()).and_then(Page::ok) {
        Ok(page) => page.text().to_owned(),
        Err(error) if error.data().status.is_some_and(|status| (400..500).contains(&status)) => String::new(),
        Err(error) => return Err(error),
    };
    let named: Vec<String> = robots
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("sitemap"))
        .filter_map(|(_, address)| base.join(address.trim()).ok().map(String::from))
        .collect();
    Ok(if named.is_empty() { vec![base.join("/sitemap.xml")?.into()] } else { named })
}

fn one(url: &str, ctx: &mut Ctx) -> Result<Sitemap> {
    let page = ctx.fetch(Request::get(url).bytes())?.ok()?;
    let unreadable = |error: sitemap::SitemapError| Error::parse(url, format!("{url} {error}"));
    let unpacked = sitemap::unpack(page.bytes()).map_err(unreadable)?;
    sitemap::parse(&String::from_utf8_lossy(&unpacked)).map_err(unreadable)
}
