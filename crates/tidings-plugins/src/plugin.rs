//! A plugin that is ready to run.

use std::path::PathBuf;

use serde_json::Value;
use tidings_model::PluginId;
use tidings_protocol::Manifest;

use crate::artifact::Artifact;
use crate::params::{ParamsError, ParamsSchema, SchemaError};

/// A plugin that has described itself and whose manifest was found sound.
#[derive(Debug)]
pub struct Plugin {
    pub id: PluginId,
    pub manifest: Manifest,
    /// Of its file, or of its `plugin.toml` and the files that it names, in hexadecimal.
    pub sha256: String,
    /// Where it was found: the library, the recipe, or the `plugin.toml`.
    pub path: PathBuf,
    /// What is run: a copy named by its content, so that nobody writes into it; of the
    /// form `exec`, the folder itself.
    pub stored: PathBuf,
    pub form: Form,
    pub(crate) artifact: Artifact,
    schema: ParamsSchema,
}

/// How a plugin is made, and so how it is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A shared library.
    Native,
    /// A `*.recipe.toml`, interpreted by the plugin host.
    Recipe,
    /// A folder with a `plugin.toml`, which names a program.
    Exec,
}

impl Form {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Recipe => "recipe",
            Self::Exec => "exec",
        }
    }
}

/// A manifest that cannot be worked with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnsoundManifest {
    #[error(transparent)]
    Rule(#[from] tidings_protocol::ManifestError),
    #[error(transparent)]
    Id(#[from] tidings_model::InvalidId),
    #[error(transparent)]
    Schema(#[from] SchemaError),
    #[error("example `{title}` does not fit the params: {problem}")]
    Example { title: String, problem: ParamsError },
}

impl Plugin {
    /// Checks the manifest, its schema, and its examples against the schema.
    pub(crate) fn new(
        manifest: Manifest,
        sha256: String,
        path: PathBuf,
        artifact: Artifact,
    ) -> Result<Self, UnsoundManifest> {
        manifest.check()?;
        let id = manifest.id.parse()?;
        let schema = ParamsSchema::new(&manifest.params_schema)?;
        for example in &manifest.examples {
            if let Some(problem) = schema.check(&example.params).err().and_then(|errors| errors.into_iter().next()) {
                return Err(UnsoundManifest::Example { title: example.title.clone(), problem });
            }
        }
        let (stored, form) = (artifact.path().to_owned(), artifact.form());
        Ok(Self { id, manifest, sha256, path, stored, form, artifact, schema })
    }

    /// Whether one process may serve several of its runs. A recipe keeps nothing by itself.
    pub(crate) fn is_stateless(&self) -> bool {
        match self.form {
            Form::Native => self.manifest.capabilities.stateless,
            Form::Recipe => true,
            Form::Exec => false,
        }
    }

    /// Checks a source's params against the manifest's JSON Schema, before anything is started.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with the place it stands at.
    pub fn check_params(&self, params: &Value) -> Result<(), Vec<ParamsError>> {
        self.schema.check(params)
    }
}
