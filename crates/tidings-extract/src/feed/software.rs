//! Which software wrote a feed, and its habits: what it puts into titles, texts and names that is none of theirs.

use super::{Feed, Item};

/// Software whose feeds are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Software {
    WordPress,
    Ghost,
    Discourse,
    XenForo,
    PhpBb,
    NodeBb,
    YouTube,
    Reddit,
    Mastodon,
}

/// What an item is, by the habits of its software.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Article,
    Post,
    Comment,
    Video,
}

/// An item without what its software added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub sort: Sort,
    /// Empty where there is none.
    pub title: String,
    pub text: String,
    /// Empty where there is none.
    pub author: String,
    pub replies: Option<u64>,
    /// Of the thread that a comment belongs to.
    pub thread_title: Option<String>,
}

impl Feed {
    /// By the generator, else by ids and addresses that only this software writes.
    pub fn software(&self) -> Option<Software> {
        let generator = self.generator.as_deref().unwrap_or_default().to_ascii_lowercase();
        let named = [
            ("wordpress", Software::WordPress),
            ("ghost", Software::Ghost),
            ("discourse", Software::Discourse),
            ("xenforo", Software::XenForo),
            ("phpbb", Software::PhpBb),
            ("nodebb", Software::NodeBb),
            ("mastodon", Software::Mastodon),
        ];
        named
            .iter()
            .find(|(name, _)| generator.contains(name))
            .map(|(_, software)| *software)
            .or_else(|| self.by_items())
    }

    fn by_items(&self) -> Option<Software> {
        let first = self.items.first()?;
        let (id, link) = (first.id.as_deref().unwrap_or_default(), first.link.as_deref().unwrap_or_default());
        let author = first.author.as_deref().unwrap_or_default();
        let is_named_in = |path: &str| id.contains(path) || link.contains(path);
        if id.starts_with("yt:video:") {
            Some(Software::YouTube)
        } else if author.starts_with("/u/") && (id.starts_with("t1_") || id.starts_with("t3_")) {
            Some(Software::Reddit)
        } else if is_discourse_id(id) && link.contains("/t/") {
            Some(Software::Discourse)
        } else if is_named_in("viewtopic.php?") {
            Some(Software::PhpBb)
        } else if link.contains("/threads/") && first.text().ends_with("Read more") {
            Some(Software::XenForo)
        } else {
            None
        }
    }
}

impl Software {
    /// What an item of this software says.
    pub fn told(self, item: &Item) -> Told {
        let told = Told {
            sort: Sort::Article,
            title: item.title.clone().unwrap_or_default(),
            text: item.text().to_owned(),
            author: item.author.clone().unwrap_or_default(),
            replies: item.replies,
            thread_title: None,
        };
        match self {
            Self::WordPress => wordpress(told),
            Self::Ghost => told,
            Self::Discourse => discourse(told, item),
            Self::XenForo => {
                Told { sort: Sort::Post, text: without_last_line(told.text, |line| line == "Read more"), ..told }
            }
            Self::PhpBb => phpbb(told, item),
            Self::NodeBb => nodebb(told),
            Self::YouTube => Told { sort: Sort::Video, ..told },
            Self::Reddit => reddit(told, item),
            Self::Mastodon => Told { sort: Sort::Post, ..told },
        }
    }
}

/// "The post … appeared first on …" ends each text; feeds of comments head theirs "By: …" or "Comment on … by …".
fn wordpress(mut told: Told) -> Told {
    told.text =
        without_last_line(told.text, |line| line.starts_with("The post ") && line.contains(" appeared first on "));
    let on = told.title.strip_prefix("Comment on ").and_then(|rest| rest.rsplit_once(" by "));
    match on {
        Some((post, _)) => comment_on(post.to_owned(), told),
        None if told.title.starts_with("By: ") => comment(told),
        None => told,
    }
}

/// Authors are `@name`, where they have no full name; lists count posts at the end, the first among them.
fn discourse(mut told: Told, item: &Item) -> Told {
    told.sort = Sort::Post;
    told.author = told.author.strip_prefix('@').unwrap_or(&told.author).to_owned();
    told.text = without_last_line(told.text, |line| line == "Read full topic");
    if let Some(posts) = told.text.lines().next_back().and_then(posts_counted) {
        told.replies = told.replies.or(Some(posts.saturating_sub(1)));
        told.text = without_last_line(told.text, |_| true);
    }
    // `host-post-TOPIC-NUMBER`, of which the first opens the topic.
    let post = item.id.as_deref().and_then(|id| id.rsplit_once("-post-"));
    let number = post.and_then(|(_, numbers)| numbers.rsplit_once('-')).map(|(_, number)| number);
    if number.is_some_and(|number| number != "1") { comment_on(told.title.clone(), told) } else { told }
}

/// `host-topic-TOPIC` or `host-post-TOPIC-NUMBER`.
fn is_discourse_id(id: &str) -> bool {
    let tail = ["-topic-", "-post-"].iter().find_map(|word| id.rsplit_once(word)).map(|(_, tail)| tail);
    tail.is_some_and(|tail| !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-'))
}

/// The count of `4 posts - 2 participants`.
fn posts_counted(line: &str) -> Option<u64> {
    let (posts, participants) = line.trim().split_once(" - ")?;
    participants.strip_suffix('s').unwrap_or(participants).strip_suffix(" participant")?;
    posts.strip_suffix('s').unwrap_or(posts).strip_suffix(" post")?.parse().ok()
}

/// `Forum • Re: Title`, or the forum behind; "Statistics: Posted by …" ends each text.
fn phpbb(mut told: Told, item: &Item) -> Told {
    told.sort = Sort::Post;
    told.text = without_last_line(told.text, |line| line.starts_with("Statistics: "));
    let is_forum = |part: &str| item.categories.iter().any(|category| category == part);
    let parted = told.title.split_once(" • ").into_iter().chain(told.title.rsplit_once(" • "));
    let title = parted.into_iter().find_map(|(front, back)| match (is_forum(front), is_forum(back)) {
        (true, _) => Some(back.to_owned()),
        (_, true) => Some(front.to_owned()),
        _ => None,
    });
    told.title = title.unwrap_or(told.title);
    match told.title.strip_prefix("Re: ") {
        Some(topic) => comment_on(topic.to_owned(), told),
        None => told,
    }
}

/// A topic's feed heads its posts "Reply to … on …".
fn nodebb(told: Told) -> Told {
    match told.title.strip_prefix("Reply to ").and_then(|rest| rest.rsplit_once(" on ")) {
        Some((topic, _)) => comment_on(topic.to_owned(), told),
        None => Told { sort: Sort::Post, ..told },
    }
}

/// Authors are `/u/name`; `submitted by /u/… [link] [comments]` ends each text; comments are headed `/u/name on …`.
fn reddit(mut told: Told, item: &Item) -> Told {
    told.sort = Sort::Post;
    if told.text.ends_with("[comments]")
        && let Some(at) = told.text.rfind("submitted by")
    {
        told.text.truncate(at);
        told.text.truncate(told.text.trim_end().len());
    }
    let name = told.author.strip_prefix("/u/").unwrap_or(&told.author).to_owned();
    let on = told.title.strip_prefix("/u/").and_then(|rest| rest.split_once(" on ")).map(|(_, post)| post.to_owned());
    told.author = name;
    match on.filter(|_| item.id.as_deref().is_some_and(|id| id.starts_with("t1_"))) {
        Some(post) => comment_on(post, told),
        None => told,
    }
}

fn comment_on(thread: String, told: Told) -> Told {
    Told { thread_title: Some(thread), ..comment(told) }
}

/// A comment has no title of its own, unless it has no text either.
fn comment(told: Told) -> Told {
    let title = if told.text.is_empty() { told.title } else { String::new() };
    Told { sort: Sort::Comment, title, ..told }
}

fn without_last_line(mut text: String, is_added: impl Fn(&str) -> bool) -> String {
    let start = text.rfind('\n').map_or(0, |at| at + 1);
    if is_added(text[start..].trim()) {
        text.truncate(start);
        text.truncate(text.trim_end().len());
    }
    text
}
