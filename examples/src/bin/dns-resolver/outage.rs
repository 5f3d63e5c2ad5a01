//! While no sockets are available, no server is asked: every attempt would fail and log a warning.

use std::time::Duration;

use marketplace_core::{Message, Spawn, Stopping, topic};

/// Published while no sockets are available.
#[derive(Debug, Message)]
pub(crate) struct Outage {}

/// The time until the next attempt.
const PAUSE: Duration = Duration::from_secs(1);

/// The process of an outage that has just been noticed.
pub(crate) fn outage() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Outage {}));
        cx.sleep_then(PAUSE, |(), cx| cx.quit());
        // A stop does not wait for the end of the outage.
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
    .named("outage")
}
