//! From an item of a feed to a finding.

use std::collections::{BTreeSet, HashMap};

use tidings_sdk::feed::{Feed, Item, Software, Sort, Told};
use tidings_sdk::{Engagement, Finding, FindingKind, Thread, Timestamp};

/// The time an item states; feeds that know but one call it the update.
fn date(item: &Item) -> Option<Timestamp> {
    item.published.or(item.updated)
}

/// The items, newest first, where all are dated; else in the feed's own order.
pub(crate) fn newest_first(items: &[Item]) -> Vec<&Item> {
    let mut sorted: Vec<&Item> = items.iter().collect();
    if items.iter().all(|item| date(item).is_some()) {
        sorted.sort_by_key(|item| std::cmp::Reverse(date(item)));
    }
    sorted
}

/// Ids that items with other addresses and other titles share: they name nothing. One
/// article that is listed twice keeps its id.
pub(crate) fn ambiguous_ids(items: &[Item]) -> BTreeSet<&str> {
    let mut first: HashMap<&str, &Item> = HashMap::new();
    let mut ambiguous = BTreeSet::new();
    for item in items {
        let Some(id) = item.id.as_deref() else { continue };
        let other = *first.entry(id).or_insert(item);
        if other.link != item.link && other.title != item.title {
            ambiguous.insert(id);
        }
    }
    ambiguous
}

/// An item as a finding, beside what is still asked of the item itself.
pub(crate) struct Entry {
    /// What the archive knows it by: its key, else its address.
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) text: String,
    pub(crate) author: String,
    pub(crate) finding: Finding,
}

/// The finding that `item` is, known by its id, else by its address, else by its words and date.
///
/// # Errors
///
/// Why it cannot be one.
pub(crate) fn entry(
    item: &Item,
    feed: &Feed,
    software: Option<Software>,
    ambiguous: &BTreeSet<&str>,
) -> Result<Entry, &'static str> {
    let title = item.title.as_deref().unwrap_or_default();
    let text = item.text();
    if title.is_empty() && text.is_empty() {
        return Err("it has neither a title nor a text");
    }
    let original = item.original_link.as_deref().unwrap_or_default();
    let url = if original.is_empty() { item.url().map(String::from).unwrap_or_default() } else { original.to_owned() };
    let id = item.id.as_deref().filter(|id| !ambiguous.contains(id)).unwrap_or_default();
    let key = if id.is_empty() && url.is_empty() { words_key(title, text, date(item)) } else { id.to_owned() };
    let lang = item.lang.as_ref().or(feed.lang.as_ref()).map(String::as_str).unwrap_or_default();
    let told = software.map_or_else(|| as_it_stands(item), |software| software.told(item));
    let Told { sort, title, text, author, replies, thread_title } = told;
    if title.is_empty() && text.is_empty() {
        return Err("it has nothing but what its software adds to each");
    }
    let count = |count: Option<u64>| count.map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let (score, replies, views) = (count(item.ratings), count(replies), count(item.views));
    let mut finding = Finding::new(&title, &url)
        .key(&key)
        .text(&text)
        .author(&author)
        .lang(lang)
        .published(date(item))
        .updated(item.updated)
        .kind(kind(sort))
        .thread(Thread { title: thread_title, ..Thread::default() })
        .engagement(Engagement { score, replies, views });
    for category in &item.categories {
        finding = finding.hint(category);
    }
    if let Some(comments) = &item.comments {
        finding = finding.attr("comments", comments.as_str());
    }
    let name = if key.is_empty() { url.clone() } else { key };
    Ok(Entry { name, url, title, text, author, finding })
}

fn as_it_stands(item: &Item) -> Told {
    Told {
        sort: Sort::Article,
        title: item.title.clone().unwrap_or_default(),
        text: item.text().to_owned(),
        author: item.author.clone().unwrap_or_default(),
        replies: item.replies,
        thread_title: None,
    }
}

fn kind(sort: Sort) -> FindingKind {
    match sort {
        Sort::Article => FindingKind::Article,
        Sort::Post => FindingKind::Post,
        Sort::Comment => FindingKind::Comment,
        Sort::Video => FindingKind::Video,
    }
}

/// Key of an item that has neither id nor address.
fn words_key(title: &str, text: &str, date: Option<Timestamp>) -> String {
    let words = if title.is_empty() { text } else { title };
    let seconds = date.map(|date| date.as_second().to_string()).unwrap_or_default();
    let bytes = words.bytes().chain([0]).chain(seconds.bytes());
    format!("words:{:016x}", fnv(bytes))
}

/// FNV-1a, which will not change.
pub(crate) fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: &str, link: &str, published: Option<i64>) -> Item {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let published = published.map(|second| Timestamp::from_second(second).unwrap());
        Item { id: filled(id), link: filled(link), title: filled("Title"), published, ..Item::default() }
    }

    #[test]
    fn dated_items_stand_newest_first_others_as_they_are() {
        let dated = [item("a", "", Some(1)), item("b", "", Some(3)), item("c", "", Some(2))];
        let ids = |items: &[Item]| newest_first(items).iter().map(|item| item.id.clone().unwrap()).collect::<String>();
        assert_eq!(ids(&dated), "bca");
        let mixed = [item("a", "", Some(1)), item("b", "", None), item("c", "", Some(2))];
        assert_eq!(ids(&mixed), "abc");
    }

    #[test]
    fn an_id_of_several_items_names_none() {
        let items = [
            item("x", "https://a.example/1", None),
            Item { title: Some("Another".to_owned()), ..item("x", "https://a.example/2", None) },
            item("y", "https://a.example/3?from=front", None),
            item("y", "https://a.example/3?from=news", None),
        ];
        assert_eq!(ambiguous_ids(&items), BTreeSet::from(["x"]));
    }

    #[test]
    fn a_key_of_words_depends_on_words_and_date() {
        let first = words_key("Title", "", None);
        assert_eq!(first, words_key("Title", "other text", None));
        assert_ne!(first, words_key("Title", "", Some(Timestamp::UNIX_EPOCH)));
        assert_ne!(first, words_key("", "Text", None));
        // Written down: findings are known by it for ever.
        assert_eq!(first, "words:c5521eac6cbf5ecb");
    }
}
