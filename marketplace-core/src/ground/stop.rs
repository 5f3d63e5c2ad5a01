//! Stopping, as presence (rule S18).

use std::time::Instant;

use crate::Message;

/// Published by the ground when the program is to stop. Its presence requests that all processes finish and quit.
///
/// Observe its publishers in a process that has something to finish. Drivers then stop accepting, finish, flush and
/// quit.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Spawn, Stopping, topic};
///
/// let server = Spawn::new((), |(), cx| {
///     cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _ground| cx.quit());
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[message(local)]
pub struct Stopping {
    /// When everything that is left will be dropped. `None` if there is no deadline.
    pub deadline: Option<Instant>,
}
