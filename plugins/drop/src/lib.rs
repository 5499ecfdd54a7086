//! The `drop` plugin: rows, mails and texts that are put into a folder.

mod file;
mod large;
mod params;
mod row;

use std::collections::BTreeMap;

use large::{PIECE, Place};
use tidings_sdk::{Ctx, Example, FindingKind, Info, Kind, Plugin, Result, bail};

pub use params::{Columns, Params, Preset};

/// State: size and time of each file that was read, and with which params, by its name.
const READ: &str = "read";
/// State: how far each file was read that one run does not finish, by its name.
const LEFT: &str = "left";
/// Longest mail or text that is read, in bytes.
pub(crate) const MAX_FILE: u64 = 64 << 20;

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
        .empty_is_normal()
        .stateless();

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
        let asked = Params { folder: String::new(), ..params.clone() };
        let asked = row::hash(&[serde_json::to_string(&asked)?]);
        let mut left: BTreeMap<String, Place> = ctx.get(LEFT)?.unwrap_or_default();
        let mut has_long = !left.is_empty();
        left.retain(|name, _| files.iter().any(|file| file.name == *name));
        let mut read = BTreeMap::new();
        let (mut taken, mut found) = (0, 0);
        for (number, dropped) in files.iter().enumerate() {
            let state = format!("{} {} {asked:016x}", dropped.size, dropped.modified);
            if earlier.get(&dropped.name) == Some(&state) {
                read.insert(dropped.name.clone(), state);
                continue;
            }
            if MAX_FILE < dropped.size && !large::has_rows(&dropped.name) {
                ctx.skip("", format!("{}: it is longer than 64 MiB: split it", dropped.name));
                continue;
            }
            taken += 1;
            if (PIECE as u64) < dropped.size && large::has_rows(&dropped.name) {
                has_long = true;
                let begun = left.remove(&dropped.name).filter(|place| place.state == state);
                let place = begun.unwrap_or_else(|| Place::begin(&state));
                let others = left.clone();
                let rest = large::emit(dropped, place, params, ctx, |place, ctx| {
                    let mut left = others.clone();
                    left.insert(dropped.name.clone(), place.clone());
                    ctx.set(LEFT, &left)?;
                    ctx.commit()
                })?;
                found += rest.found;
                if let Some(place) = rest.left {
                    left.insert(dropped.name.clone(), place);
                    ctx.more();
                    // What stands behind it was not looked at, and is as it was.
                    let behind = files[number..].iter().filter_map(|file| earlier.get_key_value(&file.name));
                    read.extend(behind.map(|(name, state)| (name.clone(), state.clone())));
                    break;
                }
            } else {
                let bytes = ctx.read(dropped)?;
                found += file::emit(&dropped.name, &bytes, params, ctx)?;
            }
            read.insert(dropped.name.clone(), state);
        }
        if has_long {
            ctx.set(LEFT, &left)?;
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
