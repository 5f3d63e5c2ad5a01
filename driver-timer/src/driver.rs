//! The driver: it keeps the pending timers, and one alarm for the next of them.

use std::sync::Arc;

use marketplace_core::{Context, Spawn, Stopping, Value, topic};
use tracing::trace;

use crate::alarm::{Alarm, Rings};
use crate::clock::{Clock, Now};
use crate::io::SystemClock;
use crate::message::{SetTimer, TimerExpired};
use crate::service::{Service, serve};
use crate::timers::Timers;

#[cfg(test)]
mod tests;

/// How many timers expire in one turn, before others come in between.
const BATCH: usize = 256;

/// The process that serves timers to its VM, by the system's clocks; at the ground, or in a VM with an event
/// relay. A VM has one.
#[must_use]
pub fn timer_driver() -> Spawn {
    driver(Arc::new(SystemClock::new()))
}

struct Driver {
    clock: Arc<dyn Clock>,
    timers: Timers,
    /// While timers are pending: the alarm, and the endpoint that hears it.
    alarm: Option<(Alarm, Value)>,
    /// Whether timers are due that are to expire in the next round.
    is_behind: bool,
}

fn driver(clock: Arc<dyn Clock>) -> Spawn {
    let driver = Driver { clock, timers: Timers::default(), alarm: None, is_behind: false };
    Spawn::new(driver, |_, cx| {
        serve(cx);
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|_, cx, _| cx.quit());
    })
    .named("timer driver")
}

impl Service for Driver {
    fn set(&mut self, cx: &mut Context<'_, Self>, timer: &SetTimer) {
        trace!(?timer, "timer set");
        let now = self.clock.now();
        self.timers.set(&timer.label, timer.deadline, now);
        self.expire(cx, now);
    }

    fn cancel(&mut self, cx: &mut Context<'_, Self>, label: &Value) {
        trace!(?label, "timers cancelled");
        self.timers.cancel(label);
        self.expire(cx, self.clock.now());
    }
}

impl Driver {
    /// Has those timers expire that are due. To be called whenever the alarm may have to be set anew: that
    /// puts off the next look at the wall clock, so there must be one now.
    fn expire(&mut self, cx: &mut Context<'_, Self>, now: Now) {
        if self.is_behind {
            return;
        }
        for _ in 0..BATCH {
            let Some(label) = self.timers.take_due(now) else { return self.wait(cx, now) };
            cx.send(TimerExpired { label, time: now.wall });
        }
        self.is_behind = true;
        cx.yield_then(|driver, cx| {
            driver.is_behind = false;
            driver.expire(cx, driver.clock.now());
        });
    }

    /// Has the alarm go off at the next deadline; without one there is no alarm, so that the program can end.
    fn wait(&mut self, cx: &mut Context<'_, Self>, now: Now) {
        let Some(time) = self.timers.next_look(now) else {
            if let Some((_, endpoint)) = self.alarm.take() {
                cx.delete(endpoint);
            }
            return;
        };
        let (alarm, _) = self.alarm.get_or_insert_with(|| {
            let (alarm, source) = Alarm::new(Arc::clone(&self.clock));
            let hears = cx.on_event(&source, |driver: &mut Self, cx, _: &Rings| {
                driver.expire(cx, driver.clock.now());
            });
            // Without a clock there are no timers; by an error the users of this driver learn it.
            let hears = hears.on_absence(|_, _, _, reason| reason.clone().into_result());
            (alarm, hears.name())
        });
        alarm.set(time);
    }
}
