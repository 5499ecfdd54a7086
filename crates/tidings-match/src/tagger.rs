//! Competitors, labels and intent of a finding.

mod found;
mod names;

use std::collections::BTreeSet;

use tidings_model::{
    CompetitorId, CompetitorTag, Dimension, Evidence, EvidenceList, Field, Finding, Kind, LabelId, Severity, Tag,
    Taxonomy, Tier,
};

use crate::TaxonomyError;
use crate::about::{Clauses, Mention};
use crate::builder::Builder;
use crate::candidates;
use crate::domain::{self, Domains};
use crate::evidence::{host_evidence, keep_outermost, merge};
use crate::layer::Layer;
use crate::phrases::{Hit, Phrases};
use crate::pool::Pool;
use crate::question;
use found::{ByNumber, Fields, Found, fields};
use names::{FieldHits, Skipped};

/// The dimension of which a finding has one label at most.
pub(crate) const INTENT: &str = "intent";

/// What stands for a named or addressed competitor in `beside`.
pub(crate) const COMPETITOR: &str = "competitor";

/// A taxonomy made ready to tag findings. Pure; threads share it.
#[derive(Debug)]
pub struct Tagger {
    pub(crate) version: u64,
    pub(crate) phrases: Phrases,
    /// What the phrases are for: the target of a hit is an index into it.
    pub(crate) targets: Vec<Target>,
    pub(crate) domains: Domains,
    pub(crate) competitors: Vec<Named>,
    pub(crate) labels: Vec<Tagged>,
    /// Labels of which other dimensions are a sign.
    pub(crate) implied_by_others: Vec<usize>,
    /// Queries that say in which findings no name of a competitor is meant.
    pub(crate) exclusions: Layer<usize>,
    /// Queries of labels.
    pub(crate) queries: Layer<usize>,
    pub(crate) severity: Layer<Severity>,
    pub(crate) kept: Pool<Kept>,
}

/// What it takes to tag a finding, kept for the next one.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// Field by field.
    hits: Vec<FieldHits>,
    found: Found,
}

/// What a phrase attaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Competitor(usize),
    /// A competitor by its domain, whose points must stand in the text too.
    Domain(usize, String),
    Label(usize),
    /// A label by a weak sign.
    Implied(usize),
    /// Nothing: near it the names of a competitor are meant.
    Context(usize),
    /// Nothing: the names of a competitor are not meant there.
    Exclusion(usize),
}

/// A label.
#[derive(Debug)]
pub(crate) struct Tagged {
    pub(crate) dimension: Dimension,
    pub(crate) id: LabelId,
    /// How near to a choice an intent is; `None` for a label of another dimension.
    pub(crate) stage: Option<usize>,
    pub(crate) has_query: bool,
    /// Dimensions of which one must be there for weak signs to count.
    pub(crate) beside: Vec<Dimension>,
    /// Dimensions of which any tag is a weak sign of it.
    pub(crate) implied_by: Vec<Dimension>,
    /// Labels of the dimension before which it goes back.
    pub(crate) yields_to: Vec<LabelId>,
}

/// A competitor, or our own brand.
#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) id: CompetitorId,
    pub(crate) name: String,
    pub(crate) tier: Option<Tier>,
    /// The target of its names.
    pub(crate) target: u32,
    /// Those of the words that must stand near its names, and of those that must not.
    pub(crate) context: Option<u32>,
    pub(crate) exclusion: Option<u32>,
    /// Whether its names are not meant wherever they stand.
    pub(crate) has_rules: bool,
    pub(crate) skips_own_sites: bool,
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

    /// Sets competitors, tags, severity and taxonomy version of `finding`, whatever stood there.
    ///
    /// In layers, each seeing only those before it: competitors, labels, severity. Phrases
    /// are looked for in title, text, the thread's title where it is another, and added
    /// lines; domains in the host of its address too; queries see what a search sees. Each
    /// tag keeps its first [`MAX_EVIDENCE`](crate::MAX_EVIDENCE) pieces of evidence, and says of which competitors it
    /// is meant. Of intents only the latest stage is kept.
    pub fn tag(&self, finding: &mut Finding) {
        finding.tags.clear();
        finding.severity = None;
        let mut kept = self.kept.take();
        let Kept { hits, found } = &mut *kept;
        self.find(finding, hits, found);
        finding.competitors = self.competitor_tags(&mut found.competitors);
        self.ask_queries(finding, found);
        if speaks_for_oneself(finding.kind) {
            self.settle_implied(finding, found);
        }
        self.settle_intent(&mut found.labels);
        finding.tags = self.tags(finding, found);
        self.kept.give_back(kept);
        let mut severity = None;
        self.severity.ask(finding, |level, _| severity = severity.max(Some(*level)));
        finding.severity = severity;
        finding.taxonomy_version = self.version;
    }

    /// Who is named, and which labels the phrases show.
    fn find(&self, finding: &Finding, hits: &mut Vec<FieldHits>, found: &mut Found) {
        let fields = fields(finding);
        let is_english = finding.lang.as_ref().is_some_and(|lang| lang.as_str() == "en");
        hits.resize_with(hits.len().max(fields.len()), FieldHits::default);
        let hits = &mut hits[..fields.len()];
        for ((_, text), hits) in fields.iter().zip(&mut *hits) {
            self.search(text, is_english, hits);
        }
        let owner = self.owner(finding);
        self.settle_names(finding, &fields, owner, hits);
        let skipped = self.skipped(finding, owner);
        found.begin(fields.len());
        for ((at, (field, text)), FieldHits { hits, .. }) in fields.iter().enumerate().zip(&*hits) {
            if !hits.is_empty() {
                self.take(found, at, field, text, hits, skipped);
            }
        }
        if let Some(owner) = owner.filter(|owner| !skipped.covers(*owner)) {
            found.host = Some(owner);
            if let Some(evidence) = finding.url.as_ref().and_then(host_evidence) {
                found.add(&Target::Competitor(owner), std::iter::once(evidence));
            }
        }
    }

    fn search(&self, text: &str, is_english: bool, found: &mut FieldHits) {
        found.hits.clear();
        found.domains.clear();
        // Weak signs are many, and one of each is enough.
        let mut implied = BTreeSet::new();
        self.phrases.find(text, is_english, |hit| match &self.targets[hit.target as usize] {
            Target::Label(_) if hit.negated => {}
            Target::Implied(label) if !implied.insert(*label) => {}
            _ => found.hits.push(hit),
        });
        if !found.hits.is_empty() {
            self.settle_domains(text, found);
            self.settle_questions(text, &mut found.hits);
            keep_outermost(&mut found.hits);
        }
    }

    fn take(&self, found: &mut Found, at: usize, field: &Field, text: &str, hits: &[Hit], skipped: Skipped) {
        let targets = || hits.chunk_by(|one, other| one.target == other.target);
        found.labels.reserve(targets().count());
        for hits in targets() {
            let target = &self.targets[hits[0].target as usize];
            if let Target::Competitor(competitor) = target {
                if skipped.covers(*competitor) {
                    continue;
                }
                let mention = |hit: &Hit| Mention { competitor: *competitor, start: hit.start, end: hit.end };
                found.mentions[at].extend(hits.iter().map(mention));
            }
            found.add(target, hits.iter().map(|hit| hit.evidence(field, text)));
        }
        found.mentions[at].sort_unstable_by_key(|mention| mention.start);
    }

    /// Takes out what only has the words of a domain, and counts the rest for the names of
    /// its competitor: a name inside a domain is then no evidence of its own.
    fn settle_domains(&self, text: &str, found: &mut FieldHits) {
        let FieldHits { hits, domains } = found;
        hits.retain_mut(|hit| {
            let Target::Domain(at, domain) = &self.targets[hit.target as usize] else { return true };
            let stands = domain::stands_at(domain, text, hit.start_byte as usize, hit.end_byte as usize);
            if stands {
                domains.insert((hit.start, hit.end));
            }
            hit.target = self.competitors[*at].target;
            stands
        });
    }

    /// Takes out what should be asked and is not, and what is asked and should be said.
    fn settle_questions(&self, text: &str, hits: &mut Vec<Hit>) {
        hits.retain(|hit| match &self.targets[hit.target as usize] {
            _ if hit.asks => question::ends_in_question(text, hit.end_byte as usize),
            Target::Label(at) if self.labels[*at].stage.is_none() => !question::is_asked(text, hit.end_byte as usize),
            _ => true,
        });
    }

    /// Labels by their queries, which see the competitors.
    fn ask_queries(&self, finding: &Finding, found: &mut Found) {
        self.queries.ask(finding, |label, evidence| {
            let evidence = evidence();
            // A tag is never without; only a site without an address has none to show.
            if !evidence.is_empty() {
                let kept = found.labels.entry(*label);
                kept.extend(evidence);
                *kept = merge(std::mem::take(kept));
            }
        });
    }

    /// Weak signs count where no label of their dimension is there, and one of those
    /// beside which they mean something is.
    fn settle_implied(&self, finding: &Finding, found: &mut Found) {
        let Found { labels, implied, .. } = found;
        for at in &self.implied_by_others {
            let by = |other: &usize| self.labels[*at].implied_by.contains(&self.labels[*other].dimension);
            let others = labels.iter().filter(|(other, _)| by(other));
            let others: EvidenceList = others.flat_map(|(_, evidence)| evidence.clone()).collect();
            if !others.is_empty() {
                *implied.entry(*at) = merge(others);
            }
        }
        if implied.is_empty() {
            return;
        }
        let dimensions: BTreeSet<&str> = labels.numbers().map(|at| self.labels[at].dimension.as_str()).collect();
        for (at, evidence) in implied.drain() {
            let Tagged { dimension, beside, implied_by, .. } = &self.labels[at];
            let stands_beside = beside.is_empty()
                || implied_by.iter().any(|dimension| dimensions.contains(dimension.as_str()))
                || beside.iter().any(|dimension| match dimension.as_str() {
                    COMPETITOR => {
                        !finding.competitors.is_empty()
                            || fields(finding).iter().any(|(_, text)| candidates::addresses_anyone(text))
                    }
                    dimension => dimensions.contains(dimension),
                });
            if stands_beside && !dimensions.contains(dimension.as_str()) {
                *labels.entry(at) = evidence;
            }
        }
    }

    /// Of intents the latest stage stays, but for one that yields to another that is there.
    fn settle_intent(&self, labels: &mut ByNumber) {
        let is_there = |dimension: &Dimension, id: &LabelId| {
            let mut others = labels.numbers().map(|at| &self.labels[at]);
            others.any(|other| other.dimension == *dimension && other.id == *id)
        };
        let yields = |at: &usize| {
            let Tagged { dimension, yields_to, .. } = &self.labels[*at];
            yields_to.iter().any(|id| is_there(dimension, id))
        };
        let yielding: Vec<usize> = labels.numbers().filter(yields).collect();
        labels.retain(|at| !yielding.contains(&at));
        let latest = labels.numbers().filter_map(|at| self.labels[at].stage).max();
        labels.retain(|at| self.labels[at].stage.is_none_or(|stage| Some(stage) == latest));
    }

    fn competitor_tags(&self, found: &mut ByNumber) -> Vec<CompetitorTag> {
        let tag = |(at, evidence): (usize, _)| {
            let competitor = &self.competitors[at];
            CompetitorTag { id: competitor.id.clone(), name: competitor.name.clone(), tier: competitor.tier, evidence }
        };
        found.drain().map(tag).collect()
    }

    fn tags(&self, finding: &Finding, found: &mut Found) -> Vec<Tag> {
        let mut labels = std::mem::take(&mut found.labels);
        let is_of_nobody = found.host.is_none() && found.mentions.iter().all(Vec::is_empty);
        let fields = if is_of_nobody { Fields::new() } else { fields(finding) };
        let mut clauses: Vec<_> = fields.iter().map(|_| None).collect();
        let tag = |(at, evidence): (usize, EvidenceList)| {
            let label = &self.labels[at];
            let about = if is_of_nobody {
                Vec::new()
            } else {
                self.about(label, finding, found, &fields, &mut clauses, &evidence)
            };
            Tag { dimension: label.dimension.clone(), id: label.id.clone(), about, evidence }
        };
        let tags = labels.drain().map(tag).collect();
        found.labels = labels;
        tags
    }

    /// Of whom a label is said that is there by `evidence`.
    fn about(
        &self,
        label: &Tagged,
        finding: &Finding,
        found: &Found,
        fields: &[(Field, &str)],
        clauses: &mut [Option<Clauses>],
        evidence: &[Evidence],
    ) -> Vec<CompetitorId> {
        let is_named_by =
            |evidence: &Evidence| finding.competitors.iter().any(|competitor| competitor.evidence.contains(evidence));
        // What a query says of those whom it asks for is said by its other words.
        let is_only_names = !label.has_query || evidence.iter().all(is_named_by);
        let said = evidence.iter().filter(|evidence| is_only_names || !is_named_by(evidence));
        let named = finding.competitors.len();
        let about: BTreeSet<usize> = said.flat_map(|evidence| found.about(fields, named, clauses, evidence)).collect();
        about.into_iter().map(|at| self.competitors[at].id.clone()).collect()
    }
}

/// Whether who writes such a thing writes of their own case, so that weak signs count.
const fn speaks_for_oneself(kind: Kind) -> bool {
    matches!(kind, Kind::Post | Kind::Comment | Kind::Review | Kind::Survey | Kind::Other)
}
