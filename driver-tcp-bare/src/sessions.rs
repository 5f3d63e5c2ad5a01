//! The sessions that take part in a connection, as far as the connection goes by them.

/// How many endpoints sessions have for a connection.
#[derive(Default)]
pub(crate) struct Sessions {
    /// Those that take what comes in: it is read for them.
    pub(crate) readers: u32,
    /// Those that send.
    pub(crate) writers: u32,
    /// Those that hear of pressure: they wait by themselves, and are read from while the queue is full.
    pub(crate) pacers: u32,
    /// Whether one that comes to hear of pressure late is to be told that the queue is full.
    pub(crate) tells_latecomers: bool,
}

impl Sessions {
    /// Whether there is none in either direction.
    pub(crate) const fn is_empty(&self) -> bool {
        self.readers == 0 && self.writers == 0
    }
}
