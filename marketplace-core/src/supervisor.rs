//! Supervision: children that are restarted when they fail.
//!
//! `strategy` and `child` are the vocabulary of the options, and `children` is that of a running supervisor.
//! `machine` decides what to do, with `member`, and `keeper` is the process that does it.

mod child;
mod children;
mod keeper;
mod machine;
mod member;
mod strategy;

use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use futures::FutureExt;

use crate::{Context, Limits, Pid, Spawn, TaskContext, topic};

use keeper::{Keeper, Part, Supervising};
use machine::Machine;

pub use child::Child;
pub use children::{ChangeChildren, ChildRefused, ChildState, ChildStatus, Children};
pub use strategy::{Restart, Strategy};

/// Starts processes, its *children*, restarts them when they fail, and ends them when it leaves itself.
///
/// Use it for processes that are to exist at all times. For processes that are started on demand, use
/// [`DemandMatcher::restarting`](crate::DemandMatcher::restarting).
///
/// It works as in Erlang's OTP. A [`Strategy`] says which children a failure concerns, each child's [`Restart`] says
/// whether it is restarted, and the [`Limits`] say how soon and how often. When a child has failed too often, the
/// supervisor ends the other children, the last one first, and fails with
/// [`TooManyRestarts`](crate::TooManyRestarts). A supervisor above it treats this as the failure of a child. If it is
/// the [main process](crate::Ground::main), the program ends with this error.
///
/// It needs a [way to wait](crate::Ground::with_sleep). Without one it fails before it starts a child.
///
/// # While a child is down
///
/// Messages for the child are dropped, unless another process receives them; they are not kept until the child is
/// restarted. Its peers get an absence when it fails and a presence when it has been restarted. A question that is
/// asked meanwhile gets [`AskError::NoAnswerer`](crate::AskError::NoAnswerer), unless another process answers.
/// [`ChildState`] publishes the status of each child.
///
/// # Order
///
/// Children are started in order: each one when the one before has taken its first turn. If a sibling's failure
/// concerns a child, the child is ended at once. After the delay, all of them are started. A child that is waiting
/// for a delay of its own continues to wait. A failure counts as one restart, however many children are restarted.
///
/// A child that is itself a supervisor has started when each of its children has taken its first turn or failed in
/// it. It has ended when all its children have ended. So no process is started before the one that it replaces is
/// gone, with all processes below it.
///
/// A child that quits or is collected (rule S12) has ended normally. (A process without endpoints is soon collected.)
/// A transient child that has ended normally is restarted only with its siblings.
///
/// # Children that serve demand
///
/// A process that a child has spawned is not a child, and stays when the child fails. So if a child with a
/// [`DemandMatcher`](crate::DemandMatcher) is restarted, the conversations that still exist get a second server: on
/// an open TCP connection, each line is echoed twice. There are three ways to avoid this. The servers can watch the
/// child and end with it. The servers can end what they serve: with [`Strategy::AllForOne`] and TCP's driver as a
/// child beside the listener, all its connections close. Or the child can be a nested VM, whose processes all end
/// with it.
///
/// # How it ends
///
/// When a supervisor is killed or fails, its children are ended one by one, the last one first, with the same reason.
/// This continues after the end of the supervisor itself, so a process that monitors the supervisor may get its end
/// before the children are gone.
///
/// When the program [stops](crate::Stopping), children end by themselves and are not restarted. The supervisor quits
/// when all of them have ended. In a nested VM this works if a process there publishes `Stopping`, as
/// driver-event-relay does.
///
/// While a supervisor waits, the ground does not end by itself (rule S15). There is one wait for each restart, as
/// long as it counts; one for each delay; and one for each child that has failed, until it has lived for long enough.
/// So there is none if no child has failed. All are cancelled when the supervisor leaves or the program stops.
///
/// # What differs from OTP
///
/// - A child that fails in its first turn has failed like any other, even the first time. In OTP the supervisor
///   fails.
/// - Restarts have delays. [`Limits::no_backoff`] restarts at once, as OTP does.
/// - A supervisor that gives up leaves with an error, so it is restarted if it is a transient child. In OTP its
///   reason is `shutdown`, which counts as normal.
/// - No child can refuse to end, so there are no time-outs for that.
///
/// # How it works
///
/// A supervisor uses only what every process can use. It may be a child, be wrapped, and live in a nested VM. It
/// consists of two processes: the one that is spawned, and its keeper, which does the work and exists until the
/// children are gone. No process is given the keeper's Pid. If you find it in a [snapshot](crate::Snapshot) and kill
/// it, the children are left behind.
///
/// Each step takes time proportional to the number of children. For thousands of similar processes on demand, use a
/// [`DemandMatcher`](crate::DemandMatcher), which has the same limits.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Child, Ground, Limits, Message, Spawn, Strategy, Supervisor, topic};
///
/// #[derive(Debug, Message)]
/// struct Job(u32);
///
/// fn worker() -> Spawn {
///     Spawn::new((), |(), cx| {
///         cx.subscriber(topic!(Job(_))).on_message(|(), _, job| anyhow::bail!("job {} is too much", job.0));
///     })
/// }
///
/// fn main() {
///     let jobs = Supervisor::new(Strategy::OneForOne)
///         .named("jobs")
///         .limits(Limits::new().no_backoff())
///         .child(Child::new("worker", worker));
///     // Each worker gets a job, and fails.
///     let boss = Spawn::new((), |(), cx| {
///         cx.publisher(topic!(Job(_))).on_presence(|(), cx, _worker| cx.send(Job(7)));
///     });
///     let program = Ground::new().with_sleep(futures_timer::Delay::new).spawn(boss).main(jobs.spawn());
///     let error = futures::executor::block_on(program.run()).expect_err("the worker fails too often");
///     assert_eq!(
///         format!("{error:#}"),
///         "supervisor `jobs`: `worker` has ended again after 5 restarts within 60s: job 7 is too much"
///     );
/// }
/// ```
#[derive(Debug)]
#[must_use = "a supervisor does nothing before it is spawned"]
pub struct Supervisor {
    name: Arc<str>,
    strategy: Strategy,
    limits: Limits,
    controlled_by: Option<Children>,
    children: Vec<Child>,
}

impl Supervisor {
    /// A supervisor without children.
    pub fn new(strategy: Strategy) -> Self {
        Self {
            name: "supervisor".into(),
            strategy,
            limits: Limits::new(),
            controlled_by: None,
            children: Vec::new(),
        }
    }

    /// The same with a name, which is a part of its error [`TooManyRestarts`](crate::TooManyRestarts).
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Adds a child. Children are started in the order in which they are added. Their names must differ.
    pub fn child(mut self, child: Child) -> Self {
        self.children.push(child);
        self
    }

    /// Sets how soon and how often children are restarted. The default is [`Limits::new`].
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Lets the program add and remove children while the supervisor runs, and see their status, by this
    /// [`Children`].
    pub fn controlled_by(self, children: &Children) -> Self {
        Self { controlled_by: Some(children.clone()), ..self }
    }

    /// The process.
    ///
    /// It fails in its first turn if two children have the same name.
    #[must_use]
    pub fn spawn(self) -> Spawn {
        let name = Arc::clone(&self.name);
        Spawn::new((), |(), cx| {
            let supervisor = cx.pid().clone();
            let name = format!("keeper of {}", self.name);
            let keeper = self.keeper(supervisor.clone())?;
            cx.publisher(topic!(Supervising { supervisor, part: Part::Supervisor }));
            cx.perform_with(
                |outside| ready(check(outside)),
                |(), cx, checked| {
                    checked?;
                    run(cx, keeper.spawn().named(name));
                    Ok(())
                },
            );
            Ok(())
        })
        .named(name)
    }

    fn keeper(self, supervisor: Pid) -> anyhow::Result<Keeper> {
        let Self { name, strategy, limits, controlled_by, children } = self;
        let controlled_by = controlled_by.unwrap_or_else(|| Children::new(Arc::clone(&name)));
        let mut keeper = Keeper::new(supervisor, Machine::new(name, strategy, limits), controlled_by);
        children.into_iter().try_for_each(|child| keeper.add(child))?;
        Ok(keeper)
    }
}

/// Checks that there is a way to wait, before it is needed.
fn check(outside: &TaskContext) -> anyhow::Result<()> {
    let slept = outside.sleep(Duration::ZERO).now_or_never();
    slept.unwrap_or(Ok(())).context("a supervisor needs a way to wait")
}

fn run(cx: &mut Context<'_, ()>, keeper: Spawn) {
    cx.spawn_monitored(
        keeper,
        |(), _, _| {},
        |(), cx, _, reason| {
            reason.into_result()?;
            cx.quit();
            Ok(())
        },
    );
}
