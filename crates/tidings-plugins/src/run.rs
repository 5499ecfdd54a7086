//! One run, from its slot to what is left of it.

mod classify;
mod conversation;
mod describe;
mod folder;
mod handshake;
mod slots;
mod watch;

pub(crate) use classify::{Bounds, Ending, classify};
pub(crate) use conversation::{Conversation, RUN};
pub(crate) use describe::ask_manifest;
pub(crate) use folder::Folder;
pub(crate) use handshake::greet;
pub(crate) use slots::{Slot, Slots};
pub(crate) use watch::{Interrupt, Watch};
