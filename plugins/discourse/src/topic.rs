//! One topic: its first answer names all its posts, of which only those not read yet are asked for.

use tidings_sdk::extract::thread::Topic;
use tidings_sdk::extract::thread::json::{DiscoursePost, DiscoursePosts, DiscourseTopic};
use tidings_sdk::forum::{About, Memory, Visited};
use tidings_sdk::{Ctx, Error, Outcome, Request, Result};

use serde::Deserialize;

use crate::{Params, with_query};

/// Posts asked for by their ids in one request.
const CHUNK: usize = 20;

#[derive(Deserialize)]
struct More {
    post_stream: DiscoursePosts,
}

/// Reads what is new of a topic; how many posts were new.
pub(crate) fn read(id: u64, topic: &Topic, params: &Params, memory: &mut Memory, ctx: &mut Ctx) -> Result<usize> {
    let seen = memory.threads.get(&topic.href).map_or(0, |known| known.before);
    // Asked for by the number of a post, the answer holds the posts around it.
    let near = if seen == 0 { String::new() } else { format!("/{}", seen.saturating_add(1)) };
    let url = format!("{}/t/{id}{near}.json", params.base());
    let answer: DiscourseTopic = ctx.fetch(Request::get(&url).json())?.ok()?.json()?;
    if answer.post_stream.posts.is_empty() {
        return Err(Error::parse(&url, format!("topic {id} shows no posts")));
    }
    let title = if answer.title.is_empty() { topic.title.clone() } else { answer.title.clone() };
    let about = About { url: &topic.href, title: &title, lang: None };
    let stream = &answer.post_stream.stream;
    let already = usize::try_from(seen).unwrap_or(usize::MAX).min(stream.len());
    let mut new = emit(&answer.post_stream.posts, &about, topic, ctx)?;
    let here: Vec<u64> = answer.post_stream.posts.iter().map(|post| post.id).collect();
    let missing: Vec<u64> = stream[already..].iter().copied().filter(|id| !here.contains(id)).collect();
    let mut unread = missing.first().copied();
    for (number, ids) in missing.chunks(CHUNK).enumerate() {
        if number + 1 >= usize::try_from(params.max_pages).unwrap_or(usize::MAX) {
            unread = ids.first().copied();
            break;
        }
        let ids: Vec<String> = ids.iter().map(u64::to_string).collect();
        let pairs: Vec<(&str, &str)> = ids.iter().map(|id| ("post_ids[]", id.as_str())).collect();
        let url = with_query(&format!("{}/t/{id}/posts.json", params.base()), &pairs)?;
        let more: More = ctx.fetch(Request::get(url).json())?.ok()?.json()?;
        new += emit(&more.post_stream.posts, &about, topic, ctx)?;
        unread = None;
    }
    let unread = unread.and_then(|first| stream.iter().position(|id| *id == first));
    let before = u32::try_from(unread.unwrap_or(stream.len())).unwrap_or(u32::MAX);
    let visited = Visited { before, pending: unread.is_some(), ..Visited::of(topic, ctx.now()) };
    memory.put(&topic.href, visited);
    Ok(new)
}

fn emit(posts: &[DiscoursePost], about: &About<'_>, topic: &Topic, ctx: &mut Ctx) -> Result<usize> {
    let mut new = 0;
    for raw in posts {
        let Some(mut post) = raw.post() else { continue };
        post.url = Some(format!("{}/{}", topic.href, raw.post_number.max(1)));
        new += usize::from(ctx.emit(about.post(&post, raw.post_number, topic))? == Outcome::New);
    }
    Ok(new)
}
