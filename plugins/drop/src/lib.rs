//! The `drop` plugin: rows, mails and texts that are put into a folder.

mod file;
mod params;
mod row;

use std::collections::BTreeMap;

use tidings_sdk::{Ctx, Example, FindingKind, Info, Kind, Plugin, Result, bail};

pub use params::{Columns, Params, Preset};

/// State: size and time of each file that was read, and with which params, by its name.
const READ: &str = "read";
/// Longest file that is read, in bytes.
const MAX_FILE: u64 = 64 << 20;

/// Reads a folder.
pub struct Drop;

impl Plugin for Drop {
    type Params = Params;
    const INFO: Info = Info::new("drop", "Drop folder", Kind::Custom)
        .summary("Rows, mails and texts put into a folder: CSV, NDJSON, .eml, .txt")
        .every("15m")
        .folder_from_params("/folder")
        .emits(&[
            FindingKind::Article,
            FindingKind::Post,
            FindingKind::Comment,
            FindingKind::Review,
            FindingKind::Page,
            FindingKind::Release,
            FindingKind::Job,
            FindingKind::Video,
            FindingKind::Survey,
            FindingKind::Other,
        ])
        .empty_is_normal();

    fn examples() -> Vec<Example<Params>> {
        let columns = Columns {
            text: Some("What could be better?".to_owned()),
            key: Some("Respondent".to_owned()),
            ..Columns::default()
        };
        let survey = Params { kind: FindingKind::Survey, columns, ..Params::new("/srv/tidings/survey") };
        let queries = Params { preset: Some(Preset::SearchConsole), ..Params::new("/srv/tidings/search-console") };
        vec![Example::new("Answers of a survey", survey), Example::new("Exports of Search Console", queries)]
    }

    fn check(params: &Params) -> Result<()> {
        if params.kind == FindingKind::PageChange {
            bail!("`kind` cannot be `page_change`: a file does not say what changed on a page");
        }
        Ok(())
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        let earlier: BTreeMap<String, String> = ctx.get(READ)?.unwrap_or_default();
        let files = ctx.files()?;
        // With other columns a file says something else, so it is read again.
        let asked = row::hash(&[serde_json::to_string(params)?]);
        let mut read = BTreeMap::new();
        let (mut taken, mut found) = (0, 0);
        for dropped in &files {
            let state = format!("{} {} {asked:016x}", dropped.size, dropped.modified);
            if earlier.get(&dropped.name) == Some(&state) {
                read.insert(dropped.name.clone(), state);
                continue;
            }
            if MAX_FILE < dropped.size {
                ctx.skip("", format!("{}: it is longer than 64 MiB: split it", dropped.name));
                continue;
            }
            let bytes = ctx.read(dropped)?;
            found += file::emit(&dropped.name, &bytes, params, ctx)?;
            taken += 1;
            read.insert(dropped.name.clone(), state);
        }
        // A file that is gone is forgotten with what was known of it.
        ctx.set(READ, &read)?;
        if found == 0 {
            ctx.expect_empty();
        }
        ctx.summary(format!("files: {}, new or changed: {taken}, findings: {found}", files.len()));
        Ok(())
    }
}

tidings_sdk::export!(Drop);
