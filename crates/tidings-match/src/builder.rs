//! A taxonomy checked and made ready.

use std::collections::HashSet;

use tidings_model::{Competitor, CompetitorId, Label, Own, Taxonomy, Tier};

use crate::TaxonomyError;
use crate::domain::{self, Domains};
use crate::lexicon::Rule;
use crate::phrases::{MAX_PHRASE_WORDS, PhraseProblem, Phrases};
use crate::tagger::{INTENT, Named, Tagger, Target};

/// Most names, domains and phrases of a taxonomy.
pub const MAX_PHRASES: usize = 1_000_000;

pub(crate) struct Builder {
    tagger: Tagger,
    seen: HashSet<String>,
    phrases: usize,
}

impl Builder {
    pub(crate) fn build(taxonomy: &Taxonomy, version: u64) -> Result<Tagger, TaxonomyError> {
        let tagger = Tagger {
            version,
            phrases: Phrases::new(),
            targets: Vec::new(),
            domains: Domains::default(),
            competitors: Vec::new(),
            labels: Vec::new(),
        };
        let mut builder = Self { tagger, seen: HashSet::new(), phrases: 0 };
        if let Some(own) = &taxonomy.own {
            builder.add_own(own)?;
        }
        for competitor in &taxonomy.competitors {
            builder.add_competitor(competitor)?;
        }
        for label in &taxonomy.labels {
            builder.add_label(label)?;
        }
        Ok(builder.tagger)
    }

    fn add_own(&mut self, own: &Own) -> Result<(), TaxonomyError> {
        self.add_named(CompetitorId::own(), &own.name, None, &own.aliases, &own.domains)
    }

    fn add_competitor(&mut self, competitor: &Competitor) -> Result<(), TaxonomyError> {
        if competitor.id == CompetitorId::own() {
            return Err(TaxonomyError::ReservedCompetitor);
        }
        let Competitor { id, name, tier, aliases, domains } = competitor;
        self.add_named(id.clone(), name, Some(*tier), aliases, domains)
    }

    fn add_named(
        &mut self,
        id: CompetitorId,
        name: &str,
        tier: Option<Tier>,
        aliases: &[String],
        domains: &[String],
    ) -> Result<(), TaxonomyError> {
        let owner = format!("competitor `{id}`");
        self.claim(owner.clone())?;
        let at = self.tagger.competitors.len();
        let target = self.add_target(Target::Competitor(at));
        for name in aliases.iter().map(String::as_str).chain([name]) {
            self.add_phrase(name, Rule::AsWritten, target, &owner)?;
        }
        for domain in domains {
            self.add_domain(domain, at, &owner)?;
        }
        self.tagger.competitors.push(Named { id, name: name.to_owned(), tier, target });
        Ok(())
    }

    fn add_domain(&mut self, domain: &str, competitor: usize, owner: &str) -> Result<(), TaxonomyError> {
        let invalid = || TaxonomyError::InvalidDomain { owner: owner.to_owned(), domain: domain.to_owned() };
        let host = domain::normal(domain).ok_or_else(invalid)?;
        self.claim(format!("domain `{host}`"))?;
        self.tagger.domains.add(host, competitor);
        let target = self.add_target(Target::Domain(competitor, domain.to_lowercase()));
        self.add_phrase(domain, Rule::AsWritten, target, owner)
    }

    fn add_label(&mut self, label: &Label) -> Result<(), TaxonomyError> {
        let Label { dimension, id, .. } = label;
        if dimension.as_str() == INTENT && !Taxonomy::INTENT_STAGES.contains(&id.as_str()) {
            let expected = Taxonomy::INTENT_STAGES.join(", ");
            return Err(TaxonomyError::UnknownIntent { id: id.to_string(), expected });
        }
        let owner = format!("label `{dimension}:{id}`");
        self.claim(owner.clone())?;
        let target = self.add_target(Target::Label(self.tagger.labels.len()));
        for phrase in &label.phrases {
            self.add_phrase(&phrase.0, Rule::Inflected, target, &owner)?;
        }
        self.tagger.labels.push((dimension.clone(), id.clone()));
        Ok(())
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
        // Bounded by `MAX_PHRASES` and the number of labels, which are far below.
        u32::try_from(self.tagger.targets.len() - 1).expect("a taxonomy has fewer than 2^32 entries")
    }

    fn add_phrase(&mut self, phrase: &str, rule: Rule, target: u32, owner: &str) -> Result<(), TaxonomyError> {
        self.phrases += 1;
        if MAX_PHRASES < self.phrases {
            return Err(TaxonomyError::TooManyPhrases { limit: MAX_PHRASES });
        }
        let (owner, text) = (owner.to_owned(), phrase.to_owned());
        self.tagger.phrases.add(phrase, rule, target).map_err(|problem| match problem {
            PhraseProblem::Empty => TaxonomyError::EmptyPhrase { owner, phrase: text },
            PhraseProblem::TooLong => TaxonomyError::PhraseTooLong { owner, phrase: text, limit: MAX_PHRASE_WORDS },
        })
    }
}
