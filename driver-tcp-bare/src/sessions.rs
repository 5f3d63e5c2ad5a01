//! The number of session endpoints that a connection has.

/// How many endpoints the sessions have for a connection.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Subscribers to the inbound data. The socket is read only while there is one.
    pub(crate) readers: u32,
    /// Publishers of outbound data.
    pub(crate) writers: u32,
    /// Publishers of `TcpPressure`, counted while the queue is full. Their sessions pause by themselves, so while there
    /// is one, the socket is read although the queue is full.
    pub(crate) pressure_publishers: u32,
    /// Whether `full: true` is sent again when a publisher of `TcpPressure` is added.
    pub(crate) repeats_full: bool,
}

impl Sessions {
    /// Whether no session has an endpoint in either direction.
    pub(crate) const fn is_empty(&self) -> bool {
        self.readers == 0 && self.writers == 0
    }
}
