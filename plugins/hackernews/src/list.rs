//! The lists' API: the numbers of the posts in one request, then one request for each new post.

use std::time::Duration;

use tidings_sdk::{Context, Ctx, Error, Level, Page, Request, Result, code};

use crate::item::{Story, key, page};
use crate::{List, Params, follow};

/// Posts asked for at a time: few enough that, one after the other, the last need not
/// wait for its polite turn longer than the daemon lets it.
const BATCH: usize = 8;
/// Time that one more batch may take.
const BATCH_TIME: Duration = Duration::from_secs(60);

pub(crate) fn read(list: List, params: &Params, ctx: &mut Ctx) -> Result<()> {
    let base = params.base_url.trim_end_matches('/');
    let mut ids: Vec<u64> = ctx.fetch(Request::get(format!("{base}/{}", list.file())).json())?.ok()?.json()?;
    let all = ids.len();
    ids.truncate(params.max_items);
    let unseen = unseen(&ids, ctx)?;
    let mut last_error = None;
    let (mut read, mut put_off) = (0, 0);
    for (done, batch) in unseen.chunks(BATCH).enumerate() {
        if ctx.deadline() < BATCH_TIME {
            ctx.more();
            put_off += unseen.len() - done * BATCH;
            break;
        }
        ctx.progress((done * BATCH) as u64, unseen.len() as u64);
        let requests = batch.iter().map(|id| Request::get(format!("{base}/item/{id}.json")).json());
        for (id, answer) in batch.iter().zip(ctx.fetch_many(requests)?) {
            match answer.and_then(|answer| story(answer, *id)) {
                Ok(Some(story)) => {
                    read += 1;
                    emit(*id, story, ctx)?;
                }
                Ok(None) => ctx.skip(&page(id), "the site has it no more"),
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) if error.code() == code::FETCH_RATE_LIMITED => {
                    put_off += 1;
                    last_error = Some(error);
                }
                Err(error) => {
                    ctx.skip(&page(id), &error);
                    last_error = Some(error);
                }
            }
        }
        // Each post is asked for by its own number, so what is here need not come again.
        ctx.commit()?;
    }
    if 0 < put_off {
        ctx.log(Level::Info, format!("{put_off} posts are left for the next run"));
    }
    if let (Some(error), 0) = (last_error, read) {
        return Err(error).context("none of the posts could be read");
    }
    let mut said = format!("in the list: {all}, not seen before: {}, read: {read}", unseen.len());
    let mut comments = 0;
    if params.follow {
        comments = follow::read(&ids, params, ctx)?;
        said += &format!(", comments: {comments}");
    }
    ctx.summary(said);
    if unseen.is_empty() && comments == 0 {
        ctx.expect_empty();
    }
    Ok(())
}

/// Those that no earlier run has brought, in their order.
fn unseen(ids: &[u64], ctx: &mut Ctx) -> Result<Vec<u64>> {
    let keys: Vec<String> = ids.iter().map(key).collect();
    let seen = ctx.seen(&keys.iter().map(String::as_str).collect::<Vec<_>>())?;
    Ok(ids.iter().copied().zip(seen).filter(|(_, seen)| !seen).map(|(id, _)| id).collect())
}

/// `null` stands for a post that is gone.
fn story(answer: Page, id: u64) -> Result<Option<Story>, Error> {
    answer.ok()?.json().with_context(|| format!("item {id}"))
}

fn emit(id: u64, story: Story, ctx: &mut Ctx) -> Result<()> {
    match story.into_finding() {
        Ok(finding) => {
            ctx.emit(finding)?;
        }
        Err(reason) => ctx.skip(&page(id), reason),
    }
    Ok(())
}
