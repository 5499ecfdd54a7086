//! What a site's page tells of the site: where its prices, jobs and news stand, its profiles elsewhere, the software it runs.
//!
//! It reads links and marks that are there; it guesses no addresses.

mod profile;
mod role;
mod software;

use scraper::{ElementRef, Selector};
use url::Url;

use crate::html::{FeedLink, NoTree, feed_links, plain_text, tree};

pub use role::{Role, role_of};
pub use software::Software;

/// Most links of a page that are looked at.
const MAX_LINKS: usize = 5_000;
/// Most places of one role that are kept.
const MAX_OF_A_ROLE: usize = 3;
/// Most profiles elsewhere that are kept.
const MAX_PROFILES: usize = 20;

/// What one page tells of its site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scouted {
    /// What the page calls itself.
    pub title: String,
    pub feeds: Vec<FeedLink>,
    /// Pages of the site that are worth watching, the most telling link of a role first.
    pub places: Vec<Place>,
    /// Its profiles at social networks, each address once.
    pub profiles: Vec<Profile>,
    pub software: Vec<Software>,
}

/// A page that is worth watching.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub role: Role,
    pub url: Url,
    /// What the link to it says.
    pub title: String,
}

/// A profile at a social network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// `facebook`, `youtube`, `zalo` …
    pub network: &'static str,
    pub url: Url,
}

/// Reads what the page at `base` tells of its site.
///
/// # Errors
///
/// When no tree is built of the page, see [`tree`].
pub fn scout(html: &str, base: &Url) -> Result<Scouted, NoTree> {
    let page = tree(html)?;
    let mut scouted =
        Scouted { feeds: feed_links(html, base), software: software::of_page(html, &page), ..Scouted::default() };
    if let Some(title) = page.select(&selector("title")).next() {
        scouted.title = plain_text(&title.inner_html());
    }
    let declared = page.select(&selector("base[href]")).next().and_then(|element| element.attr("href"));
    let base = declared.and_then(|href| base.join(href).ok()).unwrap_or_else(|| base.clone());
    let mut rated: Vec<(u8, Place)> = Vec::new();
    for anchor in page.select(&selector("a[href]")).take(MAX_LINKS) {
        let Some(url) = address(anchor, &base) else { continue };
        if let Some(network) = profile::network(&url) {
            if scouted.profiles.len() < MAX_PROFILES && scouted.profiles.iter().all(|known| known.url != url) {
                scouted.profiles.push(Profile { network, url });
            }
            continue;
        }
        let title: String = plain_text(&anchor.inner_html()).chars().take(120).collect();
        if let Some((weight, role)) = role::of_link(&url, &title, &base) {
            rated.push((weight, Place { role, url, title }));
        }
    }
    // The sort is stable: of equal weight the first link of the page stands first.
    rated.sort_by_key(|(weight, place)| (place.role, std::cmp::Reverse(*weight)));
    for (_, place) in rated {
        let of_its_role = scouted.places.iter().filter(|known| known.role == place.role).count();
        if of_its_role < MAX_OF_A_ROLE && scouted.places.iter().all(|known| known.url != place.url) {
            scouted.places.push(place);
        }
    }
    Ok(scouted)
}

fn address(anchor: ElementRef<'_>, base: &Url) -> Option<Url> {
    let mut url = base.join(anchor.attr("href")?.trim()).ok()?;
    url.set_fragment(None);
    matches!(url.scheme(), "http" | "https").then_some(url)
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("the selectors of this file are valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r#"<html><head><title>Acme &amp; Co</title>
        <meta name="generator" content="WordPress 6.8"><link rel="alternate" type="application/rss+xml" href="/feed/"></head>
        <body><a href="/">Home</a><a href="/pricing">Plans</a><a href="/tuyen-dung/">Tuyển dụng</a>
        <a href="/blog/how-to-price-a-product">How to price</a><a href="/blog/">Blog</a>
        <a href="https://status.acme.example">Status</a><a href="https://boards.greenhouse.io/acme">Jobs</a>
        <a href="https://www.facebook.com/acme">f</a><a href="https://www.facebook.com/sharer/sharer.php?u=x">share</a>
        <a href="https://zalo.me/0123">Zalo</a><a href="https://other.example/pricing">Their pricing</a></body></html>"#;

    fn read(html: &str) -> Scouted {
        scout(html, &Url::parse("https://acme.example/").unwrap()).unwrap()
    }

    #[test]
    fn a_page_tells_places_feeds_profiles_and_software() {
        let scouted = read(PAGE);
        assert_eq!(scouted.title, "Acme & Co");
        assert_eq!(scouted.feeds[0].url.as_str(), "https://acme.example/feed/");
        let places: Vec<_> = scouted.places.iter().map(|place| (place.role, place.url.as_str())).collect();
        assert_eq!(
            places,
            [
                (Role::Pricing, "https://acme.example/pricing"),
                (Role::Careers, "https://acme.example/tuyen-dung/"),
                (Role::Careers, "https://boards.greenhouse.io/acme"),
                (Role::Blog, "https://acme.example/blog/"),
                (Role::Status, "https://status.acme.example/"),
            ]
        );
        let networks: Vec<_> = scouted.profiles.iter().map(|profile| profile.network).collect();
        assert_eq!(networks, ["facebook", "zalo"]);
        assert_eq!(scouted.software, [Software::WordPress]);
    }

    #[test]
    fn an_empty_page_tells_nothing() {
        assert_eq!(read(""), Scouted::default());
    }
}
