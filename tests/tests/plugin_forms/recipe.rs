//! A `*.recipe.toml` in a plugins folder.

use serde_json::json;
use tidings_plugins::Form;
use tidings_protocol::code;
use tokio_util::sync::CancellationToken;

use crate::bench::{Bench, Record, Web, job, response, settle};

const STATUS: &str = include_str!("../../../plugins/recipes/acme-status.recipe.toml");

fn put(bench: &Bench, name: &str, text: &str) {
    let path = bench.plugins_dir().join(name);
    std::fs::write(&path, text).unwrap();
    settle(&path);
}

#[tokio::test]
async fn a_recipe_is_described_and_run() {
    let web = Web::new(|head| {
        assert!(head.starts_with("GET /api/incidents.json "), "{head}");
        let body =
            r#"{"incidents":[{"id":71,"name":"Slow search","shortlink":"/i/71","body":"<p>Slow.</p>"},{"id":70}]}"#;
        response("200 OK", "content-type: application/json\r\n", body)
    });
    let bench = Bench::new();
    put(&bench, "acme-status.recipe.toml", STATUS);
    let catalog = bench.discover(bench.launcher()).await;
    assert_eq!(catalog.problems(), []);
    let plugin = catalog.plugin(&"acme-status".parse().unwrap()).unwrap();
    assert_eq!(plugin.form, Form::Recipe);
    assert!(
        plugin.stored.starts_with(std::fs::canonicalize(bench.store_dir()).unwrap()),
        "{}",
        plugin.stored.display()
    );

    let mut record = Record::default();
    let job = job(json!({"base": web.base}));
    let end = bench.supervisor().run(&plugin, job, &mut record, CancellationToken::new()).await;
    assert_eq!(end.result.unwrap().summary.as_deref(), Some("2 items, 1 handed over"), "{}", end.log_tail);
    let finding = &record.findings[0];
    assert_eq!((finding.title.as_deref(), finding.text.as_deref()), (Some("Slow search"), Some("Slow.")));
    assert_eq!(finding.url, Some(format!("{}/i/71", web.base)));
    assert_eq!(end.sandbox.unwrap(), tidings_plugins::probe_sandbox(&bench.config, &bench.launcher()).await.unwrap());
}

#[tokio::test]
async fn a_wrong_recipe_is_told_with_its_own_path_line_and_column() {
    let bench = Bench::new();
    put(&bench, "wrong.recipe.toml", &STATUS.replace("title = \"/name\"", "titel = \"/name\""));
    let catalog = bench.discover(bench.launcher()).await;
    let problem = &catalog.problems()[0];
    assert_eq!(problem.error.code, code::LOAD_DESCRIBE_FAILED);
    let path = bench.plugins_dir().join("wrong.recipe.toml");
    let place = format!("{}:22:1: unknown field `titel`", path.display());
    assert!(problem.error.message.starts_with(&place), "{problem}");
    assert!(problem.error.message.ends_with("did you mean `title`?"), "{problem}");
    assert!(problem.may_be(&"wrong".parse().unwrap()));
}

#[tokio::test]
async fn a_page_without_the_list_fails_with_its_pointer() {
    let web = Web::new(|_| response("200 OK", "content-type: application/json\r\n", r#"{"items":[]}"#));
    let bench = Bench::new();
    put(&bench, "acme-status.recipe.toml", STATUS);
    let catalog = bench.discover(bench.launcher()).await;
    let plugin = catalog.plugin(&"acme-status".parse().unwrap()).unwrap();
    let job = job(json!({"base": web.base}));
    let end = bench.supervisor().run(&plugin, job, &mut Record::default(), CancellationToken::new()).await;
    let error = end.result.unwrap_err();
    assert_eq!((error.code.as_str(), error.data.selector.as_deref()), (code::PLUGIN_PARSE, Some("/incidents")));
}
