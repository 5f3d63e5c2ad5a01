//! The driver: it keeps the pending timers, and one wake-up for the next of them.

use std::sync::Arc;

use marketplace_core::{Context, Spawn, Stopping, Value, topic};
use tracing::trace;

use crate::clock::{Clock, Now};
use crate::io::SystemClock;
use crate::message::{SetTimer, TimerExpired};
use crate::service::{Service, serve};
use crate::timers::Timers;
use crate::wakeup::{Fired, Wakeup};

#[cfg(test)]
mod tests;

/// The largest number of timers that expire in one turn, before other processes run.
const BATCH: usize = 256;

/// The process that serves the timers of its VM, with the system's clocks.
///
/// Spawn it once at the ground, before the processes that set timers. In a nested VM use [`timer_relay`] instead, or
/// spawn this driver there together with an event relay. If the VM already has a timer driver or a timer relay, the new
/// one quits with an error as the reason.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use driver_timer::{SetTimer, TimerExpired, timer_driver};
/// use marketplace_core::{Ground, Spawn, topic};
///
/// let waiter = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(TimerExpired { label: "done".into(), .. })).on_message(|(), cx, _| cx.quit());
///     cx.send(SetTimer::after("done", Duration::from_millis(10)));
/// });
/// async_std::task::block_on(Ground::new().spawn(timer_driver()).main(waiter).run())?;
/// # anyhow::Ok(())
/// ```
///
/// [`timer_relay`]: crate::timer_relay
#[must_use]
pub fn timer_driver() -> Spawn {
    driver(Arc::new(SystemClock::new()))
}

struct Driver {
    clock: Arc<dyn Clock>,
    timers: Timers,
    /// While timers are pending: the wake-up, and the name of the endpoint that receives its events.
    wakeup: Option<(Wakeup, Value)>,
    /// Whether more timers are due than one turn handles. The rest expires in the next round.
    has_backlog: bool,
}

fn driver(clock: Arc<dyn Clock>) -> Spawn {
    let driver = Driver { clock, timers: Timers::default(), wakeup: None, has_backlog: false };
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
    /// Sends `TimerExpired` for the timers that are due, then sets the wake-up for the next one.
    ///
    /// It must be called after each change of the timers. Setting the wake-up also postpones the next check of the wall
    /// clock, so it must be checked now.
    fn expire(&mut self, cx: &mut Context<'_, Self>, now: Now) {
        if self.has_backlog {
            return;
        }
        for _ in 0..BATCH {
            let Some(label) = self.timers.pop_due(now) else { return self.wait(cx, now) };
            cx.send(TimerExpired { label, time: now.wall });
        }
        self.has_backlog = true;
        cx.yield_then(|driver, cx| {
            driver.has_backlog = false;
            driver.expire(cx, driver.clock.now());
        });
    }

    /// Sets the wake-up for the next deadline. Without pending timers the wake-up is deleted, so that the program can
    /// end.
    fn wait(&mut self, cx: &mut Context<'_, Self>, now: Now) {
        let Some(time) = self.timers.next_wakeup(now) else {
            if let Some((_, endpoint)) = self.wakeup.take() {
                cx.delete(endpoint);
            }
            return;
        };
        let (wakeup, _) = self.wakeup.get_or_insert_with(|| {
            let (wakeup, source) = Wakeup::new(Arc::clone(&self.clock));
            let endpoint = cx.on_event(&source, |driver: &mut Self, cx, _: &Fired| {
                driver.expire(cx, driver.clock.now());
            });
            // Without a clock the driver cannot work, so it fails, and its users see an absence with this reason.
            let endpoint = endpoint.on_absence(|_, _, _, reason| reason.clone().into_result());
            (wakeup, endpoint.name())
        });
        wakeup.set(time);
    }
}
