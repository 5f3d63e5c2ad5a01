//! How much a trace wants to be told.

/// How much a [`Trace`](crate::Trace) wants to be told, as it says by [`Trace::scope`](crate::Trace::scope).
///
/// # Examples
///
/// A register of who is there, by which no message gets slower:
///
/// ```
/// use std::collections::HashSet;
/// use std::sync::{Arc, Mutex, PoisonError};
///
/// use marketplace_core::{Ground, Pid, Spawn, Trace, TraceEvent, TraceScope};
///
/// #[derive(Default)]
/// struct Register(Mutex<HashSet<Pid>>);
///
/// impl Trace for Register {
///     fn trace(&self, _vm: &[Pid], event: &TraceEvent<'_>) {
///         let mut there = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         match *event {
///             TraceEvent::ProcessStarted { pid, .. } => drop(there.insert(pid.clone())),
///             TraceEvent::ProcessLeft { pid, .. } => drop(there.remove(pid)),
///             _ => {}
///         }
///     }
///
///     fn scope(&self) -> TraceScope {
///         TraceScope::Processes
///     }
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let register = Arc::new(Register::default());
/// let program = Ground::new().with_trace(Arc::clone(&register)).spawn(Spawn::new((), |(), cx| cx.quit()));
/// futures::executor::block_on(program.run())?;
/// assert!(register.0.lock().is_ok_and(|there| there.is_empty()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceScope {
    /// All that happens.
    #[default]
    Everything,
    /// The lives of processes alone: [`ProcessStarted`](crate::TraceEvent::ProcessStarted),
    /// [`ProcessLeaving`](crate::TraceEvent::ProcessLeaving), [`ProcessLeft`](crate::TraceEvent::ProcessLeft),
    /// [`Failed`](crate::TraceEvent::Failed) and [`Restarted`](crate::TraceEvent::Restarted), as one that wants everything
    /// is told of them, and in the same order. Messages, turns and endpoints cost what they cost untraced.
    Processes,
}
