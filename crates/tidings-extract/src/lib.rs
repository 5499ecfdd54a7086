//! Feeds, HTML and page facts as pure functions over text.
