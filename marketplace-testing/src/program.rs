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

/// A program under test. The test moves it by hand, or it runs on a thread of its own.
///
/// Use [`by_hand`](Self::by_hand) for everything without real I/O. The program then moves only inside the calls of this
/// type and of the values that it returns. When such a call returns, the program is at rest: nothing can happen before
/// something comes from outside. Its time is a [`Clock`] that the test advances. Such a test sees every step, takes no
/// time, and takes the same steps each time. Use [`run`](Self::run) for real sockets, files and clocks.
///
/// With both, every wait has an end: in real time after [`TIMEOUT`](crate::TIMEOUT), by hand when the program is at rest.
/// The error then reports what has happened instead.
///
/// A program dereferences to [`TestVm`], which is its ground, and which creates the test's processes and inboxes.
///
/// Dropping this value ends the program at once.
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
    /// Keeps the program running.
    strong: Option<Handle>,
    clock: Clock,
}

impl TestProgram {
    /// A program that the test moves by hand. The ground waits on the clock that [`advance`](Self::advance) moves; a `Sleep`
    /// that it had is replaced.
    #[must_use]
    pub fn by_hand(ground: Ground) -> Self {
        Self::moving(ground, Recording::On)
    }

    /// Like [`by_hand`](Self::by_hand), without recording events; see [`run_unrecorded`](Self::run_unrecorded).
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
    /// If the system cannot start a thread.
    pub fn run(ground: Ground) -> io::Result<Self> {
        Self::running_by_itself(ground, Recording::On)
    }

    /// Like [`run`](Self::run), without recording events. Use it if there are so many events that recording takes too long,
    /// or if the test measures time or memory. The error of a wait then shows the processes, and not the last events.
    ///
    /// # Errors
    ///
    /// If the system cannot start a thread.
    pub fn run_unrecorded(ground: Ground) -> io::Result<Self> {
        Self::running_by_itself(ground, Recording::Off)
    }

    fn running_by_itself(ground: Ground, recording: Recording) -> io::Result<Self> {
        let strong = Some(ground.handle());
        let ground = TestVm::ground(Running::on_thread(ground, recording)?);
        Ok(Self { ground, strong, clock: Clock::new() })
    }

    /// A weak handle to the program.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.running().handle()
    }

    /// The clock of a program that is moved by hand.
    #[must_use]
    pub const fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Lets time pass for a program that is moved by hand. Time goes in steps, from the end of one wait to the next, and the
    /// program comes to rest at each step.
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

    /// Moves a program that is moved by hand until it is at rest. Call it after something outside has happened, for example
    /// after [`Feed::send`](crate::Feed::send).
    pub fn settle(&self) {
        self.running().settle();
    }

    /// Waits for a future. A program that is moved by hand moves in the meantime.
    ///
    /// # Errors
    ///
    /// If the future is not ready in time. The error reports what has happened instead.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> anyhow::Result<T> {
        self.running().wait(future).with_context(|| self.running().report(None))
    }

    /// Sends a message from outside the program, to subscribers.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn send<M: Message>(&self, message: M) -> anyhow::Result<()> {
        let mut handle = self.handle();
        self.wait(async move { handle.send(message).await })?.context("the program has ended")
    }

    /// Sends feedback from outside the program, to publishers.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn send_feedback<M: Message>(&self, message: M) -> anyhow::Result<()> {
        let mut handle = self.handle();
        self.wait(async move { handle.send_feedback(message).await })?.context("the program has ended")
    }

    /// A snapshot of all processes and endpoints.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn snapshot(&self) -> anyhow::Result<Snapshot> {
        let mut handle = self.handle();
        self.wait(async move { handle.snapshot().await })?.context("the program has ended")
    }

    /// The counters of the program: how much there is, and how much has happened.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn counters(&self) -> anyhow::Result<Counters> {
        let mut handle = self.handle();
        self.wait(async move { handle.counters().await })?.context("the program has ended")
    }

    /// Explains which endpoints receive and send the messages of a topic at the ground, and why the others do not.
    ///
    /// # Errors
    ///
    /// If the program has ended.
    pub fn explain(&self, topic: impl Into<Topic>) -> anyhow::Result<Explanation> {
        Ok(self.snapshot()?.explain(&[], topic))
    }

    /// The event sources that the ground has open, formatted with `Debug`. A program that has ended has none. A performed
    /// future is not an event source, although it keeps the program running.
    ///
    /// # Errors
    ///
    /// If the program does not answer in time.
    pub fn open_sources(&self) -> anyhow::Result<Vec<String>> {
        if self.has_ended() {
            return Ok(Vec::new());
        }
        self.snapshot().map(|snapshot| open_sources(&snapshot))
    }

    /// Records all events from now on.
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

    /// Starts a trace, which lasts until the program ends, and returns a snapshot of this moment.
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

    /// Asks the program to stop, without a deadline.
    ///
    /// A program that runs on a thread of its own may receive the request after this has returned, and after later requests
    /// of the test. If that matters, create an inbox of [`Stopping`](marketplace_core::Stopping) before, with
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

    /// Asks the program to stop, and to drop what is left after `grace`. If the program is moved by hand, `grace` is time on
    /// the test's clock.
    ///
    /// As with [`ask_to_stop`](Self::ask_to_stop), the program may receive the request later.
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

    /// Stops the program, without a deadline, and waits for its end.
    ///
    /// # Errors
    ///
    /// The error of the main process; or if the program does not end in time, a report of what is left in it.
    pub fn stop(self) -> anyhow::Result<()> {
        self.ask_to_stop()?;
        self.outcome()
    }

    /// Drops the strong handle that keeps the program running. The program then ends by itself when nothing can happen in it
    /// any more.
    pub fn release(&mut self) {
        self.strong = None;
        self.settle();
    }

    /// Drops the strong handle as [`release`](Self::release) does, and waits for the end of the program.
    ///
    /// # Errors
    ///
    /// The error of the main process; or if the program does not end in time, a report of what is left in it.
    pub fn end(mut self) -> anyhow::Result<()> {
        self.release();
        self.outcome()
    }

    /// Waits for the end of the program.
    ///
    /// # Errors
    ///
    /// The error of the main process; or if the program does not end in time, a report of what is left in it.
    pub fn outcome(&self) -> anyhow::Result<()> {
        match self.running().wait(self.handle().closed()) {
            Ok(outcome) => outcome.map_err(anyhow::Error::from),
            Err(_) => bail!("the program has not ended; {}", self.running().report(None)),
        }
    }

    /// Whether the program has ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.handle().closed().now_or_never().is_some()
    }
}

/// The event sources that the ground has open, without those of test processes.
pub(crate) fn open_sources(snapshot: &Snapshot) -> Vec<String> {
    let endpoints = snapshot.processes.iter().flat_map(|process| &process.endpoints);
    let roles = endpoints.map(|endpoint| &endpoint.role);
    let offers = roles
        .filter(|role| (role.orientation, role.interest) == (Orientation::Publisher, Interest::Participant));
    let sources = offers.filter_map(|role| role.topic.downcast_ref::<GroundEvent>()?.source.value());
    sources.map(|source| format!("{source:?}")).collect()
}

/// The ground, as the VM in which the test creates processes.
impl Deref for TestProgram {
    type Target = TestVm;

    fn deref(&self) -> &TestVm {
        &self.ground
    }
}

impl Drop for TestProgram {
    fn drop(&mut self) {
        // A program that does not stop has a turn that does not end: its thread ends with the test binary.
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
