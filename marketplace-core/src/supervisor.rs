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

use crate::{Context, Limits, Outside, Pid, Spawn, topic};

use keeper::{Keeper, Part, Supervising};
use machine::Machine;

pub use child::Child;
pub use children::{ChangeChildren, ChildRefused, ChildState, Children, Standing};
pub use strategy::{Restart, Strategy};

/// Keeps processes, its *children*: makes them, makes them again when they have failed, and ends them when it leaves.
///
/// As in Erlang's OTP: a [`Strategy`] says whom a failure concerns, each child's [`Restart`] whether it is made again, and
/// the [`Limits`] how soon and how often. When a child has failed once too often, the supervisor ends the others, the last
/// one first, and leaves with [`TooManyRestarts`](crate::TooManyRestarts). A supervisor above it takes that as any other
/// failure; as the [main process](crate::Ground::main) it ends the program with that error.
///
/// While a child is down nobody takes its messages: they are dropped, unless somebody else takes them, and are not kept
/// for the child to come. Its peers are told by absence and presence, and an ask is told that nobody answers.
///
/// # What to know
///
/// - It waits by the ground's [`with_sleep`](crate::Ground::with_sleep); without, it fails before it has started a child.
/// - One restart at most is counted for a failure, however many children are made again. A child that fails in its first
///   turn has failed like any other, also the first time. (In OTP a supervisor whose child cannot be started at first does
///   not start either.)
/// - It does one thing at a time: ends a child and awaits its end, or starts a child and awaits its first turn. A child that
///   is a supervisor has ended when all *its* children have; so nobody is made again before all that he replaces is gone.
/// - Siblings are ended when a child fails; then comes the delay; then all are started. Who is waiting for his own delay
///   when a sibling fails goes on waiting.
/// - A child that quits or is collected (rule S12) has ended well: one that has no endpoints is soon collected.
/// - A transient child that has ended well is made again only with its siblings.
/// - Children belong to the supervisor: when it quits, fails or is killed, they are ended one by one, the last one first,
///   with its reason. Who awaits the end of a supervisor that was killed is told before the children are gone.
/// - When the program [stops](crate::Stopping), children end by themselves, none is made again, and the supervisor leaves
///   when all are gone.
/// - A wait keeps the ground from ending by itself (rule S15). There is one for each delay, one for each restart while it
///   counts, and one for each child that has failed until it has lived for long enough; none if no child has failed. All
///   are called off when the supervisor leaves or the program stops.
/// - It is made of what every process has, and may itself be a child, be wrapped, and live in a nested VM. It is two
///   processes: the one that is spawned, and its keeper, which outlives it until the children have gone. Nobody is given
///   the keeper's Pid; whoever finds it in a [snapshot](crate::Snapshot) and kills it leaves the children behind.
/// - A step costs time in the number of children. For thousands of like ones, made on demand, there is
///   [`DemandMatcher`](crate::DemandMatcher), with the same limits.
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
///     let program = Ground::new().with_sleep(async_std::task::sleep).spawn(boss).main(jobs.spawn());
///     let error = futures::executor::block_on(program.run()).expect_err("five workers are not enough");
///     assert_eq!(
///         format!("{error:#}"),
///         "supervisor `jobs`: `worker` has ended again after 5 restarts within 60s: job 7 is too much"
///     );
/// }
/// # mod async_std { pub mod task { pub async fn sleep(_: std::time::Duration) { std::future::pending().await } } }
/// ```
#[derive(Debug)]
#[must_use = "a supervisor does nothing before it is spawned"]
pub struct Supervisor {
    name: Arc<str>,
    strategy: Strategy,
    limits: Limits,
    known_as: Option<Children>,
    children: Vec<Child>,
}

impl Supervisor {
    /// A supervisor without children.
    pub fn new(strategy: Strategy) -> Self {
        Self {
            name: "supervisor".into(),
            strategy,
            limits: Limits::new(),
            known_as: None,
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
    pub fn known_as(self, children: &Children) -> Self {
        Self { known_as: Some(children.clone()), ..self }
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
        let Self { name, strategy, limits, known_as, children } = self;
        let known_as = known_as.unwrap_or_else(|| Children::new(Arc::clone(&name)));
        let mut keeper = Keeper::new(supervisor, Machine::new(name, strategy, limits), known_as);
        children.into_iter().try_for_each(|child| keeper.add(child))?;
        Ok(keeper)
    }
}

/// Finds out whether there is a way to wait before it is needed.
fn check(outside: &Outside) -> anyhow::Result<()> {
    let slept = outside.sleep(Duration::ZERO).now_or_never();
    slept.unwrap_or(Ok(())).context("a supervisor has to wait")
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
