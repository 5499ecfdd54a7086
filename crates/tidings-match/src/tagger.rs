//! Competitors, labels and intent of a finding.

use std::collections::{BTreeMap, BTreeSet};

use tidings_model::{
    CompetitorId, CompetitorTag, Dimension, Evidence, Field, Finding, Kind, LabelId, Tag, Taxonomy, Tier, Url,
};

use crate::TaxonomyError;
use crate::about::{Clauses, Mention};
use crate::builder::Builder;
use crate::candidates;
use crate::domain::{self, Domains};
use crate::evidence::{MAX_EVIDENCE, Scalars, keep_outermost};
use crate::phrases::{Hit, Phrases};
use crate::question;
use crate::severity::Rules;

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
    pub(crate) severity: Rules,
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
}

/// A label.
#[derive(Debug)]
pub(crate) struct Tagged {
    pub(crate) dimension: Dimension,
    pub(crate) id: LabelId,
    /// Dimensions of which one must be there for weak signs to count.
    pub(crate) beside: Vec<Dimension>,
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
}

/// What was found in the fields of one finding.
struct Found<'f> {
    fields: Vec<(Field, &'f str)>,
    /// Evidence by competitor and by label, in the order of the taxonomy.
    competitors: BTreeMap<usize, Vec<Evidence>>,
    labels: BTreeMap<usize, Vec<Evidence>>,
    implied: BTreeMap<usize, Vec<Evidence>>,
    /// Who is named, field by field.
    mentions: Vec<Vec<Mention>>,
    /// Whose the address of the finding is.
    host: Option<usize>,
    is_english: bool,
}

impl<'f> Found<'f> {
    fn new(finding: &'f Finding) -> Self {
        let mut fields = vec![(Field::Title, finding.title.as_str()), (Field::Text, finding.text.as_str())];
        if let Some(thread) = finding.thread.as_ref().filter(|thread| thread.title != finding.title) {
            fields.push((Field::ThreadTitle, &thread.title));
        }
        let added = finding.change.iter().flat_map(|change| &change.added);
        fields.extend((0..).zip(added).map(|(at, added)| (Field::ChangeAdded(at), added.as_str())));
        Self {
            mentions: vec![Vec::new(); fields.len()],
            fields,
            competitors: BTreeMap::new(),
            labels: BTreeMap::new(),
            implied: BTreeMap::new(),
            host: None,
            is_english: finding.lang.as_ref().is_some_and(|lang| lang.as_str() == "en"),
        }
    }

    fn add(&mut self, target: &Target, evidence: impl FnOnce() -> Evidence) {
        let kept = match target {
            Target::Competitor(at) | Target::Domain(at, _) => self.competitors.entry(*at).or_default(),
            Target::Label(at) => self.labels.entry(*at).or_default(),
            Target::Implied(at) => self.implied.entry(*at).or_default(),
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

    /// Sets competitors, tags, severity and taxonomy version of `finding`, whatever stood there.
    ///
    /// Looks at title, text, the thread's title where it is another, and added lines; for
    /// domains at the host of its address too. Each tag keeps its first [`MAX_EVIDENCE`]
    /// pieces of evidence, and says of which competitors it is meant. Of intents only the
    /// latest stage is kept.
    pub fn tag(&self, finding: &mut Finding) {
        let mut found = Found::new(finding);
        let mut hits = Vec::new();
        for at in 0..found.fields.len() {
            self.search(at, &mut hits, &mut found);
        }
        if let Some(url) = &finding.url {
            self.search_host(url, &mut found);
        }
        if speaks_for_oneself(finding.kind) {
            self.settle_implied(&mut found);
        }
        self.settle_intent(&mut found.labels);
        let tags = self.tags(&mut found);
        let competitors = self.competitor_tags(found.competitors);
        (finding.tags, finding.competitors) = (tags, competitors);
        finding.severity = self.severity.severity(finding);
        finding.taxonomy_version = self.version;
    }

    fn search(&self, at: usize, hits: &mut Vec<Hit>, found: &mut Found<'_>) {
        let (field, text) = found.fields[at].clone();
        hits.clear();
        // Weak signs are many, and one of each is enough.
        let mut implied = BTreeSet::new();
        self.phrases.find(text, found.is_english, |hit| match &self.targets[hit.target as usize] {
            Target::Label(_) if hit.negated => {}
            Target::Implied(label) if !implied.insert(*label) => {}
            _ => hits.push(hit),
        });
        if hits.is_empty() {
            return;
        }
        let scalars = Scalars::new(text);
        self.settle_domains(text, &scalars, hits);
        self.settle_questions(text, &scalars, hits);
        keep_outermost(hits);
        for hit in hits {
            let target = &self.targets[hit.target as usize];
            if let Target::Competitor(competitor) = target {
                found.mentions[at].push(Mention { competitor: *competitor, start: hit.start, end: hit.end });
            }
            found.add(target, || scalars.evidence(&field, *hit));
        }
        found.mentions[at].sort_unstable_by_key(|mention| mention.start);
    }

    /// Takes out what only has the words of a domain, and counts the rest for the names of
    /// its competitor: a name inside a domain is then no evidence of its own.
    fn settle_domains(&self, text: &str, scalars: &Scalars<'_>, hits: &mut Vec<Hit>) {
        hits.retain_mut(|hit| match &self.targets[hit.target as usize] {
            Target::Domain(at, domain) => {
                hit.target = self.competitors[*at].target;
                domain::stands_at(domain, text, scalars.byte(hit.start), scalars.byte(hit.end))
            }
            Target::Competitor(_) | Target::Label(_) | Target::Implied(_) => true,
        });
    }

    /// Takes out what should be asked and is not, and what is asked and should be said.
    fn settle_questions(&self, text: &str, scalars: &Scalars<'_>, hits: &mut Vec<Hit>) {
        hits.retain(|hit| match &self.targets[hit.target as usize] {
            _ if hit.asks => question::ends_in_question(text, scalars.byte(hit.end)),
            Target::Label(at) if self.labels[*at].dimension.as_str() != INTENT => {
                !question::is_asked(text, scalars.byte(hit.end))
            }
            _ => true,
        });
    }

    fn search_host(&self, url: &Url, found: &mut Found<'_>) {
        let Some(owner) = url.host_str().and_then(|host| self.domains.owner(host)) else {
            return;
        };
        found.host = Some(owner);
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

    /// Weak signs count where no label of their dimension is there, and one of those
    /// beside which they mean something is.
    fn settle_implied(&self, found: &mut Found<'_>) {
        let implied = std::mem::take(&mut found.implied);
        let dimensions: BTreeSet<&str> = found.labels.keys().map(|at| self.labels[*at].dimension.as_str()).collect();
        for (at, evidence) in implied {
            let Tagged { dimension, beside, .. } = &self.labels[at];
            let stands_beside = beside.is_empty()
                || beside.iter().any(|dimension| match dimension.as_str() {
                    COMPETITOR => {
                        !found.competitors.is_empty()
                            || found.fields.iter().any(|(_, text)| candidates::addresses_anyone(text))
                    }
                    dimension => dimensions.contains(dimension),
                });
            if stands_beside && !dimensions.contains(dimension.as_str()) {
                found.labels.insert(at, evidence);
            }
        }
    }

    /// Of intents the latest stage stays, but for one that yields to another that is there.
    fn settle_intent(&self, labels: &mut BTreeMap<usize, Vec<Evidence>>) {
        let is_there = |dimension: &Dimension, id: &LabelId| {
            let mut others = labels.keys().map(|at| &self.labels[*at]);
            others.any(|other| other.dimension == *dimension && other.id == *id)
        };
        let yields = |at: &usize| {
            let Tagged { dimension, yields_to, .. } = &self.labels[*at];
            yields_to.iter().any(|id| is_there(dimension, id))
        };
        let yielding: Vec<usize> = labels.keys().filter(|at| yields(at)).copied().collect();
        labels.retain(|at, _| !yielding.contains(at));
        let latest = labels.keys().filter_map(|at| self.intent_stage(*at)).max();
        labels.retain(|at, _| self.intent_stage(*at).is_none_or(|stage| Some(stage) == latest));
    }

    /// How near to a choice the label is; `None` for one of another dimension.
    fn intent_stage(&self, label: usize) -> Option<usize> {
        let Tagged { dimension, id, .. } = &self.labels[label];
        let stage = Taxonomy::INTENT_STAGES.iter().position(|stage| *stage == id.as_str());
        stage.filter(|_| dimension.as_str() == INTENT)
    }

    fn competitor_tags(&self, found: BTreeMap<usize, Vec<Evidence>>) -> Vec<CompetitorTag> {
        let tag = |(at, evidence): (usize, _)| {
            let competitor = &self.competitors[at];
            CompetitorTag { id: competitor.id.clone(), name: competitor.name.clone(), tier: competitor.tier, evidence }
        };
        found.into_iter().map(tag).collect()
    }

    fn tags(&self, found: &mut Found<'_>) -> Vec<Tag> {
        let labels = std::mem::take(&mut found.labels);
        let mut clauses: Vec<_> = found.fields.iter().map(|_| None).collect();
        let is_of_nobody = found.host.is_none() && found.mentions.iter().all(Vec::is_empty);
        let tag = |(at, evidence): (usize, Vec<Evidence>)| {
            let said = if is_of_nobody { &[] } else { evidence.as_slice() };
            let about: BTreeSet<usize> =
                said.iter().flat_map(|evidence| about(found, &mut clauses, evidence)).collect();
            let Tagged { dimension, id, .. } = &self.labels[at];
            Tag {
                dimension: dimension.clone(),
                id: id.clone(),
                about: about.into_iter().map(|at| self.competitors[at].id.clone()).collect(),
                evidence,
            }
        };
        labels.into_iter().map(tag).collect()
    }
}

/// Whether who writes such a thing writes of their own case, so that weak signs count.
const fn speaks_for_oneself(kind: Kind) -> bool {
    matches!(kind, Kind::Post | Kind::Comment | Kind::Review | Kind::Survey | Kind::Other)
}

/// Of whom the words of `evidence` are said: who is named in their field, else in the
/// title, the thread's title or any other field, else whose page it is.
fn about(found: &Found<'_>, clauses: &mut [Option<Clauses>], evidence: &Evidence) -> Vec<usize> {
    let named = |at: usize| found.mentions[at].iter().map(|mention| mention.competitor).collect::<Vec<_>>();
    let at = |field: &Field| found.fields.iter().position(|(other, _)| other == field);
    let own = at(&evidence.field).filter(|at| !found.mentions[*at].is_empty());
    if let Some(at) = own {
        let mentions = &found.mentions[at];
        if found.competitors.len() == 1 {
            return vec![mentions[0].competitor];
        }
        let clauses = clauses[at].get_or_insert_with(|| Clauses::of(found.fields[at].1));
        return clauses.about(mentions, evidence.start, evidence.end);
    }
    let titles = [Field::Title, Field::ThreadTitle].iter().filter_map(at).map(named);
    let others = found.mentions.iter().filter_map(|mentions| mentions.first()).map(|mention| vec![mention.competitor]);
    let elsewhere = titles.chain(others).find(|named| !named.is_empty());
    elsewhere.unwrap_or_else(|| found.host.into_iter().collect())
}
