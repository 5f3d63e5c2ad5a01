//! A program's counters: when they are requested, whether the program answers, and the rates of a second.

use std::time::{Duration, Instant};

use marketplace_core::Counters;

use crate::frame::Second;

/// A program that has not answered for this long is stuck.
const TIMEOUT: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Counter {
    /// When the counters were last requested, or should have been.
    asked: Option<Instant>,
    /// When the unanswered request was sent, if there is one.
    unanswered: Option<Instant>,
    latest: (Instant, Counters),
    /// The counters at the end of the last second.
    passed: (Instant, Counters),
}

impl Counter {
    pub(super) fn new(now: Instant) -> Self {
        let nothing = (now, Counters::default());
        Self { asked: None, unanswered: None, latest: nothing, passed: nothing }
    }

    /// Whether the counters are to be requested now: once a second, or less often in a very large program, because counting
    /// takes time in the number of VMs. (There are fewer VMs than processes.)
    pub(super) fn is_due(&mut self, now: Instant) -> bool {
        let period = Duration::from_secs(1 + self.latest.1.processes as u64 / 100_000);
        let next = self.asked.map_or(now, |asked| asked + period);
        if self.unanswered.is_some() || now < next {
            return false;
        }
        // A request that is a little late does not delay the next ones.
        let is_late = now.saturating_duration_since(next) >= period;
        (self.asked, self.unanswered) = (Some(if is_late { now } else { next }), Some(now));
        true
    }

    pub(super) fn answered(&mut self, counters: Counters, now: Instant) {
        (self.latest, self.unanswered) = ((now, counters), None);
    }

    pub(super) fn end(&mut self) {
        let counters = &mut self.latest.1;
        (counters.processes, counters.endpoints, counters.pending) = (0, 0, 0);
        self.unanswered = None;
    }

    pub(crate) const fn counters(&self) -> Counters {
        self.latest.1
    }

    /// Whether the program has answered since the last second ended.
    pub(crate) fn is_fresh(&self) -> bool {
        self.latest.0 > self.passed.0
    }

    pub(crate) fn is_stuck(&self, now: Instant) -> bool {
        self.unanswered.is_some_and(|since| now.saturating_duration_since(since) > TIMEOUT)
    }

    /// Ends a second, and returns its numbers. All rates are 0 if the program has not answered since the last one.
    pub(crate) fn pass(&mut self) -> Second {
        let ((then, before), (now, counters)) = (self.passed, self.latest);
        self.passed = self.latest;
        let seconds = now.saturating_duration_since(then).as_secs_f64();
        let rate =
            |now: u64, then: u64| if seconds > 0.0 { now.saturating_sub(then) as f64 / seconds } else { 0.0 };
        Second {
            time: 0.0,
            messages: rate(counters.messages, before.messages),
            deliveries: rate(counters.deliveries, before.deliveries),
            dropped: rate(counters.dropped, before.dropped),
            turns: rate(counters.turns, before.turns),
            processes: counters.processes,
            endpoints: counters.endpoints,
            pending: counters.pending,
        }
    }
}
