//! From a post of a thread to a finding.

use tidings_extract::thread::{Post, Topic};
use url::Url;

use super::memory;
use crate::{Engagement, Finding, FindingKind, Thread};

/// The thread that posts belong to.
#[derive(Clone, Copy, Debug)]
pub struct About<'t> {
    pub url: &'t str,
    pub title: &'t str,
    pub lang: Option<&'t str>,
}

impl About<'_> {
    /// A post as a finding: the first of its thread is a post, the others are comments. It is known by its id on its
    /// site, else by its address, else by the thread and its place there.
    pub fn post(&self, post: &Post, position: u32, topic: &Topic) -> Finding {
        let (opens, thread_url) = (position == 1, memory::key(self.url));
        let url = post
            .url
            .clone()
            .unwrap_or_else(|| if opens { thread_url.clone() } else { format!("{thread_url}#{position}") });
        let key = match (&post.id, &post.url) {
            (Some(id), _) => format!("{}/post/{id}", host(&thread_url)),
            // Its address may differ from others in the fragment alone, so it is the key as it stands.
            (None, Some(url)) => url.clone(),
            (None, None) => format!("{thread_url}#{position}"),
        };
        let counted = |count: Option<u64>| count.filter(|_| opens).and_then(|count| i64::try_from(count).ok());
        let engagement = Engagement { score: post.score, replies: counted(topic.replies), views: counted(topic.views) };
        let kind = if opens { FindingKind::Post } else { FindingKind::Comment };
        Finding::new(if opens { self.title } else { "" }, url)
            .key(key)
            .text(post.text.as_str())
            .author(post.author.as_deref().unwrap_or_default())
            .lang(self.lang.unwrap_or_default())
            .published(post.published)
            .kind(kind)
            .thread(self.thread(Some(position)))
            .engagement(engagement)
    }

    /// A line of a list as a finding, where its thread is not read.
    pub fn topic(&self, topic: &Topic) -> Finding {
        let counted = |count: Option<u64>| count.and_then(|count| i64::try_from(count).ok());
        let engagement = Engagement { score: None, replies: counted(topic.replies), views: counted(topic.views) };
        Finding::new(self.title, memory::key(self.url))
            .lang(self.lang.unwrap_or_default())
            .kind(FindingKind::Post)
            .thread(self.thread(Some(1)))
            .engagement(engagement)
    }

    fn thread(&self, position: Option<u32>) -> Thread {
        let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Thread { id: thread_id(self.url), url: Some(memory::key(self.url)), title: filled(self.title), position }
    }
}

fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The number of a thread in its address, as forum software writes it.
pub fn thread_id(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let named = url.query_pairs().find(|(name, _)| matches!(name.as_ref(), "t" | "tid" | "topic" | "showtopic" | "id"));
    if let Some((_, value)) = named {
        let digits: String = value.chars().take_while(char::is_ascii_digit).collect();
        return Some(if digits.is_empty() { value.into_owned() } else { digits });
    }
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let segments: Vec<&str> = url.path_segments()?.filter(|segment| !segment.is_empty()).collect();
    let whole = segments.iter().find(|segment| is_number(segment));
    let part = || {
        let parts = segments.iter().rev().flat_map(|segment| segment.trim_end_matches(".html").rsplit(['.', '-']));
        parts.map(|part| part.trim_start_matches('t')).find(|part| is_number(part))
    };
    let behind_t = || segments.last()?.split('-').next()?.strip_prefix('t').filter(|part| is_number(part));
    whole.copied().or_else(behind_t).or_else(part).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(thread_id(url).as_deref(), Some(expected), "{url}");
    }

    #[test]
    fn a_thread_has_its_number_in_its_address() {
        check("https://a.example/threads/gia-crm-2024.91/", "91");
        check("https://a.example/viewtopic.php?f=3&t=77", "77");
        check("https://a.example/topic/15/welcome", "15");
        check("https://a.example/t/pricing-2024/88", "88");
        check("https://a.example/index.php?topic=12.0", "12");
        check("https://a.example/t7-rules", "7");
    }
}
