//! Supervision: children that are made again when they have failed.
//!
//! `strategy` and `child` are the words, `children` what is said to a supervisor that runs, `machine` what it decides
//! (with `member`), and `keeper` the process that does it.

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

/// Makes processes, its *children*, makes them again when they have failed, and ends them when it leaves.
///
/// As in Erlang's OTP: a [`Strategy`] says which children a failure concerns, each child's [`Restart`] whether it is made
/// again, and the [`Limits`] how soon and how often. When a child has failed once too often, the supervisor ends the
/// others, the last one first, and fails with [`TooManyRestarts`](crate::TooManyRestarts). A supervisor above it treats
/// that as any other failure of a child. As the [main process](crate::Ground::main) it ends the program with that error.
///
/// It needs the ground's [way to wait](crate::Ground::with_sleep). Without one it fails before it starts a child.
///
/// # While a child is down
///
/// Nobody takes its messages: they are dropped, unless another process takes them, and are not kept for the child to come.
/// Its peers are told by absence, and by presence when it is back; an ask is told that nobody answers. [`ChildState`] says
/// how each child stands.
///
/// # Order
///
/// Children are started in order, each when the one before has taken its first turn. When a sibling's failure concerns a
/// child, it is ended at once; after the delay, all are started. A child that is waiting for a delay of its own goes on
/// waiting. A failure counts as one restart, however many children are made again.
///
/// A child that is a supervisor has started when each of its children has taken its first turn or failed in it, and has
/// ended when all of them have ended. So no process is made before the one that it replaces is gone, with all below it.
///
/// A child that quits or is collected (rule S12) has ended well. (A process without endpoints is soon collected.) A
/// transient child that has ended well is made again only with its siblings.
///
/// # Children that serve demand
///
/// What a child has spawned is no child, and stays when the child fails. So if a child with a
/// [`DemandMatcher`](crate::DemandMatcher) is made again, conversations that have lasted get a second server: on a TCP
/// connection that was open, each line is echoed twice. Where that matters, let the servers watch the child and go with it,
/// or end what they serve too: with [`Strategy::AllForOne`], TCP's driver is a child beside the listener, so all its
/// connections close; or make the child a nested VM, which takes everything inside with it.
///
/// # How it leaves
///
/// When a supervisor is killed or fails, its children are ended one by one, the last one first, for the same reason. This
/// goes on after its own end: who awaits that may be told before the children are gone.
///
/// When the program [stops](crate::Stopping), children end by themselves and are not made again, and the supervisor quits
/// when all have. In a nested VM, that is so if something in it publishes `Stopping`, as driver-event-relay does.
///
/// A wait keeps the ground from ending by itself (rule S15). There is one for each restart, as long as it counts, one for
/// each delay, and one for each child that has failed, until it has lived for long enough; so there is none if no child has
/// failed. All are called off when the supervisor leaves or the program stops.
///
/// # What differs from OTP
///
/// - A child that fails in its first turn has failed like any other, also the first time. In OTP the supervisor fails.
/// - Restarts have delays; [`Limits::no_backoff`] is as in OTP.
/// - A supervisor that gives up leaves with an error, so a transient one is made again. In OTP its reason is `shutdown`,
///   which counts as normal.
/// - No child can refuse to end, so there are no time-outs for that.
///
/// # What it is made of
///
/// What every process has. It may be a child, be wrapped, and live in a nested VM. There are two processes: the one that is
/// spawned, and its keeper, which does the work and stays until the children have gone. Nobody is given the keeper's Pid; if
/// somebody finds it in a [snapshot](crate::Snapshot) and kills it, the children are left behind.
///
/// Each step costs time in the number of children. For thousands of like processes, made on demand, there is
/// [`DemandMatcher`](crate::DemandMatcher), with the same limits.
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
///     // Whenever there is a worker it gets a job, and fails.
///     let boss = Spawn::new((), |(), cx| {
///         cx.publisher(topic!(Job(_))).on_presence(|(), cx, _worker| cx.send(Job(7)));
///     });
///     let program = Ground::new().with_sleep(futures_timer::Delay::new).spawn(boss).main(jobs.spawn());
///     let error = futures::executor::block_on(program.run()).expect_err("five workers are not enough");
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

    /// The same with a name, which is in the reason with which it gives up.
    pub fn named(self, name: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Adds a child. Children are started in the order in which they are added; no two have the same name.
    pub fn child(mut self, child: Child) -> Self {
        self.children.push(child);
        self
    }

    /// How soon children are made again, and how often; [`Limits::new`] if nothing is said.
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The name by which the program adds and removes children while the supervisor runs, and sees how they are.
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

/// Finds out whether there is a way to wait before it is needed.
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
