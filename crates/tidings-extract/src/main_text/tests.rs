//! What is taken for the main text, and what hostile pages cost.

use super::dom::STEPS;
use super::*;

const ARTICLE: &str = r#"<html lang="en-GB"><head><title>Seats cost more | Ledger</title>
<meta property="article:published_time" content="2026-11-20T08:00:00Z"><meta name="author" content="Mara Okafor"></head>
<body><div class="menu"><a href="/">Home</a> <a href="/prices">Prices</a></div>
<article><h1>Seats cost more</h1>
<p>Quillbase raises its seat price from ten dollars to twelve, and says so in a mail, sent on a Friday.</p>
<p>Customers, of whom there are many, had hoped for a year of peace; they were promised one, after all.</p>
<p><a href="/2">Read more: Quillbase buys Fernlight</a></p>
<div class="share-bar">Share this with all your friends</div></article>
<div class="footer">All rights reserved</div></body></html>"#;

const SENTENCE: &str = "<p>One seat, two seats and three, said the vendor, cost more than they did a year ago.</p>";

#[test]
fn an_article_is_told_from_what_stands_around_it() {
    let found = main_text(ARTICLE, None).unwrap();
    assert!(found.text.starts_with("Quillbase raises") && found.text.ends_with("after all."), "{}", found.text);
    assert_eq!(found.title.as_deref(), Some("Seats cost more"));
    assert_eq!(found.author.as_deref(), Some("Mara Okafor"));
    assert_eq!(found.lang.as_deref(), Some("en-GB"));
    assert_eq!(found.published.unwrap().to_string(), "2026-11-20T08:00:00Z");
}

#[test]
fn a_short_page_is_not_an_empty_one() {
    assert_eq!(main_text("<p>Closed today.", None).unwrap().text, "Closed today.");
    assert_eq!(main_text("", None).unwrap(), MainText::default());
}

#[test]
fn an_address_dates_a_page_that_does_not_say() {
    let url = Url::parse("https://ledger.example/2026/11/20/seats").unwrap();
    let found = main_text("<p>Seats cost more.", Some(&url)).unwrap();
    assert_eq!(found.published.unwrap().to_string(), "2026-11-20T00:00:00Z");
}

#[test]
fn a_byline_in_the_page_names_the_author_once() {
    let page = format!(
        "<article><div class=byline><span class=author>Mara Okafor</span></div>{}</article>",
        SENTENCE.repeat(8)
    );
    let found = main_text(&page, None).unwrap();
    assert_eq!(found.author.as_deref(), Some("Mara Okafor"));
    assert!(!found.text.contains("Okafor"));
}

#[test]
fn a_table_of_data_stays_and_one_of_links_goes() {
    let data = "<table><tr><th>Plan<th>Price</tr><tr><td>Team<td>12</tr></table>";
    let links = "<table><tr><td><a href=/a>Alpha</a><td><a href=/b>Beta</a></tr></table>";
    let page = format!("<article>{}{data}{links}{}</article>", SENTENCE.repeat(6), SENTENCE.repeat(6));
    let text = main_text(&page, None).unwrap().text;
    assert!(text.contains("Team 12") && !text.contains("Alpha"), "{text}");
}

#[test]
fn the_label_of_an_advert_is_no_text() {
    let page = format!("<article>{}<div>\n Quảng cáo \n</div>{}</article>", SENTENCE.repeat(6), SENTENCE.repeat(6));
    assert!(!main_text(&page, None).unwrap().text.contains("Quảng cáo"));
}

#[test]
fn hidden_parts_are_no_text_however_short_the_rest() {
    let hidden = "One seat, two seats and three, said the vendor. ".repeat(40);
    let page = format!(
        "<article><p>Closed today,</p><p>and tomorrow too,</p><p>for the fair.</p>\
         <div style='visibility: hidden'><p>{hidden}</div></article>"
    );
    assert_eq!(main_text(&page, None).unwrap().text, "Closed today,\nand tomorrow too,\nfor the fair.");
}

#[test]
fn a_page_drawn_by_scripts_is_read_from_what_it_keeps_for_others() {
    let page = format!("<body><p>The latest from us.</p><noscript><div>{}</div></noscript>", SENTENCE.repeat(8));
    assert_eq!(main_text(&page, None).unwrap().text.lines().filter(|line| line.starts_with("One seat")).count(), 8);
}

#[test]
fn lists_of_links_above_and_headings_below_are_no_text() {
    let page = format!(
        "<article><ol><li><a href=/>Home</a><li><a href=/news>News</a></ol>{}<h2>More of our news</h2></article>",
        SENTENCE.repeat(8)
    );
    let text = main_text(&page, None).unwrap().text;
    assert!(text.starts_with("One seat") && text.ends_with("a year ago."), "{text}");
}

#[test]
fn a_form_that_asks_is_not_taken_for_the_text() {
    let consent =
        "<p>I agree, until I revoke it, to be sent mail, news, offers and letters, as often as it is wished.</p>";
    let page = format!(
        "<div><p>The fair opens on Friday.</p>{}</div><form><input name=mail>{}</form>",
        SENTENCE.repeat(12),
        consent.repeat(2)
    );
    let text = main_text(&page, None).unwrap().text;
    assert!(text.contains("The fair opens") && !text.contains("I agree"), "{text}");
}

#[test]
fn the_only_heading_is_the_title_unless_it_names_the_site() {
    let title = |page: &str| main_text(page, None).unwrap().title;
    let head = "<title>Seats: what they cost now</title><meta property=og:site_name content='The Daily Ledger'>";
    assert_eq!(title(&format!("{head}<h1>Seats cost more</h1>")).as_deref(), Some("Seats cost more"));
    for heads in ["<h1>The Daily Ledger</h1>", "<h1>Seats cost more</h1><h1>More of our news</h1>"] {
        assert_eq!(title(&format!("{head}{heads}")).as_deref(), Some("Seats: what they cost now"));
    }
}

#[test]
fn words_are_whole_and_without_their_pronunciation() {
    let page = format!(
        "<article><p>Ver\u{ad}kauf, <ruby>東京<rp>(</rp><rt>とうきょう</rt><rp>)</rp></ruby>で。</p>{}</article>",
        SENTENCE.repeat(8)
    );
    assert_eq!(main_text(&page, None).unwrap().text.lines().next(), Some("Verkauf, 東京で。"));
}

#[test]
fn the_posts_of_a_thread_are_taken_together() {
    let post = |number: u32| {
        format!(
            "<article class='post post-{number}'><div class=name>Name {number}</div><div class=inner><div class=words>\
             Post {number} says, at some length, that one seat costs more than it did, and that two do, too, alas.\
             </div></div></article>"
        )
    };
    let page = format!("<div class=posts>{}{}{}{}</div>", post(1), post(2), post(3), post(4));
    let text = main_text(&page, None).unwrap().text;
    assert!((1..=4).all(|number| text.contains(&format!("Post {number} says"))), "{text}");
}

#[test]
fn a_box_that_says_it_is_boilerplate_is_not_taken_for_a_short_text() {
    let legal = "<p>Offers, prices, and views, where they are shown, are those of others, and we are paid, now and \
                 then, by some of them, as you should know, and as the law asks of us, in many lands.</p>";
    let page = format!(
        "<section class=ad-disclosure-body>{}</section><div class=story-column><p>The fair opens on Friday.</p>{}</div>",
        legal.repeat(3),
        SENTENCE.repeat(4)
    );
    let text = main_text(&format!("{page}<div><ul><li>{}</ul></div>", "word ".repeat(800)), None).unwrap().text;
    assert!(text.contains("The fair opens") && !text.contains("we are paid"), "{text}");
}

#[test]
fn lines_that_lead_elsewhere_go_whatever_they_are_made_of() {
    let page = format!(
        "<article>{SENTENCES}<section><a href=/all>Back to all news</a></section>\
         One more line.<br><a href=/2>Read also: Quillbase buys Fernlight</a><br>\
         <span><a href=/3>Quillbase is said to look for another buyer</a></span>\
         <p><a href=/try>Try it now</a></p>{SENTENCES}</article>",
        SENTENCES = SENTENCE.repeat(6)
    );
    let text = main_text(&page, None).unwrap().text;
    for gone in ["Back to all", "Read also", "another buyer"] {
        assert!(!text.contains(gone), "{gone}: {text}");
    }
    assert!(text.contains("One more line.\nTry it now\n"), "{text}");
}

#[test]
fn captions_stay_and_credited_labels_go() {
    let figure = |caption: &str| format!("<figure><img src=a.png><figcaption>{caption}</figcaption></figure>");
    let page = format!(
        "<article>{SENTENCES}{}{}<div>A seat at the fair. Foto: M. Okafor</div>{SENTENCES}</article>",
        figure("Seats sold, by month"),
        figure("A seat at the fair | Getty Images"),
        SENTENCES = SENTENCE.repeat(6)
    );
    let text = main_text(&page, None).unwrap().text;
    assert!(text.contains("Seats sold, by month") && !text.contains("at the fair"), "{text}");
}

#[test]
fn the_sentences_below_the_heading_lead_into_the_text() {
    let page = format!(
        "<title>Seats cost more</title><main><header><h1>Seats cost more</h1><h2>Quillbase raises what it asks for a \
         seat by a fifth, and says so in a mail to all.</h2></header><div class=body><div>{}</div></div></main>",
        SENTENCE.repeat(8)
    );
    let text = main_text(&page, None).unwrap().text;
    assert!(text.starts_with("Quillbase raises what it asks"), "{text}");
}

#[test]
fn a_page_that_nests_too_deep_or_is_too_large_is_refused() {
    assert_eq!(main_text(&"<div>".repeat(30_000), None).unwrap_err(), NoTree::TooDeep);
    assert_eq!(main_text(&"<p>x".repeat(3 << 20), None).unwrap_err(), NoTree::TooLarge);
}

#[test]
fn a_flood_of_brackets_is_text() {
    let flood = large(2 << 20);
    assert_eq!(main_text(&"<".repeat(flood), None).unwrap().text.len(), flood);
}

#[test]
fn every_paragraph_of_a_large_page_is_kept() {
    let count = large(100_000);
    let text = main_text(&"<p>One, two, three, said the vendor.</p>".repeat(count), None).unwrap().text;
    assert_eq!(text.lines().count(), count);
    let count = large(5 << 20) / SENTENCE.len();
    let page = format!("<article>{}</article>", SENTENCE.repeat(count));
    assert_eq!(main_text(&page, None).unwrap().text.lines().count(), count);
}

/// A sixteenth of a size, or all of it where `TIDINGS_LARGE_PAGES` is set.
fn large(size: usize) -> usize {
    if std::env::var_os("TIDINGS_LARGE_PAGES").is_some() { size } else { size / 16 }
}

/// Nodes looked at for a page.
fn steps(page: &str) -> u64 {
    let before = STEPS.get();
    main_text(page, None).unwrap();
    STEPS.get() - before
}

#[test]
fn a_page_costs_no_more_than_its_length() {
    let deep = |open: &str, close: &str, count: usize| open.repeat(count) + "x" + &close.repeat(count);
    let nests: [(&str, &str, &str); 10] = [
        ("empty divisions", "<div>", "</div>"),
        ("bylines", "<div class=byline>", "</div>"),
        ("share boxes", "<div class=share>", "</div>"),
        ("captions", "<figcaption>", "</figcaption>"),
        ("articles", "<article class=article-body>", "</article>"),
        ("headings", "<div><h1>", "</h1></div>"),
        ("times", "<time>", "</time>"),
        ("dates", "<div class=date>", "</div>"),
        ("tables", "<table><tr><td>", "</td></tr></table>"),
        ("leads", "<section class=lead>", "</section>"),
    ];
    for (name, open, close) in nests {
        let levels = open.matches('<').count().max(1);
        let levels = if open.contains("table") { levels + 1 } else { levels };
        let (count, few) = if name.starts_with("empty") { (480, 1) } else { (120 / levels, 4) };
        let many = few * 8;
        let page = |nests: usize| {
            format!("<title>Seats cost more</title>{}{}", deep(open, close, count).repeat(nests), SENTENCE.repeat(20))
        };
        let nodes = (many * count * levels) as u64 + 60;
        let (few, many) = (steps(&page(few)), steps(&page(many)));
        assert!(many < few * 12, "{name}: {few} steps grow to {many} for eight times as much");
        // Each pass looks at a node once or twice, four efforts of some forty passes are made.
        assert!(many < nodes * 200, "{name}: {many} steps for {nodes} nodes");
    }
}

#[test]
fn a_deep_nest_costs_no_more_than_a_wide_row() {
    for class in ["byline", "share", "lead", "date", "caption", "article-body"] {
        let wide = format!("<div class={class}>x</div>").repeat(490) + &SENTENCE.repeat(200);
        let deep = format!("<div class={class}>").repeat(490) + "x" + &"</div>".repeat(490) + &SENTENCE.repeat(200);
        assert!(steps(&deep) < steps(&wide) * 3, "{class}: {} against {}", steps(&deep), steps(&wide));
    }
}
