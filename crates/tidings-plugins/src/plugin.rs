//! A plugin that is ready to run.

use std::path::PathBuf;

use serde_json::Value;
use tidings_model::PluginId;
use tidings_protocol::Manifest;

use crate::params::{ParamsError, ParamsSchema, SchemaError};

/// A plugin that has described itself and whose manifest was found sound.
#[derive(Debug)]
pub struct Plugin {
    pub id: PluginId,
    pub manifest: Manifest,
    /// Of its file, in hexadecimal.
    pub sha256: String,
    /// Where it was found.
    pub path: PathBuf,
    /// What is run: a copy named by its content, so that nobody writes into it.
    pub stored: PathBuf,
    pub form: Form,
    schema: ParamsSchema,
}

/// How a plugin is made, and so how it is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A shared library.
    Native,
}

impl Form {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
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
        form: Form,
        sha256: String,
        path: PathBuf,
        stored: PathBuf,
    ) -> Result<Self, UnsoundManifest> {
        manifest.check()?;
        let id = manifest.id.parse()?;
        let schema = ParamsSchema::new(&manifest.params_schema)?;
        for example in &manifest.examples {
            if let Some(problem) = schema.check(&example.params).err().and_then(|errors| errors.into_iter().next()) {
                return Err(UnsoundManifest::Example { title: example.title.clone(), problem });
            }
        }
        Ok(Self { id, manifest, sha256, path, stored, form, schema })
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
