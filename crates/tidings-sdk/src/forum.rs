//! Forums visited politely: a list leads to the threads that changed, and of a thread that was read before only its
//! last page is asked for again. Plugins for forum software share this; pages are read by `tidings_extract::thread`.

mod memory;
mod post;

use jiff::tz::TimeZone;
use tidings_extract::thread::{self, Post, ThreadPage, Topic};
use url::Url;

use crate::{Context, Ctx, Error, Level, Outcome, Page, Result, code};

pub use memory::{MAX_THREADS, Memory, Visited};
pub use post::{About, thread_id};

/// What to visit, and how much of it at most.
#[derive(Clone, Debug)]
pub struct Watch<'p> {
    /// A list of threads, or one thread.
    pub url: &'p str,
    /// Most pages of the list, and of each thread.
    pub max_pages: u32,
    /// Most threads read in one visit; the rest follow at the next.
    pub max_threads: u32,
    /// The threads of a list are read, not only listed.
    pub follow: bool,
    /// Of times that state none; see [`zone`].
    pub zone: TimeZone,
}

/// The zone that a param names, e.g. `Asia/Ho_Chi_Minh`; UTC where it names none.
///
/// # Errors
///
/// When there is no such zone.
pub fn zone(name: Option<&str>) -> Result<TimeZone> {
    let Some(name) = name else { return Ok(TimeZone::UTC) };
    TimeZone::get(name).map_err(|_| {
        Error::new(
            code::CONFIG_INVALID,
            format!("`tz`: `{name}` is no zone of the IANA database, e.g. `Asia/Ho_Chi_Minh`"),
        )
    })
}

/// Visits a list or a thread once.
///
/// # Errors
///
/// When the page shows neither posts nor topics, is a login wall, or keeps robots out; and when not one thread of a
/// list could be read.
pub fn visit(watch: &Watch<'_>, ctx: &mut Ctx) -> Result<()> {
    let mut memory = Memory::load(ctx)?;
    let read = if memory.threads.contains_key(&memory::key(watch.url)) {
        let topic = Topic { href: watch.url.to_owned(), ..Topic::default() };
        ctx.beyond_entry();
        read_thread(&topic, None, watch, &mut memory, ctx).map(|new| ctx.summary(format!("new posts: {new}")))
    } else {
        let page = fetch(watch.url, &watch.zone, ctx)?;
        first_page(page, watch, &mut memory, ctx)
    };
    memory.store(ctx)?;
    if read.as_ref().is_err_and(|error| !error.is_cancelled()) {
        // Threads that were read stay read.
        ctx.commit()?;
    }
    read
}

fn first_page(page: ThreadPage, watch: &Watch<'_>, memory: &mut Memory, ctx: &mut Ctx) -> Result<()> {
    if !page.posts.is_empty() {
        let topic = Topic { href: watch.url.to_owned(), ..Topic::default() };
        let new = read_thread(&topic, Some(page), watch, memory, ctx)?;
        ctx.beyond_entry();
        ctx.summary(format!("new posts: {new}"));
        return Ok(());
    }
    if page.topics.is_empty() {
        ctx.expect_empty();
        ctx.summary("the list is empty");
        return Ok(());
    }
    read_list(page, watch, memory, ctx)
}

/// Fetches a page and reads it as one of a forum, whose times are in `zone` where they state none.
///
/// # Errors
///
/// When it cannot be fetched, or shows neither posts nor topics; the message says what it shows instead.
fn fetch(url: &str, zone: &TimeZone, ctx: &mut Ctx) -> Result<ThreadPage> {
    let page = ctx.fetch(url)?.ok()?;
    read(&page, zone, ctx)
}

fn read(page: &Page, zone: &TimeZone, ctx: &Ctx) -> Result<ThreadPage> {
    let base = Url::parse(page.url())?;
    let read = thread::read(page.text(), Some(&base), Some(&ctx.now().to_zoned(zone.clone())))
        .map_err(|error| Error::parse(page.url(), format!("{} {error}", page.url())))?;
    if read.wall {
        let message = format!("{} asks for a login (`{}`): guests see no posts there", page.url(), shown(&read.title));
        return Err(Error::parse(page.url(), message));
    }
    if read.posts.is_empty() && read.topics.is_empty() && !read.empty_list {
        let message = format!(
            "{} shows neither posts nor topics, but a page `{}`: give the address of a thread or of a list of threads",
            page.url(),
            shown(&read.title)
        );
        return Err(Error::parse(page.url(), message));
    }
    Ok(read)
}

fn shown(title: &str) -> &str {
    &title[..title.floor_char_boundary(120)]
}

/// A run of threads, as a list names them.
#[derive(Default)]
struct Tally {
    threads: u32,
    posts: usize,
    failed: u32,
    first_error: Option<Error>,
}

fn read_list(first: ThreadPage, watch: &Watch<'_>, memory: &mut Memory, ctx: &mut Ctx) -> Result<()> {
    let mut tally = Tally::default();
    let unfinished = std::mem::take(&mut memory.unfinished);
    let mut page = first;
    for number in 1..=watch.max_pages {
        let lang = page.lang.take();
        let mut any_new = false;
        for topic in std::mem::take(&mut page.topics) {
            let change = memory.change(&topic);
            if !change.worth_reading() {
                continue;
            }
            any_new |= change.is_new();
            if tally.threads >= watch.max_threads {
                memory.unfinished = true;
                continue;
            }
            tally.threads += 1;
            one_of_list(&topic, lang.as_deref(), watch, memory, &mut tally, ctx)?;
        }
        let next = page.next.take().filter(|_| number < watch.max_pages && (any_new || unfinished));
        let Some(next) = next.filter(|_| tally.threads < watch.max_threads) else { break };
        page = fetch(&next, &watch.zone, ctx).with_context(|| format!("page {} of the list", number + 1))?;
    }
    if memory.unfinished || memory.any_pending() {
        ctx.beyond_entry();
        ctx.log(Level::Info, format!("{} threads were read, the most of one visit; the rest follows", tally.threads));
    }
    ctx.summary(format!("threads: {}, new posts: {}", tally.threads, tally.posts));
    match tally.first_error {
        Some(error) if tally.failed == tally.threads => Err(error).context("no thread of the list could be read"),
        _ => {
            if tally.threads == 0 {
                ctx.expect_empty();
            }
            Ok(())
        }
    }
}

/// Reads one thread of a list. One that fails is skipped, save where the site as a whole refuses.
fn one_of_list(
    topic: &Topic,
    lang: Option<&str>,
    watch: &Watch<'_>,
    memory: &mut Memory,
    tally: &mut Tally,
    ctx: &mut Ctx,
) -> Result<()> {
    if !watch.follow {
        let about = About { url: &topic.href, title: &topic.title, lang };
        tally.posts += usize::from(ctx.emit(about.topic(topic))? == Outcome::New);
        memory.note(topic, ctx.now());
        return Ok(());
    }
    match read_thread(topic, None, watch, memory, ctx) {
        Ok(new) => tally.posts += new,
        Err(error) if is_of_site(&error) => return Err(error),
        Err(error) => {
            ctx.skip(&topic.href, &error);
            tally.failed += 1;
            tally.first_error.get_or_insert(error);
        }
    }
    Ok(())
}

/// Whether other threads of the site would fail in the same way.
pub fn is_of_site(error: &Error) -> bool {
    let by_status = matches!(error.data().status, Some(429 | 500..));
    error.is_cancelled() || by_status || error.code() == code::HTTP_BLOCKED || error.code().starts_with("fetch.")
}

/// Reads a thread from where the last visit left it; how many posts were new.
fn read_thread(
    topic: &Topic,
    first: Option<ThreadPage>,
    watch: &Watch<'_>,
    memory: &mut Memory,
    ctx: &mut Ctx,
) -> Result<usize> {
    let key = memory::key(&topic.href);
    let known = memory.threads.get(&key).filter(|visited| !visited.page.is_empty()).cloned();
    let (mut url, mut before) =
        known.as_ref().map_or_else(|| (key.clone(), 0), |known| (known.page.clone(), known.before));
    let mut page = match first {
        Some(page) => page,
        None => match fetch(&url, &watch.zone, ctx) {
            // The page is no more, as when posts were moved: the thread is read from its beginning.
            Err(error) if known.is_some() && matches!(error.data().status, Some(404 | 410)) => {
                (url, before) = (key.clone(), 0);
                fetch(&url, &watch.zone, ctx)?
            }
            page => page?,
        },
    };
    let mut new = 0;
    for number in 1.. {
        if page.posts.is_empty() {
            return Err(Error::parse(&url, format!("{url} shows no posts, though a list names it as a thread")));
        }
        let title = if topic.title.is_empty() { page.title.clone() } else { topic.title.clone() };
        let about = About { url: &topic.href, title: &title, lang: page.lang.as_deref() };
        new += emit(&about, &page.posts, before, topic, ctx)?;
        let next = page.next.take().filter(|next| *next != url);
        let pending = next.is_some();
        memory.put(&key, Visited { page: url.clone(), before, pending, ..Visited::of(topic, ctx.now()) });
        let Some(next) = next.filter(|_| number < watch.max_pages) else { break };
        before += u32::try_from(page.posts.len()).unwrap_or(u32::MAX);
        url = next;
        page = fetch(&url, &watch.zone, ctx)?;
    }
    Ok(new)
}

/// Emits the posts of one page, of which `before` stand on earlier pages; how many were new.
fn emit(about: &About<'_>, posts: &[Post], before: u32, topic: &Topic, ctx: &mut Ctx) -> Result<usize> {
    let mut new = 0;
    for (index, post) in posts.iter().enumerate() {
        let counted = before.saturating_add(u32::try_from(index).unwrap_or(u32::MAX)).saturating_add(1);
        let position = post.position.unwrap_or(counted);
        new += usize::from(ctx.emit(about.post(post, position, topic))? == Outcome::New);
    }
    Ok(new)
}
