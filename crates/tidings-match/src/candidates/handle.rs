//! `@VirginAmerica`: whom a text addresses, by the name behind the handle.

use super::name::{Name, Words};

/// Handles that stand for nobody in particular.
const ANYONE: [&str; 7] = ["user", "username", "everyone", "all", "here", "channel", "mention"];

/// What they put before it.
const HEADS: [&str; 4] = ["Ask", "Team", "Get", "Fly"];

/// What companies add to their name in a handle.
const TAILS: [&str; 28] = [
    "Air",
    "Airlines",
    "Support",
    "Help",
    "Helps",
    "Care",
    "Cares",
    "Service",
    "Services",
    "Official",
    "HQ",
    "App",
    "Team",
    "Online",
    "Tweets",
    "Helpers",
    "Concierge",
    "Customer",
    "Ltd",
    "com",
    "app",
    "help",
    "IN",
    "UK",
    "USA",
    "VN",
    "Inc",
    "CS",
];

/// Second words that even a handle in small letters shows.
const SMALL_TAILS: [&str; 3] = ["airways", "airlines", "mobile"];

/// What is left off even there.
const SMALL_ENDS: [&str; 6] = ["air", "support", "help", "cares", "care", "app"];

/// A handle up to this length is a name as it stands: `JetBlue`, `HubSpot`.
const MAX_WHOLE: usize = 8;

/// Whether the text addresses someone.
pub(crate) fn addresses_anyone(text: &str) -> bool {
    text.match_indices('@').any(|(at, _)| is_handle(text, at))
}

/// An address of mail is none, nor a sign alone.
fn is_handle(text: &str, at: usize) -> bool {
    let is_free = text[..at].chars().next_back().is_none_or(|ch| !ch.is_alphanumeric());
    is_free && text[at + 1..].chars().next().is_some_and(char::is_alphanumeric)
}

pub(super) fn handles(words: &Words<'_>) -> Vec<Name> {
    let is_addressed = |at: &usize| {
        let begin = words.byte(*at);
        words.text()[..begin].ends_with('@') && is_handle(words.text(), begin - 1)
    };
    (0..words.len())
        .filter(is_addressed)
        .filter(|at| !ANYONE.contains(&words.exact(*at)))
        .map(|at| {
            let behind = &words.text()[words.byte(at)..];
            let handle = behind.split(|ch: char| !ch.is_alphanumeric() && ch != '_').next().unwrap_or(behind);
            Name { text: spoken(handle), start: words.start(at), end: words.end(at) }
        })
        .collect()
}

/// The name in a handle: its words apart, without what companies add.
fn spoken(handle: &str) -> String {
    let mut parts: Vec<&str> = handle.split('_').filter(|part| !part.is_empty()).flat_map(parts).collect();
    if 1 < parts.len() && HEADS.contains(&parts[0]) {
        parts.remove(0);
    }
    let is_added = |part: &&str| TAILS.contains(part) && (*part != "App" || MAX_WHOLE < handle.len());
    while 1 < parts.len() && parts.last().is_some_and(is_added) {
        parts.pop();
    }
    if handle.contains('_') {
        return parts.join(" ");
    }
    let whole = parts.concat();
    if MAX_WHOLE < whole.len()
        && let Some(name) = SMALL_ENDS.iter().find_map(|end| whole.strip_suffix(end))
    {
        return with_tail_apart(name);
    }
    match parts.as_slice() {
        [part] => with_tail_apart(part),
        _ if whole.len() <= MAX_WHOLE => whole,
        _ => parts.join(" "),
    }
}

/// `usairways` is two words as well.
fn with_tail_apart(name: &str) -> String {
    let tail = SMALL_TAILS.iter().find(|tail| tail.len() < name.len() && name.ends_with(**tail));
    tail.map_or_else(|| name.to_owned(), |tail| format!("{} {tail}", &name[..name.len() - tail.len()]))
}

/// `VirginAmerica` is two words, `USAirways` too.
fn parts(handle: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = handle.char_indices().collect();
    let begins = |at: &usize| {
        let (before, here) = (chars[at - 1].1, chars[*at].1);
        let next_is_small = chars.get(at + 1).is_some_and(|(_, next)| next.is_lowercase());
        here.is_uppercase() && (before.is_lowercase() || (before.is_uppercase() && next_is_small))
    };
    let mut cuts: Vec<usize> = (1..chars.len()).filter(begins).map(|at| chars[at].0).collect();
    cuts.push(handle.len());
    let mut from = 0;
    cuts.into_iter().map(|cut| &handle[std::mem::replace(&mut from, cut)..cut]).collect()
}
