//! By what a finding's story is found: its fingerprint, its title and its addresses.

use tidings_model::{Class, Clues, Finding, Kind, Url, story_address, url_key};
use tidings_text::{fingerprint, title_print, unsketched_fingerprint};
use xxhash_rust::xxh3::xxh3_64;

/// The clues of `finding`, by which the store decides in which story it is.
pub fn clues(finding: &Finding) -> Clues {
    let thread = finding.thread.as_ref();
    let class = Class::of(finding.kind, thread.and_then(|thread| thread.position));
    if class == Class::Alone {
        return Clues::default();
    }
    let text = if class == Class::Reply { unsketched_fingerprint(&finding.text) } else { fingerprint(&finding.text) };
    let title = title_print(&finding.title);
    Clues {
        class,
        has_own_title: !matches!(finding.kind, Kind::Review | Kind::Job),
        source: hash(finding.source.as_str()),
        site: finding.site.as_deref().map(hash).unwrap_or_default(),
        addresses: addresses(finding, class),
        thread: thread_key(finding).as_deref().map(hash).unwrap_or_default(),
        date_s: finding.date().as_second(),
        is_published: finding.published.is_some(),
        words: text.words,
        text: text.whole,
        lead: text.lead,
        title: title.whole,
        title_words: title.words,
        title_numbers: title.numbers,
        numbers: text.numbers,
        sketch: text.sketch,
    }
}

fn hash(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// Its own address and the one that it names as the original's; zero where there is none.
fn addresses(finding: &Finding, class: Class) -> [u64; 2] {
    let Some(url) = &finding.url else {
        return [0, 0];
    };
    let thread = finding.thread.as_ref();
    // What may be a reply, and the releases of a product, may share a page with others.
    let is_one_of_many = finding.kind == Kind::Release || thread.is_some_and(|thread| thread.position != Some(1));
    let own = match class {
        Class::Reply => reply_address(url, thread.and_then(|thread| thread.url.as_ref())),
        _ if is_one_of_many => with_fragment(url),
        _ => story_address(url),
    };
    // Their canonical address is that of the page.
    let named = finding.canonical_url.as_ref().filter(|_| class != Class::Reply && !is_one_of_many);
    let named = named.and_then(story_address);
    [own, named].map(|address| address.as_deref().map(hash).unwrap_or_default())
}

fn with_fragment(url: &Url) -> Option<String> {
    let address = story_address(url)?;
    Some(url.fragment().map_or(address.clone(), |fragment| format!("{address}#{fragment}")))
}

/// `None` where a reply has but the address of its thread.
fn reply_address(url: &Url, thread: Option<&Url>) -> Option<String> {
    let is_of_the_thread = thread.is_some_and(|thread| url_key(thread) == url_key(url));
    if is_of_the_thread && url.fragment().is_none_or(str::is_empty) { None } else { with_fragment(url) }
}

/// What the findings of one conversation share.
fn thread_key(finding: &Finding) -> Option<String> {
    let thread = finding.thread.as_ref()?;
    let site = finding.site.as_deref().unwrap_or_else(|| finding.source.as_str());
    let id = thread.id.clone().or_else(|| thread.url.as_ref().map(url_key))?;
    Some(format!("{site} {id}"))
}

#[cfg(test)]
mod tests;
