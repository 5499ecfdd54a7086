//! HTML: readable text and the feeds a page names without a tree, and the one gate to a tree.

mod depth;
mod links;
mod text;
mod tree;

pub use depth::too_deep;
pub use links::{FeedLink, MAX_FEED_LINKS, feed_links};
pub use text::plain_text;
pub(crate) use text::{Layout, looks_like_html, push_collapsed, push_plain};
pub(crate) use tree::noscript_as_part;
pub use tree::{MAX_DEPTH, NoTree, tree};
