//! Us, the competitors, and the labels of every dimension.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

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
    /// The labels of the dimension `intent`, from need to choice. A finding has at most
    /// one of them, the latest that its text shows.
    pub const INTENT_STAGES: [&'static str; 5] =
        ["unaware_need", "researching", "comparing", "using_competitor", "switching"];
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
}

/// A label of one dimension, and the phrases that attach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub dimension: Dimension,
    pub id: LabelId,
    pub name: String,
    pub phrases: Vec<Phrase>,
    /// Weak signs: they count in what people write of themselves (no articles, no pages)
    /// that shows no other label of this dimension by its phrases.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub implied: Vec<Phrase>,
    /// Where not empty, weak signs need a tag of one of these dimensions besides;
    /// `competitor` stands for a name, known or addressed as `@name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub beside: Vec<Dimension>,
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
