//! What the class and id of an element say of it.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// A set of hints, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hints(u16);

impl Hints {
    /// Names of what surrounds content.
    pub(super) const UNLIKELY: Self = Self(1);
    /// Names that make an unlikely element worth a look.
    pub(super) const MAYBE: Self = Self(2);
    pub(super) const POSITIVE: Self = Self(4);
    pub(super) const NEGATIVE: Self = Self(8);
    pub(super) const BYLINE: Self = Self(16);
    pub(super) const SHARE: Self = Self(32);
    /// Names that are boilerplate wherever they stand, as whole words.
    pub(super) const CLUTTER: Self = Self(64);
    /// Names that sites and their tools give to the body of an article.
    pub(super) const BODY: Self = Self(256);

    /// Names that are boilerplate where they hold little.
    pub(super) const WEAK_CLUTTER: Self = Self(512);
    /// Names of the lines that lead into a text.
    pub(super) const LEAD: Self = Self(1024);
    /// Names of the words under a picture.
    pub(super) const CAPTION: Self = Self(2048);

    pub(super) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// The hints of one class or id attribute.
    pub(super) fn of(name: &str) -> Self {
        let mut hints = Self::default();
        if name.is_empty() {
            return hints;
        }
        for found in WORDS.0.find_overlapping_iter(name) {
            let (_, hint, bound) = WORDS.1[found.pattern().as_usize()];
            if bound == Bound::Anywhere || is_word(name, found.start(), found.end()) {
                hints.add(hint);
            }
        }
        hints
    }
}

impl std::ops::BitOr for Hints {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bound {
    Anywhere,
    Word,
}

fn is_word(name: &str, start: usize, end: usize) -> bool {
    let bytes = name.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let starts = edge(start.checked_sub(1).and_then(|at| bytes.get(at)));
    let ends = edge(bytes.get(end));
    let before = name[..start].trim_end_matches(['-', '_']);
    let is_state = before.len() < start
        && ["no", "has", "with", "without", "is", "hide"].iter().any(|state| {
            before.strip_suffix(state).is_some_and(|rest| rest.is_empty() || rest.ends_with([' ', '-', '_']))
        });
    starts && ends && !is_state
}

type Word = (&'static str, Hints, Bound);

static WORDS: LazyLock<(AhoCorasick, Vec<Word>)> = LazyLock::new(|| {
    let rows: [(Hints, Bound, &str); 12] = [
        (Hints::UNLIKELY, Bound::Anywhere, UNLIKELY),
        (
            Hints::UNLIKELY,
            Bound::Word,
            "modal offcanvas off-canvas overlay lightbox cookie cookies consent newsletter paywall",
        ),
        (Hints::MAYBE, Bound::Anywhere, "and article body column content main mathjax shadow"),
        (
            Hints::POSITIVE,
            Bound::Anywhere,
            "article body content entry hentry h-entry main page pagination post text blog story",
        ),
        (Hints::NEGATIVE, Bound::Anywhere, NEGATIVE),
        (Hints::BYLINE, Bound::Anywhere, "byline author dateline writtenby p-author"),
        (Hints::SHARE, Bound::Word, "share sharedaddy"),
        (Hints::CLUTTER, Bound::Word, CLUTTER),
        (Hints::BODY, Bound::Word, BODY),
        (Hints::WEAK_CLUTTER, Bound::Word, WEAK_CLUTTER),
        (Hints::LEAD, Bound::Word, LEAD),
        (Hints::CAPTION, Bound::Word, "wp-caption-text caption captiontext bildunterschrift legend"),
    ];
    let words: Vec<Word> = rows
        .into_iter()
        .flat_map(|(hint, bound, words)| words.split_ascii_whitespace().map(move |word| (word, hint, bound)))
        .collect();
    let automaton = AhoCorasick::builder()
        .ascii_case_insensitive(true)
        .kind(Some(aho_corasick::AhoCorasickKind::DFA))
        .build(words.iter().map(|word| word.0))
        .expect("a few hundred short words fit any automaton");
    (automaton, words)
});

const UNLIKELY: &str = "-ad- ai2html banner breadcrumbs combx comment community cover-wrap disqus extra footer gdpr \
    header legends menu related remark replies rss shoutbox sidebar skyscraper social sponsor supplemental ad-break \
    agegate pagination pager popup yom-remote";
const NEGATIVE: &str = "-ad- hidden banner combx comment com- contact footer gdpr masthead media meta outbrain promo \
    related scroll share shoutbox sidebar skyscraper sponsor shopping tags widget";
const CLUTTER: &str = "related related-posts related-articles relatedposts related-content newsletter newsletter-signup \
    author-bio author-info author-box authorbox author-description about-author post-author author-card authors \
    read-also see-also commentlist comment-list linklist recommended recommendations cookie cookies consent cookie-notice gdpr \
    subscribe subscription signup social-share share-bar sharebar social-links entry-utility post-tags tag-list \
    tags breadcrumb breadcrumbs pagination paging disclaimer advert advertisement advertising ad-unit adbox \
    copyright reading-time readingtime jp-relatedposts outbrain taboola \
    post-navigation nav-links comment-form comments-form respond akismet_comment_form_privacy_notice toc \
    table-of-contents teaser-list no-print noprint hide-print print-hidden screen-reader-text sr-only visually-hidden promo \
    more-articles author-profile saboxplugin-wrap m-a-box embed-placeholder content-blocker disclosure affiliate-text \
    affiliate-disclosure news-letter third-party post-author article-author author-section article-tags print-button \
    entry-tags sidebar aside widget-area rating ratings rate voting related-stories most-read most-popular linkbox app-promo cta imprint";
const WEAK_CLUTTER: &str = "meta date byline published time credit credits copyright timestamp category categories \
    tag author entry-meta post-meta article-meta publish-date published-date pub-date user-info info-box";
const LEAD: &str = "lead lede leader intro excerpt standfirst chapo abstract sapo dek deck subheadline subhead sub-title \
    subtitle teaser-text teaser article-summary article-intro articlesummary vorspann hero-text introtext introduction \
    summary entry-summary kicker-text anleser";
const BODY: &str = "article-body articlebody article__body article-content article__content articletext article-text \
    entry-content entrycontent post-content postcontent post-body post__content post_content story-body storybody \
    blog-content page-content single-content article_body article_content";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_any_case_and_some_as_words_only() {
        assert!(Hints::of("SideBar-left").has(Hints::UNLIKELY));
        assert!(Hints::of("main-content").has(Hints::MAYBE));
        assert!(Hints::of("btn_share").has(Hints::SHARE));
        assert!(!Hints::of("shareholder").has(Hints::SHARE));
        assert_eq!(Hints::of(""), Hints::default());
    }
}
