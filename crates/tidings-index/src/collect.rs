//! One pass over all that matches: how many, the best of them, facets and days.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap};
use std::sync::Arc;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{ColumnValues, StrColumn};
use tantivy::{DocAddress, DocId, Score, SegmentOrdinal, SegmentReader};
use tidings_model::Timestamp;

use crate::collapse::{Claim, Stories, keep_greatest};
use crate::cursor::Rank;
use crate::filters::Place;
use crate::schema::column;
use crate::timeline::day_of;
use crate::{FilterName, Sort};

/// What to gather.
pub(crate) struct Gather<'a> {
    pub(crate) sort: Sort,
    /// Only what comes after it is among the best; everything is counted.
    pub(crate) after: Option<Rank>,
    pub(crate) limit: usize,
    pub(crate) facets: &'a [FilterName],
    pub(crate) days: bool,
    /// When the search began, where of each story one finding alone is a hit.
    pub(crate) collapse: Option<Timestamp>,
}

/// What was gathered.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(crate) total: u64,
    /// Best first.
    pub(crate) best: Vec<(Rank, DocAddress)>,
    /// What stands for each story, where stories are collapsed and not yet among the best.
    stories: HashMap<u128, (Claim, DocAddress)>,
    /// By facet name, then value.
    pub(crate) facets: HashMap<String, HashMap<String, u64>>,
    /// By days since 1970.
    pub(crate) days: BTreeMap<i64, u64>,
}

impl Collector for Gather<'_> {
    type Fruit = Gathered;
    type Child = SegmentGather;

    fn for_segment(&self, ordinal: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<SegmentGather> {
        let columns = segment.fast_fields();
        let major = match self.sort {
            Sort::Newest => Major::Rising(columns.column_first_or_default(column::DATE)?),
            Sort::Oldest => Major::Falling(columns.column_first_or_default(column::DATE)?),
            Sort::Engagement => Major::Rising(columns.column_first_or_default(column::ENGAGEMENT)?),
            Sort::Relevance => Major::Score,
        };
        let mut facets = Vec::new();
        let mut tags = Vec::new();
        for facet in self.facets {
            match facet.place() {
                Place::Key(name) => facets.extend(Facet::open(segment, name, Named::Column(facet.to_string()))?),
                Place::Tag => tags.push(facet.to_string()),
            }
        }
        if !tags.is_empty() {
            facets.extend(Facet::open(segment, column::TAG, Named::Tags(tags))?);
        }
        Ok(SegmentGather {
            ordinal,
            major,
            id_high: columns.column_first_or_default(column::ID_HIGH)?,
            id_low: columns.column_first_or_default(column::ID_LOW)?,
            after: self.after,
            limit: self.limit,
            best: BinaryHeap::with_capacity(self.limit + 1),
            total: 0,
            facets,
            days: if self.days { Some(Days::open(segment)?) } else { None },
            stories: self.collapse.map(|asked| Stories::open(segment, asked)).transpose()?,
        })
    }

    fn requires_scoring(&self) -> bool {
        self.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<Gathered>>) -> tantivy::Result<Gathered> {
        let mut all = Gathered::default();
        for segment in segments {
            let segment = segment?;
            all.total += segment.total;
            all.best.extend(segment.best);
            for (story, claim) in segment.stories {
                keep_greatest(&mut all.stories, story, claim);
            }
            for (facet, values) in segment.facets {
                let counts = all.facets.entry(facet).or_default();
                for (value, count) in values {
                    *counts.entry(value).or_default() += count;
                }
            }
            for (day, count) in segment.days {
                *all.days.entry(day).or_default() += count;
            }
        }
        // A story whose finding came before stays away, whatever else of it comes after.
        let stories = std::mem::take(&mut all.stories).into_values().map(|(claim, doc)| (claim.rank, doc));
        all.best.extend(stories.filter(|(rank, _)| self.after.is_none_or(|after| *rank < after)));
        all.best.sort_unstable_by_key(|(rank, _)| Reverse(*rank));
        all.best.truncate(self.limit);
        Ok(all)
    }
}

/// What hits are ordered by before their id, as a number that is greater for what comes first.
enum Major {
    Rising(Arc<dyn ColumnValues<i64>>),
    Falling(Arc<dyn ColumnValues<i64>>),
    Score,
}

impl Major {
    fn of(&self, doc: DocId, score: Score) -> u64 {
        match self {
            Self::Rising(column) => tantivy::i64_to_u64(column.get_val(doc)),
            Self::Falling(column) => !tantivy::i64_to_u64(column.get_val(doc)),
            // The bits of floats that are not negative are in their order.
            Self::Score => u64::from(score.max(0.0).to_bits()),
        }
    }
}

pub(crate) struct SegmentGather {
    ordinal: SegmentOrdinal,
    major: Major,
    id_high: Arc<dyn ColumnValues<u64>>,
    id_low: Arc<dyn ColumnValues<u64>>,
    after: Option<Rank>,
    limit: usize,
    best: BinaryHeap<Reverse<(Rank, DocId)>>,
    total: u64,
    facets: Vec<Facet>,
    days: Option<Days>,
    stories: Option<Stories>,
}

impl SegmentGather {
    fn offer(&mut self, doc: DocId, score: Score) {
        let major = self.major.of(doc, score);
        if let Some(stories) = &mut self.stories
            && let Some(story) = stories.story_of(doc)
        {
            let rank = Rank { major, id: id_of(&*self.id_high, &*self.id_low, doc) };
            stories.offer(story, doc, rank);
            return;
        }
        let is_full = self.best.len() == self.limit;
        // The id is read only where it can decide.
        if is_full && self.best.peek().is_some_and(|Reverse((worst, _))| major < worst.major) {
            return;
        }
        if self.after.is_some_and(|after| after.major < major) {
            return;
        }
        let rank = Rank { major, id: id_of(&*self.id_high, &*self.id_low, doc) };
        if self.after.is_some_and(|after| after <= rank) {
            return;
        }
        self.best.push(Reverse((rank, doc)));
        if self.limit < self.best.len() {
            self.best.pop();
        }
    }
}

fn id_of(high: &dyn ColumnValues<u64>, low: &dyn ColumnValues<u64>, doc: DocId) -> u128 {
    (u128::from(high.get_val(doc)) << 64) | u128::from(low.get_val(doc))
}

impl SegmentCollector for SegmentGather {
    type Fruit = tantivy::Result<Gathered>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.total += 1;
        self.offer(doc, score);
        for facet in &mut self.facets {
            facet.count(doc);
        }
        if let Some(days) = &mut self.days {
            days.count(doc);
        }
    }

    fn collect_block(&mut self, docs: &[DocId]) {
        self.total += docs.len() as u64;
        for doc in docs {
            self.offer(*doc, 0.0);
        }
        // Column by column, so that each stays in the cache.
        for facet in &mut self.facets {
            docs.iter().for_each(|doc| facet.count(*doc));
        }
        if let Some(days) = &mut self.days {
            docs.iter().for_each(|doc| days.count(*doc));
        }
    }

    fn harvest(self) -> tantivy::Result<Gathered> {
        let mut facets = HashMap::new();
        for facet in self.facets {
            facet.harvest(&mut facets)?;
        }
        let address = |doc| DocAddress::new(self.ordinal, doc);
        let stories = self.stories.map(Stories::into_best).unwrap_or_default().into_iter();
        Ok(Gathered {
            total: self.total,
            best: self.best.into_iter().map(|Reverse((rank, doc))| (rank, address(doc))).collect(),
            stories: stories.map(|(story, (claim, doc))| (story, (claim, address(doc)))).collect(),
            facets,
            days: self.days.map(Days::harvest).unwrap_or_default(),
        })
    }
}

/// Which facets a column counts.
enum Named {
    Column(String),
    /// Values are `name:value`; these names are asked for.
    Tags(Vec<String>),
}

struct Facet {
    named: Named,
    column: StrColumn,
    counts: Vec<u64>,
}

impl Facet {
    /// `None` where no finding of the segment has a value.
    fn open(segment: &SegmentReader, name: &str, named: Named) -> tantivy::Result<Option<Self>> {
        let column = segment.fast_fields().str(name)?;
        Ok(column.map(|column| Self { named, counts: vec![0; column.num_terms()], column }))
    }

    fn count(&mut self, doc: DocId) {
        for ordinal in self.column.ords().values_for_doc(doc) {
            self.counts[ordinal as usize] += 1;
        }
    }

    fn harvest(self, facets: &mut HashMap<String, HashMap<String, u64>>) -> tantivy::Result<()> {
        let mut value = String::new();
        for (ordinal, count) in self.counts.iter().enumerate().filter(|(_, count)| 0 < **count) {
            self.column.ord_to_str(ordinal as u64, &mut value)?;
            let (name, value) = match &self.named {
                Named::Column(name) => (name.as_str(), value.as_str()),
                Named::Tags(names) => match value.split_once(':') {
                    Some((name, value)) if names.iter().any(|asked| asked == name) => (name, value),
                    _ => continue,
                },
            };
            *facets.entry(name.to_owned()).or_default().entry(value.to_owned()).or_default() += count;
        }
        Ok(())
    }
}

/// Counts by day. Findings of one day mostly follow each other.
struct Days {
    dates: Arc<dyn ColumnValues<i64>>,
    counts: HashMap<i64, u64>,
    run: (i64, u64),
}

impl Days {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let dates = segment.fast_fields().column_first_or_default(column::DATE)?;
        Ok(Self { dates, counts: HashMap::new(), run: (0, 0) })
    }

    fn count(&mut self, doc: DocId) {
        let day = day_of(self.dates.get_val(doc));
        if day == self.run.0 {
            self.run.1 += 1;
            return;
        }
        self.end_run();
        self.run = (day, 1);
    }

    fn end_run(&mut self) {
        if 0 < self.run.1 {
            *self.counts.entry(self.run.0).or_default() += self.run.1;
        }
    }

    fn harvest(mut self) -> BTreeMap<i64, u64> {
        self.end_run();
        self.counts.into_iter().collect()
    }
}
