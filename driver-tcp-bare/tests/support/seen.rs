//! What the endpoints of a session see.

use std::io;

use marketplace_testing::ReasonKind;

/// What an endpoint sees.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Presence,
    Bytes(Vec<u8>),
    Eof,
    Absence(ReasonKind),
}

impl Seen {
    pub(crate) const NORMAL_ABSENCE: Self = Self::Absence(ReasonKind::Normal);
    pub(crate) const REFUSED: Self = Self::Absence(ReasonKind::Io(io::ErrorKind::ConnectionRefused));
    pub(crate) const RESET: Self = Self::Absence(ReasonKind::Io(io::ErrorKind::ConnectionReset));
}
