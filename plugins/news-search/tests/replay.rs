//! What the plugin makes of recorded answers of each engine.

use tidings_plugin_news_search::{Engine, NewsSearch, Params};
use tidings_sdk::Plugin;
use tidings_sdk::testing::{Replay, Run, conformance};

fn replay(name: &str) -> Replay {
    Replay::load(format!("tests/recordings/{name}"))
}

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = replay(name).run(&NewsSearch);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

#[test]
fn conforms() {
    conformance(&NewsSearch);
}

#[test]
fn google_news_names_publishers_and_keeps_its_links() {
    let run = check("google-news", 2);
    let story = &run.findings()[0].finding;
    assert_eq!(story.title.as_deref(), Some("Lá Xanh ra mắt phần mềm quản lý bán hàng - bản mới"));
    assert_eq!(story.attrs["publisher"], "Báo Sổ Tay");
    assert!(story.url.as_deref().unwrap().starts_with("https://news.google.com/rss/articles/"));
}

#[test]
fn bing_news_leads_to_the_pages_themselves() {
    let run = check("bing-news", 2);
    assert_eq!(run.findings()[0].finding.url.as_deref(), Some("https://ledger.example/quillbase?id=1"));
    assert_eq!(run.findings()[0].finding.attrs["publisher"], "Harbour Ledger on news.example");
}

#[test]
fn gdelt_lists_articles_with_domain_and_language() {
    let run = check("gdelt", 2);
    assert_eq!(run.skipped().len(), 1);
}

#[test]
fn gdelt_without_articles_is_no_fault() {
    let run = check("gdelt-empty", 0);
    assert!(run.result().as_ref().unwrap().expected_empty);
}

#[test]
fn what_gdelt_says_in_words_is_passed_on() {
    let run = replay("gdelt-refused").run(&NewsSearch);
    let error = run.assert_error("plugin.parse").result().as_ref().unwrap_err();
    assert!(error.message().contains("The specified phrase is too short."), "{error}");
}

#[test]
fn searxng_is_read_until_a_page_brings_nothing_more() {
    let run = check("searxng", 3);
    assert_eq!((run.requests().len(), run.log().len()), (3, 1));
}

#[test]
fn searxng_without_json_says_what_to_set() {
    let run = replay("searxng-no-json").run(&NewsSearch);
    let error = run.assert_error("http.status").result().as_ref().unwrap_err();
    assert!(error.message().contains("search.formats"), "{error}");
}

#[test]
fn brave_is_read_up_to_max() {
    let run = check("brave", 3);
    assert_eq!(run.requests().len(), 1);
}

#[track_caller]
fn check_refused(params: &Params, problem: &str) {
    let error = NewsSearch::check(params).expect_err("they are refused");
    assert!(error.message().contains(problem), "{error}");
}

#[test]
fn params_that_an_engine_cannot_serve_are_refused() {
    check_refused(&Params::new(Engine::BingNews, " "), "`query` must not be empty");
    check_refused(&Params::new(Engine::Searxng, "crm"), "needs `base_url`");
    check_refused(&Params { lang: "xx".to_owned(), ..Params::new(Engine::Gdelt, "crm") }, "`lang` `xx`");
    check_refused(&Params { region: "XX".to_owned(), ..Params::new(Engine::Gdelt, "crm") }, "`region` `XX`");
}
