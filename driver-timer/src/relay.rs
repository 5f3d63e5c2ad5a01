//! The relay: it serves the timers of a nested VM by setting timers in the containing VM.

use std::collections::HashMap;

use marketplace_core::{Context, Spawn, Value, topic};

use crate::message::{CancelTimer, SetTimer, TimerExpired};
use crate::service::{Service, TimerService, serve};

/// The process that serves the timers of a nested VM. It sets them in the containing VM, which must have a timer driver
/// or another relay.
///
/// Spawn it once in each nested VM that uses timers. `self_id` appears in names and traces only: relays with the same
/// `self_id` do not interfere. When the VM ends, its timers are cancelled. When the driver or the relay in the
/// containing VM ends, this relay quits with the same reason. If the nested VM already has a timer driver or a timer
/// relay, the new one quits with an error as the reason.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use driver_timer::{SetTimer, TimerExpired, timer_driver, timer_relay};
/// use marketplace_core::{Ground, Spawn, topic};
///
/// let waiter = Spawn::new((), |(), cx| {
///     cx.subscriber(topic!(TimerExpired { label: "done".into(), .. })).on_message(|(), cx, _| {
///         // Ends the nested VM, and so the program.
///         cx.meta().quit();
///     });
///     cx.send(SetTimer::after("done", Duration::from_millis(10)));
/// });
/// let vm = Spawn::nested([timer_relay("relay"), waiter]);
/// async_std::task::block_on(Ground::new().spawn(timer_driver()).main(vm).run())?;
/// # anyhow::Ok(())
/// ```
pub fn timer_relay(self_id: impl Into<Value>) -> Spawn {
    let self_id = self_id.into();
    let identity = Value::unique(format!("timer relay {self_id:?}"));
    let name = format!("{identity:?}");
    Spawn::new(Relay { identity, series: 0, pending: HashMap::new() }, |_, cx| {
        serve(cx);
        cx.meta()
            .observe_publishers(topic!(TimerService {}))
            .on_departure(|_, cx, _, reason| cx.quit_because(reason.clone()));
    })
    .named(name)
}

struct Relay {
    /// A unique value. It is a part of all labels that this relay uses in the containing VM.
    identity: Value,
    /// The number of series so far.
    series: u64,
    /// The pending series, by their labels in the nested VM.
    pending: HashMap<Value, Series>,
}

/// The pending timers of one label.
struct Series {
    number: u64,
    timers: usize,
    /// The label in the containing VM. It is different for each series, so that a message on its way to a cancelled
    /// series is not mistaken for one of a later series with the same label.
    label: Value,
    /// The name of the endpoint that subscribes to this label.
    endpoint: Value,
}

/// A label in the containing VM.
#[derive(Debug, PartialEq, Eq, Hash)]
struct OutsideLabel {
    relay: Value,
    number: u64,
    label: Value,
}

impl Service for Relay {
    fn set(&mut self, cx: &mut Context<'_, Self>, timer: &SetTimer) {
        let label = match self.pending.get_mut(&timer.label) {
            Some(series) => {
                series.timers += 1;
                series.label.clone()
            }
            None => self.begin(cx, &timer.label),
        };
        cx.meta().send(SetTimer { label, deadline: timer.deadline });
    }

    fn cancel(&mut self, cx: &mut Context<'_, Self>, label: &Value) {
        if let Some(series) = self.pending.remove(label) {
            cx.meta().send(CancelTimer { label: series.label });
            cx.meta().delete(series.endpoint);
        }
    }
}

impl Relay {
    /// Begins a series, and returns its label in the containing VM. When the nested VM ends, the subscriber is removed,
    /// which cancels the timers.
    fn begin(&mut self, cx: &mut Context<'_, Self>, inside: &Value) -> Value {
        self.series += 1;
        let number = self.series;
        let outside = Value::of(OutsideLabel { relay: self.identity.clone(), number, label: inside.clone() });
        let label = inside.clone();
        let endpoint = cx
            .meta()
            .subscriber(topic!(TimerExpired { label: outside.clone(), time: _ }))
            .on_message(move |relay: &mut Self, cx, expired| relay.expire(cx, &label, number, expired))
            .name();
        let series = Series { number, timers: 1, label: outside.clone(), endpoint };
        self.pending.insert(inside.clone(), series);
        outside
    }

    fn expire(&mut self, cx: &mut Context<'_, Self>, label: &Value, number: u64, expired: &TimerExpired) {
        let Some(series) = self.pending.get_mut(label).filter(|series| series.number == number) else {
            return;
        };
        series.timers -= 1;
        if series.timers == 0
            && let Some(series) = self.pending.remove(label)
        {
            cx.meta().delete(series.endpoint);
        }
        cx.send(TimerExpired { label: label.clone(), time: expired.time });
    }
}
