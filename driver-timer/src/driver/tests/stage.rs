//! A program with the driver, whose clock and whose ground are moved on by hand.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::{Inbox, InboxEvent, TestProgram};

use crate::TimerExpired;
use crate::clock::{Clock, Now};
use crate::driver::driver;

/// What the wall clock says at first.
pub(super) fn started() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

pub(super) struct Stage {
    clock: StageClock,
    program: TestProgram,
    expired: Inbox<TimerExpired>,
}

/// The driver's two clocks: one that the test moves, and one that people set.
#[derive(Clone)]
struct StageClock {
    monotonic: marketplace_testing::Clock,
    /// What the wall clock says when the other says zero.
    wall: Arc<Mutex<SystemTime>>,
}

impl Stage {
    pub(super) fn new() -> anyhow::Result<Self> {
        let clock = StageClock {
            monotonic: marketplace_testing::Clock::new(),
            wall: Arc::new(Mutex::new(started())),
        };
        // There may be a million timers.
        let program = TestProgram::by_hand_unrecorded(Ground::new().spawn(driver(Arc::new(clock.clone()))));
        let expired = program.messages(topic!(TimerExpired { .. }))?;
        Ok(Self { clock, program, expired })
    }

    /// Another driver by the same clock.
    pub(super) fn driver(&self) -> Spawn {
        driver(Arc::new(self.clock.clone()))
    }

    pub(super) fn send(&self, message: impl Message) -> anyhow::Result<()> {
        self.program.send(message)
    }

    pub(super) fn spawn(&self, spawn: Spawn) -> anyhow::Result<()> {
        self.program.spawn(spawn)
    }

    pub(super) fn ask_to_stop(&self) -> anyhow::Result<()> {
        self.program.ask_to_stop()
    }

    /// Has time pass, by both clocks.
    pub(super) fn advance(&self, time: Duration) {
        self.clock.monotonic.advance(time);
        self.program.settle();
    }

    /// Has somebody set the wall clock, of which nobody is told.
    pub(super) fn set_wall_clock(&self, forward: Duration, back: Duration) {
        let mut wall = self.clock.wall();
        *wall = *wall + forward - back;
    }

    /// The labels of the timers that have expired since this was asked last.
    pub(super) fn heard(&mut self) -> Vec<String> {
        self.heard_at().into_iter().map(|(label, _)| label).collect()
    }

    /// The same with what time each was told.
    pub(super) fn heard_at(&mut self) -> Vec<(String, SystemTime)> {
        let expired = self.expired.rest().into_iter().filter_map(|seen| match seen {
            InboxEvent::Message(expired) => Some(expired),
            _ => None,
        });
        expired.map(|expired| (format!("{:?}", expired.label).replace('"', ""), expired.time)).collect()
    }

    /// How many waits for the clock there are.
    pub(super) fn waits(&self) -> usize {
        self.clock.monotonic.waiting()
    }

    /// Gives up what keeps the program.
    pub(super) fn release(&mut self) {
        self.program.release();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.program.has_ended()
    }

    /// Gives up what keeps the program, which must end by itself.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.program.end()
    }
}

impl StageClock {
    fn wall(&self) -> MutexGuard<'_, SystemTime> {
        self.wall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for StageClock {
    fn now(&self) -> Now {
        let monotonic = self.monotonic.now();
        Now { monotonic, wall: *self.wall() + monotonic }
    }

    fn wait_until(&self, until: Duration) -> BoxFuture<'static, ()> {
        self.monotonic.sleep(until.saturating_sub(self.monotonic.now()))
    }
}
