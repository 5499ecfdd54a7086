//! What the plugin makes of recorded alerts.

use tidings_plugin_google_alerts::GoogleAlerts;
use tidings_sdk::testing::{Replay, Run, conformance};

#[track_caller]
fn check(name: &str, findings: usize) -> Run {
    let run = Replay::load(format!("tests/recordings/{name}")).run(&GoogleAlerts);
    run.assert_findings(findings..=findings).assert_snapshot();
    run
}

#[test]
fn conforms() {
    conformance(&GoogleAlerts);
}

#[test]
fn hits_lead_to_their_pages_without_markup_and_name_the_alert() {
    let run = check("alert", 3);
    assert_eq!(run.skipped().len(), 1);
    let first = &run.findings()[0].finding;
    assert_eq!(first.title.as_deref(), Some("Quillbase raises its CRM price & seats - Harbour Ledger"));
    assert_eq!(first.url.as_deref(), Some("https://harbourledger.example/2026/crm-price?id=7&lang=en"));
    assert_eq!(first.attrs["alert"], "crm price");
}

#[test]
fn an_alert_without_hits_is_no_fault() {
    let run = check("no-hits", 0);
    assert!(run.result().as_ref().unwrap().expected_empty);
}
