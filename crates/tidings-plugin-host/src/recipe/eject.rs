//! Placeholder
use super::RecipeError;
use std::path::PathBuf;
pub fn eject(_: &str) -> Result<Vec<(PathBuf, String)>, RecipeError> {
    Ok(Vec::new())
}
