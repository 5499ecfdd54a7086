//! Us, the competitors, and the labels of every dimension.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::finding::word_enum;
use crate::{CompetitorId, Dimension, LabelId, Severity, Tier};

/// What findings are tagged by. Read from the taxonomy files by `tidings-match`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Taxonomy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<Own>,
    #[serde(default)]
    pub competitors: Vec<Competitor>,
    /// Words that phrases share, by the name under which they stand in them: `{not}`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub lists: BTreeMap<String, Vec<Phrase>>,
    #[serde(default)]
    pub labels: Vec<Label>,
    /// The highest level whose query is true of a finding is its severity.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub severity: Vec<SeverityRule>,
}

impl Taxonomy {
    /// The dimensions that are there whatever the taxonomy says.
    pub const DEFAULT_DIMENSIONS: [&'static str; 6] = ["pain", "intent", "praise", "goal", "objection", "role"];

    /// The labels of the dimension `intent`, from need to choice. A finding has at most
    /// one of them, the latest that its text shows.
    pub const INTENT_STAGES: [&'static str; 5] =
        ["unaware_need", "researching", "comparing", "using_competitor", "switching"];

    /// Those that are there whatever it says, and those of its labels, sorted.
    pub fn dimensions(&self) -> Vec<Dimension> {
        let shipped = Self::DEFAULT_DIMENSIONS.map(|name| name.parse().expect("the dimensions that ship are slugs"));
        let own = self.labels.iter().map(|label| label.dimension.clone());
        let mut dimensions: Vec<Dimension> = shipped.into_iter().chain(own).collect();
        dimensions.sort();
        dimensions.dedup();
        dimensions
    }
}

/// Our own brand: `competitor:self`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Own {
    pub name: String,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Hosts of ours; a subdomain counts too.
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(flatten)]
    pub rules: NameRules,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Competitor {
    pub id: CompetitorId,
    pub name: String,
    pub tier: Tier,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Hosts of theirs; a subdomain counts too.
    #[serde(default)]
    pub domains: Vec<String>,
    #[serde(flatten)]
    pub rules: NameRules,
}

/// When a name or alias is taken for the brand. Domains need no such rules.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameRules {
    /// Where not empty, one of these must stand near the name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context: Vec<Phrase>,
    /// Where the name is not meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Exclusion>,
    #[serde(default, skip_serializing_if = "OwnSites::is_counted")]
    pub own_sites: OwnSites,
}

/// Something by which a name is not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Exclusion {
    /// Words that hold the name, or stand near it.
    Phrase(Phrase),
    /// In the language of search, over what the finding is: no name of it is meant there.
    Query { query: String },
}

word_enum!(
    /// Whether what a brand publishes on its own domains counts as naming it.
    #[derive(Default)]
    OwnSites, "own_sites" { #[default] Count = "count", Skip = "skip" }
);

impl OwnSites {
    fn is_counted(&self) -> bool {
        *self == Self::Count
    }
}

/// A label of one dimension, and what attaches it: phrases, a query, or both.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub dimension: Dimension,
    pub id: LabelId,
    pub name: String,
    #[serde(default)]
    pub phrases: Vec<Phrase>,
    /// In the language of search, over what the finding is and the competitors it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Weak signs: they count in what people write of themselves (no articles, no pages)
    /// that shows no other label of this dimension by its phrases or its query.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implied: Vec<Phrase>,
    /// Where not empty, weak signs need a tag of one of these dimensions besides;
    /// `competitor` stands for a name, known or addressed as `@name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Dimension>,
    /// Where not empty, a tag of one of these dimensions is a weak sign of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implied_by: Vec<Dimension>,
    /// Labels of the same dimension before which this one goes back where both are shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub yields_to: Vec<LabelId>,
}

/// When a finding has a severity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeverityRule {
    pub level: Severity,
    /// In the language of search, over what the finding is and how it was tagged.
    pub query: String,
}

/// Words to be found, as typed in the phrase language of `tidings-match`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phrase(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_that_are_not_set_leave_no_trace_in_json() {
        let own: Own = serde_json::from_str(r#"{"name": "Ours"}"#).unwrap();
        assert_eq!(serde_json::to_string(&own).unwrap(), r#"{"name":"Ours","aliases":[],"domains":[]}"#);
        let json = r#"{"name":"Ours","aliases":[],"domains":[],"context":["crm"],"exclude":["ours is",{"query":"lang:fr"}],"own_sites":"skip"}"#;
        let own: Own = serde_json::from_str(json).unwrap();
        assert_eq!(own.rules.own_sites, OwnSites::Skip);
        assert_eq!(own.rules.exclude[1], Exclusion::Query { query: "lang:fr".to_owned() });
        assert_eq!(serde_json::to_string(&own).unwrap(), json);
    }
}
