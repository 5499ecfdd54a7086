//! Bad input ends with where and what to do, exit code 2 (wrong use) or 1, and loses nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::FileExt;

use tidings_testkit::{Answer, Web};
use tidings_tests::Archive;

const FEED: &str = r#"<rss version="2.0"><channel><title>News</title>
<item><guid>1</guid><title>Karvia is too expensive</title><link>http://news.example/1</link></item>
<item><guid>2</guid><title>Trời đẹp</title><link>http://news.example/2</link></item>
</channel></rss>"#;

fn source(params: &str) -> String {
    format!("\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = {{ every = \"10m\" }}\nparams = {params}\n")
}

/// An archive that has been filled once, and the web it came from.
fn filled() -> (Archive, Web) {
    let web = Web::start(1);
    web.put("/feed", Answer::ok("application/rss+xml", FEED));
    let archive = Archive::new(&source(&format!("{{ url = {:?} }}", web.url("/feed"))));
    let records = archive.json(&["once", "news"]);
    assert_eq!(records[0]["counts"]["new"], 2, "{records}");
    (archive, web)
}

#[test]
fn a_wrong_key_is_refused_with_the_nearest_right_one() {
    let archive = Archive::new("");
    archive.write("tidings.toml", "[fetch]\ntimeuot = \"3s\"\n");
    for command in [&["serve"][..], &["once"], &["config", "check"], &["search", "x"]] {
        archive.refuses(command, 2, "tidings.toml:2:1: unknown field `timeuot`");
        archive.refuses(command, 2, "did you mean `timeout`?");
    }
}

#[test]
fn a_wrong_type_is_refused_with_its_place() {
    let archive = Archive::new("");
    archive.write("tidings.toml", "[daemon]\nlisten = true\n");
    archive.refuses(&["once"], 2, "tidings.toml:2:10: ");
}

#[test]
fn a_bad_cron_is_refused_with_its_place_and_field() {
    let archive =
        Archive::new("\n[[source]]\nid = \"news\"\nplugin = \"feed\"\nschedule = { cron = \"0 25 * * *\" }\n");
    archive.refuses(&["config", "check"], 2, "cron: ");
    archive.refuses(&["config", "check"], 2, "25");
}

#[test]
fn an_unknown_plugin_is_refused_with_the_nearest_one() {
    let archive = Archive::new("\n[[source]]\nid = \"news\"\nplugin = \"fead\"\n");
    for command in ["serve", "once"] {
        archive.refuses(&[command], 2, "source `news`: there is no plugin `fead`; did you mean `feed`?");
    }
    archive.refuses(&["config", "check"], 2, "tidings.toml:15:10: ");
}

#[test]
fn params_that_do_not_fit_are_refused_before_anything_runs() {
    let archive = Archive::new(&source("{ url = 7 }"));
    archive.refuses(&["once"], 2, "tidings.toml:17:18: source `news`");
    let archive = Archive::new(&source("{ url = \"http://127.0.0.1/\", colour = \"red\" }"));
    archive.refuses(&["config", "check"], 2, "colour");
}

#[test]
fn an_unknown_source_is_refused() {
    let archive = Archive::new(&source("{ url = \"http://127.0.0.1/\" }"));
    archive.refuses(&["once", "newz"], 2, "there is no source `newz`");
}

#[test]
fn a_broken_taxonomy_is_refused_with_its_place() {
    let archive = Archive::new("");
    archive.write("taxonomy.toml", "[[competitor]]\nid = \"a\"\nname = \"A\"\ntier = 9\n");
    archive.refuses(&["config", "check"], 2, "taxonomy.toml:4:8");
}

#[test]
fn a_port_in_use_is_told() {
    let archive = Archive::new("");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let output =
        archive.command().env("TIDINGS_DAEMON_LISTEN", format!("127.0.0.1:{port}")).arg("serve").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("port {port} of 127.0.0.1 is in use")), "{said}");
}

#[test]
fn a_foreign_address_without_a_key_is_refused() {
    let archive = Archive::new("");
    let output = archive.command().env("TIDINGS_DAEMON_LISTEN", "0.0.0.0:0").arg("serve").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("tidings key create"), "{said}");
}

#[test]
fn a_corrupt_database_is_told_and_left_as_it_is() {
    let (archive, _web) = filled();
    let database = database(&archive);
    let whole = fs::read(&database).unwrap();
    fs::write(&database, b"this is no database, whatever its name says").unwrap();
    archive.refuses(&["once", "news"], 1, "is damaged");
    archive.refuses(&["once", "news"], 1, "backup");
    fs::write(&database, whole).unwrap();
    assert_eq!(archive.json(&["search", ""])["total"], 2);
}

#[test]
fn a_newer_database_is_told_and_left_as_it_is() {
    let (archive, _web) = filled();
    let file = fs::OpenOptions::new().read(true).write(true).open(database(&archive)).unwrap();
    // `user_version` in the header of an SQLite file, https://www.sqlite.org/fileformat.html
    let mut version = [0; 4];
    file.read_exact_at(&mut version, 60).unwrap();
    file.write_all_at(&9_999_u32.to_be_bytes(), 60).unwrap();
    archive.refuses(&["once", "news"], 1, "was written by a newer Tidings");
    file.write_all_at(&version, 60).unwrap();
    assert_eq!(archive.json(&["once", "news"])[0]["counts"]["new"], 0);
}

#[test]
fn a_corrupt_index_is_told_and_built_anew() {
    let (archive, _web) = filled();
    fs::write(archive.data_dir().join("index/meta.json"), b"{").unwrap();
    archive.refuses(&["search", "karvia"], 1, "tidings index rebuild");
    archive.refuses(&["index", "verify"], 1, "tidings index rebuild");
    assert!(archive.run(&["index", "rebuild"]).status.success());
    assert_eq!(archive.json(&["search", "karvia"])["total"], 1);

    fs::remove_dir_all(archive.data_dir().join("index")).unwrap();
    archive.json(&["once", "news"]);
    assert_eq!(archive.json(&["search", "karvia"])["total"], 1);
    assert!(archive.run(&["index", "verify"]).status.success());
}

/// The command in a mount namespace of its own where `mount` has run; `None` where
/// this system gives no such namespace to this user.
fn in_namespace(archive: &Archive, mount: &str, args: &str) -> Option<(i32, String)> {
    let data = archive.data_dir();
    let probe = std::process::Command::new("unshare").args(["--map-root-user", "--mount", "true"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        eprintln!("not checked: this system gives no mount namespace");
        return None;
    }
    let script = format!(
        "set -e; cd {data}; {mount}; cd /; exec {tidings} --config {config} --plugin-dir {plugins} {args}",
        data = data.display(),
        tidings = tidings_tests::tidings().display(),
        config = archive.config().display(),
        plugins = tidings_tests::target_dir().join("deps").display(),
    );
    let output = std::process::Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c", &script])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    Some((output.status.code().unwrap_or(-1), said))
}

#[test]
fn a_read_only_data_directory_is_told() {
    let (archive, _web) = filled();
    let data = archive.data_dir();
    let mount = format!("mount --bind {0} {0}; mount -o remount,bind,ro {0}", data.display());
    let Some((code, said)) = in_namespace(&archive, &mount, "once news") else { return };
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("cannot write to"), "{said}");
    assert_eq!(archive.json(&["search", ""])["total"], 2);
}

#[test]
fn a_full_disk_is_told_and_loses_nothing() {
    let (archive, web) = filled();
    let items: String = (0..500)
        .map(|number| {
            format!(
                "<item><guid>n{number}</guid><title>Bài {number}</title><description>{}</description></item>",
                noise(number)
            )
        })
        .collect();
    web.put(
        "/feed",
        Answer::ok("application/rss+xml", format!("<rss version=\"2.0\"><channel>{items}</channel></rss>")),
    );
    // The archive as it is, on a disk with room for 2 MiB more; 4 MiB come.
    let data = archive.data_dir();
    let mount = format!(
        "full={1}; mkdir $full; mount -t tmpfs -o size=$(( $(du -sk {0} | cut -f1) + 2048 ))k none $full; \
         cp -a {0}/. $full/; mount --bind $full {0}",
        data.display(),
        archive.path().join("full").display()
    );
    let Some((code, said)) = in_namespace(&archive, &mount, "once news") else { return };
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("no space left") || said.contains("is full"), "{said}");
    assert!(!said.contains("panicked"), "{said}");
    assert_eq!(archive.json(&["search", ""])["total"], 2);
    assert_eq!(archive.json(&["once", "news"])[0]["counts"]["new"], 500);
}

/// Text that does not compress.
fn noise(seed: u64) -> String {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..500)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            format!("{state:x} ")
        })
        .collect()
}

fn database(archive: &Archive) -> std::path::PathBuf {
    let mut found = fs::read_dir(archive.data_dir()).unwrap().map(|entry| entry.unwrap().path());
    found
        .find(|path| path.extension().is_some_and(|ending| ending == "db" || ending == "sqlite"))
        .expect("there is a database")
}
