//! `tidings plugin eject`: a recipe as a plugin in Rust, to be changed by hand.

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

use anyhow::Context;
use tidings_plugin_host::{Recipe, eject};

use super::new::sdk;
use crate::author::{Artifact, Profile, recordings};
use crate::cli::SdkArgs;
use crate::failure::Usage;
use crate::output::print_line;

/// Where recordings lie, seen from the plugin's folder.
const RECORDINGS: &str = "tests/recordings";

pub(crate) fn run(path: &Path, dir: &Path, args: &SdkArgs) -> anyhow::Result<ExitCode> {
    let no_recipe = || Usage(format!("{} is no recipe: name a `NAME.recipe.toml`", path.display()));
    if path.join("Cargo.toml").is_file() {
        return Err(no_recipe().into());
    }
    let (artifact, root) = Artifact::at(path, Profile::Debug)?;
    let Artifact::Recipe(file) = &artifact else {
        return Err(no_recipe().into());
    };
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    let recipe = Recipe::parse(&text).map_err(|error| Usage(format!("{}:{error}", file.display())))?;
    let place = dir.join(&recipe.manifest().id);
    if place.exists() {
        return Err(Usage(format!("{} is there already: name another place with --dir", place.display())).into());
    }
    let files = eject(&recipe, &sdk(args)?).map_err(|error| Usage(format!("{}: {error}", file.display())))?;
    for (name, text) in files {
        write(&place.join(name), text.as_bytes())?;
    }
    tidy(&place);
    let recordings = recordings(&artifact.recordings(&root, &recipe.manifest().id));
    for recording in &recordings {
        copy(recording, &place.join(RECORDINGS).join(recording.file_name().unwrap_or_default()))?;
    }
    let shown = place.display();
    print_line(&format!("{shown} does what {} does, with {} recordings of it", file.display(), recordings.len()))?;
    print_line(&format!(
        "next: tidings plugin test {shown}; remove the recipe before you install it, both have one id"
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// As cargo would write it; without rustfmt it only looks less tidy.
fn tidy(dir: &Path) {
    let files = ["src/lib.rs", "src/item.rs", "src/value.rs", "tests/replay.rs"].map(|file| dir.join(file));
    let formatted = Command::new("rustfmt").args(["--edition", "2024"]).args(files).stderr(Stdio::null()).status();
    if !formatted.is_ok_and(|status| status.success()) {
        tracing::info!(dir = %dir.display(), "rustfmt is not to be had: the source is left as it was written");
    }
}

fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let folder = path.parent().context("every file stands in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The files of a recording; it has no folders.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let path = entry?.path();
        if path.is_file() {
            let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            write(&to.join(path.file_name().unwrap_or_default()), &bytes)?;
        }
    }
    Ok(())
}
