//! Why a process or an endpoint went.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// Why a process or an endpoint went: in the normal course of things, or because of an error.
///
/// Cheap to clone; the error of a crash reaches every peer unchanged and shared. A reason is an error
/// itself, so a process may fail with the reason of its peer: `Err(reason.clone().into())` hands on the
/// same one.
#[derive(Clone, Default)]
pub struct Reason(Option<Arc<anyhow::Error>>);

impl Reason {
    /// Nothing went wrong.
    #[must_use]
    pub const fn normal() -> Self {
        Self(None)
    }

    /// Something went wrong: `error`.
    pub fn error(error: impl Into<anyhow::Error>) -> Self {
        let error = error.into();
        // Not a reason to which something was added: that would be lost.
        let outermost: &(dyn Error + Send + Sync) = error.as_ref();
        match outermost.downcast_ref::<Self>() {
            Some(reason) => reason.clone(),
            None => Self(Some(Arc::new(error))),
        }
    }

    /// The error, if something went wrong.
    #[must_use]
    pub fn as_error(&self) -> Option<&anyhow::Error> {
        self.0.as_deref()
    }

    /// The error, if it is of type `E` or has one of that type in its context.
    #[must_use]
    pub fn downcast_ref<E: Display + Debug + Send + Sync + 'static>(&self) -> Option<&E> {
        self.as_error()?.downcast_ref()
    }

    /// `Ok` if nothing went wrong, otherwise the error.
    ///
    /// # Errors
    ///
    /// The error itself, if nobody else has this reason; otherwise this reason, which shares it.
    pub fn into_result(self) -> anyhow::Result<()> {
        match self.0.map(Arc::try_unwrap) {
            None => Ok(()),
            Some(Ok(error)) => Err(error),
            Some(Err(shared)) => Err(Self(Some(shared)).into()),
        }
    }
}

impl From<anyhow::Error> for Reason {
    fn from(error: anyhow::Error) -> Self {
        Self::error(error)
    }
}

impl Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reason({self:#})")
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            None => f.write_str("normal"),
            Some(error) => Display::fmt(error, f),
        }
    }
}

impl Error for Reason {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.as_error().and_then(|error| error.source())
    }
}
