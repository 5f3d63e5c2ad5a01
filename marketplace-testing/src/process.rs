//! A process that runs closures of its test.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow, ensure};
use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::Shared;
use marketplace_core::{Context, HandlerResult, Message, Reason, Spawn, TakeOnce, Value, topic};

use crate::vm::TestVm;

/// A process that runs closures of its test, each in a turn of its own; [`TestVm::process`] creates it. It quits when this
/// value is dropped.
///
/// Use it as a client or a peer of the program under test.
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
/// speaker.run(|cx| cx.send(Word("hello")))?;
/// assert_eq!(heard.message()?.0, "hello");
/// speaker.fail("no voice")?;
/// assert_eq!(heard.absence()?.to_string(), "no voice");
/// # Ok(())
/// # }
/// ```
#[must_use = "the process quits when this is dropped"]
pub struct TestProcess {
    vm: TestVm,
    name: Value,
    /// Completes when the process has ended; nothing is ever sent.
    life: Shared<oneshot::Receiver<Infallible>>,
}

/// The name of test processes.
pub(crate) const NAME: &str = "test process";

/// A closure for a test process. It travels as a message and not through an event source, because an open source would
/// keep the program from ending. If it has no receiver, the process has ended, which the test is told.
#[derive(Clone, Message)]
#[message(lossy)]
pub(crate) struct Order {
    process: Value,
    #[message(skip)]
    work: Arc<TakeOnce<Work>>,
}

/// The closure, which runs in a turn of the process.
type Work = Box<dyn FnOnce(&mut Context<'_, ()>) -> anyhow::Result<()> + Send>;

/// A process before it is created.
pub(crate) struct Prepared {
    pub(crate) process: TestProcess,
    pub(crate) spawn: Spawn,
    booted: oneshot::Receiver<()>,
}

impl Prepared {
    /// A process for `vm`.
    pub(crate) fn new(vm: &TestVm, boot: impl FnOnce(&mut Context<'_, ()>) + Send + 'static) -> Self {
        let name = Value::unique(NAME);
        let orders = topic!(Order { process: name.clone(), .. });
        let (is_booted, booted) = oneshot::channel();
        let (alive, life) = oneshot::channel();
        let spawn = Spawn::new((), move |(), cx| {
            boot(cx);
            let mut is_booted = Some(is_booted);
            cx.subscriber(orders)
                .on_message(move |(), cx, order| {
                    let _alive = &alive;
                    order.work.take().map_or(Ok(()), |work| work(cx))
                })
                .on_settled(move |(), _, _| {
                    // The test may have given up.
                    let _given_up = is_booted.take().map(|is_booted| is_booted.send(()));
                });
        })
        .named(NAME);
        let process = TestProcess { vm: vm.clone(), name, life: life.shared() };
        Self { process, spawn, booted }
    }

    /// Creates the process with `spawn`, and returns when it has run `boot`.
    pub(crate) fn start(
        self,
        spawn: impl FnOnce(Spawn) -> anyhow::Result<()>,
    ) -> anyhow::Result<TestProcess> {
        let Self { process, spawn: prepared, booted } = self;
        spawn(prepared)?;
        let running = process.vm.running();
        running
            .wait(booted)
            .context("a test process has not booted in time")
            .with_context(|| running.report(None))?
            .context("a test process has failed to boot")?;
        Ok(process)
    }
}

impl TestProcess {
    /// The VM of the process.
    #[must_use]
    pub const fn vm(&self) -> &TestVm {
        &self.vm
    }

    /// Runs `work` in a turn of the process. Returns when the actions of that turn have been performed.
    ///
    /// # Errors
    ///
    /// If the process has ended, or takes no turn in time. If `work` fails, the process fails with that error, and this call
    /// does not.
    pub fn run<R: HandlerResult>(
        &self,
        work: impl FnOnce(&mut Context<'_, ()>) -> R + Send + 'static,
    ) -> anyhow::Result<()> {
        let (done, is_done) = oneshot::channel();
        let begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&begun);
        self.start(move |cx| {
            begins.store(true, Ordering::Release);
            work(cx).into_result()?;
            // Performed after all actions of this turn. The test may have given up.
            cx.yield_then(move |(), _| {
                let _given_up = done.send(());
            });
            anyhow::Ok(())
        })?;
        let running = self.vm.running();
        let done = running.wait(is_done).with_context(|| running.report(None))?;
        ensure!(done.is_ok() || begun.load(Ordering::Acquire), "the test process has ended");
        Ok(())
    }

    /// Runs `work` in a turn of the process, without waiting for it. Use it for a turn that blocks the program on purpose.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn start<R: HandlerResult>(
        &self,
        work: impl FnOnce(&mut Context<'_, ()>) -> R + Send + 'static,
    ) -> anyhow::Result<()> {
        let mut handle = self.vm.running().handle();
        let order = self.to_do(work);
        self.vm.running().wait(async move { handle.send(order).await })?.context("the program has ended")
    }

    fn to_do<R: HandlerResult>(
        &self,
        work: impl FnOnce(&mut Context<'_, ()>) -> R + Send + 'static,
    ) -> Order {
        let work: Work = Box::new(|cx| work(cx).into_result());
        Order { process: self.name.clone(), work: Arc::new(TakeOnce::new(work)) }
    }

    /// Makes the process quit. Returns when all its peers have been told.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub fn quit(&self) -> anyhow::Result<()> {
        self.run(|cx| cx.quit())?;
        self.ended()
    }

    /// Makes the process fail with this error. Returns when all its peers have been told.
    ///
    /// # Errors
    ///
    /// Those of [`run`](Self::run).
    pub fn fail(&self, error: &'static str) -> anyhow::Result<()> {
        self.run(move |_| Reason::error(anyhow!(error)).into_result())?;
        self.ended()
    }

    /// Waits until the process has ended and all its peers have been told.
    ///
    /// # Errors
    ///
    /// If it has not ended in time.
    pub fn ended(&self) -> anyhow::Result<()> {
        let running = self.vm.running();
        let _gone = running
            .wait(self.life.clone())
            .context("the test process has not ended")
            .with_context(|| running.report(None))?;
        Ok(())
    }
}

impl Drop for TestProcess {
    fn drop(&mut self) {
        // A new handle has room for one request, so this does not wait.
        let _ended = self.vm.running().handle().send(self.to_do(|cx| cx.quit())).now_or_never();
    }
}

/// Short, since most of the events in an error are orders.
impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Order {{ process: {:?} }}", self.process)
    }
}

impl fmt::Debug for TestProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestProcess").finish_non_exhaustive()
    }
}
