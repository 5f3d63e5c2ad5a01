//! The laws of a driver, checked on the timer driver. The service is a timer of one hour.

use std::time::Duration;

use driver_timer::{SetTimer, TimerExpired, timer_driver};
use marketplace_core::{Context, Role, Spawn, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Up};
use marketplace_testing::{TestProgram, driver_laws};

struct Timer;

const LABEL: &str = "lunch";

impl Subject for Timer {
    fn driver(&self) -> Spawn {
        timer_driver()
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.subscriber(topic!(TimerExpired { label: LABEL.into(), time: _ })).named(LABEL);
        cx.send(SetTimer::after(LABEL, Duration::from_secs(3600)));
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete(LABEL);
    }

    fn up(&self) -> Up {
        Up::Always(Role::publisher(topic!(TimerExpired { .. })), "there is always time")
    }

    fn is_open(&self, program: &TestProgram) -> anyhow::Result<bool> {
        Ok(!program.open_sources()?.is_empty())
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        Ok(Obstacle::Impossible("nobody can stop the clock"))
    }

    fn errand(&self) -> Errand {
        Errand::None("a timer that has not expired is dropped at a stop")
    }
}

driver_laws!(|| Ok(Timer));
