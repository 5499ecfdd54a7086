//! Names that are also common words: what must stand near them, and what must not.

use tidings_model::{
    Change, Competitor, Exclusion, Finding, Kind, NameRules, Own, OwnSites, PageType, Phrase, Taxonomy, Thread,
};

use super::files::{COMPETITOR, read_texts, refuse};
use super::{competitor, finding, label, shown, typed};
use crate::Tagger;
use crate::taxonomy_file::content_hash;

fn close(rules: NameRules) -> Taxonomy {
    let close = Competitor { rules, ..competitor("close", "Close", &["Close CRM"], &["close.com"]) };
    Taxonomy {
        competitors: vec![close, competitor("beta", "Beta", &[], &[])],
        labels: vec![label("pain", "price", &["too dear"])],
        ..Taxonomy::default()
    }
}

fn tagged(rules: NameRules, mut finding: Finding) -> Finding {
    Tagger::new(&close(rules), 1).unwrap().tag(&mut finding);
    finding
}

fn context() -> NameRules {
    NameRules { context: typed(&["crm", "sales (team|tool)"]), ..NameRules::default() }
}

fn excluding(exclude: &[&str]) -> NameRules {
    let phrase = |text: &&str| Exclusion::Phrase(Phrase((*text).to_owned()));
    NameRules { exclude: exclude.iter().map(phrase).collect(), ..NameRules::default() }
}

#[track_caller]
fn check(rules: NameRules, text: &str, expected: &[&str]) {
    assert_eq!(shown(&tagged(rules, finding("", text))), expected, "{text}");
}

#[test]
fn an_ambiguous_name_needs_its_context_near() {
    check(context(), "Close the door.", &[]);
    check(context(), "Close is our CRM.", &["close@text[0..5]=Close"]);
    check(context(), "We tried Close.\nA sales tool for us.", &["close@text[9..14]=Close"]);
    // Of another sentence the words up to the tenth are near, of the same one all.
    check(context(), &format!("Close! {}crm", "x ".repeat(10)), &["close@text[0..5]=Close"]);
    check(context(), &format!("Close! {}crm", "x ".repeat(11)), &[]);
    check(context(), &format!("crm{}. Close", " x".repeat(11)), &[]);
    check(context(), &format!("crm{} Close", " x".repeat(40)), &["close@text[84..89]=Close"]);
    check(context(), "Close the door. CRM: Close", &["close@text[0..5]=Close", "close@text[21..26]=Close"]);
}

#[test]
fn context_inside_the_name_or_in_a_title_will_do() {
    check(context(), "Close CRM, and close it", &["close@text[0..9]=Close CRM", "close@text[15..20]=close"]);
    let far = format!("Nothing.{} Close", " x".repeat(30));
    assert_eq!(shown(&tagged(context(), finding("Which CRM?", &far))), ["close@text[69..74]=Close"]);
    let mut reply = finding("Re:", &far);
    reply.thread = Some(Thread { title: "Which CRM?".to_owned(), ..Thread::default() });
    assert_eq!(shown(&tagged(context(), reply)), ["close@text[69..74]=Close"]);
}

#[test]
fn domains_need_no_context() {
    check(context(), "See close.com.", &["close@text[4..13]=close.com"]);
    let mut page = finding("", "Close is here.");
    page.url = Some("https://www.close.com/blog".parse().unwrap());
    assert_eq!(shown(&tagged(context(), page)), ["close@text[0..5]=Close", "close@url[8..21]=www.close.com"]);
}

#[test]
fn a_name_that_is_not_meant_speaks_for_nothing() {
    let found = tagged(context(), finding("", "Close to tears: Beta is too dear."));
    assert_eq!(found.competitors.len(), 1);
    assert_eq!(found.tags[0].about.iter().map(|id| id.as_str()).collect::<Vec<_>>(), ["beta"]);
}

#[test]
fn an_exclusion_that_holds_the_name_takes_that_name_alone() {
    check(
        excluding(&["close to", "(come|came) close"]),
        "I came close to leaving Close.",
        &["close@text[24..29]=Close"],
    );
    check(excluding(&["close to"]), "close to it", &[]);
}

#[test]
fn any_other_exclusion_takes_the_names_near_it() {
    check(excluding(&["door"]), "Close the door.", &[]);
    check(excluding(&["door"]), &format!("Close the door.{}. Close!", " x".repeat(12)), &["close@text[41..46]=Close"]);
    check(excluding(&["door"]), "Shut the door of close.com", &["close@text[17..26]=close.com"]);
    let titled = finding("Doors", &format!("x. {} Close", "x ".repeat(20)));
    assert_eq!(shown(&tagged(excluding(&["door"]), titled)), [""; 0]);
}

#[test]
fn an_exclusion_by_query_takes_all_names_of_a_finding() {
    let rules = || NameRules {
        exclude: vec![Exclusion::Query { query: "lang:fr OR (theatre intitle:play)".to_owned() }],
        ..NameRules::default()
    };
    check(rules(), "Close, a theatre", &["close@text[0..5]=Close"]);
    assert_eq!(
        shown(&tagged(rules(), finding("The play", "Close, in a theatre; close.com"))),
        ["close@text[21..30]=close.com"]
    );
    let mut french = finding("", "Close");
    french.lang = Some("fr".parse().unwrap());
    assert_eq!(shown(&tagged(rules(), french)), [""; 0]);
}

fn skipping() -> NameRules {
    NameRules { own_sites: OwnSites::Skip, ..NameRules::default() }
}

fn on(host: &str, kind: Kind) -> Finding {
    let mut finding = finding("", "Close, Beta: too dear");
    finding.url = Some(format!("https://{host}/x").parse().unwrap());
    finding.kind = kind;
    finding
}

#[test]
fn what_a_competitor_publishes_itself_is_left_out_on_demand() {
    let names = |finding: Finding, rules: NameRules| {
        let tagged = tagged(rules, finding);
        let about = tagged.tags.iter().flat_map(|tag| &tag.about).map(ToString::to_string).collect::<Vec<_>>();
        (tagged.competitors.iter().map(|tag| tag.id.to_string()).collect::<Vec<_>>().join(" "), about.join(" "))
    };
    let pair = |names: &str, about: &str| (names.to_owned(), about.to_owned());
    assert_eq!(names(on("blog.close.com", Kind::Article), NameRules::default()), pair("close beta", "beta"));
    assert_eq!(names(on("blog.close.com", Kind::Article), skipping()), pair("beta", "beta"));
    assert_eq!(names(on("forum.example", Kind::Article), skipping()), pair("close beta", "beta"));
    // The site itself is watched, not read.
    assert_eq!(names(on("close.com", Kind::PageChange), skipping()), pair("close beta", "beta"));
    assert_eq!(names(on("close.com", Kind::Page), skipping()), pair("close beta", "beta"));
    let mut alone = on("close.com", Kind::Article);
    alone.text = "too dear".to_owned();
    assert_eq!(names(alone, skipping()), pair("", ""));
}

#[test]
fn our_own_sites_are_left_out_for_all() {
    let taxonomy = |own_sites| Taxonomy {
        own: Some(Own {
            name: "Ours".to_owned(),
            aliases: Vec::new(),
            domains: vec!["ours.example".to_owned()],
            rules: NameRules { own_sites, ..NameRules::default() },
        }),
        ..close(NameRules::default())
    };
    let names = |own_sites, mut finding: Finding| {
        Tagger::new(&taxonomy(own_sites), 1).unwrap().tag(&mut finding);
        finding.competitors.iter().map(|tag| tag.id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(OwnSites::Count, on("ours.example", Kind::Article)), ["self", "close", "beta"]);
    assert_eq!(names(OwnSites::Skip, on("blog.ours.example", Kind::Article)), [""; 0]);
    assert_eq!(names(OwnSites::Skip, on("close.com", Kind::Article)), ["close", "beta"]);
}

#[test]
fn added_lines_are_fields_of_their_own() {
    let mut change = finding("", "");
    change.kind = Kind::PageChange;
    change.change = Some(Change {
        page: PageType::Blog,
        added: vec!["Close is a CRM".to_owned(), "Close at five".to_owned()],
        removed: Vec::new(),
        fields: std::collections::BTreeMap::new(),
        before: None,
        after: None,
    });
    assert_eq!(shown(&tagged(context(), change)), ["close@change.added[0][0..5]=Close"]);
}

#[test]
fn hostile_texts_end_at_once() {
    let rules = NameRules { context: typed(&["crm"]), ..excluding(&["door", "close door"]) };
    let tagger = Tagger::new(&close(rules), 1).unwrap();
    for text in ["close crm door ".repeat(15_000), "close. ".repeat(30_000), "close crm. door ".repeat(15_000)] {
        let begun = std::time::Instant::now();
        tagger.tag(&mut finding("door", &text));
        tagger.tag(&mut finding("", &text));
        assert!(begun.elapsed() < std::time::Duration::from_secs(20));
    }
}

#[test]
fn rules_are_read_from_files() {
    let text = format!(
        "{COMPETITOR}context = [\"{{what}}\"]\nexclude = [\"acme of\", {{ query = \"lang:fr\" }}]\nown_sites = \"skip\"\n\
         [lists]\nwhat = [\"crm\"]\n"
    );
    let (_folder, taxonomy) = read_texts(&[&text]);
    let taxonomy = taxonomy.unwrap();
    let expected = NameRules {
        context: typed(&["{what}"]),
        exclude: vec![
            Exclusion::Phrase(Phrase("acme of".to_owned())),
            Exclusion::Query { query: "lang:fr".to_owned() },
        ],
        own_sites: OwnSites::Skip,
    };
    assert_eq!(taxonomy.competitors[0].rules, expected);
    Tagger::new(&taxonomy, 1).unwrap();
    for line in ["context = [\"{what}\"]", "own_sites = \"skip\"", "{ query = \"lang:fr\" }", "\"acme of\", "] {
        let (_folder, other) = read_texts(&[&text.replace(line, "")]);
        assert_ne!(content_hash(&other.unwrap()), content_hash(&taxonomy), "{line}");
    }
    let (_folder, own) = read_texts(&["[own]\nname = \"Ours\"\ncontext = [\"crm\"]\nown_sites = \"count\"\n"]);
    assert_eq!(own.unwrap().own.unwrap().rules.context, typed(&["crm"]));
}

#[test]
fn wrong_rules_are_refused_with_their_place() {
    let with = |line: &str| format!("{COMPETITOR}{line}\n");
    refuse(
        &[&with("own_sites = \"skipp\"")],
        "0.toml:5:13: unknown way `skipp`; expected `count`, `skip`; did you mean `skip`?",
    );
    refuse(&[&with("own_sites = true")], "0.toml:5:13: a boolean; expected a string");
    refuse(&[&with("context = \"crm\"")], "0.toml:5:11: a string; expected a list of strings");
    refuse(
        &[&with("context = [\"…\"]")],
        "0.toml:5:12: `…`: a gap has no word on both its sides; \
         expected a phrase such as `too expensive`, `took … weeks` or `(too|so) slow`",
    );
    refuse(
        &[&with("exclude = [\"a\", { qeury = \"x\" }]")],
        "0.toml:5:19: unknown key in `{ query = … }` `qeury`; expected `query`; did you mean `query`?",
    );
    refuse(
        &[&with("exclude = [\"a\", { query = \"x competitor:acme\" }]")],
        "0.toml:5:30: `competitor:acme` cannot stand in the query of a competitor at character 2 of the query; \
         expected words, fields such as `site:` and `lang:`, and dates. Leave it out: it is decided after this query.",
    );
    refuse(
        &[&with("exlude = [\"a\"]")],
        "0.toml:5:1: unknown key in [[competitor]] `exlude`; expected `id`, `name`, `tier`, `aliases`, `domains`, \
         `context`, `exclude`, `own_sites`; did you mean `exclude`?",
    );
    refuse(
        &["[own]\nname = \"x\"\ndomain = []\n"],
        "0.toml:3:1: unknown key in [own] `domain`; expected `name`, `aliases`, `domains`, `context`, `exclude`, \
         `own_sites`; did you mean `domains`?",
    );
}
