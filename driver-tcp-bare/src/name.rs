//! The names of the driver's endpoints.

use marketplace_core::Value;

use crate::io::Key;

/// Those that see what is demanded: of either direction.
pub(crate) const INBOUND_DEMAND: [&str; 2] = ["inbound publishers", "inbound subscribers"];
pub(crate) const OUTBOUND_DEMAND: [&str; 2] = ["outbound publishers", "outbound subscribers"];

/// The endpoints for one socket.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    /// Tells to which address a listener is bound.
    Bound,
    /// Takes what goes out on a connection.
    Outbound,
    /// Offers what comes in, while anything may come.
    Inbound,
    /// Counts the sessions' readers once nothing is offered to them any more.
    Readers,
    /// Counts the sessions that hear of pressure, while there is some.
    Pacers,
}

impl Side {
    /// Those of a connection.
    pub(crate) const CONNECTION: [Self; 4] = [Self::Outbound, Self::Inbound, Self::Readers, Self::Pacers];
}

/// A number: it takes no memory of its own. When a socket's is used again, its endpoints have been deleted.
pub(crate) fn name(key: Key, side: Side) -> Value {
    Value::from(i64::from(key.index) * 5 + side as i64)
}
