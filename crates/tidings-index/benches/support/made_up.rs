//! Made-up findings, the same in every run.

use std::error::Error;

use tidings_model::{CompetitorTag, Evidence, Finding, FindingId, Kind, Tag, Timestamp};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// A number that looks random, the same in every run.
fn mixed(seed: usize) -> usize {
    let mut bits = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (bits ^ (bits >> 31)) as usize
}

const ONSETS: &[&str] =
    &["b", "c", "đ", "d", "g", "kh", "l", "m", "n", "nh", "ph", "qu", "s", "t", "th", "tr", "v", "x"];
const ENGLISH_ENDS: &[&str] = &["er", "ing", "ed", "s", "tion", "", "", "al", "ly", "ment"];
const RIMES: &[&str] =
    &["a", "á", "ắt", "ạn", "ông", "ượng", "ế", "iền", "uả", "ời", "inh", "ách", "àng", "at", "on", "er"];

/// Word number `rank` of a made-up language: every other text is spelled with marks.
fn push_word(text: &mut String, rank: usize, is_vietnamese: bool) {
    let part = |list: &[&'static str], of: usize| list[of % list.len()];
    if is_vietnamese {
        text.push_str(part(ONSETS, rank));
        text.push_str(part(RIMES, rank / ONSETS.len()));
    } else {
        text.push_str(part(&["pri", "cus", "sup", "acc", "del", "mar", "con", "ser", "pro", "ref"], rank));
        text.push_str(part(&["ce", "tom", "port", "ount", "iver", "ket", "tract", "vi", "duc", "und"], rank / 10));
        text.push_str(part(ENGLISH_ENDS, rank / 100));
        if 1000 <= rank {
            text.push_str(&(rank / 1000).to_string());
        }
    }
    text.push(' ');
}

/// Finding number `n` of a made-up market, 870 bytes of text on average.
pub(crate) fn finding(n: usize) -> Result<Finding> {
    let is_vietnamese = n.is_multiple_of(2);
    let words = 20 + mixed(n) % 160;
    let mut text = String::with_capacity(words * 8);
    for word in 0..words {
        // Low ranks are common, high ones rare, about as in a real text.
        let draw = mixed(n * 1000 + word);
        push_word(
            &mut text,
            (draw % 20_000) * (draw / 20_000 % 1000) / 1000 * (draw >> 40 & 0xff) / 256,
            is_vietnamese,
        );
    }
    let mut title = String::new();
    (0..8).for_each(|word| push_word(&mut title, mixed(n + word) % 3000, is_vietnamese));
    let at = Timestamp::from_second(1_700_000_000 + n as i64 * 37)?;
    let evidence =
        [Evidence { field: tidings_model::Field::Text, start: 0, end: 3, quote: text.chars().take(3).collect() }];
    Ok(Finding {
        id: FindingId::new(&"feed".parse()?, &n.to_string()),
        url: format!("https://forum.example/t/{n}-weekly-notes").parse().ok(),
        canonical_url: None,
        site: Some(format!("www{}.forum{}.example", n % 3, mixed(n) % 200)),
        source: format!("source-{}", n % 300).parse()?,
        plugin: "feed".parse()?,
        kind: if n.is_multiple_of(3) { Kind::Post } else { Kind::Comment },
        title,
        text,
        truncated: false,
        author: Some(format!("user {}", mixed(n) % 20_000)),
        lang: Some(if is_vietnamese { "vi" } else { "en" }.parse()?),
        published: Some(at),
        found: at,
        updated: None,
        revision: 1,
        thread: None,
        engagement: None,
        competitors: vec![CompetitorTag {
            id: format!("brand-{}", n % 40).parse()?,
            name: "Brand".to_owned(),
            tier: Some((n % 3 + 1).try_into().map(u8::try_into)??),
            evidence: evidence.clone().into(),
        }],
        tags: vec![Tag {
            dimension: "pain".parse()?,
            id: format!("label-{}", n % 10).parse()?,
            about: Vec::new(),
            evidence: evidence.into(),
        }],
        severity: None,
        story: None,
        change: None,
        hints: Vec::new(),
        attrs: std::collections::BTreeMap::new(),
        mark: None,
        taxonomy_version: 1,
    })
}
