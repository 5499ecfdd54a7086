//! Any sequence of batches: log, findings and a plain model of both agree.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use tidings_model::{Finding, Timestamp};
use tidings_store::{EntryKind, LogNumber, Outcome, Store};

use crate::sample::{at, batch, finding, id, store};

#[derive(Clone, Debug)]
struct Step {
    run: u8,
    cover: bool,
    findings: Vec<(u8, u8)>,
}

fn step() -> impl Strategy<Value = Step> {
    let findings = prop::collection::vec((0..12_u8, 0..3_u8), 0..6);
    (0..3_u8, any::<bool>(), findings).prop_map(|(run, cover, findings)| Step { run, cover, findings })
}

/// What must be true of one finding.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    text: String,
    found: Timestamp,
    updated: Option<Timestamp>,
    revision: u32,
    /// The run that left it uncovered.
    run: Option<u8>,
}

type Model = BTreeMap<u8, Expected>;

fn expect(model: &mut Model, step: &Step, now: Timestamp) -> Vec<Outcome> {
    let run = (!step.cover).then_some(step.run);
    let mut outcomes = Vec::new();
    for (key, text) in &step.findings {
        let text = text.to_string();
        outcomes.push(match model.get_mut(key) {
            None => {
                model.insert(*key, Expected { text, found: now, updated: None, revision: 1, run });
                Outcome::New
            }
            Some(known) if known.text != text => {
                *known = Expected { text, found: known.found, updated: Some(now), revision: known.revision + 1, run };
                Outcome::Revised
            }
            Some(known) if known.run.is_some() => {
                known.run = run;
                Outcome::Uncovered
            }
            Some(_) => Outcome::Known,
        });
    }
    if step.cover {
        for known in model.values_mut().filter(|known| known.run == Some(step.run)) {
            known.run = None;
        }
    }
    outcomes
}

fn whole(key: u8, expected: &Expected) -> Finding {
    let mut whole = finding(&key.to_string(), &expected.text, expected.found);
    whole.updated = expected.updated;
    whole.revision = expected.revision;
    whole
}

fn agree(store: &Store, model: &Model) {
    let keys: Vec<u8> = (0..12).collect();
    let ids: Vec<_> = keys.iter().map(|key| id(&key.to_string())).collect();
    let expected: Vec<_> = keys.iter().map(|key| model.get(key).map(|expected| whole(*key, expected))).collect();
    assert_eq!(store.findings(&ids).unwrap(), expected);
    let covered: Vec<_> = store.known(&ids).unwrap().iter().map(|known| known.map(|known| known.covered)).collect();
    let expected: Vec<_> = keys.iter().map(|key| model.get(key).map(|expected| expected.run.is_none())).collect();
    assert_eq!(covered, expected);
    for (key, expected) in model {
        assert_eq!(store.revisions(&id(&key.to_string())).unwrap().len(), expected.revision as usize);
    }
}

/// The findings that reading the log from its start gives.
fn replayed(store: &Store) -> BTreeMap<String, Arc<Finding>> {
    let mut findings = BTreeMap::new();
    let mut after = LogNumber(0);
    loop {
        let page = store.log_after(after, 7).unwrap();
        let Some(last) = page.last() else { return findings };
        after = last.number;
        for entry in page {
            let finding = entry.finding.unwrap();
            let before = findings.insert(finding.id.to_string(), Arc::clone(&finding));
            assert_eq!(before.is_none(), entry.kind == EntryKind::Found);
            assert_eq!(before.map_or(0, |before| before.revision) + 1, finding.revision);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn replaying_the_log_gives_the_findings(steps in prop::collection::vec(step(), 1..12)) {
        let (_dir, store) = store();
        let mut model = Model::new();
        let mut log = Vec::new();
        for (n, step) in steps.iter().enumerate() {
            let texts: Vec<_> = step.findings.iter().map(|(key, text)| (key.to_string(), text.to_string())).collect();
            let texts: Vec<_> = texts.iter().map(|(key, text)| (key.as_str(), text.as_str())).collect();
            let mut batch = batch(&step.run.to_string(), n as i64, &texts);
            batch.cover = step.cover;
            let committed = store.commit(batch).unwrap();
            prop_assert_eq!(&committed.outcomes, &expect(&mut model, step, at(n as i64)));
            prop_assert_eq!(committed.first.0, log.len() as u64 + 1);
            log.extend(committed.entries);
            prop_assert_eq!(committed.last.0, log.len() as u64);
            agree(&store, &model);
        }
        prop_assert_eq!(store.log_after(LogNumber(0), 1000).unwrap(), log);
        let expected: BTreeMap<_, _> =
            model.iter().map(|(key, expected)| (id(&key.to_string()).to_string(), Arc::new(whole(*key, expected)))).collect();
        prop_assert_eq!(replayed(&store), expected);
        prop_assert_eq!(store.integrity().unwrap().problems, Vec::<String>::new());
    }
}
