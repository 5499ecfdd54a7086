//! The user's own SearXNG, page by page.

use serde::Deserialize;
use tidings_sdk::extract::date::{DayOrder, parse};
use tidings_sdk::extract::html::plain_text;
use tidings_sdk::{Context, Ctx, Level, Request, Result};

use crate::Params;
use crate::story::Story;

/// Most pages of results that are asked for.
const PAGES: u32 = 10;

#[derive(Deserialize)]
struct Answer {
    results: Vec<Hit>,
    /// Engines that did not answer, each with the reason.
    #[serde(default)]
    unresponsive_engines: Vec<Vec<String>>,
}

#[derive(Deserialize)]
struct Hit {
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    content: Option<String>,
    #[serde(default, rename = "publishedDate")]
    published: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<Vec<Story>> {
    let mut stories: Vec<Story> = Vec::new();
    for number in 1..=PAGES {
        let mut url = params.at("", "/search")?;
        url.query_pairs_mut()
            .append_pair("q", &params.query)
            .append_pair("format", "json")
            .append_pair("categories", "news")
            .append_pair("language", &params.locale())
            .append_pair("pageno", &number.to_string());
        let page = ctx.fetch(Request::get(url).json())?;
        let forbidden = page.status() == 403;
        let page = if forbidden {
            page.ok().context("the instance gives no JSON: add `json` to `search.formats` in its settings.yml")?
        } else {
            page.ok()?
        };
        let answer: Answer = page.json()?;
        for silent in &answer.unresponsive_engines {
            ctx.log(Level::Warn, format!("an engine of the instance did not answer: {}", silent.join(": ")));
        }
        let before = stories.len();
        for hit in answer.results {
            if !stories.iter().any(|story| story.url == hit.url) {
                stories.push(story(hit));
            }
        }
        if stories.len() == before || params.max <= stories.len() {
            break;
        }
    }
    Ok(stories)
}

fn story(hit: Hit) -> Story {
    Story {
        url: hit.url,
        title: hit.title,
        text: plain_text(hit.content.as_deref().unwrap_or_default()),
        publisher: hit.source,
        published: hit.published.as_deref().and_then(|date| parse(date, DayOrder::Unknown)),
        ..Story::default()
    }
}
