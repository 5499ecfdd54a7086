//! What the source made of a recipe holds; that it builds and finds the same is tested with the commands.

use super::super::Recipe;
use super::{EjectError, eject};

const BLOG: &str = include_str!("../../../../../plugins/recipes/acme-blog.recipe.toml");
const STATUS: &str = include_str!("../../../../../plugins/recipes/acme-status.recipe.toml");
const FEED: &str = "id = \"acme-feed\"\nname = \"Feed\"\nkind = \"feed\"\nhosts = [\"acme.example\"]\n\
    [fetch]\nurl = \"https://acme.example/feed.xml\"\n[list]\nfeed = true\n\
    [item]\nauthor = { regex = \"^(\\\\w+)\" }\n[expect]\nrequired = [\"title\"]\n";

fn file(recipe: &str, name: &str) -> String {
    let files = eject(&Recipe::parse(recipe).unwrap(), "path = \"sdk\"").unwrap();
    files.into_iter().find(|(path, _)| path.to_str() == Some(name)).unwrap().1
}

#[track_caller]
fn check(recipe: &str, name: &str, has: &[&str], lacks: &[&str]) {
    let text = file(recipe, name);
    for part in has {
        assert!(text.contains(part), "`{part}` is not in:\n{text}");
    }
    for part in lacks.iter().chain(&["//@", "@ID@", "@ITEM@", "\n\n\n"]) {
        assert!(!text.contains(part), "`{part}` is in:\n{text}");
    }
}

#[test]
fn a_list_of_elements_becomes_selectors() {
    check(
        BLOG,
        "Cargo.toml",
        &["tidings-plugin-acme-blog", "tidings-sdk = { path = \"sdk\" }", "regex"],
        &["serde_json"],
    );
    check(
        BLOG,
        "src/lib.rs",
        &[
            "const LIST: &str = \"article.post\";",
            "1_u32..=3_u32",
            "default_section",
            ".every(\"2h\")",
            "any_new",
            "ctx.seen(",
            "\".share\"",
        ],
        &["serde_json"],
    );
    check(
        BLOG,
        "src/item.rs",
        &["AUTHOR_PATTERN", "TITLE_REPLACED_1", "attr(\"href\")", "it has no `url`"],
        &["scalars"],
    );
}

#[test]
fn a_json_list_becomes_pointers() {
    check(
        STATUS,
        "src/lib.rs",
        &["\"/incidents\"", ".json()", "expect_empty", ".hosts_from_params(&[\"/base\"])"],
        &["MIN_ITEMS", "fn detail"],
    );
    check(STATUS, "src/item.rs", &["item.pointer(\"/name\")", "html::plain_text", "\"status page\""], &["Regex"]);
}

#[test]
fn json_ld_becomes_pointers_into_values_of_its_types() {
    let recipe = STATUS.replace("json = \"/incidents\"", "json_ld = [\"NewsArticle\", \"Event\"]");
    check(
        &recipe,
        "src/lib.rs",
        &["page.json_ld(&[\"NewsArticle\", \"Event\"])?"],
        &["Value", "const LIST", ".json()"],
    );
    check(&recipe, "src/item.rs", &["item: &Value", "item.pointer(\"/name\")"], &[]);
    check(&recipe, "Cargo.toml", &["serde_json"], &[]);
    let least = recipe.replace("min_items = 0", "min_items = 2");
    check(&least, "src/lib.rs", &["const LIST: &str = \"JSON-LD NewsArticle, Event\"", "MIN_ITEMS"], &[]);
}

#[test]
fn a_feed_is_read_by_name() {
    check(FEED, "src/lib.rs", &["page.feed()?"], &["const LIST", "Error"]);
    check(FEED, "src/item.rs", &["item.title.clone()", "AUTHOR_PATTERN"], &["score"]);
}

#[test]
fn params_keep_their_names_and_bounds() {
    let text = FEED.replace("[fetch]", "[params.type]\ntype = \"integer\"\ndefault = 3\nmaximum = 9\n[params.a-b]\ntype = \"string\"\ndefault = \"x\"\nenum = [\"x\", \"y\"]\n[fetch]");
    let has =
        ["rename = \"a-b\"", "pub a_b: String", "pub param_type: i64", "\"maximum\" = 9", "\"enum\" = [\"x\",\"y\"]"];
    check(&text, "src/lib.rs", &has, &[]);
    let recipe = Recipe::parse(&text.replace("default = 3", "default = 3.5"));
    let refused = recipe.map(|recipe| eject(&recipe, "").unwrap_err());
    assert!(matches!(refused, Err(_) | Ok(EjectError::Value { .. })), "{refused:?}");
}
