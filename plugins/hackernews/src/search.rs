//! The search API: newest hits first, page by page.

use std::collections::BTreeMap;

use serde::Deserialize;
use tidings_sdk::{Context, Ctx, Level, Outcome, Request, Result, Url};

use crate::item::{Hit, page};
use crate::{Params, Tag};

/// Hits on a page.
const PER_PAGE: usize = 100;
/// How far back each run looks, in seconds: edits and new points of the last day are seen.
const OVERLAP: i64 = 24 * 60 * 60;
/// How far back a search for points looks, in seconds: posts gather points for days.
const POINTS_OVERLAP: i64 = 7 * 24 * 60 * 60;
/// How late a hit may turn up in the search, in seconds.
const LAG: i64 = 60 * 60;
/// State: when each search was last read to its end, in seconds.
const READ_UNTIL: &str = "read_until";

/// One search.
#[derive(Debug, PartialEq, Eq)]
struct Search<'a> {
    query: &'a str,
    tags: Vec<Tag>,
    min_points: u32,
}

#[derive(Deserialize)]
struct Answer {
    hits: Vec<Hit>,
    #[serde(default, rename = "nbHits")]
    total: u64,
    #[serde(default, rename = "nbPages")]
    pages: u32,
}

/// What came of one search.
#[derive(Default)]
struct Count {
    hits: usize,
    new: usize,
}

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<()> {
    let earlier: BTreeMap<String, i64> = ctx.get(READ_UNTIL)?.unwrap_or_default();
    let searches = searches(params);
    // Only what is still asked for is remembered: a search that comes back is read anew.
    let mut read_until: BTreeMap<String, i64> = BTreeMap::new();
    for search in &searches {
        let name = search.name();
        if let Some(until) = earlier.get(&name) {
            read_until.insert(name, *until);
        }
    }
    let mut sum = Count::default();
    for search in &searches {
        let name = search.name();
        let last = read_until.get(&name).copied();
        let count = search.read(params, last, ctx).with_context(|| format!("search for `{}`", search.query))?;
        sum.hits += count.hits;
        sum.new += count.new;
        read_until.insert(name, ctx.now().as_second());
        ctx.set(READ_UNTIL, &read_until)?;
        // A search that was read to its end need not be read again if a later one fails.
        ctx.commit()?;
    }
    if sum.hits == 0 {
        ctx.expect_empty();
    }
    ctx.summary(format!("searches: {}, hits: {}, new: {}", searches.len(), sum.hits, sum.new));
    Ok(())
}

/// The searches that the params ask for. Points cannot be asked of comments, so these
/// are searched for apart where points matter.
fn searches(params: &Params) -> Vec<Search<'_>> {
    let (comments, posts): (Vec<Tag>, Vec<Tag>) = params.tags.iter().partition(|tag| **tag == Tag::Comment);
    let groups: Vec<(Vec<Tag>, u32)> = if params.min_points == 0 {
        vec![(params.tags.clone(), 0)]
    } else {
        vec![(posts, params.min_points), (comments, 0)]
    };
    let queries = params.query.iter().flat_map(|queries| queries.iter());
    queries
        .flat_map(|query| {
            let groups = groups.iter().filter(|(tags, _)| !tags.is_empty());
            groups.map(move |(tags, min_points)| Search { query, tags: tags.clone(), min_points: *min_points })
        })
        .collect()
}

impl Search<'_> {
    /// What tells it from other searches, in the state.
    fn name(&self) -> String {
        format!("{} {} {}", self.tag_filter(), self.min_points, self.query)
    }

    fn tag_filter(&self) -> String {
        let tags: Vec<&str> = self.tags.iter().map(|tag| tag.as_str()).collect();
        if let [tag] = tags[..] { tag.to_owned() } else { format!("({})", tags.join(",")) }
    }

    fn url(&self, params: &Params, since: Option<i64>, page: u32) -> Result<Url> {
        let mut url = Url::parse(&format!("{}/search_by_date", params.algolia_url.trim_end_matches('/')))?;
        let since = since.map(|since| format!("created_at_i>{since}"));
        let points = (0 < self.min_points).then(|| format!("points>={}", self.min_points));
        let filters: Vec<String> = since.into_iter().chain(points).collect();
        url.query_pairs_mut().append_pair("query", self.query).append_pair("tags", &self.tag_filter());
        if !filters.is_empty() {
            url.query_pairs_mut().append_pair("numericFilters", &filters.join(","));
        }
        url.query_pairs_mut().append_pair("hitsPerPage", &PER_PAGE.to_string()).append_pair("page", &page.to_string());
        Ok(url)
    }

    /// Reads what came since `last`, the time this search was last read to its end.
    ///
    /// Stops at a page without anything new that reaches back before `last`. Either
    /// alone would not do: a page may hold nothing new because another search brought
    /// it, or because a run broke off after it.
    fn read(&self, params: &Params, last: Option<i64>, ctx: &mut Ctx) -> Result<Count> {
        let overlap = if self.min_points == 0 { OVERLAP } else { POINTS_OVERLAP };
        let since = last.map(|last| last - overlap);
        let settled = last.filter(|_| self.min_points == 0).map(|last| last - LAG);
        let mut count = Count::default();
        for number in 0..params.max_pages {
            let url = self.url(params, since, number)?;
            let answer: Answer = ctx.fetch(Request::get(url).json())?.ok()?.json()?;
            let oldest = answer.hits.iter().filter_map(|hit| hit.created_at_i).min();
            let hits = answer.hits.len();
            count.hits += hits;
            let new = emit(answer.hits, ctx)?;
            count.new += new;
            let reaches_back = settled.is_some_and(|settled| oldest.is_none_or(|oldest| oldest < settled));
            if hits == 0 || answer.pages <= number + 1 || (new == 0 && reaches_back) {
                return Ok(count);
            }
            if number + 1 == params.max_pages {
                let Self { query, .. } = self;
                let (total, read) = (answer.total, count.hits);
                let message = format!("`{query}` has {total} hits, of which `max_pages` reads the newest {read}");
                ctx.log(if last.is_some() { Level::Warn } else { Level::Info }, message);
            }
        }
        Ok(count)
    }
}

/// Emits the hits; how many were new.
fn emit(hits: Vec<Hit>, ctx: &mut Ctx) -> Result<usize> {
    let mut new = 0;
    for hit in hits {
        let url = page(&hit.id);
        match hit.into_finding() {
            Ok(finding) => new += usize::from(ctx.emit(finding)? == Outcome::New),
            Err(reason) => ctx.skip(&url, reason),
        }
    }
    Ok(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Queries;

    #[track_caller]
    fn check(params: &Params, expected: &[&str]) {
        let names: Vec<String> = searches(params).iter().map(Search::name).collect();
        assert_eq!(names, expected);
    }

    #[test]
    fn points_are_asked_of_posts_alone() {
        check(&Params::search("crm"), &["(story,comment) 0 crm"]);
        check(&Params { min_points: 5, ..Params::search("crm") }, &["story 5 crm", "comment 0 crm"]);
        check(&Params { min_points: 5, tags: vec![Tag::Comment], ..Params::search("crm") }, &["comment 0 crm"]);
        let query = Some(Queries::Many(vec!["a".to_owned(), "b".to_owned()]));
        check(&Params { query, tags: vec![Tag::AskHn], ..Params::default() }, &["ask_hn 0 a", "ask_hn 0 b"]);
    }

    #[test]
    fn a_search_becomes_an_address() {
        let params = Params { min_points: 5, algolia_url: "http://127.0.0.1:1/x/".to_owned(), ..Params::search("a b") };
        let url = searches(&params)[0].url(&params, Some(7), 2).unwrap();
        let expected = "http://127.0.0.1:1/x/search_by_date?query=a+b&tags=story\
                        &numericFilters=created_at_i%3E7%2Cpoints%3E%3D5&hitsPerPage=100&page=2";
        assert_eq!(url.as_str(), expected);
    }
}
