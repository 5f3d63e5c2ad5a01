//! The terminal: the publication of its size, and the demand for it.

use marketplace_core::{Context, topic};

use crate::io::{Resized, Terminal};
use crate::message::TerminalSize;
use crate::state::{Display, Driver};

/// The name of the endpoint that receives changes of the size, while a participant subscribes to the size.
const CHANGES: &str = "changes of the terminal's size";

impl Display {
    /// Publishes the size from the start, so that a process that sees no publisher knows that there is no terminal.
    pub(crate) fn serve(&mut self, cx: &mut Context<'_, Driver>) {
        self.publish(cx);
        cx.observe_subscribers(topic!(TerminalSize { .. }))
            .on_presence(|driver: &mut Driver, cx, _| driver.display.subscriber_added(cx))
            .on_absence(|driver, cx, _, _| driver.display.subscriber_removed(cx));
    }

    fn subscriber_added(&mut self, cx: &mut Context<'_, Driver>) {
        self.subscribers += 1;
        if self.subscribers > 1 || self.published.is_none() || self.is_stopping {
            return;
        }
        // The source emits an event when it opens, because the size may have changed since it was published.
        cx.on_event(&Terminal::changes(), |driver: &mut Driver, cx, _: &Resized| driver.display.publish(cx))
            .named(CHANGES);
    }

    fn subscriber_removed(&mut self, cx: &mut Context<'_, Driver>) {
        self.subscribers -= 1;
        if self.subscribers == 0 {
            cx.delete(CHANGES);
        }
    }

    /// Stops following the size.
    pub(crate) fn stop(&mut self, cx: &mut Context<'_, Driver>) {
        self.is_stopping = true;
        cx.delete(CHANGES);
    }

    /// Publishes the size, if it has changed.
    fn publish(&mut self, cx: &mut Context<'_, Driver>) {
        let size = self.terminal.size();
        if size == self.published.as_ref().map(|(size, _)| *size) {
            return;
        }
        let published = size.map(|size| (size, cx.publisher(topic!(size)).name()));
        if let Some((_, former)) = std::mem::replace(&mut self.published, published) {
            cx.delete(former);
        }
    }
}
