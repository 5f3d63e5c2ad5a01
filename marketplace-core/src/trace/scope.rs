//! How much a trace receives.

/// How much a [`Trace`](crate::Trace) receives, as [`Trace::scope`](crate::Trace::scope) says.
///
/// # Examples
///
/// A register of the processes that exist. It makes no message slower:
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
///         let mut processes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
///         match *event {
///             TraceEvent::ProcessStarted { pid, .. } => drop(processes.insert(pid.clone())),
///             TraceEvent::ProcessLeft { pid, .. } => drop(processes.remove(pid)),
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
/// assert!(register.0.lock().is_ok_and(|processes| processes.is_empty()));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceScope {
    /// Everything that happens.
    #[default]
    Everything,
    /// The lives of processes only: [`ProcessStarted`](crate::TraceEvent::ProcessStarted),
    /// [`ProcessLeaving`](crate::TraceEvent::ProcessLeaving), [`ProcessLeft`](crate::TraceEvent::ProcessLeft),
    /// [`Failed`](crate::TraceEvent::Failed) and [`Restarted`](crate::TraceEvent::Restarted), in the same order as
    /// for `Everything`. Messages, turns and endpoints cost no more than without a trace.
    Processes,
}
