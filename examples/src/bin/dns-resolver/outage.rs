//! While no sockets are to be had, nothing is asked: every try would fail, and be warned of.

use std::time::Duration;

use driver_timer::{SetTimer, TimerExpired};
use marketplace_core::{Message, Spawn, Value, topic};

/// Published while no sockets are to be had.
#[derive(Debug, Message)]
pub(crate) struct Outage {}

/// After how long it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// An outage, which has just been noticed.
pub(crate) fn outage() -> Spawn {
    Spawn::new((), |(), cx| {
        let end = Value::unique("end of outage");
        cx.publisher(topic!(Outage {}));
        cx.subscriber(topic!(TimerExpired { label: &end, .. })).on_message(|(), cx, _| cx.quit());
        cx.send(SetTimer::after(end, PAUSE));
    })
    .named("outage")
}
