//! The names of the driver's endpoints.

use marketplace_core::Value;

use crate::io::Key;

/// The endpoints that observe demand for listeners: the observers of publishers, and those of subscribers.
pub(crate) const INBOUND_DEMAND: [&str; 2] = ["inbound publishers", "inbound subscribers"];
/// The endpoints that observe demand for outbound connections: publishers, and subscribers.
pub(crate) const OUTBOUND_DEMAND: [&str; 2] = ["outbound publishers", "outbound subscribers"];

/// The endpoints that the driver can have for one socket.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    /// Publishes the address that a listener is bound to.
    Bound,
    /// Subscribes to the outbound data of a connection.
    Outbound,
    /// Publishes the inbound data of a connection, until its end.
    Inbound,
    /// Counts the sessions' subscribers after the end of the inbound data.
    Readers,
    /// Counts the publishers of `TcpPressure` while the connection is full.
    Pressure,
}

impl Side {
    /// The endpoints of a connection.
    pub(crate) const CONNECTION: [Self; 4] = [Self::Outbound, Self::Inbound, Self::Readers, Self::Pressure];
}

/// The name of one endpoint of a socket. It is a number, which needs no allocation. The names are used again for a
/// later socket with the same index, after the endpoints of the earlier socket have been deleted.
pub(crate) fn name(key: Key, side: Side) -> Value {
    Value::from(i64::from(key.index) * 5 + side as i64)
}
