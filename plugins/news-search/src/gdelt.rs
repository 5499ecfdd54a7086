//! The DOC 2.0 API of the GDELT project: a list of articles, newest first, of the last week.

use serde::Deserialize;
use tidings_sdk::extract::date::{DayOrder, parse};
use tidings_sdk::{Ctx, Error, Request, Result, Timestamp, code};

use crate::Params;
use crate::story::Story;

/// Most articles that the API gives at once.
const MOST: usize = 250;

/// Languages as ISO 639 and as the API names them.
const LANGUAGES: &[(&str, &str)] = &[
    ("ar", "arabic"),
    ("cs", "czech"),
    ("da", "danish"),
    ("de", "german"),
    ("el", "greek"),
    ("en", "english"),
    ("es", "spanish"),
    ("fi", "finnish"),
    ("fr", "french"),
    ("he", "hebrew"),
    ("hi", "hindi"),
    ("hu", "hungarian"),
    ("id", "indonesian"),
    ("it", "italian"),
    ("ja", "japanese"),
    ("ko", "korean"),
    ("ms", "malay"),
    ("nl", "dutch"),
    ("no", "norwegian"),
    ("pl", "polish"),
    ("pt", "portuguese"),
    ("ro", "romanian"),
    ("ru", "russian"),
    ("sv", "swedish"),
    ("th", "thai"),
    ("tr", "turkish"),
    ("uk", "ukrainian"),
    ("vi", "vietnamese"),
    ("zh", "chinese"),
];

/// Countries whose FIPS code, which the API takes, is not their ISO code.
const COUNTRIES: &[(&str, &str)] = &[
    ("AT", "AU"),
    ("AU", "AS"),
    ("CH", "SZ"),
    ("CL", "CI"),
    ("CN", "CH"),
    ("CZ", "EZ"),
    ("DE", "GM"),
    ("DK", "DA"),
    ("ES", "SP"),
    ("GB", "UK"),
    ("IE", "EI"),
    ("IL", "IS"),
    ("JP", "JA"),
    ("KH", "CB"),
    ("KR", "KS"),
    ("MM", "BM"),
    ("NG", "NI"),
    ("PH", "RP"),
    ("PT", "PO"),
    ("RU", "RS"),
    ("SE", "SW"),
    ("SG", "SN"),
    ("TR", "TU"),
    ("UA", "UP"),
    ("VN", "VM"),
    ("ZA", "SF"),
];

/// Countries whose two codes are the same.
const SAME: &[&str] = &[
    "AR", "BE", "BR", "CA", "CO", "EG", "FI", "FR", "GR", "HU", "ID", "IN", "IT", "KE", "LA", "MX", "MY", "NL", "NO",
    "NZ", "PE", "PL", "RO", "SA", "TH", "TW", "US",
];

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    articles: Vec<Article>,
}

#[derive(Deserialize)]
struct Article {
    #[serde(default)]
    url: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    seendate: String,
    #[serde(default)]
    domain: String,
    #[serde(default)]
    language: String,
}

/// # Errors
///
/// When the API knows no such language.
pub(crate) fn language(lang: &str) -> Result<&'static str, String> {
    let known = LANGUAGES.iter().find(|(iso, _)| *iso == lang).map(|(_, name)| *name);
    known.ok_or_else(|| {
        let all: Vec<&str> = LANGUAGES.iter().map(|(iso, _)| *iso).collect();
        format!("`lang` `{lang}` is none that engine `gdelt` is asked for: {}", all.join(" "))
    })
}

/// # Errors
///
/// When it is not known how the API names the country.
pub(crate) fn country(region: &str) -> Result<&str, String> {
    let other = COUNTRIES.iter().find(|(iso, _)| *iso == region).map(|(_, fips)| *fips);
    other.or_else(|| SAME.contains(&region).then_some(region)).ok_or_else(|| {
        let mut all: Vec<&str> = COUNTRIES.iter().map(|(iso, _)| *iso).chain(SAME.iter().copied()).collect();
        all.sort_unstable();
        format!("`region` `{region}` is none that engine `gdelt` is asked for: {}", all.join(" "))
    })
}

pub(crate) fn read(params: &Params, ctx: &mut Ctx) -> Result<Vec<Story>> {
    let lang = language(&params.lang).map_err(Error::msg)?;
    let country = country(&params.region).map_err(Error::msg)?;
    let mut url = params.at("https://api.gdeltproject.org", "/api/v2/doc/doc")?;
    url.query_pairs_mut()
        .append_pair("query", &format!("{} sourcelang:{lang} sourcecountry:{country}", params.query))
        .append_pair("mode", "artlist")
        .append_pair("format", "json")
        .append_pair("maxrecords", &params.max.min(MOST).to_string())
        .append_pair("timespan", "1week")
        .append_pair("sort", "datedesc");
    let page = ctx.fetch(Request::get(url).json())?.ok()?;
    // What is wrong with a query is said in plain words, under status 200.
    let words = page.text().trim();
    if !words.starts_with('{') && !words.starts_with('<') && !words.is_empty() {
        let words: String = words.chars().take(200).collect();
        return Err(Error::new(code::PLUGIN_PARSE, format!("the API answers in words: {words}")));
    }
    let answer: Answer = page.json()?;
    let story = |article: Article| Story {
        url: article.url,
        // Its titles come with blanks around their marks.
        title: article.title.split_whitespace().collect::<Vec<_>>().join(" "),
        publisher: Some(article.domain),
        published: seen_at(&article.seendate),
        lang: LANGUAGES
            .iter()
            .find(|(_, name)| article.language.eq_ignore_ascii_case(name))
            .map(|(iso, _)| (*iso).to_owned()),
        ..Story::default()
    };
    Ok(answer.articles.into_iter().map(story).collect())
}

/// `20261120T101500Z`.
fn seen_at(text: &str) -> Option<Timestamp> {
    let (day, time) = text.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(day, 0, 4)?,
        part(day, 4, 6)?,
        part(day, 6, 8)?,
        part(time, 0, 2)?,
        part(time, 2, 4)?,
        part(time, 4, 6)?
    );
    parse(&iso, DayOrder::Unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_without_marks_is_read() {
        assert_eq!(seen_at("20261120T101500Z").unwrap().to_string(), "2026-11-20T10:15:00Z");
        for odd in ["", "Z", "2026T1Z", "20261320T101500Z", "ééééT101500Z"] {
            assert_eq!(seen_at(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_country_goes_by_the_code_that_the_api_takes() {
        assert_eq!(country("VN"), Ok("VM"));
        assert_eq!(country("US"), Ok("US"));
        assert!(country("XX").unwrap_err().contains(" VN "));
        assert!(language("xx").unwrap_err().contains(" vi "));
    }
}
