//! Recipes and programs against the real supervisor and the real child process.

#[cfg(test)]
#[path = "plugin_faults/bench.rs"]
#[expect(dead_code, reason = "the bench has what other tests need too")]
mod bench;
#[cfg(test)]
#[path = "plugin_forms/program.rs"]
mod program;
#[cfg(test)]
#[path = "plugin_forms/recipe.rs"]
mod recipe;
