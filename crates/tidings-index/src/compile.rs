//! A query tree as tantivy runs it.

use std::ops::Bound;

use tantivy::Term;
use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, Occur, Query as TantivyQuery, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tidings_query::{Node, Pattern, Phrase, Query, Scope, Slot, micros};
use tidings_text::WordRule;

use crate::analyser::written_term;
use crate::filters::Place;
use crate::phrase::SpelledPhrase;
use crate::schema::Fields;
use crate::{Filters, SearchError};

/// What a match in the title adds, beside the same match in the whole.
const TITLE_WEIGHT: f32 = 1.0;

/// What the unmarked form of a word counts beside the spelling that was typed.
const UNMARKED_WEIGHT: f32 = 0.5;

type Boxed = Box<dyn TantivyQuery>;

/// The words that a finding may be shown for, each with the words it stands beside
/// where it is part of a phrase.
pub(crate) type Wanted = Vec<Vec<WordRule>>;

/// A query ready to run.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// Decides which findings match.
    pub(crate) matching: Boxed,
    /// The same, with what only ranks.
    pub(crate) ranking: Boxed,
    pub(crate) wanted: Wanted,
}

/// Compiles `query` under `filters`.
pub(crate) fn compile(query: &Query, filters: &Filters, fields: &Fields) -> Result<Compiled, SearchError> {
    let mut wanted = Vec::new();
    let text = match &query.root {
        Some(root) if is_negative(root) => return Err(SearchError::OnlyNegations),
        Some(root) => {
            collect_wanted(root, &mut wanted)?;
            Some(node_query(root, fields)?)
        }
        None => None,
    };
    let filters = filter_queries(filters, fields);
    let ranking = text.as_ref().map(|text| {
        let mut clauses = vec![(Occur::Must, text.box_clone())];
        for rules in &wanted {
            let title = BoostQuery::new(rules_query(rules, fields.title), TITLE_WEIGHT);
            clauses.push((Occur::Should, Box::new(title) as Boxed));
        }
        Box::new(BooleanQuery::new(clauses)) as Boxed
    });
    Ok(Compiled { matching: all_of(text, &filters), ranking: all_of(ranking, &filters), wanted })
}

/// The query that `match=any` means: plain words are optional, what is quoted,
/// strict or excluded binds. `None` where that asks for nothing else.
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
        Node::Words { scope: Scope::Anywhere, pattern: Pattern::Word { strict, .. } } => !strict,
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

fn collect_wanted(node: &Node, wanted: &mut Wanted) -> Result<(), SearchError> {
    match node {
        Node::And(nodes) | Node::Or(nodes) => nodes.iter().try_for_each(|node| collect_wanted(node, wanted)),
        Node::Not(_) => Ok(()),
        Node::Words { pattern, .. } => {
            wanted.push(pattern_rules(pattern)?);
            Ok(())
        }
        Node::Is { .. } | Node::When(_) => Ok(()),
    }
}

fn pattern_rules(pattern: &Pattern) -> Result<Vec<WordRule>, SearchError> {
    match pattern {
        Pattern::Word { text, strict } => rules_of(std::slice::from_ref(text), *strict),
        Pattern::Phrase(Phrase { slots, slop: 0 }) => {
            let words = slots.iter().map(|slot| match slot {
                Slot::Word(word) => Ok(word.clone()),
                Slot::Any => Err(not_searched(pattern)),
            });
            rules_of(&words.collect::<Result<Vec<_>, _>>()?, false)
        }
        _ => Err(not_searched(pattern)),
    }
}

fn not_searched(part: &impl std::fmt::Display) -> SearchError {
    SearchError::BadParameter {
        param: "q".to_owned(),
        value: part.to_string(),
        hint: "this part of the language is not searched yet; leave it out".to_owned(),
    }
}

/// The rules of words side by side; never empty.
pub(crate) fn rules_of(words: &[String], strict: bool) -> Result<Vec<WordRule>, SearchError> {
    let rules: Vec<WordRule> = words.iter().flat_map(|word| WordRule::of(word, strict)).collect();
    if rules.is_empty() {
        return Err(SearchError::EmptyWord { word: words.join(" ") });
    }
    Ok(rules)
}

fn node_query(node: &Node, fields: &Fields) -> Result<Boxed, SearchError> {
    Ok(match node {
        Node::Words { scope: Scope::Anywhere, pattern } => rules_query(&pattern_rules(pattern)?, fields.body),
        Node::Words { .. } | Node::Is { .. } | Node::When(_) => return Err(not_searched(node)),
        Node::Or(nodes) => {
            let clauses = nodes.iter().map(|node| Ok((Occur::Should, node_query(node, fields)?)));
            Box::new(BooleanQuery::new(clauses.collect::<Result<_, SearchError>>()?))
        }
        Node::Not(inner) => {
            Box::new(BooleanQuery::new(vec![(Occur::Must, everything()), (Occur::MustNot, node_query(inner, fields)?)]))
        }
        Node::And(nodes) => {
            let mut clauses = Vec::with_capacity(nodes.len() + 1);
            for node in nodes {
                clauses.push(match node {
                    Node::Not(inner) => (Occur::MustNot, node_query(inner, fields)?),
                    node => (Occur::Must, node_query(node, fields)?),
                });
            }
            if clauses.iter().all(|(occur, _)| *occur == Occur::MustNot) {
                clauses.push((Occur::Must, everything()));
            }
            Box::new(BooleanQuery::new(clauses))
        }
    })
}

fn everything() -> Boxed {
    Box::new(ConstScoreQuery::new(Box::new(AllQuery), 0.0))
}

fn rules_query(rules: &[WordRule], field: Field) -> Boxed {
    let terms = |rule: &WordRule| {
        index_terms(rule).into_iter().map(|(term, weight)| (Term::from_field_text(field, &term), weight))
    };
    if let [rule] = rules {
        let mut queries: Vec<Boxed> = terms(rule)
            .map(|(term, weight)| {
                let query = TermQuery::new(term, IndexRecordOption::WithFreqs);
                Box::new(BoostQuery::new(Box::new(query), weight)) as Boxed
            })
            .collect();
        return if queries.len() == 1 { queries.remove(0) } else { Box::new(BooleanQuery::union(queries)) };
    }
    let places = rules.iter().map(|rule| terms(rule).map(|(term, _)| term).collect()).collect();
    Box::new(SpelledPhrase::new(field, places))
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
            Place::Key(_) => fields.key,
            Place::Tag => fields.tag,
        };
        let any = values.iter().map(|value| {
            let term = Term::from_field_text(field, &format!("{name}:{value}"));
            Box::new(TermQuery::new(term, IndexRecordOption::Basic)) as Boxed
        });
        queries.push(Box::new(BooleanQuery::union(any.collect())));
    }
    if filters.from.is_some() || filters.to.is_some() {
        let bound = |time: tidings_model::Timestamp| Term::from_field_i64(fields.date, micros(time));
        let from = filters.from.map_or(Bound::Unbounded, |from| Bound::Included(bound(from)));
        let to = filters.to.map_or(Bound::Unbounded, |to| Bound::Excluded(bound(to)));
        queries.push(Box::new(RangeQuery::new(from, to)));
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
    clauses.extend(filters.iter().map(|filter| {
        let unranked = ConstScoreQuery::new(filter.box_clone(), 0.0);
        (Occur::Must, Box::new(unranked) as Boxed)
    }));
    Box::new(BooleanQuery::new(clauses))
}
