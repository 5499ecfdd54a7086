//! Recipes: plugins without code. A `*.recipe.toml` says which pages to fetch, where the
//! items stand in them, and where in an item its fields do; see `docs/recipes.md`.
//!
//! There are no conditions, loops or expressions. Who needs them writes a plugin.

mod check;
mod detail;
mod eject;
mod error;
mod field;
mod item;
mod manifest;
mod shape;
mod template;
mod visit;

use tidings_protocol::Manifest;
use tidings_sdk::{Ctx, Result};

pub use eject::{EjectError, eject};
pub use error::RecipeError;
use field::Field;
use shape::Shape;

/// A recipe that was read and found sound: every selector, pointer and expression in it
/// is one, and its manifest keeps the rules.
#[derive(Debug)]
pub struct Recipe {
    shape: Shape,
    /// The fields of an item, ready to be read.
    fields: Vec<Field>,
    manifest: Manifest,
}

impl Recipe {
    /// Reads and checks the text of a recipe.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, with its line and column.
    pub fn parse(text: &str) -> Result<Self, RecipeError> {
        let shape: Shape = toml::from_str(text).map_err(|error| RecipeError::syntax(text, &error))?;
        let fields = check::check(&shape, text)?;
        let manifest = manifest::of(&shape);
        manifest.check().map_err(|error| RecipeError::of_manifest(text, &error))?;
        Ok(Self { shape, fields, manifest })
    }

    /// What it answers to `describe`.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Visits the place once.
    ///
    /// # Errors
    ///
    /// As of any plugin; `plugin.parse` with the selector where fewer items are found than
    /// the recipe expects.
    pub fn run(&self, params: &serde_json::Value, ctx: &mut Ctx) -> Result<()> {
        visit::visit(self, params, ctx)
    }
}

#[cfg(test)]
mod tests;
