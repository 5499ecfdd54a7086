//! What a search asks: the parameters of `GET /search`, checked.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tidings_model::{Dimension, Timestamp};
use tidings_query::{Node, Query, Vocabulary};

use crate::{FilterName, Filters, SearchError};

/// Most hits in one answer.
pub const MAX_LIMIT: usize = 100;

const DEFAULT_LIMIT: usize = 20;

/// Most facets in one answer.
const MAX_FACETS: usize = 20;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $name {
            /// What was expected.
            type Err = &'static str;

            fn from_str(word: &str) -> Result<Self, &'static str> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(concat!("expected one of", $(" ", $word),+)),
                }
            }
        }
    };
}

words!(
    /// Whether each plain word must be there.
    MatchMode {
        All = "all",
        /// Plain words are optional and ranked; quotes, `+` and `-` still bind.
        Any = "any"
    }
);

words!(
    /// The order of the hits.
    Sort {
        Newest = "newest",
        Oldest = "oldest",
        /// Best match first; takes a query with words.
        Relevance = "relevance",
        Engagement = "engagement"
    }
);

words!(
    /// How the timeline is cut, in UTC; weeks begin on Monday.
    Interval { Day = "day", Week = "week", Month = "month" }
);

/// A search.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// The query as it was typed.
    pub q: String,
    pub query: Query,
    pub match_mode: MatchMode,
    pub filters: Filters,
    /// `None`: by relevance where the query has words, else newest first.
    pub sort: Option<Sort>,
    /// 1 to [`MAX_LIMIT`].
    pub limit: usize,
    /// The `next` of the answer before.
    pub cursor: Option<String>,
    pub facets: Vec<FilterName>,
    pub timeline: Option<Interval>,
    /// Whether matches are marked in snippet and title.
    pub highlight: bool,
    /// Whether of each story only the finding that comes first is a hit.
    pub collapse: bool,
}

impl SearchRequest {
    /// The first page of everything that matches `q`.
    ///
    /// # Errors
    ///
    /// When `q` cannot be read with the dimensions that ship.
    pub fn new(q: &str) -> Result<Self, SearchError> {
        Ok(Self {
            q: q.to_owned(),
            query: tidings_query::parse(q)?,
            match_mode: MatchMode::All,
            filters: Filters::default(),
            sort: None,
            limit: DEFAULT_LIMIT,
            cursor: None,
            facets: Vec::new(),
            timeline: None,
            highlight: false,
            collapse: false,
        })
    }

    /// Reads the parameters of `GET /search`, in any order. A filter may be repeated,
    /// `facets` too; anything else may not. `dimensions` are those of the taxonomy.
    ///
    /// # Errors
    ///
    /// For the first parameter that is unknown, repeated or has a value it does not take.
    pub fn from_params<'a>(
        params: impl IntoIterator<Item = (&'a str, &'a str)>,
        dimensions: &[Dimension],
    ) -> Result<Self, SearchError> {
        let mut request = Self::new("")?;
        let vocabulary = Vocabulary::new(dimensions.iter().cloned());
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in params {
            if let Some(filter) = FilterName::parse(name, dimensions) {
                request.filters.add(filter, value)?;
                continue;
            }
            if seen.contains(&name) && name != "facets" {
                return Err(bad(name, value, "it is there twice"));
            }
            seen.push(name);
            request.read_param(name, value, dimensions, &vocabulary)?;
        }
        if request.sort == Some(Sort::Relevance) && !request.has_words() {
            return Err(bad("sort", "relevance", "add words to `q`, or take `newest`"));
        }
        if let (Some(from), Some(to)) = (request.filters.from, request.filters.to)
            && to <= from
        {
            return Err(bad("to", &to.to_string(), "it must lie after `from`"));
        }
        Ok(request)
    }

    fn read_param(
        &mut self,
        name: &str,
        value: &str,
        dimensions: &[Dimension],
        vocabulary: &Vocabulary,
    ) -> Result<(), SearchError> {
        match name {
            "q" => {
                self.query = vocabulary.parse(value)?;
                value.clone_into(&mut self.q);
            }
            "match" => self.match_mode = parse(name, value)?,
            "sort" => self.sort = Some(parse(name, value)?),
            "timeline" => self.timeline = Some(parse(name, value)?),
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                self.limit = limit.ok_or_else(|| bad(name, value, "expected a number from 1 to 100"))?;
            }
            "cursor" => self.cursor = Some(value.to_owned()),
            "highlight" => {
                self.highlight = value.parse().map_err(|_| bad(name, value, "expected true or false"))?;
            }
            "collapse" => match value {
                "story" => self.collapse = true,
                _ => return Err(bad(name, value, "expected story")),
            },
            "facets" => self.read_facets(value, dimensions)?,
            "from" => self.filters.from = Some(parse_time(name, value, Edge::Start)?),
            "to" => self.filters.to = Some(parse_time(name, value, Edge::End)?),
            _ => return Err(unknown(name, dimensions)),
        }
        Ok(())
    }

    fn read_facets(&mut self, value: &str, dimensions: &[Dimension]) -> Result<(), SearchError> {
        for name in value.split(',').map(str::trim) {
            let facet = FilterName::parse(name, dimensions)
                .ok_or_else(|| bad("facets", name, &format!("expected some of {}", names(dimensions))))?;
            if !self.facets.contains(&facet) {
                self.facets.push(facet);
            }
        }
        if MAX_FACETS < self.facets.len() {
            return Err(bad("facets", value, "at most 20 at once"));
        }
        Ok(())
    }

    /// Whether there is something to rank by.
    pub fn has_words(&self) -> bool {
        fn asks_for_words(node: &Node) -> bool {
            match node {
                Node::And(nodes) | Node::Or(nodes) => nodes.iter().any(asks_for_words),
                Node::Not(_) => false,
                Node::Words { .. } => true,
                Node::Is { .. } | Node::When(_) => false,
            }
        }
        self.query.root.as_ref().is_some_and(asks_for_words)
    }

    pub(crate) fn sort(&self) -> Sort {
        self.sort.unwrap_or(if self.has_words() { Sort::Relevance } else { Sort::Newest })
    }
}

fn bad(param: &str, value: &str, hint: &str) -> SearchError {
    SearchError::BadParameter { param: param.to_owned(), value: value.to_owned(), hint: hint.to_owned() }
}

fn parse<T: FromStr<Err = &'static str>>(name: &str, value: &str) -> Result<T, SearchError> {
    value.parse().map_err(|hint| bad(name, value, hint))
}

fn names(dimensions: &[Dimension]) -> String {
    FilterName::all(dimensions).map(|name| name.to_string()).collect::<Vec<_>>().join(" ")
}

fn unknown(name: &str, dimensions: &[Dimension]) -> SearchError {
    let hint =
        format!("there are q match {} from to sort limit cursor facets timeline collapse highlight", names(dimensions));
    SearchError::UnknownParameter { param: name.to_owned(), hint }
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// A time in RFC 3339, or a day in UTC: `from` its first instant, `to` its last.
fn parse_time(name: &str, value: &str, edge: Edge) -> Result<Timestamp, SearchError> {
    let expected = || bad(name, value, "expected `2026-10-01` or `2026-10-01T08:00:00Z`");
    if let Ok(time) = value.parse::<Timestamp>() {
        return Ok(time);
    }
    // A time without a zone would read as a date and lose its hours.
    let day = Some(value).filter(|value| value.len() == 10).and_then(|value| value.parse::<Date>().ok());
    let mut day = day.ok_or_else(expected)?;
    if let Edge::End = edge {
        day = day.tomorrow().map_err(|_| expected())?;
    }
    Ok(day.to_zoned(TimeZone::UTC).map_err(|_| expected())?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(params: &[(&str, &str)]) -> Result<SearchRequest, SearchError> {
        SearchRequest::from_params(params.iter().copied(), &["pain".parse().unwrap()])
    }

    #[track_caller]
    fn check_refused(params: &[(&str, &str)], param: &str) {
        let error = read(params).unwrap_err();
        assert_eq!(error.param(), Some(param));
        assert!(error.hint().is_some());
    }

    #[test]
    fn bad_parameters_are_refused_by_name() {
        check_refused(&[("limit", "0")], "limit");
        check_refused(&[("limit", "101")], "limit");
        check_refused(&[("limit", "ten")], "limit");
        check_refused(&[("sort", "new")], "sort");
        check_refused(&[("sort", "relevance")], "sort");
        check_refused(&[("match", "some")], "match");
        check_refused(&[("timeline", "year")], "timeline");
        check_refused(&[("from", "yesterday")], "from");
        check_refused(&[("from", "2026-10-01T08:00:00")], "from");
        check_refused(&[("from", "2026-10-02"), ("to", "2026-10-01")], "to");
        check_refused(&[("facets", "tier,colour")], "facets");
        check_refused(&[("pian", "price")], "pian");
        check_refused(&[("collapse", "site")], "collapse");
        check_refused(&[("q", "a"), ("q", "b")], "q");
        check_refused(&[("tier", "1"), ("tier", "7")], "tier");
    }

    #[test]
    fn a_day_is_whole() {
        let request = read(&[("from", "2026-10-01"), ("to", "2026-10-01")]).unwrap();
        assert_eq!(request.filters.from, Some("2026-10-01T00:00:00Z".parse().unwrap()));
        assert_eq!(request.filters.to, Some("2026-10-02T00:00:00Z".parse().unwrap()));
    }

    #[test]
    fn order_follows_from_the_query() {
        assert_eq!(read(&[("q", "price")]).unwrap().sort(), Sort::Relevance);
        assert_eq!(read(&[("tier", "1")]).unwrap().sort(), Sort::Newest);
        assert_eq!(read(&[("q", "price"), ("sort", "oldest")]).unwrap().sort(), Sort::Oldest);
    }
}
