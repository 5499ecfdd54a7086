//! What a source of this plugin takes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::FindingKind;

/// What a source of this plugin takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// The folder whose files are read: `.csv`, `.tsv`, `.ndjson`, `.jsonl`, `.eml`, `.txt`, `.md`.
    pub folder: String,
    /// What the rows, mails and texts are.
    #[serde(default = "other")]
    pub kind: FindingKind,
    /// An export whose columns are known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<Preset>,
    /// Which column (or name in NDJSON) holds what; goes before the preset.
    #[serde(default)]
    pub columns: Columns,
    /// Columns that are kept beside, each under a name of its own: `{ plan = "Current plan" }`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attrs: BTreeMap<String, String>,
}

/// Which column holds what; a column is named as its header does, in any case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Columns {
    /// What tells a row from all others, the same for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
}

/// An export whose columns are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Queries or pages of Google Search Console, with clicks, impressions and position.
    SearchConsole,
    /// A report of Google Analytics 4, by its first column.
    Ga4,
    /// Orders of a shop, a row for each thing ordered; no buyer's name or address is taken.
    Orders,
}

fn other() -> FindingKind {
    FindingKind::Other
}

impl Params {
    pub fn new(folder: impl Into<String>) -> Self {
        Self { folder: folder.into(), kind: other(), preset: None, columns: Columns::default(), attrs: BTreeMap::new() }
    }
}

/// Names that a column may have, for each of what a finding holds.
pub(crate) struct Known {
    pub(crate) key: &'static [&'static str],
    pub(crate) title: &'static [&'static str],
    pub(crate) text: &'static [&'static str],
    pub(crate) url: &'static [&'static str],
    pub(crate) published: &'static [&'static str],
    /// Name of the attribute, and of its columns.
    pub(crate) attrs: &'static [(&'static str, &'static [&'static str])],
}

pub(crate) const PLAIN: Known = Known {
    key: &["id", "key"],
    title: &["title", "subject", "question", "tiêu đề"],
    text: &["text", "body", "comment", "answer", "message", "nội dung"],
    url: &["url", "link", "address"],
    published: &["published", "date", "created", "created at", "timestamp", "ngày"],
    attrs: &[],
};

impl Preset {
    pub(crate) const fn known(self) -> Known {
        match self {
            Self::SearchConsole => Known {
                key: &["top queries", "query", "top pages", "page", "cụm từ tìm kiếm hàng đầu", "các trang hàng đầu"],
                title: &["top queries", "query", "top pages", "page", "cụm từ tìm kiếm hàng đầu", "các trang hàng đầu"],
                text: &[],
                url: &["top pages", "page", "các trang hàng đầu"],
                published: &["date", "ngày"],
                attrs: &[
                    ("clicks", &["clicks", "lượt nhấp"]),
                    ("impressions", &["impressions", "lượt hiển thị"]),
                    ("ctr", &["ctr"]),
                    ("position", &["position", "vị trí"]),
                ],
            },
            Self::Ga4 => Known {
                key: &[
                    "page path and screen class",
                    "page path",
                    "landing page",
                    "event name",
                    "session source / medium",
                ],
                title: &[
                    "page title and screen class",
                    "page path and screen class",
                    "page path",
                    "landing page",
                    "event name",
                    "session source / medium",
                ],
                text: &[],
                url: &[],
                published: &["date"],
                attrs: &[
                    ("views", &["views"]),
                    ("users", &["total users", "active users", "users"]),
                    ("sessions", &["sessions"]),
                    ("events", &["event count"]),
                    ("key_events", &["key events", "conversions"]),
                ],
            },
            Self::Orders => Known {
                key: &["order id", "order number", "order", "name", "mã đơn hàng"],
                title: &["lineitem name", "item name", "product name", "product", "tên sản phẩm"],
                text: &["notes", "note", "customer note", "ghi chú"],
                url: &[],
                published: &["created at", "order date", "date", "ngày tạo", "ngày đặt hàng"],
                attrs: &[
                    ("order", &["order id", "order number", "order", "name", "mã đơn hàng"]),
                    ("quantity", &["lineitem quantity", "quantity", "số lượng"]),
                    ("price", &["lineitem price", "item cost", "price", "đơn giá"]),
                    ("discount_code", &["discount code", "coupon code", "mã giảm giá"]),
                    ("source", &["source", "kênh bán hàng"]),
                ],
            },
        }
    }
}
