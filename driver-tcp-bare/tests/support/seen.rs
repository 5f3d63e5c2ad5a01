//! What the endpoints of a session see.

use std::io;

use marketplace_testing::Why;

/// What an endpoint sees.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Presence,
    Bytes(Vec<u8>),
    Eof,
    Absence(Why),
}

impl Seen {
    pub(crate) const NORMAL_ABSENCE: Self = Self::Absence(Why::Normal);
    pub(crate) const REFUSED: Self = Self::Absence(Why::Io(io::ErrorKind::ConnectionRefused));
    pub(crate) const RESET: Self = Self::Absence(Why::Io(io::ErrorKind::ConnectionReset));
}
