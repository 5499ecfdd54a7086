//! What a reload of the configuration replaces: what all alerts share, channels and templates made ready.

use std::path::Path;
use std::sync::Arc;

use crate::AlertsConfig;
use crate::carrier::{Carrier, Post};
use crate::channel::{ChannelError, Channels};
use crate::render::{Renderer, TemplateError};

/// Channels and templates of a configuration. Cheap to clone.
#[derive(Clone)]
pub struct Settings {
    pub(crate) config: Arc<AlertsConfig>,
    pub(crate) carrier: Arc<dyn Carrier>,
}

/// Why messages cannot be written or sent as the configuration asks.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct SettingsError(#[from] Fault);

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Template(#[from] TemplateError),
    #[error(transparent)]
    Channel(#[from] ChannelError),
}

impl Settings {
    /// Reads the templates of `folder`, if there is one, and what the channels need. Connects to nothing.
    ///
    /// # Errors
    ///
    /// For the first template that is wrong, and for certificates that cannot be read.
    pub fn new(config: AlertsConfig, folder: Option<&Path>) -> Result<Self, SettingsError> {
        let renderer = Renderer::new(folder).map_err(Fault::from)?;
        let channels = Channels::new(&config).map_err(Fault::from)?;
        Ok(Self { config: Arc::new(config), carrier: Arc::new(Post::new(renderer, channels)) })
    }
}
