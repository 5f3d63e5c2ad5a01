//! Why a process or an endpoint ended.

use std::error::Error;
use std::fmt::{self, Debug, Display};
use std::sync::Arc;

/// Why a process or an endpoint ended: normally, or because of an error.
///
/// Handlers of absences get it, and [`Network::quit_because`](crate::Network::quit_because) and
/// [`kill`](crate::Network::kill) take it.
///
/// It is cheap to clone. If a process crashes, all its peers get the same error, which is shared and not changed. A
/// reason is itself an error, so a process can fail with the reason of its peer by `Err(reason.clone().into())`.
///
/// # Examples
///
/// ```
/// use marketplace_core::Reason;
///
/// let normal = Reason::normal();
/// assert!(normal.as_error().is_none());
/// assert_eq!(normal.to_string(), "normal");
///
/// let broken = Reason::error(anyhow::anyhow!("broken"));
/// assert_eq!(broken.to_string(), "broken");
/// assert!(broken.into_result().is_err());
/// ```
#[derive(Clone, Default)]
pub struct Reason(Option<Arc<anyhow::Error>>);

impl Reason {
    /// The reason if nothing went wrong.
    #[must_use]
    pub const fn normal() -> Self {
        Self(None)
    }

    /// The reason if something went wrong: `error`. If `error` is a reason itself, that reason is returned.
    pub fn error(error: impl Into<anyhow::Error>) -> Self {
        let error = error.into();
        // Do not unwrap a reason to which context was added: the context would be lost.
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

    /// The error, if it is of type `E` or has an error of that type in its context.
    #[must_use]
    pub fn downcast_ref<E: Display + Debug + Send + Sync + 'static>(&self) -> Option<&E> {
        self.as_error()?.downcast_ref()
    }

    /// `Ok` if nothing went wrong, otherwise the error.
    ///
    /// # Errors
    ///
    /// The error itself, if this is the only clone of the reason. Otherwise this reason, which shares the error.
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
