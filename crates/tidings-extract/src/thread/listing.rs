//! The topics of a list page: by the marks of known software, else by the links that repeat.

use std::collections::{HashMap, HashSet};

use jiff::Zoned;
use scraper::{ElementRef, Html};

use crate::date::DayOrder;

use super::element::{Scope, matches, select, text_of};
use super::moment::{self, Moments};
use super::profile::{number, value};
use super::{MAX_TOPICS, Topic};

/// Where one forum software puts the parts of a line.
struct Rows {
    row: &'static str,
    link: &'static [&'static str],
    replies: &'static [&'static str],
    views: &'static [&'static str],
    last: &'static [&'static str],
    sticky: &'static str,
}

const NONE: Rows = Rows { row: "", link: &[], replies: &[], views: &[], last: &[], sticky: "" };

const ROWS: [Rows; 18] = [
    Rows {
        row: ".structItem--thread, .structItem[class*='js-threadListItem']",
        link: &[
            ".structItem-title a[data-tp-primary]",
            ".structItem-title a[data-preview-url]",
            ".structItem-title a:not(.labelLink):not([rel])",
            ".structItem-title a:last-of-type",
        ],
        replies: &[".structItem-cell--meta dl:first-of-type dd"],
        views: &[".structItem-cell--meta dl.structItem-minor dd", ".structItem-cell--meta dl:last-of-type dd"],
        last: &[".structItem-cell--latest time", ".structItem-latestDate"],
        sticky: ".structItem-status--sticky",
    },
    Rows {
        row: "li.discussionListItem",
        link: &["h3.title a.PreviewTooltip", "h3.title a:last-of-type"],
        replies: &[".stats .major dd"],
        views: &[".stats .minor dd"],
        last: &[".lastPost .DateTime", ".lastPostInfo .DateTime"],
        sticky: ".iconKey .sticky",
    },
    Rows {
        row: "ul.topics > li.row, .topiclist.topics li.row, li.row, tr",
        link: &["a.topictitle"],
        replies: &["dd.posts", "td.topics-replies", "td:nth-of-type(4) .topicdetails", "p.topicdetails"],
        views: &["dd.views"],
        last: &["dd.lastpost time", "dd.lastpost", "td:last-of-type .topicdetails", "td:last-of-type"],
        sticky: ".sticky, .sticky_read, .global_read, .announce_read, dl[style*='sticky'], dl[class*='sticky'], dl[class*='announce'], dl[class*='global']",
    },
    Rows {
        row: "[component='category/topic']",
        link: &["[component='topic/header'] a", "h3 a", "h2 a"],
        replies: &[
            ".stats-postcount .human-readable-number@title",
            ".stats-postcount",
            "[component='topic/post-count']",
        ],
        views: &[".stats-viewcount .human-readable-number@title", ".stats-viewcount"],
        last: &[".lastpost .timeago", "[component='category/topic-teaser'] .timeago", ".timeago"],
        sticky: "[component='topic/pinned']:not(.hidden)",
    },
    Rows {
        row: "tr.topic-list-item, tr[data-topic-id]",
        link: &["a.title", "a.raw-topic-link", ".main-link a"],
        replies: &["td.replies .posts", ".posts", "td.num.posts"],
        views: &["td.views .views", ".views"],
        last: &["td:last-of-type", ".last-post"],
        sticky: ".topic-statuses .pinned, .pinned",
    },
    Rows {
        row: ".s-post-summary, .question-summary",
        link: &["h3 a.s-link", "h3 a"],
        replies: &["[title*='answer'] .s-post-summary--stats-item-number", ".status strong"],
        views: &["[title*='view'] .s-post-summary--stats-item-number"],
        last: &[".relativetime"],
        ..NONE
    },
    Rows {
        row: "li.threadbit, li[id^='thread_']",
        link: &["a.title[id^='thread_title_']", "a.title"],
        replies: &[".threadstats li:first-of-type"],
        views: &[".threadstats li:nth-of-type(2)"],
        last: &[".threadlastpost dd:last-of-type", ".threadlastpost"],
        sticky: ".sticky",
    },
    Rows {
        row: "tr.topic-item, tr.vb-topic",
        link: &["a.topic-title"],
        replies: &[".posts-count"],
        views: &[".views-count"],
        last: &[".post-date"],
        sticky: ".sticky",
    },
    Rows {
        row: "tr, li",
        link: &["a[id^='thread_title_']"],
        replies: &["a[href*='whoposted']"],
        last: &["td[title] .smallfont", ".smallfont .time"],
        ..NONE
    },
    Rows {
        row: "#messageindex tr, #topic_container > div",
        link: &["span[id^='msg_'] a", ".message_index_title a[href]"],
        replies: &["td.stats", ".board_stats"],
        last: &["td.lastpost", ".lastpost"],
        sticky: ".sticky, .stickybg",
        ..NONE
    },
    Rows {
        row: "tr.inline_row, tr",
        link: &["span[id^='tid_'] a", ".subject_new a", ".subject_old a"],
        replies: &["td a[href*='whoposted']"],
        last: &[".lastpost"],
        ..NONE
    },
    Rows {
        row: "li.ipsDataItem, li[data-rowid], tr[itemtype*='Article']",
        link: &[".ipsDataItem_title a[href]:not(.ipsTag)", ".ipsData__title a", "h4 a[href]", "a.topic_title"],
        replies: &[".ipsDataItem_stats dt", ".ipsDataItem_stats_number", ".ipsData__stats-value"],
        last: &[".ipsDataItem_lastPoster time", "time"],
        sticky: ".fa-thumb-tack",
        ..NONE
    },
    Rows {
        row: "ol.tabularList, .wbbThread, li.tabularListRow",
        link: &["a.wbbTopicLink", ".columnSubject h3 a"],
        replies: &[".statsDataList dd", ".columnStats dd"],
        last: &[".columnLastPost time", "time"],
        sticky: ".jsLabelSticky, .sticky",
        ..NONE
    },
    Rows {
        row: "li.ItemDiscussion, tr.ItemDiscussion",
        link: &[".Title a", "a.Title"],
        replies: &[".CommentCount .Number", ".CommentCount"],
        last: &[".LastCommentDate time", "time"],
        sticky: ".Tag-Announcement",
        ..NONE
    },
    Rows {
        row: "ul.bbp-topics ul.topic, ul[id^='bbp-topic-']",
        link: &["a.bbp-topic-permalink"],
        replies: &[".bbp-topic-reply-count"],
        last: &[".bbp-topic-freshness a[title]", ".bbp-topic-freshness"],
        sticky: ".sticky",
        ..NONE
    },
    Rows {
        row: "li.DiscussionListItem, .DiscussionListItem",
        link: &["a.DiscussionListItem-main"],
        replies: &[".DiscussionListItem-count"],
        last: &["time"],
        sticky: ".item-sticky",
        ..NONE
    },
    Rows {
        row: "div.thing.link, article shreddit-post, shreddit-post",
        link: &["a.title", "a[slot='title']"],
        replies: &["@comment-count", "a.comments"],
        last: &["time"],
        sticky: ".stickied",
        ..NONE
    },
    Rows { row: "tr.athing", link: &[".titleline > a", "a.storylink"], ..NONE },
];

/// The topics of a list whose software is known; of several forms the one that finds most.
pub(super) fn marked(document: &Html, scope: &Scope<'_>, order: DayOrder, now: Option<&Zoned>) -> Vec<Topic> {
    let mut best: Vec<(Topic, Option<String>)> = Vec::new();
    for rows in &ROWS {
        let found: Vec<_> = select(document.root_element(), rows.row)
            .into_iter()
            .take(MAX_TOPICS)
            .filter_map(|row| rows.topic(row, scope))
            .collect();
        if found.len() > best.len() {
            best = found;
        }
    }
    let mut moments = Moments::new(order, now);
    moments.learn(best.iter().filter_map(|(_, date)| date.as_deref()));
    let mut topics: Vec<Topic> = Vec::with_capacity(best.len());
    let mut known = HashSet::new();
    for (mut topic, date) in best {
        if known.insert(topic.href.clone()) {
            topic.last = date.and_then(|date| moments.read(&date));
            topics.push(topic);
        }
    }
    topics
}

impl Rows {
    fn topic(&self, row: ElementRef<'_>, scope: &Scope<'_>) -> Option<(Topic, Option<String>)> {
        let links = self.link.iter().flat_map(|css| select(row, css));
        let (title, link) = links.map(|link| (text_of(link), link)).find(|(title, _)| !title.is_empty())?;
        let count = |css| value(row, css).and_then(|text| number(&text)).and_then(|count| u64::try_from(count).ok());
        let topic = Topic {
            title,
            href: scope.absolute(link.attr("href")?)?,
            replies: count(self.replies),
            views: count(self.views),
            last: None,
            sticky: !self.sticky.is_empty()
                && (matches(row, self.sticky) || super::element::first(row, self.sticky).is_some()),
        };
        let dates = self.last.iter().flat_map(|css| select(row, css));
        Some((topic, dates.take(8).find_map(moment::stated)))
    }
}

/// Links that stand in like places, of the group with most to read.
pub(super) fn repeated(document: &Html, scope: &Scope<'_>) -> Vec<Topic> {
    const MIN_LINKS: usize = 3;
    const MIN_LETTERS: usize = 10;
    let mut groups: HashMap<String, Vec<Topic>> = HashMap::new();
    for link in select(document.root_element(), "a[href]").into_iter().take(20_000) {
        let places = link.ancestors().filter_map(ElementRef::wrap).take(3);
        if link.ancestors().filter_map(ElementRef::wrap).any(|parent| matches(parent, "nav, footer, header, aside")) {
            continue;
        }
        let names = std::iter::once(link).chain(places).map(place);
        let signature = names.collect::<Vec<_>>().join("<");
        let title = text_of(link);
        let Some(href) = scope.absolute(link.attr("href").unwrap_or_default()) else { continue };
        if title.chars().count() < MIN_LETTERS {
            continue;
        }
        groups.entry(signature).or_default().push(Topic { title, href, ..Topic::default() });
    }
    let weight = |group: &[Topic]| group.iter().map(|topic| topic.title.len().min(80)).sum::<usize>();
    let groups = groups.into_iter().filter(|(_, group)| group.len() >= MIN_LINKS);
    let best = groups.max_by(|a, b| weight(&a.1).cmp(&weight(&b.1)).then_with(|| b.0.cmp(&a.0)));
    let mut known = HashSet::new();
    let topics = best.map(|(_, group)| group).unwrap_or_default().into_iter();
    topics.filter(|topic| known.insert(topic.href.clone())).take(MAX_TOPICS).collect()
}

fn place(element: ElementRef<'_>) -> String {
    let classes =
        element.value().classes().map(|name| name.chars().filter(|c| !c.is_ascii_digit()).collect::<String>());
    format!("{}.{}", element.value().name(), classes.take(1).collect::<String>())
}
