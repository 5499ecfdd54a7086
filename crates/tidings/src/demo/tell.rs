//! What the demo says: where to ask, and what just happened, in plain words.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use tidings_model::Finding;
use tidings_store::{EntryKind, LogNumber, Store, StoreError};

use crate::output::{one_line, print_line};

/// How often the log is looked at.
const LOOK: Duration = Duration::from_millis(700);
/// Findings told one by one of a batch; the rest are counted.
const TOLD: usize = 4;

/// Prints the address and three questions to ask.
pub(super) fn welcome(listen: SocketAddr, folder: &Path) -> std::io::Result<()> {
    let base = format!("http://{listen}/api/v1");
    print_line(&format!(
        "
Tidings watches a made-up market: two news sites, in English and Vietnamese, and a forum.
Something new comes every few seconds. The archive lies in {folder} until you press Ctrl-C.

  API   {base}

What do customers of our tier-1 rivals complain about?
  curl -s '{base}/search?tier=1&facets=pain,competitor&limit=3'
Who finds them too expensive, typed without marks or with?
  curl -s '{base}/search?q=dat+qua&highlight=true'
How are the sources, and what did the two alerts tell?
  curl -s '{base}/sources'
  curl -s '{base}/deliveries'
",
        folder = folder.display()
    ))
}

/// Tells what comes into the log, until it is dropped.
pub(super) async fn findings(store: Store) {
    let mut told = LogNumber::default();
    loop {
        tokio::time::sleep(LOOK).await;
        let store = store.clone();
        let entries = tokio::task::spawn_blocking(move || store.log_after(told, 1_000)).await;
        let entries = match entries {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) => return cannot_tell(&error),
            Err(_) => return,
        };
        let Some(last) = entries.last() else { continue };
        told = last.number;
        let found = entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Found | EntryKind::Revised));
        let found: Vec<&Finding> = found.filter_map(|entry| entry.finding.as_deref()).collect();
        if tell(&found).is_err() {
            return;
        }
    }
}

fn cannot_tell(error: &StoreError) {
    tracing::error!(%error, "the log cannot be read");
}

fn tell(found: &[&Finding]) -> std::io::Result<()> {
    // What says something about a rival comes first.
    let mut telling: Vec<&&Finding> = found.iter().collect();
    telling.sort_by_key(|finding| std::cmp::Reverse((!finding.tags.is_empty(), finding.competitors.len())));
    for finding in telling.iter().take(TOLD) {
        print_line(&sentence(finding))?;
    }
    if TOLD < found.len() {
        let mut by_source: BTreeMap<&str, usize> = BTreeMap::new();
        telling.iter().skip(TOLD).for_each(|finding| *by_source.entry(finding.source.as_str()).or_default() += 1);
        let counts: Vec<String> = by_source.iter().map(|(source, count)| format!("{count} from {source}")).collect();
        print_line(&format!("   … and {}", counts.join(", ")))?;
    }
    Ok(())
}

/// One finding: where, what, and why it is tagged.
fn sentence(finding: &Finding) -> String {
    let title = if finding.title.is_empty() { &finding.text } else { &finding.title };
    let title: String = one_line(title).chars().take(80).collect();
    let competitors = finding.competitors.iter().map(|tag| match tag.tier {
        Some(tier) => format!("{} (tier {tier})", tag.name),
        None => format!("{} (us)", tag.name),
    });
    let tags = finding.tags.iter().map(|tag| {
        let quote = tag.evidence.first().map(|evidence| format!(" “{}”", one_line(&evidence.quote)));
        format!("{} {}{}", tag.dimension, tag.id, quote.unwrap_or_default())
    });
    let why: Vec<String> = competitors.chain(tags).collect();
    let why = if why.is_empty() { "no rival, no pain".to_owned() } else { why.join(" · ") };
    format!("{:>8}  {title}\n          {why}", finding.source.as_str())
}
