//! The index and the matcher of standing queries against a plain evaluation over tokens:
//! random findings, some of which tell the same story, random queries of every operator. So a standing query and a search agree.

use proptest::prelude::*;
use proptest::sample::select;
use tidings_index::MatchMode;
use tidings_match::{Scratch, StandingQueries, Tagger};
use tidings_model::{
    Change, Competitor, Finding, Kind, Label, NameRules, PageType, Severity, Taxonomy, Tier, Timestamp,
};
use tidings_query::{Moment, Node, Pattern, Phrase, Query, Scope, Side, Slot, TimeField, TimeUnit, When};
use tidings_text::{NumberRule, PrefixRule, Token, WordRule};

use crate::archive::{Archive, competitor, finding, id, tag};
use crate::stories::{of_story, story};

const WORDS: &[&str] = &[
    "đắt", "đạt", "dat", "đăt", "quá", "qua", "khách", "khach", "hàng", "hang", "hoà", "hòa", "price", "prices",
    "pricing", "acme", "Acme's", "e-mail", "mail", "24/7", "c++", "café", "cafe", "120", "1.500", "99,5",
];

const PREFIXES: &[&str] = &["pric", "prices", "đă", "da", "ho", "hoà", "caf", "12", "ema", "kha", "acm"];

/// So many stories are told, in turn.
const STORIES: u64 = 3;

fn word() -> impl Strategy<Value = String> {
    select(WORDS).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec((word(), select(&[" ", ", ", "\n"][..])), 0..12)
        .prop_map(|words| words.into_iter().flat_map(|(word, gap)| [word, gap.to_owned()]).collect())
}

fn phrase() -> impl Strategy<Value = Phrase> {
    let slot = prop_oneof![3 => word().prop_map(Slot::Word), 1 => Just(Slot::Any)];
    (prop::collection::vec(slot, 0..2), word(), word()).prop_map(|(mut slots, first, last)| {
        slots.insert(0, Slot::Word(first));
        slots.push(Slot::Word(last));
        Phrase { slots, slop: 0 }
    })
}

fn near_operand() -> impl Strategy<Value = Pattern> {
    prop_oneof![
        4 => (word(), any::<bool>()).prop_map(|(text, strict)| Pattern::Word { text, strict }),
        1 => select(PREFIXES).prop_map(|prefix| Pattern::Prefix(prefix.to_owned())),
        1 => phrase().prop_map(Pattern::Phrase),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let ends = vec![(Some("100"), None), (None, Some("99.5")), (Some("100"), Some("1.500")), (Some("7"), Some("24"))];
    prop_oneof![
        4 => near_operand(),
        1 => (phrase(), 0..4_u32).prop_map(|(phrase, slop)| Pattern::Phrase(Phrase { slop, ..phrase })),
        2 => (near_operand(), near_operand(), 0..4_u32).prop_map(|(left, right, distance)| {
            Pattern::Near { left: Box::new(left), right: Box::new(right), distance }
        }),
        1 => select(ends).prop_map(|(from, to)| {
            Pattern::Range { from: from.map(str::to_owned), to: to.map(str::to_owned) }
        }),
    ]
}

fn is() -> impl Strategy<Value = Node> {
    let values = [
        "site:acme.example",
        "site:example",
        "site:shop.acme.example",
        "source:feed",
        "source:other",
        "plugin:feed",
        "kind:post",
        "kind:page_change",
        "author:\"mail dat\"",
        "lang:vi",
        "competitor:acme",
        "tier:1",
        "tier:2",
        "about:acme",
        "severity:high",
        "page:pricing",
        "has:change",
        "has:lead",
        "pain:price",
        "intent:switching",
    ];
    let stories = (0..STORIES).map(|first| story(&first.to_string()));
    let values: Vec<String> = values.into_iter().map(str::to_owned).chain(stories).collect();
    select(values).prop_map(|value| tidings_query::parse(&value).unwrap().root.unwrap())
}

fn when() -> impl Strategy<Value = Node> {
    let moment = prop_oneof![
        select(vec![(1, TimeUnit::Day), (30, TimeUnit::Hour), (1, TimeUnit::Week)])
            .prop_map(|(count, unit)| Moment::Ago { count, unit }),
        day().prop_map(Moment::At),
    ];
    (select(vec![TimeField::Date, TimeField::Found]), select(vec![Side::From, Side::Before]), moment)
        .prop_map(|(time, side, moment)| Node::When(When { time, side, moment }))
}

/// Days before the archive's now.
fn day() -> impl Strategy<Value = Timestamp> {
    (10..22_u32).prop_map(|day| format!("2026-11-{day}T00:00:00Z").parse().unwrap())
}

fn node() -> impl Strategy<Value = Node> {
    let scope = select(vec![Scope::Anywhere, Scope::Anywhere, Scope::Title, Scope::Text, Scope::Url]);
    let leaf = prop_oneof![
        6 => (scope, pattern()).prop_map(|(scope, pattern)| Node::Words { scope, pattern }),
        1 => is(),
        1 => when(),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let nodes = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            nodes.clone().prop_map(Node::And),
            nodes.prop_map(Node::Or),
            (inner.clone(), inner).prop_map(|(kept, not)| Node::And(vec![kept, Node::Not(Box::new(not))])),
        ]
    })
}

type Rule = Box<dyn Fn(&Token<'_>) -> bool>;

/// The tokens of a pattern in order, `None` for one of any kind.
fn rules(pattern: &Pattern) -> Vec<Option<Rule>> {
    let words = |text: &str, strict| {
        WordRule::of(text, strict)
            .into_iter()
            .map(|rule| Some(Box::new(move |token: &Token<'_>| rule.matches(token)) as Rule))
            .collect::<Vec<_>>()
    };
    match pattern {
        Pattern::Word { text, strict } => words(text, *strict),
        Pattern::Prefix(prefix) => {
            let rule = PrefixRule::of(prefix).unwrap();
            vec![Some(Box::new(move |token: &Token<'_>| rule.matches(token)))]
        }
        Pattern::Range { from, to } => {
            let rule = NumberRule::of(from.as_deref(), to.as_deref()).unwrap();
            vec![Some(Box::new(move |token: &Token<'_>| rule.matches(token)))]
        }
        Pattern::Phrase(phrase) => {
            let slots = phrase.slots.iter();
            slots.flat_map(|slot| if let Slot::Word(word) = slot { words(word, false) } else { vec![None] }).collect()
        }
        Pattern::Near { .. } => panic!("it has two sides"),
    }
}

/// For each rule the tokens of `text` that it matches.
fn matching(text: &str, rules: &[Option<Rule>]) -> Vec<Vec<bool>> {
    let mut matching: Vec<Vec<bool>> = vec![Vec::new(); rules.len()];
    tidings_text::for_each_token(text, |token| {
        for (rule, matching) in rules.iter().zip(&mut matching) {
            matching.push(rule.as_ref().is_none_or(|rule| rule(&token)));
        }
    });
    matching
}

/// First token and the one behind the last of every way in which the pattern stands in `text`.
fn spans(text: &str, pattern: &Pattern) -> Vec<(usize, usize)> {
    let slop = if let Pattern::Phrase(phrase) = pattern { phrase.slop as usize } else { 0 };
    let matching = matching(text, &rules(pattern));
    let count = matching[0].len();
    let mut spans: Vec<(usize, usize)> = (0..count).filter(|at| matching[0][*at]).map(|at| (at, at + 1)).collect();
    for matches in &matching[1..] {
        spans = spans
            .into_iter()
            .flat_map(|(start, end)| {
                (end..count.min(end + slop + 1)).filter(|at| matches[*at]).map(move |at| (start, at + 1))
            })
            .collect();
    }
    spans.retain(|(start, end)| end - start <= matching.len() + slop);
    spans
}

fn stands_in(text: &str, pattern: &Pattern) -> bool {
    let Pattern::Near { left, right, distance } = pattern else {
        return !spans(text, pattern).is_empty();
    };
    let (left, right) = (spans(text, left), spans(text, right));
    let is_near = |(_, end): (usize, usize), (start, _): (usize, usize)| {
        start.checked_sub(end).is_some_and(|gap| gap <= *distance as usize)
    };
    left.iter().any(|one| right.iter().any(|other| is_near(*one, *other) || is_near(*other, *one)))
}

fn evaluate(node: &Node, finding: &Finding, now: Timestamp) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().all(|node| evaluate(node, finding, now)),
        Node::Or(nodes) => nodes.iter().any(|node| evaluate(node, finding, now)),
        Node::Not(inner) => !evaluate(inner, finding, now),
        Node::Words { scope, pattern } => scope.fields(finding).any(|(_, text)| stands_in(text, pattern)),
        Node::Is { field, value } => field.holds(finding, value),
        Node::When(when) => when.covers(finding, now),
    }
}

/// An archive of `findings`, and what it keeps of them: their stories are decided there.
fn committed(findings: &[Finding]) -> (Archive, Vec<Finding>) {
    let archive = Archive::new();
    let told = |(number, finding): (u64, &Finding)| of_story(1 + number % STORIES, finding.clone());
    archive.put_incoming((0..).zip(findings).map(told).collect());
    archive.follow();
    let ids: Vec<_> = findings.iter().map(|finding| id(&finding.hints[0])).collect();
    let kept = archive.store.findings(&ids).unwrap().into_iter().map(Option::unwrap).collect();
    (archive, kept)
}

fn check(archive: &Archive, findings: &[Finding], queries: &[Node]) -> Result<(), TestCaseError> {
    let now = "2026-11-22T00:00:00Z".parse().unwrap();
    for query in queries {
        // Only what the language can say: the printed tree, read again.
        let Ok(query) = tidings_query::parse(&query.to_string()) else {
            continue;
        };
        let Some(root) = &query.root else {
            continue;
        };
        let mut expected: Vec<String> = findings
            .iter()
            .filter(|finding| evaluate(root, finding, now))
            .map(|finding| finding.hints[0].clone())
            .collect();
        expected.sort();
        let q = query.to_string();
        let answer = archive.search(&[("q", &q), ("limit", "100")]).unwrap();
        prop_assert_eq!(answer.query.match_mode, MatchMode::All);
        if answer.query.relaxed {
            prop_assert!(expected.is_empty(), "{} was relaxed, but matches {:?}", q, expected);
            continue;
        }
        let mut found: Vec<String> = answer.hits.iter().map(|hit| hit.finding.hints[0].clone()).collect();
        found.sort();
        prop_assert_eq!(&found, &expected, "{}", q);
        prop_assert_eq!(answer.total as usize, expected.len());
        // Whatever is not found must be what the excluding query finds.
        let excluding = format!("kind:(post OR page_change) -({q})");
        if tidings_query::parse(&excluding).is_ok() {
            let rest = archive.search(&[("q", &excluding)]).unwrap();
            prop_assert_eq!(rest.total as usize, findings.len() - expected.len(), "{}", excluding);
        }
    }
    Ok(())
}

/// All queries stand at once; their now is the first sight of the finding.
fn check_standing(findings: &[Finding], queries: &[Node]) -> Result<(), TestCaseError> {
    let queries: Vec<Query> =
        queries.iter().filter_map(|query| tidings_query::parse(&query.to_string()).ok()).collect();
    let mut standing = StandingQueries::default();
    let ids: Vec<u32> = queries.iter().map(|query| standing.add(query)).collect();
    let (mut scratch, mut matches) = (Scratch::default(), Vec::new());
    for finding in findings {
        standing.matches(finding, &mut scratch, &mut matches);
        for (id, query) in ids.iter().zip(&queries) {
            let expected = query.root.as_ref().is_none_or(|root| evaluate(root, finding, finding.found));
            prop_assert_eq!(matches.contains(id), expected, "{} of {:?}", query, finding);
            if expected {
                for evidence in standing.evidence(*id, finding, &scratch) {
                    let (_, text) = Scope::Anywhere
                        .fields(finding)
                        .chain(Scope::Url.fields(finding))
                        .find(|(field, _)| *field == evidence.field)
                        .unwrap();
                    let (start, end) = (evidence.start as usize, evidence.end as usize);
                    let quote: String = text.chars().skip(start).take(end - start).collect();
                    prop_assert_eq!(quote, evidence.quote.as_str());
                }
            }
        }
    }
    Ok(())
}

/// A label for each query that a label may have.
fn labels(queries: &[Node]) -> Taxonomy {
    let acme = Competitor {
        id: "acme".parse().unwrap(),
        name: "Acme".to_owned(),
        tier: Tier::One,
        aliases: Vec::new(),
        domains: vec!["acme.example".to_owned()],
        rules: NameRules::default(),
    };
    let mut taxonomy = Taxonomy { competitors: vec![acme], ..Taxonomy::default() };
    for (at, query) in queries.iter().enumerate() {
        let label = Label {
            dimension: "pain".parse().unwrap(),
            id: format!("l{at}").parse().unwrap(),
            name: "x".to_owned(),
            phrases: Vec::new(),
            query: Some(query.to_string()),
            implied: Vec::new(),
            beside: Vec::new(),
            implied_by: Vec::new(),
            yields_to: Vec::new(),
        };
        let alone = Taxonomy { labels: vec![label], competitors: taxonomy.competitors.clone(), ..Taxonomy::default() };
        if Tagger::new(&alone, 1).is_ok() {
            taxonomy.labels.extend(alone.labels);
        }
    }
    taxonomy
}

/// A finding has a label by query exactly when a search for that query returns it, and a
/// search for the label returns the same; each with words that stand where they are said to.
fn check_labels(findings: &[Finding], queries: &[Node]) -> Result<(), TestCaseError> {
    let taxonomy = labels(queries);
    let tagger = Tagger::new(&taxonomy, 1).unwrap();
    let mut findings = findings.to_vec();
    findings.iter_mut().for_each(|finding| tagger.tag(finding));
    let archive = Archive::with(findings.iter().cloned());
    let found = |query: &str| {
        let answer = archive.search(&[("q", query), ("limit", "100")]).unwrap();
        let hits = if answer.query.relaxed { Vec::new() } else { answer.hits };
        let mut keys: Vec<String> = hits.into_iter().map(|hit| hit.finding.hints[0].clone()).collect();
        keys.sort();
        keys
    };
    for label in &taxonomy.labels {
        let tags = |finding: &Finding| finding.tags.iter().find(|tag| tag.id == label.id).cloned();
        let mut tagged: Vec<String> =
            findings.iter().filter(|finding| tags(finding).is_some()).map(|finding| finding.hints[0].clone()).collect();
        tagged.sort();
        let query = label.query.as_deref().unwrap();
        prop_assert_eq!(&found(query), &tagged, "{}", query);
        prop_assert_eq!(&found(&format!("pain:{}", label.id)), &tagged, "{}", query);
        for (finding, tag) in findings.iter().filter_map(|finding| Some((finding, tags(finding)?))) {
            prop_assert!(!tag.evidence.is_empty());
            for evidence in tag.evidence {
                let mut fields = Scope::Anywhere.fields(finding).chain(Scope::Url.fields(finding));
                let (_, text) = fields.find(|(field, _)| *field == evidence.field).unwrap();
                let (start, end) = (evidence.start as usize, evidence.end as usize);
                let quote: String = text.chars().skip(start).take(end - start).collect();
                prop_assert_eq!(quote, evidence.quote.as_str(), "{}", query);
            }
        }
    }
    Ok(())
}

/// What is not text of a finding.
fn facts() -> impl Strategy<Value = Finding> {
    let url = prop::option::of((select(&["shop.acme.example", "forum.example"][..]), text()));
    let tags = (any::<bool>(), any::<bool>(), prop::option::of(1..3_u8));
    (url, tags, any::<bool>(), any::<bool>(), prop::option::of(day())).prop_map(
        |(url, (has_pain, has_intent, tier), is_change, is_high, published)| {
            let mut made = finding("", "");
            if let Some((site, path)) = url {
                made.site = Some(site.to_owned());
                made.url = format!("https://{site}/{}", path.replace([' ', '\n', ','], "-")).parse().ok();
            }
            made.tags.extend(has_pain.then(|| tag("pain", "price", &["acme"])));
            made.tags.extend(has_intent.then(|| tag("intent", "switching", &[])));
            made.competitors.extend(tier.map(|tier| competitor("acme", tier)));
            // Made up like the tags themselves, so without words that could be shown.
            made.tags.iter_mut().for_each(|tag| tag.evidence.clear());
            made.competitors.iter_mut().for_each(|competitor| competitor.evidence.clear());
            made.severity = is_high.then_some(Severity::High);
            made.lang = is_high.then(|| "vi".parse().unwrap());
            if is_change {
                made.kind = Kind::PageChange;
                made.change = Some(Change {
                    page: PageType::Pricing,
                    added: Vec::new(),
                    removed: Vec::new(),
                    fields: std::collections::BTreeMap::new(),
                    before: None,
                    after: None,
                });
            }
            made.published = published;
            made.found = "2026-11-21T12:00:00Z".parse().unwrap();
            made
        },
    )
}

fn findings() -> impl Strategy<Value = Vec<Finding>> {
    prop::collection::vec((text(), text(), text(), facts()), 1..8).prop_map(|made| {
        let made = made.into_iter().enumerate();
        made.map(|(n, (title, author, text, facts))| {
            let Finding { id, hints, .. } = finding(&n.to_string(), "");
            Finding { id, hints, title, author: Some(author), text, ..facts }
        })
        .collect()
    })
}

/// Archives of a few findings, each asked 30 queries. In the long run 100,000 queries are
/// asked: `TIDINGS_PROPTEST_CASES=3334`.
fn cases() -> u32 {
    std::env::var("TIDINGS_PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(12)
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: cases(),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn index_finds_what_the_tokens_say(findings in findings(), queries in prop::collection::vec(node(), 30)) {
        let (archive, kept) = committed(&findings);
        check(&archive, &kept, &queries)?;
        check_standing(&kept, &queries)?;
        check_labels(&findings, &queries)?;
    }
}
