//! HTML without a tree: readable text, the feeds a page names, and the gate before any tree is built.

mod depth;
mod links;
mod text;

pub use depth::too_deep;
pub use links::{FeedLink, MAX_FEED_LINKS, feed_links};
pub use text::plain_text;
pub(crate) use text::{Layout, looks_like_html, push_collapsed, push_plain};
