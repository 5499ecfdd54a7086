//! What carries a message out of the house.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::channel::{Answer, Channels};
use crate::render::Renderer;
use crate::{Envelope, Message, Target};

/// Brings one message to one target, and says how that went. The daemon's is [`Post`];
/// tests have their own, whose clock is moved by hand.
pub(crate) trait Carrier: Send + Sync + 'static {
    fn carry(
        &self,
        target: Target,
        message: Message,
        envelope: Envelope,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}

/// Gives messages their words, and hands them to the channels.
#[derive(Clone)]
pub(crate) struct Post {
    renderer: Arc<Renderer>,
    channels: Channels,
}

impl Post {
    pub(crate) fn new(renderer: Renderer, channels: Channels) -> Self {
        Self { renderer: Arc::new(renderer), channels }
    }
}

impl Carrier for Post {
    fn carry(
        &self,
        target: Target,
        message: Message,
        envelope: Envelope,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        Box::pin(async move {
            let rendered = self.renderer.render(&message);
            self.channels.deliver(&target, &message, &rendered, &envelope).await
        })
    }
}
