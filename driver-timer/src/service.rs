//! The endpoints that the driver and the relay have in common.

use anyhow::anyhow;
use marketplace_core::{Context, Message, Pattern, Reason, Value, topic};

use crate::message::{CancelTimer, SetTimer, TimerExpired};

/// A process that serves timers to its VM.
pub(crate) trait Service: Send + Sized + 'static {
    /// Sets a timer.
    fn set(&mut self, cx: &mut Context<'_, Self>, timer: &SetTimer);

    /// Cancels all timers of a label.
    fn cancel(&mut self, cx: &mut Context<'_, Self>, label: &Value);
}

/// Published by the driver or the relay that serves a VM, so that a second one notices it.
#[derive(Debug, Message)]
pub(crate) struct TimerService {}

/// Adds the endpoints of a timer service.
pub(crate) fn serve<S: Service>(cx: &mut Context<'_, S>) {
    cx.subscriber(topic!(SetTimer { .. })).on_message(S::set);
    cx.subscriber(topic!(CancelTimer { .. })).on_message(|service: &mut S, cx, timer| {
        service.cancel(cx, &timer.label);
    });
    // When the last subscriber to a label is removed, nobody would receive the expiry of its timers.
    cx.publisher(topic!(TimerExpired { .. })).on_departure(|service: &mut S, cx, subscriber, _| {
        if let Some(label) = subscriber.conversation.label.value() {
            service.cancel(cx, &label);
        }
    });
    quit_if_served(cx);
}

/// Quits if the VM already has a timer service. With two of them, each timer would expire twice.
fn quit_if_served<S: Service>(cx: &mut Context<'_, S>) {
    cx.observe_publishers(topic!(TimerService {})).on_settled(|_, cx, others| {
        if others > 0 {
            cx.quit_because(Reason::error(anyhow!("this VM already has a timer driver or a timer relay")));
        }
    });
    cx.publisher(topic!(TimerService {}));
}
