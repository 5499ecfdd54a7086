//! What was found in the fields of one finding.

use smallvec::{SmallVec, smallvec};
use tidings_model::{Evidence, EvidenceList, Field, Finding};

use super::Target;
use crate::about::{Clauses, Mention};
use crate::evidence::MAX_EVIDENCE;

pub(super) type Fields<'f> = SmallVec<[(Field, &'f str); 2]>;

/// The fields that are looked at, in order.
pub(super) fn fields(finding: &Finding) -> Fields<'_> {
    let mut fields: Fields<'_> =
        smallvec![(Field::Title, finding.title.as_str()), (Field::Text, finding.text.as_str())];
    if let Some(thread) = finding.thread.as_ref().filter(|thread| thread.title != finding.title) {
        fields.push((Field::ThreadTitle, &thread.title));
    }
    let added = finding.change.iter().flat_map(|change| &change.added);
    fields.extend((0..).zip(added).map(|(at, added)| (Field::ChangeAdded(at), added.as_str())));
    fields
}

/// Evidence by competitor or by label, in the order of the taxonomy. There are few in one finding.
#[derive(Debug, Default)]
pub(super) struct ByNumber(Vec<(usize, EvidenceList)>);

impl ByNumber {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|(number, _)| *number)
    }

    pub(super) fn iter(&self) -> std::slice::Iter<'_, (usize, EvidenceList)> {
        self.0.iter()
    }

    pub(super) fn entry(&mut self, number: usize) -> &mut EvidenceList {
        let place = self.0.binary_search_by_key(&number, |(number, _)| *number);
        let at = place.unwrap_or_else(|at| {
            self.0.insert(at, (number, EvidenceList::new()));
            at
        });
        &mut self.0[at].1
    }

    /// Takes all of it out.
    pub(super) fn drain(&mut self) -> std::vec::Drain<'_, (usize, EvidenceList)> {
        self.0.drain(..)
    }

    pub(super) fn reserve(&mut self, further: usize) {
        self.0.reserve(further);
    }

    pub(super) fn retain(&mut self, keeps: impl Fn(usize) -> bool) {
        self.0.retain(|(number, _)| keeps(*number));
    }
}

/// Whose name and which label stands where. Kept from finding to finding.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(super) competitors: ByNumber,
    pub(super) labels: ByNumber,
    pub(super) implied: ByNumber,
    /// Who is named, field by field.
    pub(super) mentions: Vec<Vec<Mention>>,
    /// Whose the address of the finding is.
    pub(super) host: Option<usize>,
}

impl Found {
    /// Begins anew with a finding of so many fields.
    pub(super) fn begin(&mut self, fields: usize) {
        let Self { competitors, labels, implied, mentions, host } = self;
        [competitors, labels, implied].into_iter().for_each(|kept| kept.0.clear());
        mentions.resize_with(fields, Vec::new);
        mentions.iter_mut().for_each(Vec::clear);
        *host = None;
    }

    pub(super) fn add(&mut self, target: &Target, evidence: impl ExactSizeIterator<Item = Evidence>) {
        let kept = match target {
            Target::Competitor(at) | Target::Domain(at, _) => self.competitors.entry(*at),
            Target::Label(at) => self.labels.entry(*at),
            Target::Implied(at) => self.implied.entry(*at),
            Target::Context(_) | Target::Exclusion(_) => return,
        };
        let room = MAX_EVIDENCE - kept.len();
        kept.reserve_exact(room.min(evidence.len()));
        kept.extend(evidence.take(room));
    }

    /// Of whom the words of `evidence` are said: who is named in their field, else in the
    /// title, the thread's title or any other field, else whose page it is. `competitors`
    /// says how many are named in all.
    pub(super) fn about(
        &self,
        fields: &[(Field, &str)],
        competitors: usize,
        clauses: &mut [Option<Clauses>],
        evidence: &Evidence,
    ) -> Vec<usize> {
        let named = |at: usize| self.mentions[at].iter().map(|mention| mention.competitor).collect::<Vec<_>>();
        let at = |field: &Field| fields.iter().position(|(other, _)| other == field);
        let own = at(&evidence.field).filter(|at| !self.mentions[*at].is_empty());
        if let Some(at) = own {
            let mentions = &self.mentions[at];
            if competitors == 1 {
                return vec![mentions[0].competitor];
            }
            let clauses = clauses[at].get_or_insert_with(|| Clauses::of(fields[at].1));
            return clauses.about(mentions, evidence.start, evidence.end);
        }
        let titles = [Field::Title, Field::ThreadTitle].iter().filter_map(at).map(named);
        let others =
            self.mentions.iter().filter_map(|mentions| mentions.first()).map(|mention| vec![mention.competitor]);
        let elsewhere = titles.chain(others).find(|named| !named.is_empty());
        elsewhere.unwrap_or_else(|| self.host.into_iter().collect())
    }
}
