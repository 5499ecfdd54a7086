//! What an element of a feed means, by namespace and local name. Names are read in any case, and a prefix that nobody
//! declared, or bound to an address nobody knows, means what it usually does.

/// The vocabularies that feeds draw on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    /// RSS and Atom of every version.
    Core,
    Rdf,
    DublinCore,
    DublinCoreTerms,
    Content,
    Media,
    Itunes,
    Slash,
    Thread,
    Feedburner,
    BingNews,
    Xhtml,
    Other,
}

impl Namespace {
    /// By its address; `None` for one that is not known.
    pub(super) fn of_address(address: &str) -> Option<Self> {
        let address = address.trim().to_ascii_lowercase();
        let after_scheme = address.split_once("://").map_or(address.as_str(), |(_, rest)| rest);
        let known: &[(&str, Self)] = &[
            ("www.w3.org/2005/atom", Self::Core),
            ("purl.org/atom/", Self::Core),
            ("purl.org/rss/1.0/modules/content", Self::Content),
            ("purl.org/rss/1.0/modules/slash", Self::Slash),
            ("purl.org/rss/1.0/modules/rss091", Self::Core),
            ("purl.org/rss/1.0/modules", Self::Other),
            ("purl.org/rss/", Self::Core),
            ("purl.org/net/rss1.1", Self::Core),
            ("backend.userland.com/rss", Self::Core),
            ("blogs.law.harvard.edu/tech/rss", Self::Core),
            ("cyber.law.harvard.edu/rss/rss", Self::Core),
            ("my.netscape.com/rdf/simple", Self::Core),
            ("channel.netscape.com/rdf/simple", Self::Core),
            ("www.w3.org/1999/02/22-rdf-syntax-ns", Self::Rdf),
            ("purl.org/dc/elements", Self::DublinCore),
            ("purl.org/dc/terms", Self::DublinCoreTerms),
            ("search.yahoo.com/mrss", Self::Media),
            ("www.itunes.com/dtds/podcast", Self::Itunes),
            ("purl.org/syndication/thread", Self::Thread),
            ("rssnamespace.org/feedburner", Self::Feedburner),
            ("www.w3.org/1999/xhtml", Self::Xhtml),
        ];
        known.iter().find(|(start, _)| after_scheme.starts_with(start)).map(|(_, namespace)| *namespace)
    }

    /// What a prefix usually stands for.
    pub(super) fn of_prefix(prefix: &str) -> Option<Self> {
        Some(match prefix.to_ascii_lowercase().as_str() {
            "" | "atom" | "atom10" | "a10" | "atom03" | "rss" | "rss1" => Self::Core,
            "rdf" => Self::Rdf,
            "dc" => Self::DublinCore,
            "dcterms" | "dct" | "dcterm" => Self::DublinCoreTerms,
            "content" => Self::Content,
            "media" | "mrss" => Self::Media,
            "itunes" => Self::Itunes,
            "slash" => Self::Slash,
            "thr" => Self::Thread,
            "feedburner" => Self::Feedburner,
            "news" => Self::BingNews,
            "xhtml" | "html" => Self::Xhtml,
            _ => return None,
        })
    }
}

/// What an element is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// `rss`, `rdf:RDF`, `feed`, `channel`: what holds the facts of the feed.
    Rss,
    Rdf,
    AtomFeed,
    Channel,
    Item,
    /// An element whose children belong to the item around it, e.g. `media:group` or `enclosure`.
    Group,
    Title,
    MediaTitle,
    Link,
    OriginalLink,
    Id,
    Published,
    /// `dc:date`, which is both.
    Date,
    Updated,
    Created,
    Author,
    Summary,
    MediaText,
    Content,
    Category,
    /// Several categories in one element, separated by commas.
    Keywords,
    Comments,
    Replies,
    /// How often something was seen, in an attribute.
    Views,
    /// How many rated it, in an attribute.
    Ratings,
    /// The software that wrote the feed.
    Generator,
    /// Who published an item of an aggregator: `source` of RSS, which in Atom holds other elements.
    Publisher,
    Language,
    /// A container or a text that is none of the item's own, e.g. `source` or `image`.
    Other,
}

impl Element {
    pub(super) fn of(namespace: Namespace, local: &str) -> Self {
        let mut buffer = [0_u8; 16];
        let Some(lower) = buffer.get_mut(..local.len()) else { return Self::Other };
        lower.copy_from_slice(local.as_bytes());
        lower.make_ascii_lowercase();
        let local = &*lower;
        match namespace {
            Namespace::Core => Self::core(local),
            Namespace::Rdf if local == b"rdf" => Self::Rdf,
            Namespace::DublinCore => Self::dublin_core(local),
            Namespace::DublinCoreTerms => match local {
                b"issued" => Self::Published,
                b"modified" => Self::Updated,
                b"created" => Self::Created,
                b"date" => Self::Date,
                b"creator" => Self::Author,
                b"subject" => Self::Category,
                b"abstract" | b"description" => Self::Summary,
                _ => Self::Other,
            },
            Namespace::Content if local == b"encoded" => Self::Content,
            Namespace::Media => match local {
                b"group" | b"content" | b"community" => Self::Group,
                b"title" => Self::MediaTitle,
                b"description" | b"text" => Self::MediaText,
                b"keywords" => Self::Keywords,
                b"statistics" => Self::Views,
                b"starrating" => Self::Ratings,
                _ => Self::Other,
            },
            Namespace::Itunes => match local {
                b"title" => Self::MediaTitle,
                b"author" => Self::Author,
                b"summary" | b"subtitle" => Self::MediaText,
                b"keywords" => Self::Keywords,
                _ => Self::Other,
            },
            Namespace::Slash if local == b"comments" => Self::Replies,
            Namespace::Thread if local == b"total" => Self::Replies,
            Namespace::Feedburner if local == b"origlink" => Self::OriginalLink,
            Namespace::BingNews if local == b"source" => Self::Publisher,
            Namespace::Xhtml if local == b"body" => Self::Content,
            _ => Self::Other,
        }
    }

    fn core(local: &[u8]) -> Self {
        match local {
            b"title" => Self::Title,
            b"link" => Self::Link,
            b"guid" | b"id" => Self::Id,
            b"description" | b"summary" | b"abstract" => Self::Summary,
            b"pubdate" | b"published" | b"issued" => Self::Published,
            b"updated" | b"modified" => Self::Updated,
            b"date" => Self::Date,
            b"created" => Self::Created,
            b"author" => Self::Author,
            b"category" => Self::Category,
            b"keywords" => Self::Keywords,
            b"content" | b"body" | b"fullitem" | b"encoded" => Self::Content,
            b"comments" => Self::Comments,
            b"source" => Self::Publisher,
            b"item" | b"entry" => Self::Item,
            b"enclosure" => Self::Group,
            b"channel" => Self::Channel,
            b"feed" => Self::AtomFeed,
            b"rss" => Self::Rss,
            b"rdf" => Self::Rdf,
            b"language" => Self::Language,
            b"generator" => Self::Generator,
            _ => Self::Other,
        }
    }

    fn dublin_core(local: &[u8]) -> Self {
        match local {
            b"date" => Self::Date,
            b"creator" | b"author" => Self::Author,
            b"title" => Self::Title,
            b"description" => Self::Summary,
            b"subject" => Self::Category,
            b"language" => Self::Language,
            _ => Self::Other,
        }
    }

    /// Whether the element holds a text that is read, as opposed to other elements.
    pub(super) fn is_value(self) -> bool {
        !matches!(self, Self::Rss | Self::Rdf | Self::AtomFeed | Self::Channel | Self::Item | Self::Group | Self::Other)
    }

    /// Whether the element may hold markup, so that elements inside of it are part of its text.
    pub(super) fn holds_markup(self) -> bool {
        matches!(self, Self::Title | Self::MediaTitle | Self::Summary | Self::MediaText | Self::Content | Self::Author)
    }
}
