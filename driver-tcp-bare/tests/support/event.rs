//! The events of a session's endpoints.

use std::io;

use marketplace_testing::ReasonKind;

/// An event of a session's endpoint.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionEvent {
    Presence,
    Bytes(Vec<u8>),
    Eof,
    Absence(ReasonKind),
}

impl SessionEvent {
    pub(crate) const NORMAL_ABSENCE: Self = Self::Absence(ReasonKind::Normal);
    pub(crate) const REFUSED: Self = Self::Absence(ReasonKind::Io(io::ErrorKind::ConnectionRefused));
    pub(crate) const RESET: Self = Self::Absence(ReasonKind::Io(io::ErrorKind::ConnectionReset));
}
