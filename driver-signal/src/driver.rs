//! The driver: it sees which signals are subscribed to, catches them, and says when they come.

use std::collections::HashMap;
use std::mem;

use anyhow::{Context as _, anyhow};
use futures::stream;
use marketplace_core::{Context, EventSource, Pattern, Reason, Spawn, Stopping, Value, topic};
use tracing::{debug, warn};

use crate::io::{Caught, Told};
use crate::message::{Signal, SignalError, SignalKind};

/// The endpoint that keeps the program.
const WORK: &str = "work";

/// The process that catches signals for its VM; at the ground, or in a VM with an event relay.
#[must_use]
pub fn signal_driver() -> Spawn {
    let work = EventSource::repeatable("waiting for signals", stream::pending::<()>);
    let driver = Driver { caught: HashMap::new(), work, keeps_the_program: false, is_stopping: false };
    Spawn::new(driver, |_, cx| {
        cx.observe_subscribers(topic!(Signal { .. }))
            .on_arrival(|driver: &mut Driver, cx, peer| {
                if let Some(kind) = peer.conversation.kind.value() {
                    driver.catch(cx, kind);
                }
            })
            .on_departure(|driver, cx, peer, _| {
                if let Some(kind) = peer.conversation.kind.value() {
                    driver.release(cx, kind, None);
                }
            });
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|driver: &mut Driver, cx, _| {
            driver.is_stopping = true;
            driver.keep_the_program(cx);
        });
    })
    .named("signal driver")
}

/// The signals that are caught.
///
/// By one process, and not by one for each, which its matcher would kill: so a signal is released before it is told that
/// it is.
struct Driver {
    caught: HashMap<SignalKind, Caught>,
    /// Never says anything; heard while the program is to go on because signals may come. Their own sources are in the
    /// background, since a program that stops has them caught to its end and does not wait for them.
    work: EventSource,
    keeps_the_program: bool,
    is_stopping: bool,
}

impl Driver {
    fn catch(&mut self, cx: &mut Context<'_, Self>, kind: SignalKind) {
        let caught = match Caught::new(kind).with_context(|| format!("cannot catch {kind}")) {
            Ok(caught) => caught,
            Err(error) => return fail(cx, kind, &error.into()),
        };
        debug!(%kind, "caught");
        cx.publisher(topic!(Signal { kind })).named(offer(kind));
        let source = caught.source();
        cx.on_event(&source.clone(), move |driver: &mut Self, cx, told: &Told| match told {
            Ok(()) => cx.send(Signal { kind }),
            Err(error) => driver.lose(cx, kind, &anyhow!("cannot hear of {kind}: {error}").into()),
        })
        // Also told when it is the driver that has released the signal, and maybe has caught it again.
        .on_absence(move |driver, cx, _, reason| {
            if driver.caught.get(&kind).is_some_and(|caught| caught.source() == source) {
                driver.lose(cx, kind, reason);
            }
        })
        .named(ear(kind));
        self.caught.insert(kind, caught);
        self.keep_the_program(cx);
    }

    fn lose(&mut self, cx: &mut Context<'_, Self>, kind: SignalKind, reason: &Reason) {
        fail(cx, kind, reason);
        self.release(cx, kind, Some(reason));
    }

    fn release(&mut self, cx: &mut Context<'_, Self>, kind: SignalKind, reason: Option<&Reason>) {
        // There is none if it could not be caught.
        let Some(caught) = self.caught.remove(&kind) else { return };
        drop(caught);
        debug!(%kind, "released");
        cx.delete_because(offer(kind), reason.cloned().unwrap_or_default());
        cx.delete(ear(kind));
        self.keep_the_program(cx);
    }

    /// Has the program go on while a signal is waited for and no stop has been asked for.
    fn keep_the_program(&mut self, cx: &mut Context<'_, Self>) {
        let keeps = !self.caught.is_empty() && !self.is_stopping;
        match (mem::replace(&mut self.keeps_the_program, keeps), keeps) {
            (false, true) => {
                cx.on_event(&self.work, |_, _, (): &()| ()).named(WORK);
            }
            (true, false) => cx.delete(WORK),
            _ => {}
        }
    }
}

fn fail(cx: &mut Context<'_, Driver>, kind: SignalKind, reason: &Reason) {
    warn!(%kind, %reason, "signal not caught");
    cx.send(SignalError { kind, reason: reason.clone() });
}

/// The name of the endpoint that offers a signal.
fn offer(kind: SignalKind) -> Value {
    ("offer", kind.name()).into()
}

/// The name of the endpoint that hears a signal's source.
fn ear(kind: SignalKind) -> Value {
    ("ear", kind.name()).into()
}
