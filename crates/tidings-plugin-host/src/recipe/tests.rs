//! Recipes over recordings, and what is said of wrong ones.

use tidings_sdk::code;
use tidings_sdk::testing::{Replay, Run};

use super::Recipe;

const BLOG: &str = include_str!("../../../../plugins/recipes/acme-blog.recipe.toml");
const STATUS: &str = include_str!("../../../../plugins/recipes/acme-status.recipe.toml");
const JOBS: &str = "id = \"acme-jobs\"\nname = \"Jobs\"\nkind = \"competitor\"\nhosts = [\"acme.example\"]\n\
    [fetch]\nurl = \"https://acme.example/jobs\"\n[list]\njson_ld = [\"JobPosting\"]\n\
    [item]\ntitle = \"/title\"\nurl = \"/url\"\npublished = \"/datePosted\"\n\
    text = { json = \"/description\", html = true }\n[expect]\nmin_items = 1\nrequired = [\"title\", \"url\"]\n";

fn replay(recipe: &str, recording: &str) -> Run {
    let recipe = Recipe::parse(recipe).unwrap();
    Replay::load(format!("tests/recordings/{recording}")).run_with(|params, ctx| recipe.run(params, ctx))
}

#[test]
fn a_list_is_read_with_the_pages_behind_its_new_items() {
    let run = replay(BLOG, "../../../../plugins/recipes/tests/recordings/acme-blog/front");
    run.assert_ok().assert_findings(1..=1).assert_snapshot();
    assert_eq!(run.skipped().len(), 1);
    assert_eq!(run.skipped()[0].reason, "it has no `title`");
    assert_eq!(run.requests().len(), 3, "{:?}", run.requests());
}

#[test]
fn a_json_list_is_read_by_pointers() {
    let run = replay(STATUS, "../../../../plugins/recipes/tests/recordings/acme-status/incidents");
    run.assert_ok().assert_findings(1..=1).assert_snapshot();
    assert_eq!(run.skipped()[0].reason, "it has no `title`");
}

#[test]
fn json_ld_is_read_by_pointers() {
    let run = replay(JOBS, "jobs");
    run.assert_ok().assert_findings(2..=2).assert_snapshot();
    assert_eq!(run.skipped()[0].reason, "it has no `url`");
}

#[test]
fn a_page_that_has_changed_fails_and_names_the_selector() {
    let run = replay(BLOG, "blog-changed");
    run.assert_error(code::PLUGIN_PARSE);
    let error = run.result().as_ref().unwrap_err();
    assert_eq!(error.data().selector.as_deref(), Some("article.post"));
    assert!(error.message().contains("at least 1 are expected"), "{error}");
}

#[test]
fn the_manifest_says_what_the_recipe_says() {
    let manifest = serde_json::to_value(Recipe::parse(BLOG).unwrap().manifest()).unwrap();
    let section = &manifest["params_schema"]["properties"]["section"];
    assert_eq!(section["default"], "news");
    assert_eq!(manifest["params_schema"]["additionalProperties"], false);
    assert_eq!(manifest["entry"][0]["url"], "https://acme.example/{params.section}?page=1");
    assert_eq!(manifest["examples"][1]["params"]["section"], "pricing");
    assert_eq!(manifest["emits"][0], "article");
    let status = serde_json::to_value(Recipe::parse(STATUS).unwrap().manifest()).unwrap();
    assert_eq!(status["capabilities"]["hosts_from_params"][0], "/base");
    assert_eq!(status["empty_is_normal"], true);
}

/// The recipe of the blog with `from` replaced by `to` is wrong so, in the line of `to`.
#[track_caller]
fn check_wrong(from: &str, to: &str, problem: &str) {
    assert!(BLOG.contains(from), "{from}");
    let text = BLOG.replace(from, to);
    let error = Recipe::parse(&text).unwrap_err();
    assert!(error.to_string().contains(problem), "{error}");
    let wrong = to.lines().next().unwrap_or_default();
    let line = text.lines().nth(error.line - 1).unwrap_or_default();
    assert!(to.is_empty() || line.contains(wrong), "line {} is `{line}`: {error}", error.line);
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_the_nearest_name() {
    check_wrong("every = ", "evry = ", "did you mean `every`?");
    check_wrong("title = \"h2 a\"", "titel = \"h2 a\"", "did you mean `title`?");
    check_wrong("attr = \"href\"", "atr = \"href\"", "did you mean `attr`?");
    check_wrong("\"page_without_new\"", "\"sometimes\"", "unknown variant `sometimes`");
    check_wrong("\"article.post\"", "\"article[\"", "`article[` is no CSS selector");
    check_wrong("\".excerpt\"", "\"..x\"", "`..x` is no CSS selector");
    check_wrong("\".share\"", "\"#\"", "`#` is no CSS selector");
    check_wrong("by (.+)", "by (", "`by (` is no regular expression");
    check_wrong("{params.section}", "{params.sektion}", "there is no `[params.sektion]`");
    check_wrong("?page={page}", "?page={seite}", "`{seite}` is neither");
    check_wrong("?page={page}", "", "`pages` needs a `{page}`");
    check_wrong("[\"title\", \"url\"]", "[\"title\", \"price\"]", "`price` is required, but");
    check_wrong("title = [\"\\\\s+\", \" \"]", "price = [\"a\", \"b\"]", "no `price` in which to replace");
    check_wrong("key = { attr", "key = { json = \"/id\", attr", "is a JSON pointer, but");
    check_wrong("id = \"acme-blog\"", "id = \"Acme\"", "`id` must be a letter");
    check_wrong("kind = \"article\"", "kind = \"artikel\"", "did you mean `article`?");
    check_wrong("items = \"article.post\"", "json_ld = [\"News Article\"]", "names types of schema.org");
    check_wrong("[list]\nitems", "[list]\nfeed = true\nitems", "exactly one of");
}

#[test]
fn a_feed_is_read_by_the_names_of_its_fields() {
    let text = "id = \"acme-feed\"\nname = \"Feed\"\nkind = \"feed\"\nhosts = [\"acme.example\"]\n\
        [fetch]\nurl = \"https://acme.example/feed.xml\"\n[list]\nfeed = true\n\
        [item]\nauthor = { regex = \"^(\\\\w+)\" }\n[expect]\nmin_items = 1\nrequired = [\"title\"]\n";
    let run = replay(text, "feed");
    run.assert_ok().assert_findings(2..=2).assert_snapshot();
}
