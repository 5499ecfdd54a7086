//! One visit: pages, items, findings.

use serde_json::Value;
use tidings_protocol as wire;
use tidings_sdk::{Ctx, Error, Outcome, Page, Request, Result, code};

use super::item::{Draft, Item, Unreadable, read};
use super::shape::{List, OnlyIf, Pages, Stop};
use super::{Recipe, detail, template};

/// What the pages of a visit came to.
#[derive(Debug, Default)]
struct Tally {
    /// Items that the list has.
    matched: usize,
    /// Those that could be read, old and new.
    read: usize,
    emitted: usize,
    first_url: String,
    first_reason: Option<String>,
}

/// Whether the next page is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Page,
    End,
}

pub(super) fn visit(recipe: &Recipe, params: &Value, ctx: &mut Ctx) -> Result<()> {
    let pages = recipe.shape.fetch.pages.as_ref().map(|pages| *pages.get_ref());
    let Pages { from, to, .. } = pages.unwrap_or(Pages { from: 1, to: 1, stop: Stop::default() });
    let mut tally = Tally::default();
    for number in from..=to {
        let page = ctx.fetch(request(recipe, params, number))?;
        // Behind the last page of a list many sites have none.
        if number != from && matches!(page.status(), 404 | 410) {
            break;
        }
        if take(recipe, &page.ok()?, ctx, &mut tally)? == Next::End {
            break;
        }
    }
    enough(recipe, &tally)?;
    if tally.matched == 0 && recipe.shape.expect.min_items == Some(0) {
        ctx.expect_empty();
    }
    ctx.summary(format!("{} items, {} handed over", tally.matched, tally.emitted));
    Ok(())
}

fn request(recipe: &Recipe, params: &Value, number: u32) -> Request {
    let mut request = Request::get(template::fill(&recipe.shape, params, number));
    for (name, value) in &recipe.shape.fetch.headers {
        request = request.header(name, value);
    }
    if recipe.shape.list.get_ref().json.is_some() { request.json() } else { request }
}

/// Reads one page, and hands over what it has.
fn take(recipe: &Recipe, page: &Page, ctx: &mut Ctx, tally: &mut Tally) -> Result<Next> {
    let read = items(recipe, page)?;
    if tally.first_url.is_empty() {
        page.url().clone_into(&mut tally.first_url);
    }
    tally.matched += read.len();
    if read.is_empty() {
        return Ok(Next::End);
    }
    let mut drafts = Vec::new();
    for item in read {
        match item {
            Ok(draft) => drafts.push(draft),
            Err(Unreadable { url, reason }) => {
                ctx.skip(url.as_deref().unwrap_or(page.url()), &reason);
                tally.first_reason.get_or_insert(reason);
            }
        }
    }
    tally.read += drafts.len();
    let any_new = hand_over(recipe, drafts, ctx, tally)?;
    let stop = recipe.shape.fetch.pages.as_ref().map_or(Stop::default(), |pages| pages.get_ref().stop);
    Ok(if any_new == Some(false) && stop == Stop::PageWithoutNew {
        Next::End
    } else {
        any_new.map_or(Next::End, |_| Next::Page)
    })
}

/// The items of a page, each read or told why not.
fn items(recipe: &Recipe, page: &Page) -> Result<Vec<Result<Draft, Unreadable>>> {
    let List { items, json, json_ld, .. } = recipe.shape.list.get_ref();
    if let Some(css) = items {
        let html = page.html();
        return Ok(html.select(css.get_ref()).into_iter().map(|row| read(recipe, Item::Element(row), page)).collect());
    }
    if let Some(pointer) = json {
        let (pointer, body) = (pointer.get_ref(), page.json::<Value>()?);
        let Some(values) = body.pointer(pointer).and_then(Value::as_array) else {
            let message = format!("there is no list at `{pointer}` in the JSON of {}", page.url());
            return Err(unparsed(page.url(), pointer, message));
        };
        return Ok(values.iter().map(|value| read(recipe, Item::Json(value), page)).collect());
    }
    if let Some(types) = json_ld {
        let types: Vec<&str> = types.get_ref().iter().map(String::as_str).collect();
        let values = page.json_ld(&types)?;
        return Ok(values.iter().map(|value| read(recipe, Item::Json(value), page)).collect());
    }
    let feed = page.feed()?;
    Ok(feed.items.iter().map(|item| read(recipe, Item::Feed(item), page)).collect())
}

/// Emits the drafts of one page. Answers whether any was new; `None` where the visit is to
/// go on in another run.
fn hand_over(recipe: &Recipe, drafts: Vec<Draft>, ctx: &mut Ctx, tally: &mut Tally) -> Result<Option<bool>> {
    let detail = recipe.shape.item.detail.as_ref().map(toml::Spanned::get_ref);
    let mut seen = vec![false; drafts.len()];
    if detail.is_some_and(|detail| detail.only_if == OnlyIf::New) {
        let names: Vec<&str> = drafts.iter().map(|draft| draft.name.as_str()).collect();
        seen = ctx.seen(&names)?;
    }
    let mut any_new = false;
    for (draft, _) in drafts.into_iter().zip(seen).filter(|(_, seen)| !seen) {
        let finding = match (detail, &draft.url) {
            (Some(detail), Some(url)) => match detail::text(detail, url, ctx) {
                Ok(text) => draft.finding.text(text),
                // What is left is read at once by the next run.
                Err(error) if error.code() == code::FETCH_BUDGET_EXHAUSTED && 0 < tally.emitted => {
                    ctx.more();
                    return Ok(None);
                }
                Err(error) if detail::is_fatal(&error) => return Err(error),
                Err(error) => {
                    ctx.skip(url, error.message());
                    continue;
                }
            },
            _ if !draft.has_words => {
                ctx.skip(&draft.name, "it has neither words nor a page of its own");
                continue;
            }
            _ => draft.finding,
        };
        tally.emitted += 1;
        any_new |= ctx.emit(finding)? == Outcome::New;
    }
    Ok(Some(any_new))
}

/// A list that has become too short is a page that has changed.
fn enough(recipe: &Recipe, tally: &Tally) -> Result<()> {
    let least = recipe.shape.expect.min_items.unwrap_or(0);
    if least <= tally.read {
        return Ok(());
    }
    let selector = &recipe.shape.list.get_ref().place();
    let (url, matched, read) = (&tally.first_url, tally.matched, tally.read);
    let why = tally.first_reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
    let message = if matched < least {
        format!("`{selector}` matched {matched} items on {url}, at least {least} are expected")
    } else {
        format!(
            "`{selector}` matched {matched} items on {url}, of which {read} could be read and at least {least} are expected{why}"
        )
    };
    Err(unparsed(url, selector, message))
}

fn unparsed(url: &str, selector: &str, message: String) -> Error {
    let mut error = wire::Error::new(code::PLUGIN_PARSE, message).with_url(url);
    error.data.selector = Some(selector.to_owned());
    Error::from(error)
}
