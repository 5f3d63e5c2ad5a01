//! A reason that tests compare.

use std::io;

use marketplace_core::Reason;

/// A [`Reason`] in a form that tests can compare: of an operating system's error the kind, since its text differs from
/// one to another; of any other its text.
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
    /// Nothing has failed.
    Normal,
    /// An [`io::Error`] of this kind.
    Io(io::ErrorKind),
    /// Another error, which says this.
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
