//! One topic by the forum's JSON, from the page that was read last.

use tidings_sdk::extract::thread::Topic;
use tidings_sdk::extract::thread::json::NodeTopic;
use tidings_sdk::forum::{About, Memory, Visited};
use tidings_sdk::{Ctx, Error, Outcome, Request, Result};

use crate::Params;

/// Reads what is new of a topic; how many posts were new.
pub(crate) fn read(topic: &Topic, params: &Params, memory: &mut Memory, ctx: &mut Ctx) -> Result<usize> {
    let path = topic.href.strip_prefix(params.base()).unwrap_or(&topic.href).to_owned();
    // The page read last, by its number: this topic's `page` names no address here.
    let mut page: u32 = memory.threads.get(&topic.href).and_then(|known| known.page.parse().ok()).unwrap_or(1);
    let mut new = 0;
    for number in 1.. {
        let url = format!("{}/api{path}?page={page}", params.base());
        let answer: NodeTopic = ctx.fetch(Request::get(&url).json())?.ok()?.json()?;
        if answer.posts.is_empty() {
            return Err(Error::parse(&url, format!("{url} shows no posts")));
        }
        let about = About { url: &topic.href, title: &topic.title, lang: None };
        for raw in &answer.posts {
            let Some(mut post) = raw.post() else { continue };
            post.url = Some(format!("{}/post/{}", params.base(), raw.pid));
            let position = post.position.unwrap_or(1);
            new += usize::from(ctx.emit(about.post(&post, position, topic))? == Outcome::New);
        }
        let pending = page < answer.pagination.page_count;
        let visited = Visited { page: page.to_string(), pending, ..Visited::of(topic, ctx.now()) };
        memory.put(&topic.href, visited);
        if !pending || number >= params.max_pages {
            break;
        }
        page += 1;
    }
    Ok(new)
}
