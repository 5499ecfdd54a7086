//! The page behind an item, for its text.

use tidings_sdk::{Ctx, Error, Result, code};

use super::shape::Detail;

/// The text of the page at `url`.
///
/// # Errors
///
/// When it cannot be had, or has no such content.
pub(super) fn text(detail: &Detail, url: &str, ctx: &mut Ctx) -> Result<String> {
    let page = ctx.fetch(url)?.ok()?;
    let removed: Vec<&str> = detail.remove.iter().map(|css| css.get_ref().as_str()).collect();
    Ok(page.html().require(detail.content.get_ref())?.text_without(&removed))
}

/// Whether the next page would fare no better.
pub(super) fn is_fatal(error: &Error) -> bool {
    matches!(
        error.code(),
        code::CANCELLED | code::HTTP_BLOCKED | code::FETCH_RATE_LIMITED | code::FETCH_BUDGET_EXHAUSTED
    ) || error.code().starts_with("protocol.")
}
