//! A program with the driver, whose clock and ground are advanced by the test.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use marketplace_core::{Ground, Message, Spawn, topic};
use marketplace_testing::{Inbox, InboxEvent, TestProgram};

use crate::TimerExpired;
use crate::clock::{Clock, Now};
use crate::driver::driver;

/// The first time of the wall clock.
pub(super) fn started() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000)
}

pub(super) struct Stage {
    clock: StageClock,
    program: TestProgram,
    expired: Inbox<TimerExpired>,
}

/// The driver's two clocks: the monotonic clock, which the test advances, and the wall clock, which can be set.
#[derive(Clone)]
struct StageClock {
    monotonic: marketplace_testing::Clock,
    /// The time of the wall clock when the monotonic clock is zero.
    wall: Arc<Mutex<SystemTime>>,
}

impl Stage {
    pub(super) fn new() -> anyhow::Result<Self> {
        let clock = StageClock {
            monotonic: marketplace_testing::Clock::new(),
            wall: Arc::new(Mutex::new(started())),
        };
        // Unrecorded, because there may be a million timers.
        let program = TestProgram::by_hand_unrecorded(Ground::new().spawn(driver(Arc::new(clock.clone()))));
        let expired = program.messages(topic!(TimerExpired { .. }))?;
        Ok(Self { clock, program, expired })
    }

    /// Another driver with the same clock.
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

    /// Advances both clocks.
    pub(super) fn advance(&self, time: Duration) {
        self.clock.monotonic.advance(time);
        self.program.settle();
    }

    /// Sets the wall clock, without any notification.
    pub(super) fn set_wall_clock(&self, forward: Duration, back: Duration) {
        let mut wall = self.clock.wall();
        *wall = *wall + forward - back;
    }

    /// The labels of the timers that have expired since the last call.
    pub(super) fn expired(&mut self) -> Vec<String> {
        self.expired_at().into_iter().map(|(label, _)| label).collect()
    }

    /// The same, with the time in each message.
    pub(super) fn expired_at(&mut self) -> Vec<(String, SystemTime)> {
        let expired = self.expired.rest().into_iter().filter_map(|seen| match seen {
            InboxEvent::Message(expired) => Some(expired),
            _ => None,
        });
        expired.map(|expired| (format!("{:?}", expired.label).replace('"', ""), expired.time)).collect()
    }

    /// The number of futures that wait for the clock.
    pub(super) fn waits(&self) -> usize {
        self.clock.monotonic.waiting()
    }

    /// Drops the handle that keeps the program from ending.
    pub(super) fn release(&mut self) {
        self.program.release();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.program.has_ended()
    }

    /// Drops the handle that keeps the program from ending, and checks that it ends.
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
