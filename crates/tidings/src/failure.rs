//! One error for the reader, and the exit code that it stands for.

use std::process::ExitCode;

use tidings_alerts::{AlertError, SettingsError};
use tidings_engine::{EngineError, SourceFault, TakeUpError};
use tidings_match::TaxonomyError;
use tidings_match::taxonomy_file::TaxonomyFileError;
use tidings_store::StoreError;

use crate::config::ConfigError;

/// Wrong use of the command line, where clap could not tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// A source of the configuration that cannot work, and where it stands.
#[derive(Debug, thiserror::Error)]
#[error("{at}: source `{id}`: {fault}")]
pub(crate) struct WrongSource {
    pub(crate) at: crate::config::Position,
    pub(crate) id: tidings_model::SourceId,
    pub(crate) fault: SourceFault,
}

/// An alert of the configuration that cannot stand, and where.
#[derive(Debug, thiserror::Error)]
#[error("{at}: alert `{id}`: {fault}{}", suggestion(.fault))]
pub(crate) struct WrongAlert {
    pub(crate) at: crate::config::Position,
    pub(crate) id: tidings_model::AlertId,
    pub(crate) fault: AlertError,
}

fn suggestion(fault: &AlertError) -> String {
    let AlertError::Query(query) = fault else { return String::new() };
    query.suggestion.as_ref().map(|suggestion| format!(". {suggestion}")).unwrap_or_default()
}

/// Prints the error with its causes on stderr.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("tidings: {}", crate::output::one_line(&format!("{error:#}")));
    if is_wrong_use(error) { ExitCode::from(2) } else { ExitCode::FAILURE }
}

/// Whoever read our output has seen enough, as `head` does.
fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
}

fn is_wrong_use(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.is::<Usage>()
            || cause.is::<ConfigError>()
            || cause.is::<WrongSource>()
            || cause.is::<WrongAlert>()
            || cause.is::<SettingsError>()
            || cause.is::<TaxonomyFileError>()
            || cause.is::<TaxonomyError>()
            || matches!(cause.downcast_ref(), Some(TakeUpError::File(_) | TakeUpError::Taxonomy(_)))
            || matches!(cause.downcast_ref(), Some(EngineError::NoSource(_)))
            || matches!(cause.downcast_ref(), Some(StoreError::Missing { .. }))
    })
}
