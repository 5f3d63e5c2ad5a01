//! Stopping, as presence (rule S18).

use std::time::Instant;

use crate::Message;

/// Published by the ground once the program is to stop: its presence asks everybody to finish.
///
/// Drivers stop accepting, finish, flush and quit. Observe it with
/// `cx.observe_publishers(topic!(Stopping { .. }))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[message(local)]
pub struct Stopping {
    /// When whatever is left will be dropped; `None` if nobody has said.
    pub deadline: Option<Instant>,
}
