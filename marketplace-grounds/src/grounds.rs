//! The builder: how to make each ground, and on how many threads.

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

/// Several grounds that are made by one recipe and run on a thread each. By default there is one for each core.
///
/// Use it when a program has more work than one core can do, and the work divides into independent parts, such as the
/// clients of a server.
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
    /// Grounds made by `recipe`. There are as many as [`available_parallelism`] says, or one if the system does not say.
    ///
    /// The recipe is called once on each thread, with the number of the ground, starting at 0. It sets up the ground with
    /// its own drivers, which may share a port, and with the process that stops it, if there is one.
    #[must_use]
    pub fn new(recipe: impl Fn(usize) -> anyhow::Result<Ground> + Send + Sync + 'static) -> Self {
        Self {
            recipe: Arc::new(recipe),
            count: available_parallelism().unwrap_or(NonZeroUsize::MIN),
            name: "ground".to_owned(),
            grace: Duration::from_secs(10),
        }
    }

    /// Sets the number of grounds.
    #[must_use]
    pub const fn count(mut self, count: NonZeroUsize) -> Self {
        self.count = count;
        self
    }

    /// Sets the name of the threads, to which the number is added. The default is `ground`: `ground 0`, `ground 1`, and so on.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets how long the others may take to finish after one ground has failed. The default is 10 s.
    #[must_use]
    pub const fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Starts the threads. Each makes its ground, and runs it as soon as all are made. Returns when all are made.
    ///
    /// `block_on` is called on each thread with the future of its ground, and returns how the ground ended. With it you
    /// choose the runtime: `async_std::task::block_on`, `smol::block_on`, or, for tokio,
    /// `|program| Builder::new_current_thread().enable_all().build()?.block_on(program)`.
    ///
    /// # Errors
    ///
    /// The first error or panic of the recipe, or the error of the system if it cannot start a thread. No ground has run
    /// in these cases.
    pub fn start<B>(self, block_on: B) -> anyhow::Result<RunningGrounds>
    where
        B: Fn(Program) -> anyhow::Result<()> + Send + Sync + 'static,
    {
        let (mut keeper, sender) = Keeper::new(self.grace);
        let block_on = Arc::new(block_on);
        for index in 0..self.count.get() {
            let task = Task { index, recipe: Arc::clone(&self.recipe), block_on: Arc::clone(&block_on) };
            keeper.add(format!("{} {index}", self.name), task)?;
        }
        let handles = keeper.wait()?;
        let keeper = Builder::new().name(format!("{}s", self.name)).spawn(|| keeper.keep());
        Ok(RunningGrounds {
            handles,
            sender,
            keeper: keeper.context("cannot start the thread that manages the grounds")?,
        })
    }

    /// Runs the grounds and waits until all have ended.
    ///
    /// # Errors
    ///
    /// Those of [`start`](Self::start) and of [`RunningGrounds::join`].
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
