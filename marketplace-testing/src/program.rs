//! A program under test.

use std::fmt;
use std::future::ready;
use std::io;
use std::ops::Deref;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::FutureExt as _;
use futures::future::pending;
use marketplace_core::{
    Counters, Explanation, Ground, GroundEvent, Handle, Interest, Message, Orientation, Pattern, Snapshot,
    Topic, Trace,
};

use crate::io::sleep;
use crate::running::{Recording, Running};
use crate::vm::TestVm;
use crate::{Clock, Recorder};

/// A program under test: a ground that runs on a thread of its own, or that the test moves by hand.
///
/// [`by_hand`](Self::by_hand) is for all that has no real outside. The program moves only inside the calls of this type
/// and of what it hands out, each of which leaves it at rest, and its time is a [`Clock`] of the test's: so a test sees
/// each step, is over at once, and goes the same way each time. [`run`](Self::run) is for real sockets, files and clocks.
/// With either, whatever waits gives up, after [`TIMEOUT`](crate::TIMEOUT) or once the program has come to rest, and
/// says what has happened instead.
///
/// The test's processes, and what they see, come from [`TestVm`], which a program is: its ground.
///
/// Dropping it ends the program at once.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use marketplace_core::{Ground, Message, Spawn, topic};
/// use marketplace_testing::TestProgram;
///
/// #[derive(Debug, Message)]
/// struct Tick {}
///
/// # fn main() -> anyhow::Result<()> {
/// let ticker = Spawn::new((), |(), cx| {
///     cx.publisher(topic!(Tick {}));
///     cx.sleep_then(Duration::from_secs(3600), |(), cx| cx.send(Tick {}));
/// });
/// let program = TestProgram::by_hand(Ground::new().spawn(ticker));
/// let mut ticks = program.subscriber(topic!(Tick {}))?;
/// ticks.presence()?;
/// program.advance(Duration::from_secs(3599));
/// ticks.nothing()?;
/// program.advance(Duration::from_secs(1));
/// ticks.message()?;
/// # Ok(())
/// # }
/// ```
pub struct TestProgram {
    ground: TestVm,
    /// Keeps the program.
    strong: Option<Handle>,
    clock: Clock,
}

impl TestProgram {
    /// Moves a program by hand. Its way to wait, whatever it was, is the clock that [`advance`](Self::advance) moves.
    #[must_use]
    pub fn by_hand(ground: Ground) -> Self {
        Self::moving(ground, Recording::On)
    }

    /// The same, and does not write down what happens: see [`run_unrecorded`](Self::run_unrecorded).
    #[must_use]
    pub fn by_hand_unrecorded(ground: Ground) -> Self {
        Self::moving(ground, Recording::Off)
    }

    fn moving(ground: Ground, recording: Recording) -> Self {
        let clock = Clock::new();
        let ground = ground.with_sleep(clock.sleeper());
        let strong = Some(ground.handle());
        let program = Self { ground: TestVm::ground(Running::by_hand(ground, recording)), strong, clock };
        program.settle();
        program
    }

    /// Runs a program on a thread of its own, in real time.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn run(ground: Ground) -> io::Result<Self> {
        Self::running_by_itself(ground, Recording::On)
    }

    /// The same, and does not write down what happens: for programs in which so much does that it takes too long, or whose
    /// time or memory is measured. A failure says who there is, and not what has happened.
    ///
    /// # Errors
    ///
    /// The system gives no thread.
    pub fn run_unrecorded(ground: Ground) -> io::Result<Self> {
        Self::running_by_itself(ground, Recording::Off)
    }

    fn running_by_itself(ground: Ground, recording: Recording) -> io::Result<Self> {
        let strong = Some(ground.handle());
        let ground = TestVm::ground(Running::on_thread(ground, recording)?);
        Ok(Self { ground, strong, clock: Clock::new() })
    }

    /// A weak handle on the program.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.running().handle()
    }

    /// The clock of a program that is moved by hand.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lets time pass for a program that is moved by hand, from one moment for which somebody waits to the next; at each
    /// the program comes to rest.
    pub fn advance(&self, duration: Duration) {
        let mut left = duration;
        while let Some(next) = self.clock.next().filter(|next| *next <= left) {
            self.clock.advance(next);
            self.settle();
            left -= next;
        }
        self.clock.advance(left);
        self.settle();
    }

    /// Has a program that is moved by hand come to rest, after something outside it has happened: a [`Feed`](crate::Feed)
    /// was fed, say.
    pub fn settle(&self) {
        self.running().settle();
    }

    /// Waits for a future, and has a program that is moved by hand move meanwhile.
    ///
    /// # Errors
    ///
    /// The future is not done in time; what has happened instead.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> anyhow::Result<T> {
        self.running().wait(future).with_context(|| self.running().report(None))
    }

    /// Sends a message, in nobody's name.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn send<M: Message>(&self, message: M) -> anyhow::Result<()> {
        let mut handle = self.handle();
        self.wait(async move { handle.send(message).await })?.context("the program has ended")
    }

    /// Sends a message to publishers, in nobody's name.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn send_feedback<M: Message>(&self, message: M) -> anyhow::Result<()> {
        let mut handle = self.handle();
        self.wait(async move { handle.send_feedback(message).await })?.context("the program has ended")
    }

    /// What there is in the program.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let mut handle = self.handle();
        self.wait(async move { handle.snapshot().await })?.context("the program has ended")
    }

    /// How much there is in the program and how much has happened.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn counters(&self) -> anyhow::Result<Counters> {
        let mut handle = self.handle();
        self.wait(async move { handle.counters().await })?.context("the program has ended")
    }

    /// Who has to do with the messages of a topic at the ground, and what keeps the others apart.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn explain(&self, topic: impl Into<Topic>) -> anyhow::Result<Explanation> {
        Ok(self.snapshot()?.explain(&[], topic))
    }

    /// The event sources that the ground has open, as `Debug` shows them. A program that has ended has none. A future that
    /// somebody `perform`s is none, although it keeps the program.
    ///
    /// # Errors
    ///
    /// If the program does not answer.
    pub fn open_sources(&self) -> anyhow::Result<Vec<String>> {
        if self.has_ended() {
            return Ok(Vec::new());
        }
        self.snapshot().map(|snapshot| open_sources(&snapshot))
    }

    /// Records what happens from now on.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn record(&self) -> anyhow::Result<Recorder> {
        let recorder = Recorder::new();
        let snapshot = self.trace(recorder.clone())?;
        recorder.learn(&snapshot);
        Ok(recorder)
    }

    /// Has somebody told what happens from now on, to the program's end; what there is now.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn trace(&self, trace: impl Trace) -> anyhow::Result<Snapshot> {
        let mut handle = self.handle();
        let guard = self.wait(async move { handle.trace(trace).await })?.context("the program has ended")?;
        let snapshot = guard.snapshot.clone();
        guard.keep();
        Ok(snapshot)
    }

    /// Asks the program to stop, and to take all the time that it needs.
    ///
    /// A program that runs on a thread of its own may get the request after this has returned, and what the test asks for
    /// next may overtake it. If that matters, watch [`Stopping`](marketplace_core::Stopping) before, by an inbox of
    /// `program.observe_publishers(topic!(Stopping { .. }))`, and wait for its `presence` afterwards.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn ask_to_stop(&self) -> anyhow::Result<()> {
        let mut handle = self.handle();
        let far = Instant::now() + Duration::from_secs(3600);
        self.wait(async move { handle.stop(far, pending()).await })?.context("the program has ended")
    }

    /// Asks the program to stop, and to drop what is left after `grace`: by the test's clock, if it is moved by hand.
    ///
    /// As of [`ask_to_stop`](Self::ask_to_stop), the request may get there later.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn ask_to_stop_within(&self, grace: Duration) -> anyhow::Result<()> {
        let mut handle = self.handle();
        let deadline = Instant::now() + grace;
        let (by_hand, clock) = (self.running().is_by_hand(), self.clock.clone());
        self.wait(async move {
            match () {
                () if by_hand => handle.stop(deadline, clock.sleep(grace)).await,
                () if grace.is_zero() => handle.stop(deadline, ready(())).await,
                () => handle.stop(deadline, sleep(grace)).await,
            }
        })?
        .context("the program has ended")
    }

    /// Has the program stop and waits for its end, for which it may take all the time that it needs.
    ///
    /// # Errors
    ///
    /// That of the main process; or the program does not end, and what there is left in it.
    pub fn stop(self) -> anyhow::Result<()> {
        self.ask_to_stop()?;
        self.outcome()
    }

    /// Gives up what keeps the program, which then ends by itself once nothing can happen in it any more.
    pub fn release(&mut self) {
        self.strong = None;
        self.settle();
    }

    /// Gives up what keeps the program, and waits for its end.
    ///
    /// # Errors
    ///
    /// That of the main process; or the program does not end, and what there is left in it.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.release();
        self.outcome()
    }

    /// Waits for the program's end.
    ///
    /// # Errors
    ///
    /// That of the main process; or the program does not end, and what there is left in it.
    pub fn outcome(&self) -> anyhow::Result<()> {
        match self.running().wait(self.handle().closed()) {
            Ok(outcome) => outcome.map_err(anyhow::Error::from),
            Err(_) => bail!("the program goes on; {}", self.running().report(None)),
        }
    }

    /// Whether the program has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.handle().closed().now_or_never().is_some()
    }
}

/// The event sources that the ground has open, those of test processes left out.
pub(crate) fn open_sources(snapshot: &Snapshot) -> Vec<String> {
    let endpoints = snapshot.processes.iter().flat_map(|process| &process.endpoints);
    let roles = endpoints.map(|endpoint| &endpoint.role);
    let offers = roles
        .filter(|role| (role.orientation, role.interest) == (Orientation::Publisher, Interest::Participant));
    let sources = offers.filter_map(|role| role.topic.downcast_ref::<GroundEvent>()?.source.value());
    sources.map(|source| format!("{source:?}")).collect()
}

/// A program is its ground: the VM into which its test puts processes.
impl Deref for TestProgram {
    type Target = TestVm;

    fn deref(&self) -> &TestVm {
        &self.ground
    }
}

impl Drop for TestProgram {
    fn drop(&mut self) {
        // Whoever cannot be stopped has a turn that does not end: the thread goes with the tests.
        if self.ask_to_stop_within(Duration::ZERO).is_ok() {
            let _ended = self.running().wait(self.handle().closed());
        }
    }
}

impl fmt::Debug for TestProgram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestProgram").field("clock", &self.clock).finish_non_exhaustive()
    }
}
