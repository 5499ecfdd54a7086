//! The one way from a page to a tree: size and nesting are checked first.

use scraper::Html;

use super::too_deep;

/// Deepest nesting that is parsed, as in browsers: a tree builder takes quadratic time in it.
pub const MAX_DEPTH: usize = 512;
/// Largest page that is parsed, in bytes.
const MAX_BYTES: usize = 10 << 20;

/// Why no tree is built of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoTree {
    #[error("nests deeper than {MAX_DEPTH} elements")]
    TooDeep,
    #[error("is larger than {} MiB", MAX_BYTES >> 20)]
    TooLarge,
}

/// Parses a page as browsers do, in time linear in its length.
///
/// # Errors
///
/// When the page is larger than 10 MiB, or could nest deeper than [`MAX_DEPTH`] elements.
pub fn tree(html: &str) -> Result<Html, NoTree> {
    if MAX_BYTES < html.len() {
        return Err(NoTree::TooLarge);
    }
    if too_deep(html, MAX_DEPTH) {
        return Err(NoTree::TooDeep);
    }
    Ok(Html::parse_document(html))
}

/// The page as browsers without scripts read it: what `<noscript>` holds is part of it.
pub(crate) fn noscript_as_part(html: &str) -> String {
    html.replace("<noscript", "<div").replace("</noscript", "</div")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tree_is_built_of_what_would_take_too_long() {
        assert!(tree("<p>one<p>two").is_ok());
        assert_eq!(tree(&"<div>".repeat(MAX_DEPTH + 1)).unwrap_err(), NoTree::TooDeep);
        assert_eq!(tree(&" ".repeat(MAX_BYTES + 1)).unwrap_err(), NoTree::TooLarge);
    }
}
