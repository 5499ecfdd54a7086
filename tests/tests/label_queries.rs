//! Labels by queries, and names that need context: from the taxonomy's file to the answer.

use serde_json::json;
use tidings_testkit::{Answer, Web};
use tidings_tests::Archive;

const TAXONOMY: &str = r#"
[[competitor]]
id = "close"
name = "Close"
tier = 1
context = ["crm"]
exclude = ["close the deal"]

[[label]]
dimension = "pain"
id = "renewal"
name = "Renewal"
query = 'competitor:close (renewal NEAR/3 doubled) -rumour'
"#;

fn item(number: u32, text: &str) -> String {
    format!("<item><guid>{number}</guid><title>{number}</title><description>{text}</description></item>")
}

#[test]
fn a_label_by_query_is_in_the_archive_with_its_words() {
    let web = Web::start(1);
    let items = [
        item(1, "We left Close, a CRM: the renewal price doubled."),
        item(2, "The renewal price doubled."),
        item(3, "A rumour: with Close CRM the renewal doubled."),
        item(4, "Close the deal with any CRM."),
    ];
    let feed = format!("<rss version=\"2.0\"><channel><title>News</title>{}</channel></rss>", items.concat());
    web.put("/feed", Answer::ok("application/rss+xml", feed));
    let archive = Archive::new(&format!(
        "\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = {{ every = \"1h\" }}\nparams = {{ url = {:?} }}\n",
        web.url("/feed")
    ));
    archive.write("taxonomy.toml", TAXONOMY);
    archive.json(&["once", "news"]);
    let answer = archive.json(&["search", "pain:renewal"]);
    assert_eq!((&answer["total"], &answer["query"]["relaxed"]), (&json!(1), &json!(false)), "{answer}");
    let tag = &answer["hits"][0]["tags"][0];
    assert_eq!(
        tag["evidence"],
        json!([
            {"field": "text", "start": 8, "end": 13, "quote": "Close"},
            {"field": "text", "start": 26, "end": 47, "quote": "renewal price doubled"},
        ])
    );
    assert_eq!(tag["about"], json!(["close"]));
    assert_eq!(archive.json(&["search", "competitor:close"])["total"], 2);
}

#[test]
fn what_is_wrong_in_a_taxonomy_is_told_where_it_stands() {
    let archive = Archive::new("");
    archive.json(&["config", "check"]);
    for (wrong, right, says) in [
        (
            "competitor:close",
            "pain:price",
            "taxonomy.toml:13:10: `pain:price` cannot stand in the query of a label at character 0",
        ),
        ("competitor:close", "competitor:clsoe", "taxonomy.toml:13:21: unknown competitor `clsoe` at character 11"),
        ("competitor:close", "competitor:clsoe", "Did you mean `close`?"),
        ("doubled)", "doubled", "taxonomy.toml:13:27: the parenthesis is never closed at character 17"),
        ("query =", "qeury =", "did you mean `query`?"),
        ("exclude =", "excludes =", "taxonomy.toml:7:1: unknown key in [[competitor]] `excludes`"),
        ("query =", "yields_to = [\"renewal\"]\nquery =", "pain:renewal → pain:renewal"),
    ] {
        archive.write("taxonomy.toml", &TAXONOMY.replace(wrong, right));
        archive.refuses(&["config", "check"], 2, says);
    }
}
