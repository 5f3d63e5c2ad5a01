//! What the driver and the relay have in common: how they are spoken to, and whose the timers are.

use anyhow::anyhow;
use marketplace_core::{Context, Message, Pattern, Reason, Value, topic};

use crate::message::{CancelTimer, SetTimer, TimerExpired};

/// A process that serves timers to its VM.
pub(crate) trait Service: Send + Sized + 'static {
    /// Takes a new timer.
    fn set(&mut self, cx: &mut Context<'_, Self>, timer: &SetTimer);

    /// Cancels all timers of a label.
    fn cancel(&mut self, cx: &mut Context<'_, Self>, label: &Value);
}

/// Published once in a VM that has timers.
#[derive(Debug, Message)]
pub(crate) struct Served {}

/// Makes the endpoints by which timers are served.
pub(crate) fn serve<S: Service>(cx: &mut Context<'_, S>) {
    cx.subscriber(topic!(SetTimer { .. })).on_message(S::set);
    cx.subscriber(topic!(CancelTimer { .. })).on_message(|service: &mut S, cx, timer| {
        service.cancel(cx, &timer.label);
    });
    // A label's timers belong to those who subscribe to it: nobody else is told of them.
    cx.publisher(topic!(TimerExpired { .. })).on_departure(|service: &mut S, cx, subscriber, _| {
        if let Some(label) = subscriber.conversation.label.value() {
            service.cancel(cx, &label);
        }
    });
    quit_if_served(cx);
}

/// Where two served one VM, each timer would expire twice.
fn quit_if_served<S: Service>(cx: &mut Context<'_, S>) {
    cx.observe_publishers(topic!(Served {})).on_settled(|_, cx, others| {
        if others > 0 {
            cx.quit_because(Reason::error(anyhow!("the VM has a timer driver or a timer relay already")));
        }
    });
    cx.publisher(topic!(Served {}));
}
