//! Feeds, HTML and dates as pure functions over text: no network, no clock, no file.
//!
//! Everything here takes hostile input: it never panics, takes linear time, and keeps to the bounds it names. Decoding
//! bytes to text, fetching and storing are left to others.
//!
//! ```
//! let source = "<rss><channel><title>Acme</title><item><title>Fish &amp; chips</title></item>";
//! let feed = tidings_extract::feed::parse(source, None)?;
//! assert_eq!(feed.items[0].title.as_deref(), Some("Fish & chips"));
//! # Ok::<(), tidings_extract::feed::FeedError>(())
//! ```

pub mod change;
pub mod date;
pub mod feed;
pub mod html;
pub mod json_ld;
pub mod mail;
pub mod main_text;
mod markup;
pub mod redirect;
mod reference;
pub mod scout;
pub mod sitemap;
pub mod table;
pub mod thread;
