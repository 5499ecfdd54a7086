//! A query tree as tantivy runs it.

use std::path::Path;

use tantivy::query::{AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as TantivyQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term};
use tidings_model::Timestamp;
use tidings_query::{KeyField, Node, Pattern, Query, Scope, Side, TimeField, When, micros};
use tidings_text::WordRule;

use crate::analyser::written_term;
use crate::expand::Expander;
use crate::filters::Place as FilterPlace;
use crate::places::{Place, Run, TokenRule, runs};
use crate::schema::{Fields, column};
use crate::spans::{Spans, SpelledRun, Spellings};
use crate::times::TimeRange;
use crate::{Filters, SearchError};

/// What a match in the title adds, beside the same match in the whole.
const TITLE_WEIGHT: f32 = 1.0;

/// What the unmarked form of a word counts beside the spelling that was typed.
const UNMARKED_WEIGHT: f32 = 0.5;

type Boxed = Box<dyn TantivyQuery>;

/// Words that a finding may be shown for, with the words they stand beside.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) scope: Scope,
    /// Never empty.
    pub(crate) places: Vec<Place>,
}

/// A query ready to run.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Decides which findings match.
    pub(crate) matching: Boxed,
    /// The same, with what only ranks.
    pub(crate) ranking: Boxed,
    pub(crate) wanted: Vec<Wanted>,
}

/// What a query is compiled for.
pub(crate) struct Against<'a> {
    pub(crate) searcher: &'a Searcher,
    /// Its folder, for errors.
    pub(crate) path: &'a Path,
    pub(crate) fields: &'a Fields,
    /// From which relative times are counted back.
    pub(crate) now: Timestamp,
}

/// Compiles `query` under `filters`. What comes of it is good for that searcher alone.
pub(crate) fn compile(query: &Query, filters: &Filters, against: &Against<'_>) -> Result<Compiled, SearchError> {
    let mut compiler = Compiler {
        fields: against.fields,
        now: against.now,
        expander: Expander::new(against.searcher, against.path),
        in_title: Vec::new(),
        wanted: Vec::new(),
    };
    let text = match &query.root {
        Some(root) if is_negative(root) => return Err(SearchError::OnlyNegations),
        Some(root) => {
            compiler.collect_wanted(root)?;
            Some(compiler.node(root)?)
        }
        None => None,
    };
    let filters = filter_queries(filters, against.fields);
    let ranking = text.as_ref().map(|text| {
        let in_title = compiler.in_title.into_iter().map(|title| {
            let title = BoostQuery::new(title, TITLE_WEIGHT);
            (Occur::Should, Box::new(title) as Boxed)
        });
        let clauses = std::iter::once((Occur::Must, text.box_clone())).chain(in_title);
        Box::new(BooleanQuery::new(clauses.collect())) as Boxed
    });
    Ok(Compiled { matching: all_of(text, &filters), ranking: all_of(ranking, &filters), wanted: compiler.wanted })
}

/// The query that `match=any` means: plain words are optional, what is quoted,
/// strict, in a field or excluded binds. `None` where that asks for nothing else.
pub(crate) fn relaxed(query: &Query) -> Option<Query> {
    let mut bound = Vec::new();
    let mut plain = Vec::new();
    split(query.root.as_ref()?, &mut bound, &mut plain);
    if plain.is_empty() || (plain.len() == 1 && bound.is_empty()) {
        return None;
    }
    // Beside a clause that binds and asks for something, plain words only rank.
    let only_excludes = bound.iter().all(is_negative);
    let any = Node::Or(plain);
    let root = if bound.is_empty() {
        any
    } else if only_excludes {
        bound.push(any);
        Node::And(bound)
    } else {
        let bound_alone = Node::And(bound.clone());
        bound.push(any);
        Node::Or(vec![Node::And(bound), bound_alone])
    };
    Some(Query { root: Some(root) })
}

fn split(node: &Node, bound: &mut Vec<Node>, plain: &mut Vec<Node>) {
    match node {
        Node::And(nodes) => nodes.iter().for_each(|node| split(node, bound, plain)),
        node if is_plain(node) => plain.push(node.clone()),
        node => bound.push(node.clone()),
    }
}

fn is_plain(node: &Node) -> bool {
    match node {
        Node::Words { scope: Scope::Anywhere, pattern } => {
            matches!(pattern, Pattern::Word { strict: false, .. } | Pattern::Prefix(_))
        }
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().all(is_plain),
        Node::Not(_) | Node::Words { .. } | Node::Is { .. } | Node::When(_) => false,
    }
}

/// Whether `node` says only what must not be there.
fn is_negative(node: &Node) -> bool {
    match node {
        Node::And(nodes) => nodes.iter().all(is_negative),
        Node::Or(nodes) => nodes.iter().any(is_negative),
        Node::Not(inner) => !is_negative(inner),
        Node::Words { .. } | Node::Is { .. } | Node::When(_) => false,
    }
}

struct Compiler<'a> {
    fields: &'a Fields,
    now: Timestamp,
    expander: Expander<'a>,
    /// What ranks higher when it stands in the title.
    in_title: Vec<Boxed>,
    wanted: Vec<Wanted>,
}

impl Compiler<'_> {
    /// Notes what the query asks to be there, for ranking and for marking.
    fn collect_wanted(&mut self, node: &Node) -> Result<(), SearchError> {
        match node {
            Node::And(nodes) | Node::Or(nodes) => nodes.iter().try_for_each(|node| self.collect_wanted(node)),
            Node::Not(_) | Node::Is { .. } | Node::When(_) => Ok(()),
            Node::Words { scope, pattern } => {
                let ranks = *scope == Scope::Anywhere && matches!(pattern, Pattern::Word { .. } | Pattern::Phrase(_));
                if ranks {
                    let title = self.words(Scope::Title, pattern)?;
                    self.in_title.push(title);
                }
                for run in runs(pattern)? {
                    if run.slop == 0 {
                        self.wanted.push(Wanted { scope: *scope, places: run.places });
                    } else {
                        // Apart from each other, each word is marked by itself.
                        let alone = run.places.into_iter().map(|place| vec![Place { step: 0, ..place }]);
                        self.wanted.extend(alone.map(|places| Wanted { scope: *scope, places }));
                    }
                }
                Ok(())
            }
        }
    }

    fn node(&mut self, node: &Node) -> Result<Boxed, SearchError> {
        Ok(match node {
            Node::Words { scope, pattern } => self.words(*scope, pattern)?,
            Node::Is { field, value } => self.is(field, value)?,
            Node::When(when) => self.when(when),
            Node::Or(nodes) => {
                let clauses = nodes.iter().map(|node| Ok((Occur::Should, self.node(node)?)));
                Box::new(BooleanQuery::new(clauses.collect::<Result<_, SearchError>>()?))
            }
            Node::Not(inner) => {
                Box::new(BooleanQuery::new(vec![(Occur::Must, everything()), (Occur::MustNot, self.node(inner)?)]))
            }
            Node::And(nodes) => {
                let mut clauses = Vec::with_capacity(nodes.len() + 1);
                for node in nodes {
                    clauses.push(match node {
                        Node::Not(inner) => (Occur::MustNot, self.node(inner)?),
                        node => (Occur::Must, self.node(node)?),
                    });
                }
                if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
                    clauses.push((Occur::Must, everything()));
                }
                Box::new(BooleanQuery::new(clauses))
            }
        })
    }

    fn words(&mut self, scope: Scope, pattern: &Pattern) -> Result<Boxed, SearchError> {
        let field = match scope {
            Scope::Anywhere | Scope::Text => self.fields.body,
            Scope::Title => self.fields.title,
            Scope::Url => self.fields.url,
        };
        let part = pattern.to_string();
        let runs = runs(pattern)?;
        if scope != Scope::Text
            && let [Run { places, .. }] = runs.as_slice()
            && let [place] = places.as_slice()
        {
            return self.one(&place.rule, field, &part);
        }
        let runs = runs.iter().map(|run| {
            let places = run.places.iter().map(|place| Ok((place.step, self.spellings(&place.rule, field, &part)?)));
            Ok(SpelledRun { places: places.collect::<Result<_, SearchError>>()?, slop: run.slop })
        });
        let distance = if let Pattern::Near { distance, .. } = pattern { *distance } else { 0 };
        let runs = runs.collect::<Result<_, SearchError>>()?;
        Ok(Box::new(Spans { field, runs, distance, in_text: scope == Scope::Text }))
    }

    /// A token anywhere in a field.
    fn one(&mut self, rule: &TokenRule, field: Field, part: &str) -> Result<Boxed, SearchError> {
        let rule = match rule {
            TokenRule::Prefix(rule) => return Ok(Box::new(self.expander.prefix(rule, field, part)?)),
            TokenRule::Number(rule) => return Ok(Box::new(self.expander.numbers(rule, field, part)?)),
            TokenRule::Word(rule) => rule,
        };
        let mut queries: Vec<Boxed> = index_terms(rule)
            .into_iter()
            .map(|(term, weight)| {
                let query = TermQuery::new(Term::from_field_text(field, &term), IndexRecordOption::WithFreqs);
                Box::new(BoostQuery::new(Box::new(query), weight)) as Boxed
            })
            .collect();
        Ok(if queries.len() == 1 { queries.remove(0) } else { Box::new(BooleanQuery::union(queries)) })
    }

    fn spellings(&mut self, rule: &TokenRule, field: Field, part: &str) -> Result<Spellings, SearchError> {
        Ok(match rule {
            TokenRule::Word(rule) => {
                let terms = index_terms(rule).into_iter().map(|(term, _)| Term::from_field_text(field, &term));
                Spellings::Terms(terms.collect())
            }
            TokenRule::Prefix(rule) => Spellings::Expanded(self.expander.prefix(rule, field, part)?),
            TokenRule::Number(rule) => Spellings::Expanded(self.expander.numbers(rule, field, part)?),
        })
    }

    fn is(&self, field: &KeyField, value: &str) -> Result<Boxed, SearchError> {
        let place = match field {
            KeyField::Competitor | KeyField::Tier | KeyField::About | KeyField::Dimension(_) => self.fields.tag,
            KeyField::Mark => {
                return Err(SearchError::Unfit {
                    part: format!("{field}:{value}"),
                    hint: "this version cannot search by it; leave it out",
                });
            }
            _ => self.fields.key,
        };
        Ok(unranked(key_query(place, field.as_str(), value)))
    }

    fn when(&self, when: &When) -> Boxed {
        let column = match when.time {
            TimeField::Date => column::DATE,
            TimeField::Found => column::FOUND,
        };
        let moment = Some(micros(when.moment.seen_from(self.now)));
        let (from, before) = match when.side {
            Side::From => (moment, None),
            Side::Before => (None, moment),
        };
        unranked(Box::new(TimeRange { column, from, before }))
    }
}

/// What decides and does not rank.
fn unranked(query: Boxed) -> Boxed {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn everything() -> Boxed {
    unranked(Box::new(AllQuery))
}

fn key_query(field: Field, name: &str, value: &str) -> Boxed {
    let term = Term::from_field_text(field, &format!("{name}:{value}"));
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

/// The index terms that stand for a word, each with what a match of it counts.
fn index_terms(rule: &WordRule) -> Vec<(String, f32)> {
    match rule {
        WordRule::Open { folded } => vec![(folded.clone(), 1.0)],
        WordRule::Strict { exact } => vec![(written_term(exact), 1.0)],
        WordRule::Marked { exact, unmarked } => exact
            .iter()
            .map(|spelling| (written_term(spelling), 1.0))
            .chain([(written_term(unmarked), UNMARKED_WEIGHT)])
            .collect(),
    }
}

fn filter_queries(filters: &Filters, fields: &Fields) -> Vec<Boxed> {
    let mut queries: Vec<Boxed> = Vec::new();
    for (name, values) in filters.values() {
        let field = match name.place() {
            FilterPlace::Key(_) => fields.key,
            FilterPlace::Tag => fields.tag,
        };
        let any = values.iter().map(|value| key_query(field, name.as_str(), value));
        queries.push(Box::new(BooleanQuery::union(any.collect())));
    }
    if filters.from.is_some() || filters.to.is_some() {
        let (from, before) = (filters.from.map(micros), filters.to.map(micros));
        queries.push(Box::new(TimeRange { column: column::DATE, from, before }));
    }
    queries
}

/// Filters decide, they do not rank.
fn all_of(text: Option<Boxed>, filters: &[Boxed]) -> Boxed {
    let text = text.unwrap_or_else(|| Box::new(AllQuery));
    if filters.is_empty() {
        return text;
    }
    let mut clauses = vec![(Occur::Must, text)];
    clauses.extend(filters.iter().map(|filter| (Occur::Must, unranked(filter.box_clone()))));
    Box::new(BooleanQuery::new(clauses))
}
