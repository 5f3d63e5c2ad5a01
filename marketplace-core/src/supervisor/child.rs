//! A child: a recipe with a name.

use std::fmt;
use std::sync::Arc;

use super::strategy::Restart;
use crate::Spawn;
use crate::panic::guard;

/// A child of a [`Supervisor`](crate::Supervisor): a name, and a recipe that makes the process. By default it is
/// [permanent](Restart::Permanent).
///
/// # Examples
///
/// ```
/// use marketplace_core::{Child, Restart, Spawn};
///
/// let import = Child::new("import", || Spawn::new((), |(), _| println!("importing"))).restart(Restart::Transient);
/// ```
#[derive(Clone)]
pub struct Child {
    name: Arc<str>,
    restart: Restart,
    recipe: Arc<dyn Fn() -> Spawn + Send + Sync>,
}

impl Child {
    /// A child whose process is made by `recipe`, which is called for each start. The processes have the child's
    /// name.
    ///
    /// The recipe runs in a turn of the supervisor, so it must not block. If it panics, the child counts as one that
    /// failed in its first turn.
    pub fn new(name: impl Into<Arc<str>>, recipe: impl Fn() -> Spawn + Send + Sync + 'static) -> Self {
        Self { name: name.into(), restart: Restart::default(), recipe: Arc::new(recipe) }
    }

    /// Sets whether the child is restarted when it has ended by itself.
    #[must_use]
    pub fn restart(self, restart: Restart) -> Self {
        Self { restart, ..self }
    }

    pub(super) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(super) const fn kind(&self) -> Restart {
        self.restart
    }

    /// The process.
    pub(super) fn make(&self) -> Spawn {
        let spawn = guard(|| (self.recipe)()).unwrap_or_else(|panic| Spawn::new((), |(), _| Err(panic)));
        spawn.named(Arc::clone(&self.name))
    }
}

impl fmt::Debug for Child {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("name", &self.name)
            .field("restart", &self.restart)
            .finish_non_exhaustive()
    }
}
