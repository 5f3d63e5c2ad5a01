//! The terminal: its size, and who follows it.

use marketplace_core::{Context, topic};

use crate::io::{Resized, Terminal};
use crate::message::TerminalSize;
use crate::state::{Display, Driver};

/// The endpoint that hears that the size has changed, while somebody wants to know.
const CHANGES: &str = "changes of the terminal's size";

impl Display {
    /// Tells the size from the beginning, so that who sees none knows that there is no terminal.
    pub(crate) fn serve(&mut self, cx: &mut Context<'_, Driver>) {
        self.tell(cx);
        cx.observe_subscribers(topic!(TerminalSize { .. }))
            .on_presence(|driver: &mut Driver, cx, _| driver.display.arrive(cx))
            .on_absence(|driver, cx, _, _| driver.display.depart(cx));
    }

    fn arrive(&mut self, cx: &mut Context<'_, Driver>) {
        self.subscribers += 1;
        if self.subscribers > 1 || self.told.is_none() || self.is_stopping {
            return;
        }
        // As the source opens, it says that the size may have changed since it was last told.
        cx.on_event(&Terminal::changes(), |driver: &mut Driver, cx, _: &Resized| driver.display.tell(cx))
            .named(CHANGES);
    }

    fn depart(&mut self, cx: &mut Context<'_, Driver>) {
        self.subscribers -= 1;
        if self.subscribers == 0 {
            cx.delete(CHANGES);
        }
    }

    /// Follows the size no more.
    pub(crate) fn stop(&mut self, cx: &mut Context<'_, Driver>) {
        self.is_stopping = true;
        cx.delete(CHANGES);
    }

    /// Tells the size, if it is another.
    fn tell(&mut self, cx: &mut Context<'_, Driver>) {
        let size = self.terminal.size();
        if size == self.told.as_ref().map(|(size, _)| *size) {
            return;
        }
        let told = size.map(|size| (size, cx.publisher(topic!(size)).name()));
        if let Some((_, former)) = std::mem::replace(&mut self.told, told) {
            cx.delete(former);
        }
    }
}
