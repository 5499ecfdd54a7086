//! The tagger and the file reader by their public surface.

mod customers;
mod files;
mod generated;
mod labels;
mod names;
mod oracle;
mod queries;
mod references;
mod shipped;

use tidings_model::{
    Change, Competitor, Evidence, Field, Finding, FindingId, Kind, Label, NameRules, Own, PageType, Phrase, Taxonomy,
    Thread, Tier, Timestamp,
};

use crate::{MAX_EVIDENCE, MAX_SPAN, Tagger, TaxonomyError};

fn finding(title: &str, text: &str) -> Finding {
    let source = "test".parse().unwrap();
    Finding {
        id: FindingId::new(&source, "1"),
        url: None,
        canonical_url: None,
        site: None,
        source,
        plugin: "feed".parse().unwrap(),
        kind: Kind::Post,
        title: title.to_owned(),
        text: text.to_owned(),
        truncated: false,
        author: None,
        lang: None,
        published: None,
        found: "2026-11-20T08:00:00Z".parse::<Timestamp>().unwrap(),
        updated: None,
        revision: 1,
        thread: None,
        engagement: None,
        competitors: Vec::new(),
        tags: Vec::new(),
        severity: None,
        story: None,
        change: None,
        hints: Vec::new(),
        attrs: std::collections::BTreeMap::new(),
        mark: None,
        taxonomy_version: 0,
    }
}

fn label(dimension: &str, id: &str, phrases: &[&str]) -> Label {
    Label {
        dimension: dimension.parse().unwrap(),
        id: id.parse().unwrap(),
        name: id.to_owned(),
        phrases: typed(phrases),
        query: None,
        implied: Vec::new(),
        beside: Vec::new(),
        implied_by: Vec::new(),
        yields_to: Vec::new(),
    }
}

fn typed(phrases: &[&str]) -> Vec<Phrase> {
    phrases.iter().map(|phrase| Phrase((*phrase).to_owned())).collect()
}

fn competitor(id: &str, name: &str, aliases: &[&str], domains: &[&str]) -> Competitor {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Competitor {
        id: id.parse().unwrap(),
        name: name.to_owned(),
        tier: Tier::One,
        aliases: owned(aliases),
        domains: owned(domains),
        rules: NameRules::default(),
    }
}

fn market() -> Taxonomy {
    Taxonomy {
        own: Some(Own {
            name: "Ours".to_owned(),
            aliases: Vec::new(),
            domains: vec!["ours.example".to_owned()],
            rules: NameRules::default(),
        }),
        competitors: vec![
            competitor("acme", "Acme", &["Acme CRM"], &["acme.com"]),
            competitor("teams", "Teams", &[], &[]),
            competitor("tgdd", "Thế Giới Di Động", &["TGDD"], &["thegioididong.com"]),
        ],
        labels: vec![
            label("pain", "price", &["too expensive", "expensive", "quá đắt", "price increase"]),
            label("intent", "comparing", &["acme or", "so sánh"]),
            label("intent", "switching", &["moving away from", "chuyển từ"]),
            label("intent", "researching", &["any recommendations"]),
        ],
        ..Taxonomy::default()
    }
}

fn tagged(mut finding: Finding) -> Finding {
    Tagger::new(&market(), 7).unwrap().tag(&mut finding);
    finding
}

/// Every tag as `id@field[start..end]=quote`.
fn shown(finding: &Finding) -> Vec<String> {
    let show = |id: &str, evidence: &Evidence| {
        let Evidence { field, start, end, quote } = evidence;
        format!("{id}@{field}[{start}..{end}]={quote}")
    };
    let competitors =
        finding.competitors.iter().flat_map(|tag| tag.evidence.iter().map(move |one| show(tag.id.as_str(), one)));
    let tags = finding.tags.iter().flat_map(|tag| tag.evidence.iter().map(move |one| show(tag.id.as_str(), one)));
    competitors.chain(tags).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(shown(&tagged(finding("", text))), expected);
}

#[test]
fn an_empty_taxonomy_tags_nothing() {
    let mut found = finding("24/7", "Not good, is it? 100%");
    Tagger::new(&Taxonomy::default(), 1).unwrap().tag(&mut found);
    assert_eq!((found.competitors.len(), found.tags.len()), (0, 0));
}

#[test]
fn tags_carry_the_words_that_caused_them() {
    let tagged = tagged(finding("Giá Acme quá đắt", "😀 Prices increased."));
    assert_eq!(
        shown(&tagged),
        ["acme@title[4..8]=Acme", "price@title[9..16]=quá đắt", "price@text[2..18]=Prices increased"]
    );
    assert_eq!(tagged.taxonomy_version, 7);
    assert_eq!(tagged.competitors[0].tier, Some(Tier::One));
}

#[test]
fn evidence_inside_other_evidence_of_a_tag_is_left_out() {
    check("too expensive, expensive", &["price@text[0..13]=too expensive", "price@text[15..24]=expensive"]);
    check("Acme CRM", &["acme@text[0..8]=Acme CRM"]);
}

#[test]
fn names_have_no_inflections() {
    check("the team, TEAMS' chat", &["teams@text[10..15]=TEAMS"]);
    check("Acme's plan", &["acme@text[0..4]=Acme"]);
}

#[test]
fn marked_names_match_unmarked_ones() {
    check("the gioi di dong", &["tgdd@text[0..16]=the gioi di dong"]);
    check("thế giới di động", &["tgdd@text[0..16]=thế giới di động"]);
    check("thể giới di động", &[]);
}

#[test]
fn english_words_are_no_vietnamese_ones_without_marks() {
    let found = |lang: Option<&str>, text: &str| {
        let mut found = finding("", text);
        found.lang = lang.map(|lang| lang.parse().unwrap());
        tagged(found).tags.iter().map(|tag| tag.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(found(None, "qua dat"), ["price"]);
    assert_eq!(found(Some("vi"), "qua dat"), ["price"]);
    assert_eq!(found(Some("en"), "qua dat"), [""; 0]);
    assert_eq!(found(Some("en"), "quá đắt"), ["price"]);
}

#[test]
fn the_examples_of_the_docs_hold() {
    let finds = |phrase: &str, text: &str| {
        let taxonomy = Taxonomy { labels: vec![label("pain", "x", &[phrase])], ..Taxonomy::default() };
        let mut found = finding("", text);
        Tagger::new(&taxonomy, 1).unwrap().tag(&mut found);
        !found.tags.is_empty()
    };
    for (phrase, found, not_found) in [
        ("price increase", &["Price increase", "prices increased", "price-increases"][..], "increase in price"),
        ("doesn't work", &["doesn't work", "doesnt work", "DOESN’T WORK"], "does not work"),
        ("quá đắt", &["quá đắt", "Quá đắt!", "qua dat"], "quá đạt"),
        ("hoà giải", &["hoà giải", "hòa giải"], "họa giải"),
        ("ban", &["ban"], "bạn bán"),
        ("ko dang tien", &["ko dang tien"], "ko đáng tiền"),
        ("24/7", &["24/7", "24 7"], "247"),
        ("took … weeks", &["took weeks", "took more than two weeks"], "took it. Two weeks"),
        ("(too|so) (dear|pricey)", &["too dear", "so pricey"], "very dear"),
        ("(very)? slow", &["slow", "very slow"], "not slow"),
        ("pay {number} more", &["pay $20 more"], "pay a little more"),
        ("+dating", &["dating"], "a date"),
        ("^goodbye", &["Goodbye, Acme", "Well, goodbye"], "a sad goodbye"),
        ("any alternative?", &["Any alternative to Acme?"], "Any alternative is fine."),
        ("expensive", &["not only expensive", "expensive"], "isn't that expensive"),
        ("nên mua", &["không biết nên mua gì"], "ko nên mua"),
        ("máy +giật", &["máy giật"], "may giat"),
    ] {
        assert!(found.iter().all(|text| finds(phrase, text)), "{phrase}");
        assert!(!finds(phrase, not_found), "{phrase}: {not_found}");
    }
}

#[test]
fn own_brand_is_self_without_tier() {
    let tagged = tagged(finding("Ours or theirs", ""));
    assert_eq!((tagged.competitors[0].id.as_str(), tagged.competitors[0].tier), ("self", None));
}

#[test]
fn domains_are_found_in_links_and_in_the_address() {
    check("see https://www.acme.com/pricing", &["acme@text[16..24]=acme.com"]);
    check("thegioididong.com.vn, a thegioididong com", &[]);
    let mut found = finding("", "");
    found.url = Some("https://blog.acme.com/x".parse().unwrap());
    assert_eq!(shown(&tagged(found)), ["acme@url[8..21]=blog.acme.com"]);
}

#[test]
fn intent_is_the_latest_stage() {
    let tagged = tagged(finding("Any recommendations?", "Moving away from Acme or Teams, so sánh giúp"));
    let intents: Vec<_> = tagged.tags.iter().map(|tag| tag.id.as_str()).collect();
    assert_eq!(intents, ["switching"]);
}

#[test]
fn thread_title_and_added_lines_are_looked_at() {
    let mut found = finding("Re: x", "");
    found.thread = Some(Thread { title: "Acme quá đắt".to_owned(), ..Thread::default() });
    found.change = Some(Change {
        page: PageType::Pricing,
        added: vec!["new".to_owned(), "price increase".to_owned()],
        removed: vec!["expensive".to_owned()],
        fields: std::collections::BTreeMap::new(),
        before: None,
        after: None,
    });
    assert_eq!(
        shown(&tagged(found)),
        [
            "acme@thread.title[0..4]=Acme",
            "price@thread.title[5..12]=quá đắt",
            "price@change.added[1][0..14]=price increase"
        ]
    );
}

#[test]
fn thread_title_that_is_the_title_counts_once() {
    let mut found = finding("Acme", "");
    found.thread = Some(Thread { title: "Acme".to_owned(), ..Thread::default() });
    assert_eq!(shown(&tagged(found)), ["acme@title[0..4]=Acme"]);
}

#[test]
fn evidence_is_bounded() {
    let tagged = tagged(finding("Acme", &"acme, ".repeat(100)));
    assert_eq!(tagged.competitors[0].evidence.len(), MAX_EVIDENCE);
    assert_eq!(tagged.competitors[0].evidence[0].field, Field::Title);
}

#[test]
fn words_far_apart_are_not_side_by_side() {
    check(&format!("quá {} đắt", "-".repeat(MAX_SPAN as usize)), &[]);
}

#[test]
fn tagging_again_replaces_the_tags() {
    let tagger = Tagger::new(&market(), 7).unwrap();
    let mut found = finding("Acme quá đắt", "");
    tagger.tag(&mut found);
    let once = found.clone();
    tagger.tag(&mut found);
    assert_eq!(found, once);
    Tagger::new(&Taxonomy::default(), 8).unwrap().tag(&mut found);
    assert_eq!((found.competitors.len(), found.tags.len(), found.taxonomy_version), (0, 0, 8));
}

#[test]
fn hostile_texts_end_at_once() {
    let tagger = Tagger::new(&market(), 1).unwrap();
    for text in
        ["acme.com ".repeat(20_000), "đ acme quá ".repeat(20_000), "a".repeat(256 * 1024), "quá ".repeat(60_000)]
    {
        let begun = std::time::Instant::now();
        tagger.tag(&mut finding("", &text));
        assert!(begun.elapsed() < std::time::Duration::from_secs(10));
    }
}

#[test]
fn broken_taxonomies_are_refused() {
    let with = |change: fn(&mut Taxonomy)| {
        let mut taxonomy = market();
        change(&mut taxonomy);
        Tagger::new(&taxonomy, 1).unwrap_err()
    };
    assert!(matches!(with(|it| it.labels.push(label("pain", "x", &["?"]))), TaxonomyError::Phrase { .. }));
    assert!(matches!(with(|it| it.labels.push(label("pain", "price", &["x"]))), TaxonomyError::Duplicate { .. }));
    assert!(matches!(
        with(|it| it.labels.push(label("intent", "buying", &["x"]))),
        TaxonomyError::UnknownIntent { .. }
    ));
    assert!(matches!(
        with(|it| it.competitors.push(competitor("self", "x", &[], &[]))),
        TaxonomyError::ReservedCompetitor
    ));
    assert!(matches!(
        with(|it| it.competitors.push(competitor("x", "x", &[], &["x"]))),
        TaxonomyError::InvalidDomain { .. }
    ));
    assert!(matches!(
        with(|it| it.competitors.push(competitor("x", "x", &[], &["acme.com"]))),
        TaxonomyError::Duplicate { .. }
    ));
    assert!(matches!(with(|it| it.labels.push(label("pain", "x", &[&"a ".repeat(25)]))), TaxonomyError::Phrase { .. }));
}
