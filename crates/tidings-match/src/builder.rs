//! A taxonomy checked and made ready.

use std::collections::HashSet;

use tidings_model::{
    Competitor, CompetitorId, Exclusion, Label, NameRules, Own, OwnSites, Phrase, SeverityRule, Taxonomy, Tier,
};
use tidings_query::{Query, Use};

use crate::TaxonomyError;
use crate::domain::{self, Domains};
use crate::layer::Layer;
use crate::lexicon::Rule;
use crate::pattern::{Lists, Pattern, PatternProblem};
use crate::phrases::PhraseTree;
use crate::pool::Pool;
use crate::references::{self, Reference};
use crate::tagger::{INTENT, Named, Tagged, Tagger, Target};
use crate::taxonomy_query::Names;

/// Most words of the names, domains and phrases of a taxonomy, alternatives counted.
pub const MAX_WORDS: usize = 4_000_000;

pub(crate) struct Builder<'t> {
    tagger: Tagger,
    tree: PhraseTree,
    names: Names<'t>,
    lists: Lists,
    seen: HashSet<String>,
    words: usize,
}

impl<'t> Builder<'t> {
    pub(crate) fn build(taxonomy: &'t Taxonomy, version: u64) -> Result<Tagger, TaxonomyError> {
        let tagger = Tagger {
            version,
            phrases: PhraseTree::new().into_phrases(),
            targets: Vec::new(),
            domains: Domains::default(),
            competitors: Vec::new(),
            labels: Vec::new(),
            implied_by_others: Vec::new(),
            exclusions: Layer::default(),
            queries: Layer::default(),
            severity: Layer::default(),
            kept: Pool::default(),
        };
        let lists = Lists::read(&taxonomy.lists).map_err(|(name, phrase, source)| TaxonomyError::Phrase {
            owner: format!("list `{name}`"),
            phrase,
            source,
        })?;
        let names = Names::of(taxonomy);
        let mut builder = Self { tagger, tree: PhraseTree::new(), names, lists, seen: HashSet::new(), words: 0 };
        if let Some(own) = &taxonomy.own {
            builder.add_own(own)?;
        }
        for competitor in &taxonomy.competitors {
            builder.add_competitor(competitor)?;
        }
        for label in &taxonomy.labels {
            builder.add_label(label)?;
        }
        references::check(&taxonomy.labels).map_err(|wrong| {
            let Label { dimension, id, .. } = &taxonomy.labels[wrong.label];
            let Reference { key, found, expected, .. } = wrong;
            TaxonomyError::Reference { owner: format!("label `{dimension}:{id}`"), key, found, expected }
        })?;
        for SeverityRule { level, query } in &taxonomy.severity {
            let query = builder.read_query(query, Use::Severity, &format!("severity rule `{level}`"))?;
            builder.tagger.severity.add(&query, *level);
        }
        Ok(Tagger { phrases: builder.tree.into_phrases(), ..builder.tagger })
    }

    fn add_own(&mut self, own: &Own) -> Result<(), TaxonomyError> {
        self.add_named(CompetitorId::own(), &own.name, None, &own.aliases, &own.domains, &own.rules)
    }

    fn add_competitor(&mut self, competitor: &Competitor) -> Result<(), TaxonomyError> {
        if competitor.id == CompetitorId::own() {
            return Err(TaxonomyError::ReservedCompetitor);
        }
        let Competitor { id, name, tier, aliases, domains, rules } = competitor;
        self.add_named(id.clone(), name, Some(*tier), aliases, domains, rules)
    }

    fn add_named(
        &mut self,
        id: CompetitorId,
        name: &str,
        tier: Option<Tier>,
        aliases: &[String],
        domains: &[String],
        rules: &NameRules,
    ) -> Result<(), TaxonomyError> {
        let owner = format!("competitor `{id}`");
        self.claim(owner.clone())?;
        let at = self.tagger.competitors.len();
        let target = self.add_target(Target::Competitor(at));
        for name in aliases.iter().map(String::as_str).chain([name]) {
            self.add_name(name, target, &owner)?;
        }
        for domain in domains {
            self.add_domain(domain, at, &owner)?;
        }
        let context = self.add_phrases(&rules.context, Target::Context(at), &owner)?;
        let exclusion = self.add_exclusions(&rules.exclude, at, &owner)?;
        self.tagger.competitors.push(Named {
            id,
            name: name.to_owned(),
            tier,
            target,
            context,
            exclusion,
            has_rules: context.is_some() || !rules.exclude.is_empty(),
            skips_own_sites: rules.own_sites == OwnSites::Skip,
        });
        Ok(())
    }

    fn add_exclusions(
        &mut self,
        exclude: &[Exclusion],
        competitor: usize,
        owner: &str,
    ) -> Result<Option<u32>, TaxonomyError> {
        let mut phrases = Vec::new();
        for exclusion in exclude {
            match exclusion {
                Exclusion::Phrase(phrase) => phrases.push(phrase.clone()),
                Exclusion::Query { query } => {
                    let query = self.read_query(query, Use::Competitor, owner)?;
                    self.tagger.exclusions.add(&query, competitor);
                }
            }
        }
        self.add_phrases(&phrases, Target::Exclusion(competitor), owner)
    }

    fn read_query(&self, query: &str, usage: Use, owner: &str) -> Result<Query, TaxonomyError> {
        self.names.read(query, usage).map_err(|problem| TaxonomyError::Query {
            owner: owner.to_owned(),
            query: query.to_owned(),
            reason: problem.to_string(),
        })
    }

    fn add_domain(&mut self, domain: &str, competitor: usize, owner: &str) -> Result<(), TaxonomyError> {
        let invalid = || TaxonomyError::InvalidDomain { owner: owner.to_owned(), domain: domain.to_owned() };
        let host = domain::normal(domain).ok_or_else(invalid)?;
        self.claim(format!("domain `{host}`"))?;
        self.tagger.domains.add(host, competitor);
        let target = self.add_target(Target::Domain(competitor, domain.to_lowercase()));
        self.add_name(domain, target, owner)
    }

    fn add_label(&mut self, label: &Label) -> Result<(), TaxonomyError> {
        let Label { dimension, id, beside, yields_to, .. } = label;
        if dimension.as_str() == INTENT && !Taxonomy::INTENT_STAGES.contains(&id.as_str()) {
            let expected = Taxonomy::INTENT_STAGES.join(", ");
            return Err(TaxonomyError::UnknownIntent { id: id.to_string(), expected });
        }
        let owner = format!("label `{dimension}:{id}`");
        self.claim(owner.clone())?;
        let at = self.tagger.labels.len();
        if label.phrases.is_empty() && label.query.is_none() {
            return Err(TaxonomyError::NoSign { owner });
        }
        self.add_phrases(&label.phrases, Target::Label(at), &owner)?;
        self.add_phrases(&label.implied, Target::Implied(at), &owner)?;
        if let Some(query) = &label.query {
            let query = self.read_query(query, Use::Label, &owner)?;
            self.tagger.queries.add(&query, at);
        }
        if !label.implied_by.is_empty() {
            self.tagger.implied_by_others.push(at);
        }
        let stage = Taxonomy::INTENT_STAGES.iter().position(|stage| *stage == id.as_str());
        self.tagger.labels.push(Tagged {
            dimension: dimension.clone(),
            id: id.clone(),
            stage: stage.filter(|_| dimension.as_str() == INTENT),
            has_query: label.query.is_some(),
            beside: beside.clone(),
            implied_by: label.implied_by.clone(),
            yields_to: yields_to.clone(),
        });
        Ok(())
    }

    /// Adds phrases under a target of their own, if there are any.
    fn add_phrases(&mut self, phrases: &[Phrase], target: Target, owner: &str) -> Result<Option<u32>, TaxonomyError> {
        if phrases.is_empty() {
            return Ok(None);
        }
        let target = self.add_target(target);
        for Phrase(text) in phrases {
            self.add(text, Pattern::read(text, &self.lists), Rule::Inflected, target, owner)?;
        }
        Ok(Some(target))
    }

    /// Takes a name that may be taken once.
    fn claim(&mut self, what: String) -> Result<(), TaxonomyError> {
        match self.seen.replace(what) {
            Some(what) => Err(TaxonomyError::Duplicate { what }),
            None => Ok(()),
        }
    }

    fn add_target(&mut self, target: Target) -> u32 {
        self.tagger.targets.push(target);
        // Bounded by `MAX_WORDS` and the number of labels, which are far below.
        u32::try_from(self.tagger.targets.len() - 1).expect("a taxonomy has fewer than 2^32 entries")
    }

    fn add_name(&mut self, name: &str, target: u32, owner: &str) -> Result<(), TaxonomyError> {
        self.add(name, Pattern::name(name), Rule::AsWritten, target, owner)
    }

    fn add(
        &mut self,
        text: &str,
        pattern: Result<Pattern, PatternProblem>,
        rule: Rule,
        target: u32,
        owner: &str,
    ) -> Result<(), TaxonomyError> {
        let pattern = pattern.map_err(|source| TaxonomyError::Phrase {
            owner: owner.to_owned(),
            phrase: text.to_owned(),
            source,
        })?;
        self.words += pattern.alternatives();
        if MAX_WORDS < self.words {
            return Err(TaxonomyError::TooManyWords { limit: MAX_WORDS });
        }
        self.tree.add(&pattern, rule, target);
        Ok(())
    }
}
