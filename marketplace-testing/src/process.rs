//! A process that does what its test tells it.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow, ensure};
use futures::FutureExt;
use futures::channel::{mpsc, oneshot};
use futures::future::Shared;
use marketplace_core::{Context, EventSource, Once, Outcome, Reason, Spawn};

use crate::vm::TestVm;

/// A process that does what its test tells it; made by [`TestVm::process`]. It quits when this is dropped.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Message, topic};
/// use marketplace_testing::TestProgram;
///
/// #[derive(Debug, Message)]
/// struct Word(&'static str);
///
/// # fn main() -> anyhow::Result<()> {
/// let program = TestProgram::by_hand(Ground::new());
/// let mut heard = program.subscriber(topic!(Word(_)))?;
/// let speaker = program.process(|cx| {
///     cx.publisher(topic!(Word("hello")));
/// })?;
/// heard.presence()?;
/// speaker.tell(|cx| cx.send(Word("hello")))?;
/// assert_eq!(heard.message()?.0, "hello");
/// speaker.fail("no voice")?;
/// assert_eq!(heard.absence()?.to_string(), "no voice");
/// # Ok(())
/// # }
/// ```
pub struct TestProcess {
    vm: TestVm,
    /// The process hears them as an event source of its own.
    orders: mpsc::UnboundedSender<Once<Order>>,
    /// Done when the process is gone; nothing is ever sent.
    life: Shared<oneshot::Receiver<Infallible>>,
}

/// The name of test processes.
pub(crate) const NAME: &str = "test process";

/// The name of the source of a test process' orders.
pub(crate) const ORDERS: &str = "a test's orders";

/// What to do, in a turn of the process.
type Order = Box<dyn FnOnce(&mut Context<'_, ()>) -> anyhow::Result<()> + Send>;

/// A process that is yet to be created.
pub(crate) struct Prepared {
    pub(crate) process: TestProcess,
    pub(crate) spawn: Spawn,
    booted: oneshot::Receiver<()>,
}

impl Prepared {
    /// The process, for `vm`.
    pub(crate) fn new(vm: &TestVm, boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static) -> Self {
        let (orders, ordered) = mpsc::unbounded();
        // Its orders come in however much the program is behind.
        let source = EventSource::once(ORDERS, ordered).as_clock();
        let (is_booted, booted) = oneshot::channel();
        let (alive, life) = oneshot::channel();
        let spawn = Spawn::new((), move |(), cx| {
            boot(cx);
            let mut is_booted = Some(is_booted);
            cx.on_event(&source, move |(), cx, order: &Once<Order>| {
                let _alive = &alive;
                order.take().map_or(Ok(()), |order| order(cx))
            })
            .on_settled(move |(), _, _| {
                // The test may have given up.
                let _given_up = is_booted.take().map(|is_booted| is_booted.send(()));
            })
            .on_absence(|(), cx, _, _| cx.quit());
        })
        .named(NAME);
        let process = TestProcess { vm: vm.clone(), orders, life: life.shared() };
        Self { process, spawn, booted }
    }

    /// Creates the process by `spawn`, and returns once it has done what it does first.
    pub(crate) fn start(
        self,
        spawn: impl FnOnce(Spawn) -> anyhow::Result<()>,
    ) -> anyhow::Result<TestProcess> {
        let Self { process, spawn: prepared, booted } = self;
        spawn(prepared)?;
        let running = process.vm.running();
        running
            .wait(booted)
            .context("a test's process has not booted")
            .with_context(|| running.report(None))?
            .context("a test's process has failed to boot")?;
        Ok(process)
    }
}

impl TestProcess {
    /// The VM that the process is in.
    #[must_use]
    pub const fn vm(&self) -> &TestVm {
        &self.vm
    }

    /// Has the process do something, in a turn of its own; returns once what it asked for in it has been performed.
    ///
    /// # Errors
    ///
    /// The process has gone, or takes no turn. That `work` fails is an error of the process, and not of this.
    pub fn tell<R: Outcome>(
        &self,
        work: impl FnOnce(&mut Context<'_, ()>) -> R + Send + 'static,
    ) -> anyhow::Result<()> {
        let (done, is_done) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        let order: Order = Box::new(move |cx| {
            begins.store(true, Ordering::Release);
            work(cx).into_result()?;
            // Performed behind all that has just been asked for. The test may have given up.
            cx.yield_then(move |(), _| {
                let _given_up = done.send(());
            });
            Ok(())
        });
        self.orders.unbounded_send(Once::new(order)).map_err(|_| anyhow!("the test's process has gone"))?;
        let running = self.vm.running();
        let done = running.wait(is_done).with_context(|| running.report(None))?;
        ensure!(done.is_ok() || begun.load(Ordering::Acquire), "the test's process has gone");
        Ok(())
    }

    /// Has the process quit; returns once all have been told of that.
    ///
    /// # Errors
    ///
    /// As of [`tell`](Self::tell).
    pub fn quit(&self) -> anyhow::Result<()> {
        self.tell(|cx| cx.quit())?;
        self.ended()
    }

    /// Has the process fail with this error; returns once all have been told of that.
    ///
    /// # Errors
    ///
    /// As of [`tell`](Self::tell).
    pub fn fail(&self, error: &'static str) -> anyhow::Result<()> {
        self.tell(move |_| Reason::error(anyhow!(error)).into_result())?;
        self.ended()
    }

    /// Waits until the process has gone and all have been told of that.
    ///
    /// # Errors
    ///
    /// It is still there.
    pub fn ended(&self) -> anyhow::Result<()> {
        let running = self.vm.running();
        let _gone = running
            .wait(self.life.clone())
            .context("the test's process goes on")
            .with_context(|| running.report(None))?;
        Ok(())
    }
}

impl fmt::Debug for TestProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestProcess").finish_non_exhaustive()
    }
}
