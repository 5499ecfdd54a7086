//! A plugin whose params choose how it misbehaves: it tests the supervisor, and
//! is not shipped.

mod attempts;
mod raw;

use std::thread;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tidings_sdk::{Ctx, Error, Example, Finding, Info, Kind, Level, Outcome, Plugin, Request, Result};

/// What to do. Everything but `none` and `pages` is a fault, or asks for something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "fault", rename_all = "snake_case", deny_unknown_fields)]
pub enum Params {
    /// Emits `findings` findings and ends well.
    None {
        findings: u32,
    },
    Panic,
    NullWrite,
    StackOverflow,
    /// Allocates until there is no more.
    MemoryBomb,
    /// The same in shared memory, which no limit of the process counts.
    SharedMemoryBomb,
    CpuLoop,
    /// Sleeps and says nothing.
    Hang,
    /// Never ends, though it talks.
    Chatter,
    /// Works until it is told to stop, then stops.
    Polite,
    Exit {
        code: i32,
    },
    /// Prints on standard output.
    Print {
        text: String,
    },
    /// Writes past the SDK into the pipe to the daemon.
    RawLine {
        text: String,
    },
    /// A line of this many bytes there.
    RawLong {
        bytes: usize,
    },
    /// Tries what the sandbox forbids, with files of `dir`; the summary says what came of it.
    Attempts {
        dir: String,
    },
    /// Works with threads, which the sandbox must allow.
    Threads,
    /// Fetches; the summary says what came: statuses, in order.
    Fetch {
        urls: Vec<String>,
        #[serde(default)]
        post: bool,
        #[serde(default)]
        secret: Option<String>,
    },
    /// Fetches from a host that neither manifest nor params name.
    Stray {
        to: String,
    },
    /// Fetches all with one call.
    FetchMany {
        urls: Vec<String>,
    },
    /// Fetches the page that its manifest names as its entry.
    Entry {
        entry: String,
    },
    /// Lists the granted folder and reads its files.
    Folder {
        folder: String,
    },
    /// Pages of findings, newest first; stops at a page without anything new.
    /// Dies once `die_after` pages are out.
    Pages {
        pages: u32,
        per_page: u32,
        #[serde(default)]
        die_after: Option<u32>,
    },
}

struct Fault;

impl Plugin for Fault {
    type Params = Params;

    const INFO: Info = Info::new("fault", "Fault", Kind::Custom)
        .summary("Misbehaves as told, to test what watches over plugins")
        .every("1h")
        .entry(&["{params.entry}"])
        .hosts(&["named.test"])
        .hosts_from_params(&["/urls", "/entry"])
        .secrets(&["token"])
        .folder_from_params("/folder")
        .max_requests(5)
        .empty_is_normal();

    fn examples() -> Vec<Example<Params>> {
        vec![Example::new("No fault", Params::None { findings: 1 })]
    }

    fn run(&self, params: &Params, ctx: &mut Ctx) -> Result<()> {
        match params {
            Params::None { findings } => (0..*findings).try_for_each(|number| emit(ctx, number).map(|_| ())),
            Params::Panic => panic!("no title on item 3"),
            Params::NullWrite => raw::write_to_nothing(),
            Params::StackOverflow => Err(Error::msg(descend(0))),
            Params::MemoryBomb => Err(Error::msg(allocate())),
            Params::SharedMemoryBomb => {
                raw::fill_shared_memory();
                hang()
            }
            Params::CpuLoop => Err(Error::msg(spin())),
            Params::Hang => hang(),
            Params::Chatter => loop {
                ctx.log(Level::Debug, "still here");
                thread::sleep(Duration::from_millis(10));
            },
            Params::Polite => polite(ctx),
            Params::Exit { code } => std::process::exit(*code),
            Params::Print { text } => print(ctx, text),
            Params::RawLine { text } => {
                raw::write_past_the_sdk(format!("{text}\n").as_bytes());
                hang()
            }
            Params::RawLong { bytes } => {
                raw::write_past_the_sdk(&vec![b'x'; *bytes]);
                hang()
            }
            Params::Attempts { dir } => {
                ctx.summary(attempts::outcomes(dir.as_ref()));
                Ok(())
            }
            Params::Threads => threads(ctx),
            Params::Fetch { urls, post, secret } => fetch(ctx, urls, *post, secret.as_deref()),
            Params::Stray { to } => ctx.fetch(to.as_str()).map(|_| ()),
            Params::FetchMany { urls } => fetch_many(ctx, urls),
            Params::Entry { entry } => {
                let page = ctx.fetch(entry.as_str())?;
                ctx.summary(page.text());
                Ok(())
            }
            Params::Folder { .. } => folder(ctx),
            Params::Pages { pages, per_page, die_after } => emit_pages(ctx, *pages, *per_page, *die_after),
        }
    }
}

tidings_sdk::export!(Fault);

fn emit(ctx: &mut Ctx, number: u32) -> Result<Outcome> {
    ctx.emit(Finding::new(format!("Finding {number}"), format!("https://fault.test/{number}")))
}

/// Goes down until the stack ends; the sum keeps each frame needed.
#[expect(unconditional_recursion, reason = "it is the fault")]
fn descend(depth: u64) -> u64 {
    let frame = std::hint::black_box([depth; 64]);
    descend(depth + 1) + frame[usize::try_from(depth % 64).unwrap_or_default()]
}

fn allocate() -> usize {
    let mut held: Vec<Vec<u8>> = Vec::new();
    loop {
        held.push(vec![1; 8 << 20]);
        std::hint::black_box(&held);
    }
}

fn spin() -> u64 {
    let mut number = 0_u64;
    loop {
        number = std::hint::black_box(number.wrapping_mul(31).wrapping_add(1));
    }
}

fn hang() -> Result<()> {
    loop {
        thread::sleep(Duration::from_secs(3600));
    }
}

fn polite(ctx: &mut Ctx) -> Result<()> {
    loop {
        ctx.progress(1, 2);
        ctx.seen(&["a"])?;
        thread::sleep(Duration::from_millis(5));
    }
}

#[expect(clippy::print_stdout, reason = "it is the fault")]
fn print(ctx: &mut Ctx, text: &str) -> Result<()> {
    println!("{text}");
    eprintln!("W! and on standard error");
    emit(ctx, 1).map(|_| ())
}

fn threads(ctx: &mut Ctx) -> Result<()> {
    let threads: Vec<_> = (0..4).map(|number| thread::spawn(move || number)).collect();
    let sum: i32 = threads.into_iter().map(|thread| thread.join().unwrap_or_default()).sum();
    ctx.summary(sum);
    Ok(())
}

fn fetch(ctx: &mut Ctx, urls: &[String], post: bool, secret: Option<&str>) -> Result<()> {
    let mut statuses = Vec::new();
    for url in urls {
        let mut request = if post { Request::post(url.as_str(), "body") } else { Request::get(url.as_str()) };
        if let Some(secret) = secret {
            request = request.auth(secret, "bearer");
        }
        statuses.push(ctx.fetch(request)?.status().to_string());
    }
    ctx.summary(statuses.join(" "));
    Ok(())
}

fn fetch_many(ctx: &mut Ctx, urls: &[String]) -> Result<()> {
    let pages = ctx.fetch_many(urls.iter().map(|url| Request::get(url.as_str())))?;
    let said: Vec<String> = pages
        .into_iter()
        .map(|page| page.map_or_else(|error| error.code().to_owned(), |page| page.status().to_string()))
        .collect();
    ctx.summary(said.join(" "));
    Ok(())
}

fn folder(ctx: &mut Ctx) -> Result<()> {
    let mut said = Vec::new();
    for file in ctx.files()? {
        let body = ctx.read(&file)?;
        said.push(format!("{}: {}", file.name, body.len()));
    }
    ctx.summary(said.join(", "));
    Ok(())
}

fn emit_pages(ctx: &mut Ctx, pages: u32, per_page: u32, die_after: Option<u32>) -> Result<()> {
    let newest = pages * per_page;
    for page in 0..pages {
        if die_after == Some(page) {
            std::process::abort();
        }
        let mut anything_new = false;
        for item in 0..per_page {
            anything_new |= emit(ctx, newest - page * per_page - item)? != Outcome::Duplicate;
        }
        if !anything_new {
            break;
        }
    }
    Ok(())
}
