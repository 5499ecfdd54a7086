use std::fs;
use std::sync::Arc;

use proptest::prelude::*;
use quick_xml::events::Event;
use tidings_model::{Field, FieldChange, Kind, Severity, Tier};
use url::Url;

use super::*;
use crate::{Language, Score, sample};

/// A morning's digest: a story, its revision, a page change, something untagged, an old page.
fn morning(language: Language) -> Digest {
    let title = "Acme tăng giá gấp đôi, đắt quá";
    let mut story = sample::price_pain("1", title, "acme", Tier::One);
    story.text = "Tôi dùng Acme ba năm nay. Giá mới <b>đắt quá</b>, ai biết phần mềm nào rẻ hơn không?".to_owned();
    story.author = Some("An & Bình".to_owned());
    story.lang = Some("vi".parse().unwrap());
    let evidence =
        vec![sample::evidence(Field::Title, title, "đắt quá"), sample::evidence(Field::Text, &story.text, "đắt quá")];
    let score = Some(Score::of(&story, 7));
    let story = Entry { evidence, also_in: 6, score, ..sample::entry(story) };
    let changed = Entry {
        is_revision: true,
        also_in: 1,
        ..sample::entry(sample::price_pain("2", "Acme raises its price", "acme", Tier::One))
    };
    let mut page = sample::price_pain("3", "Pricing of Beta", "beta", Tier::Two);
    page.kind = Kind::PageChange;
    page.severity = Some(Severity::Critical);
    let mut change = sample::change(&["Pro now $12"]);
    change.fields.insert("price".to_owned(), FieldChange { from: Some("$10".into()), to: Some("$12".into()) });
    page.change = Some(change);
    let old = Entry { is_old: true, ..sample::entry(sample::finding("4", "An older page", "From long ago.")) };
    let entries = vec![story, changed, sample::entry(page), sample::entry(sample::plain()), old];
    Digest { left_out: 3, ..sample::digest(language, entries) }
}

fn render(digest: Digest) -> Rendered {
    Renderer::new(None).unwrap().render(&Message::Digest(Box::new(digest)))
}

/// Compares with a file of `tests/fixtures`, or writes it where `TIDINGS_BLESS` is set.
#[track_caller]
fn check_fixture(name: &str, actual: &str) {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures")).join(name);
    if std::env::var_os("TIDINGS_BLESS").is_some() {
        fs::write(&path, actual).unwrap();
    }
    assert_eq!(actual, fs::read_to_string(&path).unwrap_or_default(), "{name}");
}

/// Panics unless `html` is well formed and holds nothing but what our templates say.
#[track_caller]
fn check_inert(html: &str) {
    const TAGS: [&str; 22] = [
        "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "p", "section", "article",
        "a", "mark", "strong", "em", "ul", "li", "footer", "code",
    ];
    const ATTRIBUTES: [&str; 8] = ["lang", "dir", "charset", "name", "content", "href", "rel", "class"];
    let mut reader = quick_xml::Reader::from_str(html);
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(tag) | Event::Empty(tag) => {
                assert!(TAGS.contains(&tag.name().as_ref()), "{tag:?} in {html}");
                for attribute in tag.attributes().map(Result::unwrap) {
                    let (key, value) = (attribute.key.as_ref(), attribute.value.as_ref());
                    assert!(ATTRIBUTES.contains(&key), "{key:?} in {html}");
                    assert!(key != "href" || value.starts_with("http"), "{value}");
                }
            }
            Event::Comment(_) | Event::CData(_) | Event::PI(_) => panic!("{html}"),
            _ => (),
        }
    }
    check_characters(html);
}

#[track_caller]
fn check_characters(text: &str) {
    let is_bad = |ch: char| (ch.is_control() && ch != '\n') || matches!(ch, '\u{202a}'..='\u{202e}' | '\u{200b}');
    assert!(!text.contains(is_bad), "{text:?}");
    assert!(text.len() <= FORM_MOST, "{} bytes", text.len());
}

#[test]
fn a_digest_reads_well_in_english() {
    let rendered = render(morning(Language::English));
    assert_eq!(rendered.subject, "3 of 6 new, 1 changed, 1 older page: mostly price complaints");
    check_fixture("digest.en.txt", &rendered.text);
    check_fixture("digest.en.html", &rendered.html);
    check_inert(&rendered.html);
}

#[test]
fn a_digest_reads_well_in_vietnamese() {
    let rendered = render(Digest { is_test: true, ..morning(Language::Vietnamese) });
    check_fixture("digest.vi.txt", &rendered.text);
    check_fixture("digest.vi.html", &rendered.html);
    check_inert(&rendered.html);
}

#[test]
fn a_notice_reads_well() {
    let mut notice = crate::example::notice();
    notice.lines.push("<b>bold</b>\u{202e}".to_owned());
    let rendered = Renderer::new(None).unwrap().render(&Message::Notice(notice));
    assert_eq!(rendered.subject, "Tidings: source voz is blocked");
    check_fixture("notice.en.txt", &rendered.text);
    check_fixture("notice.en.html", &rendered.html);
    check_inert(&rendered.html);
}

#[test]
fn the_times_are_those_of_the_zone() {
    let entries = vec![sample::entry(sample::plain())];
    assert!(render(sample::digest(Language::English, entries)).text.contains("20 Nov 2026, 15:00"));
}

#[test]
fn hostile_findings_are_inert() {
    for text in sample::HOSTILE {
        for is_test in [false, true] {
            let entries = (0..3).map(|key| sample::hostile(&key.to_string(), text)).collect();
            let digest = Digest {
                name: text.to_owned(),
                query: text.to_owned(),
                is_test,
                ..sample::digest(Language::English, entries)
            };
            let rendered = render(digest);
            check_inert(&rendered.html);
            check_characters(&rendered.text);
            assert!(!rendered.subject.contains('\n'), "{:?}", rendered.subject);
            let longest = rendered.text.split_whitespace().map(|word| word.chars().count()).max();
            assert!(longest <= Some(210), "{longest:?} in {}", rendered.text);
        }
    }
}

#[test]
fn links_that_lead_out_of_the_web_are_dropped() {
    for url in ["javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd"] {
        let mut finding = sample::plain();
        finding.url = Some(url.parse().unwrap());
        let digest = sample::digest(Language::English, vec![sample::entry(finding)]);
        let rendered = render(Digest { link: url.parse().ok(), ..digest });
        assert!(!rendered.html.contains("href") && !rendered.html.contains(url), "{}", rendered.html);
        assert!(!rendered.text.contains(url), "{}", rendered.text);
    }
}

#[test]
fn a_flood_is_bounded_and_says_how_much_it_left_out() {
    let mut entry = sample::hostile("1", "\"<&'>\"");
    Arc::make_mut(&mut entry.finding).url = format!("https://a.example/?{}", "'".repeat(600)).parse().ok();
    let entries = vec![entry; 2_000];
    let digest = Digest { left_out: 7, ..sample::digest(Language::English, entries) };
    let rendered = render(digest);
    check_inert(&rendered.html);
    let shown = rendered.html.matches("<article").count();
    assert!((10..=ENTRIES_MOST).contains(&shown), "{shown}");
    assert!(rendered.text.contains(&format!("And {} more.", 2_007 - shown)), "{shown}");
}

/// A renderer whose folder holds `source` under `name`.
fn with_template(name: &str, source: &str) -> Result<Renderer, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), source).unwrap();
    fs::write(folder.path().join("README.md"), "no template").unwrap();
    let in_folder = format!("{}/", folder.path().display());
    Renderer::new(Some(folder.path())).map_err(|error| error.to_string().replace(&in_folder, ""))
}

#[test]
fn a_template_of_the_folder_replaces_the_built_in_one() {
    let renderer = with_template("subject.txt.jinja", "{{ alert.name }}:\r\n {{ headline }}").unwrap();
    let rendered = renderer.render(&Message::Digest(Box::new(morning(Language::English))));
    assert!(rendered.subject.starts_with("Giá của đối thủ: 3 of 6 new"), "{}", rendered.subject);
    assert!(rendered.text.starts_with("3 of 6 new"), "{}", rendered.text);
    let renderer = with_template("digest.html.jinja", "<p>{{ alert.name }}</p>").unwrap();
    let digest = Digest { name: "<b>".to_owned(), ..morning(Language::English) };
    assert_eq!(renderer.render(&Message::Digest(Box::new(digest))).html, "<p>&lt;b&gt;</p>");
}

#[test]
fn the_built_in_templates_can_be_replaced_by_themselves() {
    for (name, source) in BUILT_IN {
        with_template(name, source).unwrap();
    }
}

#[test]
fn a_template_that_cannot_work_is_refused_with_its_place() {
    for (name, source, expected) in [
        (
            "digest.txt.jinja",
            "{% if is_test %}in{% endif %}\n{{ headlin }}",
            "digest.txt.jinja, line 2: there is no variable `headlin`; did you mean `headline`?; known here: alert, count",
        ),
        (
            "digest.txt.jinja",
            "{% if false %}\n{{ alert.nme }}{% endif %}",
            "line 2: there is no variable `alert.nme`; did you mean `name`?; known here: cadence, id",
        ),
        (
            "digest.html.jinja",
            "{% for s in sections %}\n{% for g in s.groups %}{{ g.headng }}{% endfor %}{% endfor %}",
            "line 2: undefined value (`headng`; did you mean `heading`?)",
        ),
        ("digest.html.jinja", "\n\n{% if %}", "digest.html.jinja, line 3: syntax error"),
        ("digest.html.jinja", "{{ headline | shout }}", "line 1: unknown filter"),
        (
            "notice.txt.jinja",
            "{{ headline }}",
            "there is no variable `headline`; known here: language, lines, subject, words",
        ),
        (
            "subject.txt.jinja",
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
            "engine ran out of fuel",
        ),
        ("digest.txt.jinja", "{% for a in range(9999) %}{{ headline }}{% endfor %}", "bytes of the example"),
        (
            "digest.htm.jinja",
            "",
            "digest.htm.jinja replaces no template; expected one of subject.txt.jinja, digest.txt.jinja",
        ),
    ] {
        let error = with_template(name, source).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    assert!(Renderer::new(Some(Path::new("/nowhere/at/all"))).is_err());
}

#[test]
fn a_template_that_fails_later_gives_way_to_the_built_in_one() {
    // Division by nothing, which no example has.
    let source = "{% if alert.id != 'example' %}{{ 1 // (count - count) }}{% endif %}";
    let renderer = with_template("digest.txt.jinja", source).unwrap();
    let rendered = renderer.render(&Message::Digest(Box::new(morning(Language::English))));
    assert_eq!(rendered.text, render(morning(Language::English)).text);
    let source = "{% for entry in range(9000) %}{% if alert.id != 'example' %}{{ alert.query }}{% endif %}{% endfor %}";
    let renderer = with_template("digest.html.jinja", source).unwrap();
    let digest = Digest { query: "q".repeat(900), ..morning(Language::English) };
    assert!(renderer.render(&Message::Digest(Box::new(digest))).html.contains("<article"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_ends_inert(text in any::<String>(), name in "\\PC*", url in "(https?|javascript)://[a-z]{1,9}/\\PC*", count in 0_usize..4) {
        let mut entries: Vec<Entry> = (0..count).map(|key| sample::hostile(&key.to_string(), &text)).collect();
        entries.iter_mut().for_each(|entry| Arc::make_mut(&mut entry.finding).url = Url::parse(&url).ok());
        let rendered = render(Digest { name, query: text, ..sample::digest(Language::Vietnamese, entries) });
        check_inert(&rendered.html);
        check_characters(&rendered.text);
        prop_assert!(!rendered.subject.is_empty() && rendered.subject.chars().count() <= SUBJECT_MOST);
    }
}
