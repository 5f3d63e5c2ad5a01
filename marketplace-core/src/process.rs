//! The actor of the high level: a state with closures.

use std::mem::{self, ManuallyDrop};

use anyhow::{Context as _, anyhow};

use crate::context::{Closures, Context};
use crate::handler_result::HandlerResult;
use crate::panic::guarded_drop;
use crate::{Actions, Actor, Event, EventKinds, Pid, Token};

/// The actor behind [`Spawn::new`](crate::Spawn::new).
pub(crate) struct Process<S> {
    state: S,
    boot: Option<Boot<S>>,
    pid: Option<Pid>,
    closures: Closures<S>,
}

type Boot<S> = Box<dyn FnOnce(&mut S, &mut Context<'_, S>) -> anyhow::Result<()> + Send>;

impl<S: Send + 'static> Process<S> {
    pub(crate) fn new<R: HandlerResult>(
        state: S,
        boot: impl FnOnce(&mut S, &mut Context<'_, S>) -> R + Send + 'static,
    ) -> Self {
        Self {
            state,
            boot: Some(Box::new(|state, cx| boot(state, cx).into_result())),
            pid: None,
            closures: Closures::default(),
        }
    }
}

impl<S: Send + 'static> Actor for Process<S> {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        // A message is borrowed, so the event needs no drop, and no time is spent to find that out.
        let event = ManuallyDrop::new(event);
        if let Event::Message { token, .. } = *event {
            return self.run(token, EventKinds::MESSAGE, &event, actions);
        }
        self.handle_rarer(ManuallyDrop::into_inner(event), actions)
    }
}

impl<S: Send + 'static> Process<S> {
    fn handle_rarer(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        let Self { state, boot, pid, closures } = self;
        match event {
            Event::Boot { pid: own } => {
                let boot = boot.take().context("a process can be booted only once")?;
                boot(state, &mut Context::new(actions, closures, pid.insert(own)))
            }
            Event::Closed { token } => {
                closures.endpoints.try_remove(token.0 as usize);
                Ok(())
            }
            Event::Spawned { token, .. }
            | Event::Ended { token, .. }
            | Event::Resumed { token }
            | Event::Completed { token, .. } => {
                let continuation = closures.continuations.try_remove(token.0 as usize);
                let continuation =
                    continuation.ok_or_else(|| anyhow!("no continuation is registered for {event:?}"))?;
                let pid = pid.as_ref().context(UNBOOTED)?;
                continuation(state, &mut Context::new(actions, closures, pid), event)
            }
            Event::Presence { token, .. }
            | Event::Absence { token, .. }
            | Event::Message { token, .. }
            | Event::Settled { token, .. } => self.run(token, EventKinds::of(&event), &event, actions),
        }
    }

    /// Runs the closures of an endpoint.
    #[inline(always)]
    fn run(
        &mut self,
        token: Token,
        kind: EventKinds,
        event: &Event<'_>,
        actions: &mut Actions,
    ) -> anyhow::Result<()> {
        let Self { state, pid, closures, .. } = self;
        let pid = pid.as_ref().context(UNBOOTED)?;
        let place = token.0 as usize;
        // A closure may add endpoints, so the table must be free while it runs.
        let Some(handlers) = closures.endpoints.get_mut(place) else { return Ok(()) };
        let mut handlers = mem::take(handlers);
        let outcome =
            handlers.run(kind, |closure| closure(state, &mut Context::new(actions, closures, pid), event));
        if let Some(place) = closures.endpoints.get_mut(place) {
            // The slot is empty, so skip its drop.
            mem::forget(mem::replace(place, handlers));
        }
        outcome
    }
}

const UNBOOTED: &str = "a process must be booted first";

impl<S> Drop for Process<S> {
    fn drop(&mut self) {
        // Dropped apart from the state, since a panic during another panic would abort the program.
        guarded_drop(self.boot.take(), "a process that never booted");
    }
}
