//! Query parameters: repeated keys, clear refusals, nothing ignored.

use std::str::FromStr;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use tidings_model::nearest;
use url::form_urlencoded;

use crate::problem::Problem;

/// The query string of a request, taken apart key by key. What is left over when
/// [`Params::finish`] is called was not known, and is refused.
#[derive(Debug)]
pub(crate) struct Params {
    pairs: Vec<(String, String)>,
    /// The keys that were asked for, to name the nearest one.
    known: Vec<&'static str>,
}

impl<S: Sync> FromRequestParts<S> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self::parse(parts.uri.query().unwrap_or("")))
    }
}

impl Params {
    fn parse(query: &str) -> Self {
        Self { pairs: form_urlencoded::parse(query.as_bytes()).into_owned().collect(), known: Vec::new() }
    }

    /// Every value of `key`, empty ones left out.
    pub(crate) fn all(&mut self, key: &'static str) -> Vec<String> {
        self.known.push(key);
        let mut values = Vec::new();
        self.pairs.retain_mut(|(name, value)| {
            let is_it = name == key;
            if is_it && !value.is_empty() {
                values.push(std::mem::take(value));
            }
            !is_it
        });
        values
    }

    /// The one value of `key`.
    pub(crate) fn one(&mut self, key: &'static str) -> Result<Option<String>, Problem> {
        let mut values = self.all(key);
        if 1 < values.len() {
            return Err(Problem::bad_request(format!("`{key}` is given {} times", values.len())).param(key));
        }
        Ok(values.pop())
    }

    /// The one value of `key`, read as `T`.
    pub(crate) fn one_as<T: FromStr<Err: std::fmt::Display>>(
        &mut self,
        key: &'static str,
    ) -> Result<Option<T>, Problem> {
        self.one(key)?.map(|value| read(key, &value)).transpose()
    }

    /// All of them, for a reader that knows its own names.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.pairs
    }

    /// How many to answer: 1 to 100, else `default`.
    pub(crate) fn limit(&mut self, default: usize) -> Result<usize, Problem> {
        match self.one_as::<usize>("limit")? {
            None => Ok(default),
            Some(limit @ 1..=100) => Ok(limit),
            Some(limit) => Err(Problem::bad_request(format!("`limit` is {limit}; it takes 1 to 100")).param("limit")),
        }
    }

    /// Refuses what is left over.
    pub(crate) fn finish(self) -> Result<(), Problem> {
        match self.pairs.first() {
            None => Ok(()),
            Some((key, _)) => Err(self.unknown(key)),
        }
    }

    /// The refusal of a key that is not known, naming the nearest one that is.
    pub(crate) fn unknown(&self, key: &str) -> Problem {
        let nearest = nearest(key, self.known.iter().copied());
        let problem = Problem::bad_request(format!("parameter `{key}` is not known")).param(key);
        match nearest {
            Some(nearest) => problem.hint(format!("did you mean `{nearest}`?")),
            None => problem.hint(format!("known are {}", self.known.join(", "))),
        }
    }
}

fn read<T: FromStr<Err: std::fmt::Display>>(key: &str, value: &str) -> Result<T, Problem> {
    value.parse().map_err(|error| Problem::bad_request(format!("`{key}`: {error}")).param(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_kept_in_order() {
        let mut params = Params::parse("tier=1&q=a+b&tier=2&tier=");
        assert_eq!(params.all("tier"), ["1", "2"]);
        assert_eq!(params.one("q").unwrap().unwrap(), "a b");
        assert_eq!(params.finish(), Ok(()));
    }

    #[test]
    fn what_is_not_known_is_refused_with_the_nearest_name() {
        let mut params = Params::parse("competitr=acme");
        assert!(params.all("competitor").is_empty());
        assert_eq!(params.finish().unwrap_err().hint.unwrap(), "did you mean `competitor`?");
    }

    #[test]
    fn one_value_is_one() {
        assert!(Params::parse("q=a&q=b").one("q").is_err());
        assert!(Params::parse("limit=0").limit(20).is_err());
        assert_eq!(Params::parse("limit=7").limit(20), Ok(7));
        assert!(Params::parse("limit=seven").limit(20).is_err());
    }
}
