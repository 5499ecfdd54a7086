//! A feed of the site: posts, or comments whose titles say so.

use tidings_sdk::feed::{Item, Repair};
use tidings_sdk::{Ctx, Error, Finding, FindingKind, Result, Thread, code};

use crate::item::key;

pub(crate) fn read(url: &str, ctx: &mut Ctx) -> Result<()> {
    let feed = ctx.fetch(url)?.ok()?.feed()?;
    if feed.items.is_empty() && feed.repairs.contains(Repair::Truncated) {
        return Err(Error::new(code::PLUGIN_PARSE, "the feed is cut off before its first item"));
    }
    for skipped in &feed.skipped {
        ctx.skip(url, format!("item {}: {}", skipped.position + 1, skipped.reason));
    }
    for item in &feed.items {
        match finding(item) {
            Ok(finding) => {
                ctx.emit(finding)?;
            }
            Err(reason) => ctx.skip(item.link.as_deref().unwrap_or_default(), reason),
        }
    }
    if feed.items.is_empty() {
        ctx.expect_empty();
    }
    ctx.summary(format!("items: {}", feed.items.len()));
    Ok(())
}

fn finding(item: &Item) -> Result<Finding, &'static str> {
    let name = item.id.as_deref().ok_or("it has no id")?;
    let address = item.url().ok_or("it links to no address")?;
    let title = item.title.as_deref().unwrap_or_default();
    let author = item.author.as_deref().unwrap_or_default().trim_start_matches("/u/");
    let text = body(item.text());
    let is_comment = name.starts_with("t1_");
    if text.is_empty() && (is_comment || title.is_empty()) {
        return Err("there is nothing to read in it");
    }
    let finding = if is_comment {
        // `/u/NAME on TITLE`
        let of = title.split_once(" on ").map(|(_, of)| of.to_owned());
        Finding::new("", address.as_str()).kind(FindingKind::Comment).thread(Thread { title: of, ..Thread::default() })
    } else {
        let thread =
            Thread { id: Some(name.to_owned()), url: Some(address.to_string()), position: Some(1), title: None };
        Finding::new(title, address.as_str()).kind(FindingKind::Post).thread(thread)
    };
    let mut finding = finding.key(key(name)).author(author).text(text).published(item.published.or(item.updated));
    if let Some(subreddit) = item.categories.first() {
        finding = finding.attr("subreddit", subreddit.trim_start_matches("r/"));
    }
    Ok(finding)
}

/// The text without the `submitted by /u/NAME [link] [comments]` that ends a post's.
fn body(text: &str) -> &str {
    match text.rfind("submitted by") {
        Some(at) if text[at..].ends_with("[comments]") => text[..at].trim_end(),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_ends_a_post_is_no_text() {
        assert_eq!(body("Help.\n\nsubmitted by /u/a [link] [comments]"), "Help.");
        assert_eq!(body("submitted by /u/a to r/b [link] [comments]"), "");
        assert_eq!(body("It was submitted by mail."), "It was submitted by mail.");
    }
}
