//! The language by its public surface: what is read, what is refused, and how it prints.

use std::time::{Duration, Instant};

use crate::{MAX_CHARS, MAX_DEPTH, MAX_WORDS, Node, Pattern, Problem, Query, Scope, Use, Vocabulary, parse};

mod generated;

#[track_caller]
fn check(query: &str, canonical: &str) {
    let parsed = parse(query).unwrap();
    assert_eq!(parsed.to_string(), canonical);
    assert_eq!(parse(canonical).unwrap(), parsed);
}

#[track_caller]
fn refuse(query: &str, offset: u32, problem: &str) {
    let error = parse(query).unwrap_err();
    assert_eq!((error.offset, error.problem.to_string().as_str()), (offset, problem), "{query}");
    assert!(!error.expected.is_empty());
    assert!(error.suggestion.is_some(), "{query}: {error} has no suggestion");
}

#[test]
fn words_must_all_be_there() {
    check("  acme   crm ", "acme crm");
    check("acme AND crm", "acme crm");
    check("(acme (crm))", "acme crm");
    check("", "");
    assert_eq!(parse(" \n").unwrap(), Query { root: None });
}

#[test]
fn or_binds_tighter_as_in_google() {
    check("acme slow OR late", "acme (slow OR late)");
    check("slow|late || dear", "slow OR late OR dear");
    check("(acme slow) OR late", "(acme slow) OR late");
    check("a OR (b OR c)", "a OR b OR c");
}

#[test]
fn minus_and_not_exclude() {
    check("acme -free", "acme -free");
    check("acme NOT free", "acme -free");
    check("acme −free –\"open source\"", "acme -free -\"open source\"");
    check("acme -(free OR trial)", "acme -(free OR trial)");
    check("acme NOT NOT crm", "acme crm");
    check("acme --crm", "acme crm");
    check("acme (-a -b)", "acme -a -b");
}

#[test]
fn phrases_stand_in_quotes_of_any_kind() {
    check("\"too  expensive\"", "\"too expensive\"");
    check("“quá đắt”", "\"quá đắt\"");
    check("acme\"too dear\"", "acme \"too dear\"");
    check("\"a & b\"", "\"a b\"");
    check("\"OR\" \"x:y\"", "\"OR\" \"x:y\"");
}

#[test]
fn plus_is_strict() {
    check("+bán hàng", "+bán hàng");
    check("+OR", "+OR");
    let query = parse("+bán").unwrap();
    assert_eq!(
        query.root,
        Some(Node::Words { scope: Scope::Anywhere, pattern: Pattern::Word { text: "bán".to_owned(), strict: true } })
    );
}

#[test]
fn signs_inside_words_stay() {
    check(
        "c++ c# .net 24/7 don't e-mail 1.290.000 AT&T 10:30 giá:",
        "c++ c# .net 24/7 don't e-mail 1.290.000 AT&T 10:30 giá:",
    );
    check("or not and near", "or not and near");
}

#[test]
fn broken_queries_are_refused_with_their_place() {
    refuse("giá \"đắt", 4, "the quotes are never closed");
    refuse("a \"\"", 2, "there is no word between the quotes");
    refuse("a (b", 2, "the parenthesis is never closed");
    refuse("a (", 2, "the parenthesis is never closed");
    refuse("a b)", 3, "there is no open parenthesis");
    refuse("a ()", 2, "there is nothing between the parentheses");
    refuse("a OR", 4, "`OR` lacks an operand");
    refuse("OR a", 0, "`OR` lacks an operand");
    refuse("a AND OR b", 6, "`AND` lacks an operand");
    refuse("a NOT", 5, "`NOT` lacks an operand");
    refuse("a - b", 2, "`-` lacks an operand");
    refuse("a + b", 2, "`+` lacks an operand");
    refuse("a & b", 2, "`&` has neither letter nor digit");
    refuse("a -(", 3, "the parenthesis is never closed");
}

#[test]
fn nothing_but_negations_is_refused() {
    refuse("-a", 0, "there is nothing but negations");
    refuse("-a -b", 0, "there is nothing but negations");
    refuse("a OR -b", 5, "there is nothing but negations");
    refuse("a (b OR (-c -d))", 8, "there is nothing but negations");
    refuse("a -(-b -c)", 3, "there is nothing but negations");
}

#[test]
fn stars_stand_for_words_in_quotes() {
    check("\"how * pay\"", "\"how * pay\"");
    check("\"how * * pay\"", "\"how * * pay\"");
    check("\"* best crm for *\"", "\"best crm for\"");
    check("acme * pricing", "acme pricing");
    check("intitle:(acme *)", "intitle:acme");
    refuse("*", 0, "`*` cannot stand here");
    refuse("a OR *", 5, "`*` cannot stand here");
    refuse("* OR a", 0, "`*` cannot stand here");
    refuse("a -*", 3, "`*` cannot stand here");
    refuse("\"how pay*\"", 8, "`*` cannot stand here");
    refuse("\"*\"", 0, "there is no word between the quotes");
    refuse(&format!("\"a {} b\"", "* ".repeat(11)), 23, "more than 10 `*` side by side");
}

#[test]
fn a_star_behind_a_word_makes_it_a_prefix() {
    check("pric* đắ* 12*", "pric* đắ* 12*");
    check("a -title:pric*", "a -intitle:pric*");
    refuse("a*", 0, "too many words begin with fewer than 2 letters");
    refuse("pr*ce", 2, "`*` cannot stand here");
    refuse("*ce", 0, "`*` cannot stand here");
    refuse("e-ma*", 0, "`e-ma*` is not the beginning of a word");
    refuse("+pric*", 0, "`+` before `pric*` is not supported");
}

#[test]
fn loose_phrases_have_a_number() {
    check("“slow  support”~5", "\"slow support\"~5");
    check("\"slow support\"~0", "\"slow support\"");
    check("\"slow * support\"~3 x", "\"slow * support\"~3 x");
    refuse("\"a b\"~ c", 6, "`~` lacks its number");
    refuse("\"a b\"~51", 6, "words may stand 50 words apart at most");
}

#[test]
fn near_joins_words_in_pairs() {
    check("a NEAR/5 b", "a NEAR/5 b");
    check("acme AROUND(3) \"too * dear\"", "acme NEAR/3 \"too * dear\"");
    check("x a NEAR/5 pric* OR y", "x (a NEAR/5 pric* OR y)");
    check("acme NEAR/5 (slow OR +late)", "acme NEAR/5 slow OR acme NEAR/5 +late");
    check("x -a NEAR/5 b", "x -(a NEAR/5 b)");
    check("intitle:(a NEAR/5 b)", "intitle:(a NEAR/5 b)");
    check("intitle:a NEAR/5 intitle:b", "intitle:(a NEAR/5 b)");
    refuse("a NEAR b", 6, "`NEAR/` lacks its number");
    refuse("a NEAR/x b", 7, "`NEAR/` lacks its number");
    refuse("a AROUND(x) b", 9, "`AROUND(` lacks its number");
    refuse("a AROUND(", 9, "`AROUND(` lacks its number");
    refuse("a NEAR/99 b", 7, "words may stand 50 words apart at most");
    refuse("a NEAR/5", 8, "`NEAR` lacks an operand");
    refuse("NEAR/5 a", 0, "`NEAR` lacks an operand");
    refuse("a NEAR/5 b NEAR/5 c", 11, "`NEAR` joins words, phrases and prefixes alone");
    refuse("a NEAR/5 (b c)", 2, "`NEAR` joins words, phrases and prefixes alone");
    refuse("a NEAR/5 intitle:b", 2, "`NEAR` joins words, phrases and prefixes alone");
    refuse("a NEAR/5 tier:1", 2, "`NEAR` joins words, phrases and prefixes alone");
    refuse("a NEAR/5 \"b c\"~2", 2, "`NEAR` joins words, phrases and prefixes alone");
    let many = format!("({}) NEAR/1 ({})", "a OR ".repeat(10) + "a", "b OR ".repeat(10) + "b");
    refuse(&many, 54, "more than 100 pairs of words near each other");
}

#[test]
fn numbers_lie_in_ranges() {
    check("price 100..200", "price 100..200");
    check("$100..$200 ..2,5 1.290.000₫..", "100..200 ..2,5 1.290.000..");
    check("intitle:100..200", "intitle:100..200");
    check("wait... ok", "wait... ok");
    refuse("100k..200k", 0, "`100k..200k` is no range of numbers");
    refuse("2026-10-01..2026-11-01", 0, "`2026-10-01..2026-11-01` is no range of numbers");
}

#[test]
fn text_fields_are_said_of_each_part() {
    check("title:acme", "intitle:acme");
    check("INTITLE:\"too dear\"~2 intext:+bán", "intitle:\"too dear\"~2 intext:+bán");
    check("intitle:(acme (slow OR late) -free)", "intitle:acme (intitle:slow OR intitle:late) -intitle:free");
    check("inurl:acme.com/pricing", "inurl:acme.com/pricing");
    check("allintitle: crm pricing", "intitle:crm intitle:pricing");
    check("allintitle:crm \"per seat\"", "intitle:crm intitle:\"per seat\"");
    check("x OR (allintext:a b)", "x OR (intext:a intext:b)");
    refuse("intitle: acme", 8, "`intitle:` lacks its value");
    refuse("intitle:", 8, "`intitle:` lacks its value");
    refuse("allintitle:", 11, "`allintitle:` lacks its value");
    refuse("intitle:-acme", 8, "`-` cannot stand behind `intitle:`");
    refuse("intitle:intext:a", 8, "`intext:` cannot stand inside another field");
    refuse("intitle:(a intext:b)", 11, "`intext:` cannot stand inside another field");
    refuse("+intitle:a", 0, "`intitle:` cannot stand behind `+`");
    refuse("intitle:(-a)", 0, "there is nothing but negations");
}

#[test]
fn key_fields_take_their_values() {
    check("site:WWW.Acme.com", "site:acme.com");
    check(
        "site:(acme.com OR beta.example) -site:shop.acme.com",
        "(site:acme.com OR site:beta.example) -site:shop.acme.com",
    );
    check("tier:(1 | 2) pain:price intent:switching", "(tier:1 OR tier:2) pain:price intent:switching");
    check("pain:(price -support)", "pain:price -pain:support");
    check("author:\"Nguyễn  An\" author:Jane", "author:\"nguyễn  an\" author:jane");
    check("kind:Page_Change page:pricing has:lead", "kind:page_change page:pricing has:lead");
    check(
        "source:hn plugin:feed lang:vi competitor:acme about:self",
        "source:hn plugin:feed lang:vi competitor:acme about:self",
    );
    check(
        "severity:(high OR critical) story:s_4k2m mark:done",
        "(severity:high OR severity:critical) story:s_4k2m mark:done",
    );
    refuse("a site:acme.com/x", 7, "`site:` does not take `acme.com/x`");
    refuse("tier:4", 5, "`tier:` does not take `4`");
    refuse("kind:posts", 5, "`kind:` does not take `posts`");
    refuse("has:pain", 4, "`has:` does not take `pain`");
    refuse("site: acme.com", 5, "`site:` lacks its value");
    refuse("author:\"jane doe\"~2", 7, "`~` cannot stand behind the value of a field");
    refuse("tier:1 NEAR/2 a", 7, "`NEAR` joins words, phrases and prefixes alone");
    assert!(parse("kind:posts").unwrap_err().expected.contains("page_change"));
}

#[test]
fn times_are_days_instants_or_ago() {
    check("crm after:2026-10-01 before:2026-11-01", "crm after:2026-10-01 before:2026-11-01");
    check("since:7d", "since:7d");
    check("after:2026-10-01T08:00:00Z", "after:2026-10-01T08:00:00Z");
    check("found:2026-10-01..2026-11-01 x", "found:2026-10-01 found:..2026-11-01 x");
    refuse("since:yesterday", 6, "`since:` does not take `yesterday`");
    refuse("after:(2026-10-01)", 6, "`after:` does not take `(`");
    refuse("before:2026-10-01T08:00:00", 7, "`before:` does not take `2026-10-01T08:00:00`");
}

#[test]
fn what_other_languages_have_is_said() {
    refuse("crm filetype:pdf", 4, "`filetype:` is not supported");
    refuse("+\"a b\"", 0, "`+\"` is not supported");
    assert!(parse("related:acme.com").unwrap_err().is_limit());
}

#[test]
fn queries_of_google_alerts_are_read_unchanged() {
    let queries = [
        "acme",
        "\"acme crm\"",
        "acme crm OR \"customer relationship\" -jobs -site:linkedin.com",
        "(acme | beta) pricing",
        "intitle:\"acme crm\" -inurl:careers",
        "\"switch * acme to *\"",
        "camera $50..$100",
        "site:reddit.com OR site:news.ycombinator.com acme",
        "allintitle:acme vs beta",
        "acme AROUND(5) outage",
        "acme after:2026-01-01",
        "site:.vn \"quản lý khách hàng\"",
    ];
    for query in queries {
        parse(query).unwrap_or_else(|error| panic!("{query}: {error}"));
    }
}

#[test]
fn unknown_fields_are_refused_with_the_nearest() {
    refuse("https://acme.com/x", 0, "`https:` is no field");
    let error = parse("comptitor:acme").unwrap_err();
    assert_eq!(error.problem, Problem::UnknownField { field: "comptitor".to_owned() });
    assert!(error.suggestion.unwrap().contains("`competitor:`"));
    refuse("pian:\"too dear\"", 0, "`pian:` is no field");
    refuse("pian:(price)", 0, "`pian:` is no field");
    let vocabulary = Vocabulary::new(["market".parse().unwrap()]);
    assert_eq!(vocabulary.parse("market:retail").unwrap().to_string(), "market:retail");
    assert!(vocabulary.parse("marekt:retail").unwrap_err().suggestion.unwrap().contains("`market:`"));
    assert!(vocabulary.parse("pain:price").is_err());
}

/// The queries in the first column of the manual's tables, and what stands beside them.
fn manual(is_refused: bool) -> Vec<(String, String)> {
    let text = include_str!("../../../docs/query-language.md");
    let (reads, refuses) = text.split_once("## What is refused").unwrap();
    let rows = if is_refused { refuses } else { reads.split_once("## Standing").unwrap().0 };
    rows.lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .flat_map(|row| {
            let row = row.replace("\\|", "\u{1}");
            let (queries, says) = row.split_once("` |").unwrap();
            let queries = queries.split("`, `").map(|query| query.replace('\u{1}', "|"));
            queries.map(|query| (query, says.trim_matches([' ', '|']).to_owned())).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn the_manual_is_right() {
    let read = manual(false);
    assert!(40 < read.len(), "{read:?}");
    for (query, _) in read {
        parse(&query).unwrap_or_else(|error| panic!("{query}: {error}"));
    }
    let refused = manual(true);
    assert!(10 < refused.len(), "{refused:?}");
    for (query, says) in refused {
        assert_eq!(parse(&query).unwrap_err().problem.to_string(), says, "{query}");
    }
}

#[test]
fn standing_queries_see_only_what_is_decided() {
    let allowed = |query: &str| {
        let query = parse(query).unwrap();
        [Use::Search, Use::Alert, Use::Competitor, Use::Label, Use::Severity].map(|usage| query.check(usage).is_ok())
    };
    assert_eq!(allowed("a OR mark:done"), [true, false, false, false, false]);
    assert_eq!(allowed("a -pain:price"), [true, true, false, false, true]);
    assert_eq!(allowed("about:acme"), [true, true, false, false, true]);
    assert_eq!(allowed("has:lead"), [true, true, false, false, true]);
    assert_eq!(allowed("severity:high"), [true, true, false, false, false]);
    assert_eq!(allowed("story:s_1"), [true, true, false, false, false]);
    assert_eq!(allowed("a since:7d"), [true, true, false, false, false]);
    assert_eq!(allowed("a after:2026-01-01 has:change site:acme.com"), [true; 5]);
    assert_eq!(allowed("a tier:1 competitor:acme"), [true, true, false, true, true]);
    assert_eq!(allowed("x -found:7d"), [true, true, false, false, false]);
    assert_eq!(
        parse("tier:1 mark:done").unwrap().check(Use::Alert).unwrap_err().to_string(),
        "`mark:done` cannot stand in the query of an alert: people mark a finding after it was matched"
    );
}

#[test]
fn what_may_not_stand_is_refused_with_its_place() {
    #[track_caller]
    fn refuse(query: &str, usage: Use, offset: u32, says: &str) {
        let error = Vocabulary::default().parse_for(query, usage).unwrap_err();
        assert_eq!((error.offset, error.to_string().as_str()), (offset, says));
        assert!(error.suggestion.is_some_and(|suggestion| suggestion.starts_with("Leave it out: ")));
    }
    refuse(
        "đắt (pain:price OR x)",
        Use::Label,
        5,
        "`pain:price` cannot stand in the query of a label at character 5; \
         expected words, fields such as `site:`, competitors, tiers and dates",
    );
    refuse(
        "a -tier:(1 OR 2)",
        Use::Competitor,
        3,
        "`tier:1` cannot stand in the query of a competitor at character 3; \
         expected words, fields such as `site:` and `lang:`, and dates",
    );
    refuse(
        "a since:7d",
        Use::Severity,
        2,
        "`since:7d` cannot stand in the query of a severity rule at character 2; \
         expected words, fields, competitors, tiers, labels and dates",
    );
    let placed = Vocabulary::default().parse_for("a tier:(1 OR 2) site:\"b.example\"", Use::Label).unwrap();
    let places: Vec<_> = placed.facts.iter().map(|fact| (fact.offset, fact.value_offset)).collect();
    assert_eq!(places, [(2, 8), (2, 13), (16, 22)]);
}

#[test]
fn bounds_are_said() {
    refuse(&"a ".repeat(MAX_CHARS), MAX_CHARS as u32, "the query is longer than 10000 characters");
    refuse(&"a ".repeat(MAX_WORDS + 1), 2 * MAX_WORDS as u32, "more than 1000 words");
    refuse(
        &format!("{}a{}", "(".repeat(MAX_DEPTH + 1), ")".repeat(MAX_DEPTH + 1)),
        MAX_DEPTH as u32,
        "more than 50 parentheses inside each other",
    );
    check(&format!("{}a{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH)), "a");
    // Written out, it has more parentheses and more characters than were typed.
    refuse(
        &format!("{}a b OR c{}", "(x y OR ".repeat(MAX_DEPTH - 1), ")".repeat(MAX_DEPTH - 1)),
        0,
        "more than 50 parentheses inside each other",
    );
    refuse(
        &format!("competitor:({})", "a-long-name OR ".repeat(600) + "a"),
        0,
        "the query is longer than 10000 characters",
    );
    check(&"(a) ".repeat(MAX_WORDS), "a ".repeat(MAX_WORDS).trim_end());
}

#[test]
fn hostile_queries_end_at_once() {
    let queries = [
        "(".repeat(10_000),
        "a OR ".repeat(50_000),
        "-".repeat(9_999),
        "\"".repeat(9_999),
        "NOT ".repeat(2_499),
        "a|".repeat(5_000),
        "intitle:".repeat(1_200),
        "a NEAR/5 ".repeat(1_000),
        "*".repeat(9_999),
        "(a OR b) NEAR/5 ".repeat(600),
        format!("intitle:({}a", "a OR ".repeat(1_990)),
        "..".repeat(4_999),
        "1..2".repeat(2_499),
    ];
    for query in queries {
        let begun = Instant::now();
        assert!(parse(&query).is_err());
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
}
