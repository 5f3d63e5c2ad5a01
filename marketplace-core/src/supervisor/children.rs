//! The vocabulary of a running supervisor: what a program sends to it, and what it publishes about its children.

use std::sync::Arc;

use super::child::Child;
use crate::{Message, Value};

/// The children of one supervisor, as the rest of the program refers to them. Use it to add and remove children while
/// the supervisor runs, and to observe their status.
///
/// Make it before the supervisor, and pass it to [`Supervisor::controlled_by`](crate::Supervisor::controlled_by).
///
/// Its methods return a message, which a process in the supervisor's VM must send. If no supervisor with these
/// children exists at that time, the message is dropped.
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
///         .on_presence(|(), cx, _running| cx.quit());
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
    /// A value that is equal only to its clones. The `label` is for diagnostics only.
    pub fn new(label: impl Into<Arc<str>>) -> Self {
        Self(Value::unique(label))
    }

    /// The message that adds a child after the others, and starts it. If a child with this name exists, the
    /// supervisor sends [`ChildRefused`].
    #[must_use]
    pub fn add(&self, child: Child) -> ChangeChildren {
        ChangeChildren { children: self.clone(), change: Change::Add(child) }
    }

    /// The message that removes a child: its process is ended, if there is one, and is not restarted. If no child has this
    /// name, the supervisor sends [`ChildRefused`].
    #[must_use]
    pub fn remove(&self, name: impl Into<Arc<str>>) -> ChangeChildren {
        ChangeChildren { children: self.clone(), change: Change::Remove(name.into()) }
    }
}

/// Requests that a supervisor adds or removes a child; made by [`Children`].
#[derive(Clone, Debug, Message)]
#[message(crate = "crate")]
pub struct ChangeChildren {
    /// The children of the supervisor that is meant.
    #[message(leaf)]
    pub children: Children,
    /// The change.
    #[message(skip)]
    pub(super) change: Change,
}

#[derive(Clone, Debug)]
pub(super) enum Change {
    Add(Child),
    Remove(Arc<str>),
}

/// The status of a child. It is never sent as a message: the supervisor publishes it as long as it is true, so
/// observe its publishers.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(crate = "crate")]
pub struct ChildState {
    /// The children to which the child belongs.
    #[message(leaf)]
    pub children: Children,
    /// The child's name.
    pub child: Arc<str>,
    /// The child's status. While a child is being started or ended, and after it has ended for good, it has none.
    pub status: ChildStatus,
}

/// The status of a child, in a [`ChildState`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
#[message(crate = "crate")]
pub enum ChildStatus {
    /// It is running, and has taken its first turn.
    Running,
    /// It has failed, and waits for its restart.
    Waiting,
}

/// Sent by a supervisor to subscribers if it cannot make a change. It is logged, too.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
#[message(crate = "crate", lossy)]
pub struct ChildRefused {
    /// The children of the supervisor.
    #[message(leaf)]
    pub children: Children,
    /// The name that was to be added or removed.
    pub child: Arc<str>,
    /// Why the change is not possible.
    pub reason: Arc<str>,
}
