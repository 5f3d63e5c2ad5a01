//! A reason that tests can compare.

use std::io;

use marketplace_core::Reason;

/// A [`Reason`] in a form that tests can compare with `assert_eq!`: the kind of an I/O error, since its text differs
/// between operating systems, and the text of any other error.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use marketplace_core::Reason;
/// use marketplace_testing::ReasonKind;
///
/// let refused = Reason::error(io::Error::from(io::ErrorKind::ConnectionRefused));
/// assert_eq!(ReasonKind::from(&refused), ReasonKind::Io(io::ErrorKind::ConnectionRefused));
/// assert_eq!(ReasonKind::from(&Reason::normal()), ReasonKind::Normal);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReasonKind {
    /// No error: the normal end.
    Normal,
    /// An [`io::Error`] of this kind.
    Io(io::ErrorKind),
    /// Another error, with this text.
    Other(String),
}

impl From<&Reason> for ReasonKind {
    fn from(reason: &Reason) -> Self {
        match reason.as_error() {
            None => Self::Normal,
            Some(error) => match error.downcast_ref::<io::Error>() {
                Some(error) => Self::Io(error.kind()),
                None => Self::Other(format!("{error:#}")),
            },
        }
    }
}
