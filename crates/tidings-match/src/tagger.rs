//! Competitors, labels and intent of a finding.

use std::collections::BTreeMap;

use tidings_model::{
    CompetitorId, CompetitorTag, Dimension, Evidence, Field, Finding, LabelId, Tag, Taxonomy, Tier, Url,
};

use crate::TaxonomyError;
use crate::builder::Builder;
use crate::domain::{self, Domains};
use crate::evidence::{MAX_EVIDENCE, Scalars, keep_outermost};
use crate::phrases::{Hit, Phrases};

/// The dimension of which a finding has one label at most.
pub(crate) const INTENT: &str = "intent";

/// A taxonomy made ready to tag findings. Pure; threads share it.
#[derive(Debug)]
pub struct Tagger {
    pub(crate) version: u64,
    pub(crate) phrases: Phrases,
    /// What the phrases are for: the target of a hit is an index into it.
    pub(crate) targets: Vec<Target>,
    pub(crate) domains: Domains,
    pub(crate) competitors: Vec<Named>,
    pub(crate) labels: Vec<(Dimension, LabelId)>,
}

/// What a phrase attaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Competitor(usize),
    /// A competitor by its domain, whose points must stand in the text too.
    Domain(usize, String),
    Label(usize),
}

/// A competitor, or our own brand.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) id: CompetitorId,
    pub(crate) name: String,
    pub(crate) tier: Option<Tier>,
    /// The target of its names.
    pub(crate) target: u32,
}

/// Evidence by competitor and by label, in the order of the taxonomy.
#[derive(Default)]
struct Found {
    competitors: BTreeMap<usize, Vec<Evidence>>,
    labels: BTreeMap<usize, Vec<Evidence>>,
}

impl Found {
    fn add(&mut self, target: &Target, evidence: impl FnOnce() -> Evidence) {
        let kept = match target {
            Target::Competitor(at) | Target::Domain(at, _) => self.competitors.entry(*at).or_default(),
            Target::Label(at) => self.labels.entry(*at).or_default(),
        };
        if kept.len() < MAX_EVIDENCE {
            kept.push(evidence());
        }
    }
}

impl Tagger {
    /// Makes `taxonomy` ready; findings tagged by it carry `version`.
    ///
    /// # Errors
    ///
    /// When the taxonomy breaks a rule; [`taxonomy_file::read`](crate::taxonomy_file::read)
    /// refuses the same with its place in the file.
    pub fn new(taxonomy: &Taxonomy, version: u64) -> Result<Self, TaxonomyError> {
        Builder::build(taxonomy, version)
    }

    /// The version that tagged findings carry.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Sets competitors, tags and taxonomy version of `finding`, whatever stood there.
    ///
    /// Looks at title, text, the thread's title where it is another, and added lines; for
    /// domains at the host of its address too. Each tag keeps its first [`MAX_EVIDENCE`]
    /// pieces of evidence. Of intents only the latest stage is kept.
    pub fn tag(&self, finding: &mut Finding) {
        let mut found = Found::default();
        let mut hits = Vec::new();
        self.search(&Field::Title, &finding.title, &mut hits, &mut found);
        self.search(&Field::Text, &finding.text, &mut hits, &mut found);
        if let Some(thread) = finding.thread.as_ref().filter(|thread| thread.title != finding.title) {
            self.search(&Field::ThreadTitle, &thread.title, &mut hits, &mut found);
        }
        for (at, added) in (0..).zip(finding.change.iter().flat_map(|change| &change.added)) {
            self.search(&Field::ChangeAdded(at), added, &mut hits, &mut found);
        }
        if let Some(url) = &finding.url {
            self.search_host(url, &mut found);
        }
        finding.competitors = self.competitor_tags(found.competitors);
        finding.tags = self.tags(found.labels);
        finding.taxonomy_version = self.version;
    }

    fn search(&self, field: &Field, text: &str, hits: &mut Vec<Hit>, found: &mut Found) {
        hits.clear();
        self.phrases.find(text, |hit| hits.push(hit));
        if hits.is_empty() {
            return;
        }
        let scalars = Scalars::new(text);
        self.settle_domains(text, &scalars, hits);
        keep_outermost(hits);
        for hit in hits {
            found.add(&self.targets[hit.target as usize], || scalars.evidence(field, *hit));
        }
    }

    /// Takes out what only has the words of a domain, and counts the rest for the names of
    /// its competitor: a name inside a domain is then no evidence of its own.
    fn settle_domains(&self, text: &str, scalars: &Scalars<'_>, hits: &mut Vec<Hit>) {
        hits.retain_mut(|hit| match &self.targets[hit.target as usize] {
            Target::Domain(at, domain) => {
                hit.target = self.competitors[*at].target;
                domain::stands_at(domain, text, scalars.byte(hit.start), scalars.byte(hit.end))
            }
            Target::Competitor(_) | Target::Label(_) => true,
        });
    }

    fn search_host(&self, url: &Url, found: &mut Found) {
        let Some(owner) = url.host_str().and_then(|host| self.domains.owner(host)) else {
            return;
        };
        // A serialised URL is ASCII, so its bytes are its scalars.
        let before = url[..url::Position::BeforeHost].len();
        let host = &url[url::Position::BeforeHost..url::Position::AfterHost];
        found.add(&Target::Competitor(owner), || Evidence {
            field: Field::Url,
            start: u32::try_from(before).unwrap_or(u32::MAX),
            end: u32::try_from(before + host.len()).unwrap_or(u32::MAX),
            quote: host.to_owned(),
        });
    }

    fn competitor_tags(&self, found: BTreeMap<usize, Vec<Evidence>>) -> Vec<CompetitorTag> {
        let tag = |(at, evidence): (usize, _)| {
            let competitor = &self.competitors[at];
            CompetitorTag { id: competitor.id.clone(), name: competitor.name.clone(), tier: competitor.tier, evidence }
        };
        found.into_iter().map(tag).collect()
    }

    fn tags(&self, found: BTreeMap<usize, Vec<Evidence>>) -> Vec<Tag> {
        let latest = found.keys().filter_map(|at| self.intent_stage(*at)).max();
        let is_kept = |at: usize| self.intent_stage(at).is_none_or(|stage| Some(stage) == latest);
        let tag = |(at, evidence): (usize, _)| {
            let (dimension, id) = self.labels[at].clone();
            Tag { dimension, id, about: Vec::new(), evidence }
        };
        found.into_iter().filter(|(at, _)| is_kept(*at)).map(tag).collect()
    }

    /// How near to a choice the label is; `None` for one of another dimension.
    fn intent_stage(&self, label: usize) -> Option<usize> {
        let (dimension, id) = &self.labels[label];
        let stage = Taxonomy::INTENT_STAGES.iter().position(|stage| *stage == id.as_str());
        stage.filter(|_| dimension.as_str() == INTENT)
    }
}
