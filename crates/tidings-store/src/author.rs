//! Who has changed what is kept here.

use serde::{Deserialize, Serialize};

/// Who has put a taxonomy in force, or changed an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The configuration's files.
    Config,
    /// Someone on this machine, while there was no key.
    Local,
    /// The holder of a key.
    Key { id: String, name: String },
}
