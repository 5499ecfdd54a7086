//! The visit: the first page, `robots.txt`, and the pages that may name a feed or show forum software.

use tidings_sdk::extract::scout::{Role, Scouted, Software, scout};
use tidings_sdk::{Ctx, Error, Level, Page, Result, Url};

/// Most pages beyond the first that are opened.
const MAX_OPENED: usize = 3;
/// Most sitemaps of a robots.txt that are offered.
const MAX_SITEMAPS: usize = 5;

/// What was seen of a site.
pub(crate) struct Seen {
    /// Its host, without `www.`.
    pub(crate) site: String,
    pub(crate) spots: Vec<Spot>,
    pub(crate) software: Vec<Software>,
}

/// Something that is worth watching.
pub(crate) struct Spot {
    /// `feed`, `sitemap`, `profile`, or the role of a page.
    pub(crate) role: &'static str,
    pub(crate) url: Url,
    /// In words, for the title.
    pub(crate) what: String,
    /// The plugin that watches it; none does for a profile.
    pub(crate) plugin: Option<&'static str>,
}

pub(crate) fn look(home: &str, ctx: &mut Ctx) -> Result<Seen> {
    let page = ctx.fetch(home)?.ok()?;
    let base = Url::parse(page.url())?;
    let scouted = read(&page, &base)?;
    let site = base.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let mut seen = Seen { site, spots: Vec::new(), software: scouted.software.clone() };
    seen.add_feeds(&scouted);
    for sitemap in sitemaps(&base, ctx)? {
        seen.add(Spot { role: "sitemap", url: sitemap, what: "sitemap".to_owned(), plugin: Some("sitemap") });
    }
    let mut opened = 0;
    for place in &scouted.places {
        let wants_a_look = matches!(place.role, Role::Blog | Role::Changelog | Role::Forum | Role::Status);
        let inside = if wants_a_look && opened < MAX_OPENED && place.url != base {
            opened += 1;
            open(&place.url, ctx)?
        } else {
            None
        };
        let plugin = seen.plugin_for(place.role, inside.as_ref());
        let what = if place.title.is_empty() { place.role.as_str().to_owned() } else { place.title.clone() };
        if let Some(inside) = &inside {
            seen.add_feeds(inside);
        }
        seen.add(Spot { role: place.role.as_str(), url: place.url.clone(), what, plugin: Some(plugin) });
    }
    if let Some(plugin) = seen.software.iter().find_map(|software| software.forum_plugin()) {
        seen.add(Spot { role: "forum", url: base, what: "forum".to_owned(), plugin: Some(plugin) });
    }
    for profile in scouted.profiles {
        let what = format!("{} profile", profile.network);
        seen.add(Spot { role: "profile", url: profile.url, what, plugin: None });
    }
    Ok(seen)
}

impl Seen {
    fn add(&mut self, spot: Spot) {
        if self.spots.iter().all(|known| known.url != spot.url) {
            self.spots.push(spot);
        }
    }

    fn add_feeds(&mut self, scouted: &Scouted) {
        for feed in &scouted.feeds {
            let what = if feed.title.is_empty() { "feed".to_owned() } else { feed.title.clone() };
            self.add(Spot { role: "feed", url: feed.url.clone(), what, plugin: Some("feed") });
        }
    }

    /// A forum by its software, what has a feed by that, and the rest by its changes.
    fn plugin_for(&self, role: Role, inside: Option<&Scouted>) -> &'static str {
        let has_feed = inside.is_some_and(|inside| !inside.feeds.is_empty());
        match role {
            Role::Forum => inside
                .and_then(|inside| inside.software.iter().find_map(|software| software.forum_plugin()))
                .unwrap_or(if has_feed { "feed" } else { "thread" }),
            Role::Blog | Role::Changelog | Role::Status if has_feed => "feed",
            _ => "site-watch",
        }
    }
}

fn read(page: &Page, base: &Url) -> Result<Scouted> {
    scout(page.text(), base).map_err(|reason| Error::parse(page.url(), format!("{} {reason}", page.url())))
}

/// A page of the site; one that cannot be had is logged, and the visit goes on.
fn open(url: &Url, ctx: &mut Ctx) -> Result<Option<Scouted>> {
    let opened = ctx.fetch(url.as_str()).and_then(Page::ok).and_then(|page| {
        let base = Url::parse(page.url())?;
        read(&page, &base)
    });
    match opened {
        Ok(scouted) => Ok(Some(scouted)),
        Err(error) if error.is_cancelled() => Err(error),
        Err(error) => {
            ctx.log(Level::Warn, format!("{url} was not read: {error}"));
            Ok(None)
        }
    }
}

/// The sitemaps that robots.txt names, else the one at the usual place, if it is there.
fn sitemaps(base: &Url, ctx: &mut Ctx) -> Result<Vec<Url>> {
    let robots = match ctx.fetch(base.join("/robots.txt")?.as_str()).and_then(Page::ok) {
        Ok(page) => page.text().to_owned(),
        Err(error) if error.is_cancelled() => return Err(error),
        Err(_) => String::new(),
    };
    let named: Vec<Url> = robots
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("sitemap"))
        .filter_map(|(_, address)| base.join(address.trim()).ok())
        .take(MAX_SITEMAPS)
        .collect();
    if !named.is_empty() {
        return Ok(named);
    }
    let usual = base.join("/sitemap.xml")?;
    match ctx.fetch(usual.as_str()).and_then(Page::ok) {
        // Many sites answer any address with a page that says sorry.
        Ok(page) if ["<urlset", "<sitemapindex"].iter().any(|root| page.text().contains(root)) => Ok(vec![usual]),
        Err(error) if error.is_cancelled() => Err(error),
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}
