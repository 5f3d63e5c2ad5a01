//! The relay: the timers of a nested VM, kept outside.

use std::collections::HashMap;

use marketplace_core::{Context, Spawn, Value, topic};

use crate::message::{CancelTimer, SetTimer, TimerExpired};
use crate::service::{Served, Service, serve};

/// The process that serves timers to a nested VM, by asking for them in the VM around, where a timer driver or
/// another relay must be. A VM has one.
///
/// `self_id` is for diagnostics: relays of one name do not interfere. The timers go with the VM, and the relay
/// goes with those who serve it outside.
pub fn timer_relay(self_id: impl Into<Value>) -> Spawn {
    let self_id = self_id.into();
    let identity = Value::unique(format!("timer relay {self_id:?}"));
    let name = format!("{identity:?}");
    Spawn::new(Relay { identity, series: 0, pending: HashMap::new() }, |_, cx| {
        serve(cx);
        cx.meta()
            .observe_publishers(topic!(Served {}))
            .on_departure(|_, cx, _, reason| cx.quit_because(reason.clone()));
    })
    .named(name)
}

struct Relay {
    /// Nobody else has this, so nobody else has a label with it.
    identity: Value,
    /// How many series of timers there have been.
    series: u64,
    /// By the labels inside.
    pending: HashMap<Value, Series>,
}

/// The pending timers of one label.
struct Series {
    number: u64,
    timers: usize,
    /// The label outside. A series that was cancelled and a later one of the same label have different
    /// ones, so that what was still on its way for the former is not taken for the latter.
    label: Value,
    /// The name of the endpoint that hears it.
    endpoint: Value,
}

/// What a label outside is made of.
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
    /// Begins a series; its label outside. When the VM goes, so does the subscriber, and with it the timers.
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
