//! Brave's news search, with the user's key.

use serde::Deserialize;
use tidings_sdk::extract::date::{DayOrder, parse};
use tidings_sdk::extract::html::plain_text;
use tidings_sdk::{Ctx, Request, Result};

use crate::Params;
use crate::story::Story;

/// Most stories on a page.
const PER_PAGE: usize = 50;
/// Last page that the API gives.
const LAST_PAGE: usize = 9;

#[derive(Deserialize)]
struct Answer {
    results: Vec<Hit>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    page_age: Option<String>,
    #[serde(default)]
    meta_url: Option<Host>,
}

#[derive(Deserialize)]
struct Host {
    #[serde(default)]
    hostname: Option<String>,
}

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<Vec<Story>> {
    let per_page = params.max.min(PER_PAGE);
    let mut stories = Vec::new();
    for number in 0..=LAST_PAGE {
        let mut url = params.at("https://api.search.brave.com", "/res/v1/news/search")?;
        url.query_pairs_mut()
            .append_pair("q", &params.query)
            .append_pair("country", &params.region)
            .append_pair("search_lang", &params.lang)
            .append_pair("freshness", "pw")
            .append_pair("spellcheck", "false")
            .append_pair("count", &per_page.to_string())
            .append_pair("offset", &number.to_string());
        let request = Request::get(url).json().auth("brave", "x-subscription-token");
        let answer: Answer = ctx.fetch(request)?.ok()?.json()?;
        let found = answer.results.len();
        stories.extend(answer.results.into_iter().map(story));
        if found < per_page || params.max <= stories.len() {
            break;
        }
    }
    Ok(stories)
}

fn story(hit: Hit) -> Story {
    Story {
        url: hit.url,
        title: hit.title,
        text: plain_text(hit.description.as_deref().unwrap_or_default()),
        publisher: hit.meta_url.and_then(|host| host.hostname),
        published: hit.page_age.as_deref().and_then(|date| parse(date, DayOrder::Unknown)),
        ..Story::default()
    }
}
