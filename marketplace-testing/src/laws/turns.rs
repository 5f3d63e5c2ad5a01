//! A trace of the driver's processes: how long their turns take, and how many messages they send.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::ensure;
use marketplace_core::{GroundEvent, Pid, Trace, TraceEvent};

use super::LONGEST_TURN;
use super::scene::is_own;

/// The number of messages that are kept to be shown. More would look like a leak of the driver.
const SHOWN: usize = 16;

/// A trace of the turns and messages of all processes except those of the test.
#[derive(Clone, Default)]
pub(super) struct Turns(Arc<Mutex<Taken>>);

#[derive(Default)]
struct Taken {
    names: HashMap<Pid, String>,
    /// The current turns: several, one inside the other, if VMs are nested.
    going_on: Vec<(Pid, Instant)>,
    longest: Option<(Duration, String)>,
    /// The first messages that were sent, without those from event sources.
    sent: Vec<String>,
}

impl Turns {
    /// The first messages that were sent, formatted with `Debug`.
    pub(super) fn sent(&self) -> Vec<String> {
        self.lock().sent.clone()
    }

    /// Fails if a turn has taken too long.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        if let Some((time, name)) = &self.lock().longest {
            ensure!(*time < LONGEST_TURN, "a turn of {name} took {time:?}");
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Trace for Turns {
    fn trace(&self, _: &[Pid], event: &TraceEvent<'_>) {
        self.lock().note(event);
    }
}

impl Taken {
    fn note(&mut self, event: &TraceEvent<'_>) {
        match *event {
            TraceEvent::ProcessStarted { pid, name: Some(name), .. } => {
                self.names.insert(pid.clone(), name.to_owned());
            }
            TraceEvent::ProcessLeft { pid, .. } => {
                self.names.remove(pid);
            }
            TraceEvent::TurnBegan { pid, .. } => self.going_on.push((pid.clone(), Instant::now())),
            TraceEvent::TurnEnded { pid } => self.end(pid),
            TraceEvent::MessageSent { pid, message, .. }
                if self.sent.len() < SHOWN
                    && message.downcast_ref::<GroundEvent>().is_none()
                    && !is_own(self.name(pid)) =>
            {
                self.sent.push(format!("{message:?}"));
            }
            _ => {}
        }
    }

    fn end(&mut self, pid: &Pid) {
        // A turn that fails may have no `TurnEnded`.
        let Some(at) = self.going_on.iter().rposition(|(began, _)| began == pid) else { return };
        let time = self.going_on[at].1.elapsed();
        self.going_on.truncate(at);
        if self.longest.as_ref().is_none_or(|(longest, _)| time > *longest) {
            self.longest = Some((time, self.name(pid).to_owned()));
        }
    }

    fn name(&self, pid: &Pid) -> &str {
        self.names.get(pid).map_or("a process without a name", |name| name)
    }
}
