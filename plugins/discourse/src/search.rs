//! Posts that the forum's search finds. Its answer holds no more than a line of each, so new ones are asked for.

use tidings_sdk::extract::thread::Topic;
use tidings_sdk::extract::thread::json::{DiscoursePost, DiscourseSearch};
use tidings_sdk::forum::{self, About};
use tidings_sdk::{Ctx, Error, Outcome, Request, Result};

use crate::{Params, with_query};

pub(crate) fn read(query: &str, params: &Params, ctx: &mut Ctx) -> Result<()> {
    let base = params.base();
    let words = if query.contains("order:") { query.to_owned() } else { format!("{query} order:latest") };
    let (mut asked, mut new) = (0, 0);
    for number in 1..=params.max_pages {
        let page = number.to_string();
        let pairs: &[(&str, &str)] = if number == 1 { &[("q", &words)] } else { &[("q", &words), ("page", &page)] };
        let url = with_query(&format!("{base}/search.json"), pairs)?;
        let found: DiscourseSearch = ctx.fetch(Request::get(&url).json())?.ok()?.json()?;
        if found.grouped_search_result.is_none() && found.posts.is_empty() {
            return Err(Error::parse(
                &url,
                format!("{url} answers with no result of a search: is this a Discourse forum?"),
            ));
        }
        let keys: Vec<String> = found.posts.iter().map(|post| key(base, post)).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let seen = ctx.seen(&keys)?;
        let fresh: Vec<&DiscoursePost> =
            found.posts.iter().zip(seen).filter(|(_, seen)| !seen).map(|(post, _)| post).collect();
        let any_new = !fresh.is_empty();
        for post in fresh {
            if asked >= params.max_topics {
                break;
            }
            asked += 1;
            let line = found.topics.iter().find(|topic| topic.id == post.topic_id);
            let topic = line
                .map(|line| line.topic(base))
                .unwrap_or_else(|| Topic { href: format!("{base}/t/-/{}", post.topic_id), ..Topic::default() });
            match whole(post, base, ctx) {
                Ok(whole) => new += usize::from(emit(&whole, &topic, ctx)?),
                Err(error) if forum::is_of_site(&error) => return Err(error),
                Err(error) => ctx.skip(&format!("{base}/posts/{}.json", post.id), error),
            }
        }
        if !any_new
            || asked >= params.max_topics
            || !found.grouped_search_result.is_some_and(|result| result.more_full_page_results.unwrap_or(false))
        {
            break;
        }
    }
    ctx.summary(format!("new posts: {new}"));
    Ok(())
}

/// As [`About::post`] makes it.
fn key(base: &str, post: &DiscoursePost) -> String {
    let host = tidings_sdk::Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    format!("{host}/post/{}", post.id)
}

fn whole(post: &DiscoursePost, base: &str, ctx: &mut Ctx) -> Result<DiscoursePost> {
    ctx.fetch(Request::get(format!("{base}/posts/{}.json", post.id)).json())?.ok()?.json()
}

fn emit(raw: &DiscoursePost, topic: &Topic, ctx: &mut Ctx) -> Result<bool> {
    let Some(mut post) = raw.post() else { return Ok(false) };
    post.url = Some(format!("{}/{}", topic.href, raw.post_number.max(1)));
    let about = About { url: &topic.href, title: &topic.title, lang: None };
    Ok(ctx.emit(about.post(&post, raw.post_number, topic))? == Outcome::New)
}
