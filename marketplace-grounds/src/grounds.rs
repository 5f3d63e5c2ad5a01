//! What is to run: the recipe, and on how many threads.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{Builder, available_parallelism};
use std::time::Duration;

use anyhow::Context as _;
use marketplace_core::Ground;

use crate::keeper::Keeper;
use crate::running::RunningGrounds;
use crate::thread::{Program, Task};

/// Grounds that are made by one recipe and run on a thread each, one for each core unless told otherwise.
///
/// # Examples
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use futures::executor::block_on;
/// use marketplace_core::{Ground, Spawn};
/// use marketplace_grounds::Grounds;
///
/// # fn main() -> anyhow::Result<()> {
/// let grounds = Grounds::new(|index| {
///     let worker = Spawn::new((), move |(), cx| {
///         println!("ground {index} works");
///         cx.quit();
///     });
///     Ok(Ground::new().main(worker))
/// });
/// let Some(two) = NonZeroUsize::new(2) else { return Ok(()) };
/// grounds.count(two).named("worker").run(block_on)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Grounds {
    pub(crate) recipe: Arc<dyn Fn(usize) -> anyhow::Result<Ground> + Send + Sync>,
    pub(crate) count: NonZeroUsize,
    pub(crate) name: String,
    pub(crate) grace: Duration,
}

impl Grounds {
    /// Grounds made by `recipe`, as many as the system can run threads at a time ([`available_parallelism`]), or one where
    /// it does not say.
    ///
    /// The recipe is called once on each thread, with the number of the ground, from 0 on. It sets up the ground: with
    /// drivers of its own, which may share a port, and with what is to ask it to stop.
    #[must_use]
    pub fn new(recipe: impl Fn(usize) -> anyhow::Result<Ground> + Send + Sync + 'static) -> Self {
        Self {
            recipe: Arc::new(recipe),
            count: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            name: "ground".to_owned(),
            grace: Duration::from_secs(10),
        }
    }

    /// How many grounds there are to be.
    #[must_use]
    pub const fn count(mut self, count: NonZeroUsize) -> Self {
        self.count = count;
        self
    }

    /// How the threads are named, each with its number behind that: `ground 0`, `ground 1` and so on by default.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// How long the others have to finish once one ground has failed; 10 s by default.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Has each thread make its ground and, when all are made, run it; returns then.
    ///
    /// `block_on` is called on each thread with its ground and returns how that has ended. It is the caller's choice of a
    /// runtime: `async_std::task::block_on`, `smol::block_on`, or, for tokio,
    /// `|program| Builder::new_current_thread().enable_all().build()?.block_on(program)`.
    ///
    /// # Errors
    ///
    /// The recipe has failed or panicked, the first time that it has; or the system gives no thread. No ground has run then.
    pub fn start<B>(self, block_on: B) -> anyhow::Result<RunningGrounds>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let (mut keeper, teller) = Keeper::new(self.grace);
        let block_on = Arc::new(block_on);
        for index in 0..self.count.get() {
            let task = Task { index, recipe: Arc::clone(&self.recipe), block_on: Arc::clone(&block_on) };
            keeper.add(format!("{} {index}", self.name), task)?;
        }
        let handles = keeper.wait()?;
        let keeper = Builder::new().name(format!("{}s", self.name)).spawn(|| keeper.keep());
        Ok(RunningGrounds { handles, teller, keeper: keeper.context("no thread to keep the grounds")? })
    }

    /// Runs the grounds until all have ended.
    ///
    /// # Errors
    ///
    /// As of [`start`](Self::start) and of [`RunningGrounds::join`].
    pub fn run<B>(self, block_on: B) -> anyhow::Result<()>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        self.start(block_on)?.join()
    }
}

impl fmt::Debug for Grounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { count, name, grace, .. } = self;
        let mut shown = f.debug_struct("Grounds");
        shown.field("count", count).field("name", name).field("grace", grace).finish_non_exhaustive()
    }
}
