//! While no sockets are to be had, nothing is asked: every try would fail, and be warned of.

use std::time::Duration;

use marketplace_core::{Message, Spawn, Stopping, topic};

/// Published while no sockets are to be had.
#[derive(Debug, Message)]
pub(crate) struct Outage {}

/// After how long it is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// An outage, which has just been noticed.
pub(crate) fn outage() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Outage {}));
        cx.sleep_then(PAUSE, |(), cx| cx.quit());
        // A stop does not wait for that.
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
    .named("outage")
}
