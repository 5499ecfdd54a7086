//! Where plugins are looked for.

use std::fs::DirEntry;
use std::path::{Path, PathBuf};

use super::stamp::Stamp;
use crate::artifact::ProgramFile;
use crate::plugin::Form;

const PREFIX: &str = "libtidings_plugin_";
const SUFFIX: &str = std::env::consts::DLL_SUFFIX;
const RECIPE: &str = ".recipe.toml";
/// What makes a folder a plugin.
const PROGRAM: &str = "plugin.toml";

/// The folders that are searched, in order: `named` (by option, environment or
/// configuration), the operator's, those beside the program, and, where the program
/// lies in a build folder, that folder.
pub fn search_dirs(named: &[PathBuf], data_dir: &Path, exe: &Path) -> Vec<PathBuf> {
    let mut dirs = named.to_vec();
    dirs.push(data_dir.join("plugins"));
    if let Some(exe_dir) = exe.parent() {
        dirs.push(exe_dir.join("plugins"));
        // Cargo marks its build folder so.
        if exe_dir.ancestors().any(|ancestor| ancestor.join("CACHEDIR.TAG").is_file()) {
            dirs.push(exe_dir.to_owned());
            dirs.push(exe_dir.join("deps"));
        }
    }
    dirs
}

/// A file that could be a plugin, by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    pub(super) form: Form,
    /// Of a program, that of its `plugin.toml` and the files that it names.
    pub(super) stamp: Stamp,
}

impl Candidate {
    /// Whether the name alone says that it is one; a folder says so by what lies in it.
    fn at(entry: &DirEntry) -> Option<Self> {
        let path = entry.path();
        let form = form_of(path.file_name()?.to_str()?);
        let (path, form) = match form {
            Some(form) => (path, form),
            // Looked at every few seconds: a build folder has thousands of files.
            None if entry.file_type().ok()?.is_file() => return None,
            None => (path.join(PROGRAM), Form::Exec),
        };
        let stamp = stamp_of(&path, form)?;
        Some(Self { path, form, stamp })
    }

    /// As it is now; `None` where it is gone.
    pub(super) fn stamp_now(&self) -> Option<Stamp> {
        stamp_of(&self.path, self.form)
    }
}

fn stamp_of(path: &Path, form: Form) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let stamp = Stamp::of(&metadata);
    if form != Form::Exec {
        return Some(stamp);
    }
    // A `plugin.toml` that cannot be read is told when it is taken up.
    let Some((dir, file)) = path.parent().zip(ProgramFile::read(path).ok()) else { return Some(stamp) };
    let parts = file.parts(dir).into_iter().filter_map(|part| std::fs::metadata(part).ok());
    Some(parts.fold(stamp, |stamp, metadata| stamp.with(Stamp::of(&metadata))))
}

/// The candidates of `dirs` in order; inside a folder by name. A file that lies in a
/// folder and in its `deps` too is one candidate, the newer.
pub(super) fn candidates(dirs: &[PathBuf]) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for dir in dirs {
        for candidate in in_dir(dir) {
            let build_dir = dir.parent().filter(|_| dir.ends_with("deps"));
            let twin = build_dir.and_then(|build_dir| Some(build_dir.join(candidate.path.file_name()?)));
            let same = |other: &Candidate| other.path == candidate.path || Some(&other.path) == twin.as_ref();
            match found.iter().position(same) {
                Some(at) if found[at].stamp.modified_ns < candidate.stamp.modified_ns => found[at] = candidate,
                Some(_) => {}
                None => found.push(candidate),
            }
        }
    }
    found
}

fn in_dir(dir: &Path) -> Vec<Candidate> {
    // A folder that is not there holds no plugins.
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: Vec<Candidate> = entries.filter_map(|entry| Candidate::at(&entry)).collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// The form of a file by its name; a hidden one is somebody's temporary file.
fn form_of(name: &str) -> Option<Form> {
    let is_library = |name: &str| {
        name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)).is_some_and(|middle| !middle.is_empty())
    };
    let is_recipe = |name: &str| name.strip_suffix(RECIPE).is_some_and(|stem| !stem.is_empty());
    if is_library(name) {
        Some(Form::Native)
    } else if is_recipe(name) && !name.starts_with('.') {
        Some(Form::Recipe)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::*;

    fn put(path: &Path, age_s: u64) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "x").unwrap();
        File::options()
            .write(true)
            .open(path)
            .unwrap()
            .set_modified(SystemTime::now() - Duration::from_secs(age_s))
            .unwrap();
    }

    fn names(dir: &Path, dirs: &[&str]) -> Vec<String> {
        let dirs: Vec<PathBuf> = dirs.iter().map(|name| dir.join(name)).collect();
        let relative = |candidate: Candidate| candidate.path.strip_prefix(dir).unwrap().display().to_string();
        candidates(&dirs).into_iter().map(relative).collect()
    }

    #[test]
    fn the_newer_of_a_build_folder_and_its_deps_is_taken() {
        let dir = tempfile::tempdir().unwrap();
        put(&dir.path().join(format!("debug/{PREFIX}a{SUFFIX}")), 100);
        put(&dir.path().join(format!("debug/deps/{PREFIX}a{SUFFIX}")), 10);
        put(&dir.path().join(format!("debug/{PREFIX}b{SUFFIX}")), 10);
        put(&dir.path().join(format!("debug/deps/{PREFIX}b{SUFFIX}")), 100);
        put(&dir.path().join(format!("debug/deps/{PREFIX}c{SUFFIX}")), 10);
        put(&dir.path().join("debug/libother.so"), 10);
        let expected = ["deps/{a}", "{b}", "deps/{c}"].map(|name| {
            let name = name.replace('{', PREFIX).replace('}', SUFFIX);
            format!("debug/{name}")
        });
        assert_eq!(names(dir.path(), &["debug", "debug/deps", "nowhere"]), expected);
    }

    #[test]
    fn three_forms_are_told_by_their_names() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.recipe.toml", ".b.recipe.toml", ".recipe.toml", "c.toml", "jobs/plugin.toml", "other/main.py"] {
            put(&dir.path().join(format!("p/{name}")), 10);
        }
        put(&dir.path().join(format!("p/{PREFIX}d{SUFFIX}")), 10);
        let found: Vec<(String, Form)> = candidates(&[dir.path().join("p")])
            .into_iter()
            .map(|candidate| (candidate.path.strip_prefix(dir.path()).unwrap().display().to_string(), candidate.form))
            .collect();
        let expected = [
            ("p/a.recipe.toml".to_owned(), Form::Recipe),
            ("p/jobs/plugin.toml".to_owned(), Form::Exec),
            (format!("p/{PREFIX}d{SUFFIX}"), Form::Native),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_program_changes_with_the_files_that_it_names() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("p/jobs");
        put(&folder.join("main.py"), 10);
        fs::write(folder.join("plugin.toml"), "exec = [\"python3\", \"main.py\"]").unwrap();
        let candidate = candidates(&[dir.path().join("p")]).remove(0);
        put(&folder.join("notes.txt"), 5);
        assert_eq!(candidate.stamp_now(), Some(candidate.stamp));
        fs::write(folder.join("main.py"), "print()").unwrap();
        assert_ne!(candidate.stamp_now(), Some(candidate.stamp));
    }

    #[test]
    fn the_build_folder_is_searched_only_where_cargo_marked_it() {
        let dir = tempfile::tempdir().unwrap();
        let exe = dir.path().join("target/debug/tidings");
        let data = Path::new("data");
        fs::create_dir_all(exe.parent().unwrap()).unwrap();
        assert_eq!(search_dirs(&[], data, &exe), [data.join("plugins"), dir.path().join("target/debug/plugins")]);
        fs::write(dir.path().join("target/CACHEDIR.TAG"), "").unwrap();
        let dirs = search_dirs(&["mine".into()], data, &exe);
        assert_eq!(dirs[0], Path::new("mine"));
        assert_eq!(dirs[3..], [dir.path().join("target/debug"), dir.path().join("target/debug/deps")]);
    }
}
