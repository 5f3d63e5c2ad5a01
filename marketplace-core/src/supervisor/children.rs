//! The vocabulary: what a program says to a supervisor that runs, and what it hears of the children.

use std::sync::Arc;

use super::child::Child;
use crate::{Message, Value};

/// The children of one supervisor, as the rest of the program speaks of them: made before the supervisor is, and given
/// to it by [`Supervisor::controlled_by`](crate::Supervisor::controlled_by).
///
/// What its methods return is a message, to be sent from within the supervisor's VM. It is acted on by the supervisor
/// that is there at the time; if there is none, nobody takes it.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Child, ChildState, Children, Ground, Spawn, Strategy, Supervisor, topic};
///
/// # fn main() -> anyhow::Result<()> {
/// let workers = Children::new("workers");
/// let supervisor = Supervisor::new(Strategy::OneForOne).controlled_by(&workers);
/// let main = Spawn::new((), move |(), cx| {
///     let worker = Child::new("first", || Spawn::new((), |(), cx| { cx.subscriber(topic!(ChildState { .. })); }));
///     cx.observe_publishers(topic!(ChildState { children: workers.clone(), .. }))
///         .on_presence(|(), cx, _up| cx.quit());
///     cx.send(workers.add(worker));
/// });
/// let program = Ground::new().with_sleep(futures_timer::Delay::new).spawn(supervisor.spawn()).main(main);
/// futures::executor::block_on(program.run())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Children(Value);

impl Children {
    /// Equal to nothing but its clones. `label` is for diagnostics only.
    pub fn new(label: impl Into<Arc<str>>) -> Self {
        Self(Value::unique(label))
    }

    /// Adds a child behind the others, and starts it. If there is one of that name, the answer is [`ChildRefused`].
    #[must_use]
    pub fn add(&self, child: Child) -> ChangeChildren {
        ChangeChildren { children: self.clone(), change: Change::Add(child) }
    }

    /// Removes a child: ends its process, if there is one, and makes none any more. If there is no child of that name,
    /// the answer is [`ChildRefused`].
    #[must_use]
    pub fn remove(&self, name: impl Into<Arc<str>>) -> ChangeChildren {
        ChangeChildren { children: self.clone(), change: Change::Remove(name.into()) }
    }
}

/// Asks a supervisor to add a child or to remove one; see [`Children`].
#[derive(Clone, Debug, Message)]
#[message(crate = "crate")]
pub struct ChangeChildren {
    /// Whose.
    #[message(leaf)]
    pub children: Children,
    /// What to do.
    #[message(skip)]
    pub(super) change: Change,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Add(Child),
    Remove(Arc<str>),
}

/// A child as it stands. Never sent: its supervisor publishes it while it is so.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(crate = "crate")]
pub struct ChildState {
    /// Whose.
    #[message(leaf)]
    pub children: Children,
    /// The child's name.
    pub child: Arc<str>,
    /// How it stands. A child that has ended for good, and one that is being ended, has no state.
    pub status: ChildStatus,
}

/// How a child stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[message(crate = "crate")]
pub enum ChildStatus {
    /// It has taken its first turn.
    Running,
    /// It has failed, and waits to be made again.
    Waiting,
}

/// A supervisor's answer to a change that it cannot make, sent to the subscribers; it is logged too.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(crate = "crate", lossy)]
pub struct ChildRefused {
    /// Whose.
    #[message(leaf)]
    pub children: Children,
    /// The name that was to be added or removed.
    pub child: Arc<str>,
    /// What is wrong with it.
    pub reason: Arc<str>,
}
