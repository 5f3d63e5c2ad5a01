//! The driver: it observes the subscriptions to signals, catches these signals, and publishes them.

use std::collections::HashMap;
use std::mem;

use anyhow::{Context as _, anyhow};
use futures::stream;
use marketplace_core::{Context, EventSource, Pattern, Reason, Spawn, Stopping, Value, topic};
use tracing::{debug, warn};

use crate::io::{Caught, Received};
use crate::message::{Signal, SignalError, SignalKind};

/// The name of the endpoint that keeps the program running.
const WORK: &str = "work";

/// The process that catches signals and publishes them in its VM. Spawn it once at the ground, or in a nested VM
/// together with an event relay.
///
/// A signal is caught only while a participant subscribes to its kind. Without subscribers, signals do what they do
/// in a program without this driver.
///
/// # Examples
///
/// ```no_run
/// use driver_signal::{Signal, SignalKind, signal_driver};
/// use futures::executor::block_on;
/// use marketplace_core::{Ground, Spawn, topic};
///
/// fn main() -> anyhow::Result<()> {
///     let waiter = Spawn::new((), |(), cx| {
///         cx.subscriber(topic!(Signal { kind: SignalKind::User1 })).on_message(|(), cx, _| cx.quit());
///     });
///     block_on(Ground::new().spawn(signal_driver()).main(waiter).run())
/// }
/// ```
#[must_use]
pub fn signal_driver() -> Spawn {
    let work = EventSource::repeatable("waiting for signals", stream::pending::<()>);
    let driver = Driver { caught: HashMap::new(), work, keeps_program_running: false, is_stopping: false };
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
            driver.update_keep_running(cx);
        });
    })
    .named("signal driver")
}

/// The state of the driver's process: the signals that are caught.
///
/// One process catches all signals. With one process for each signal, `for_each_conversation` would delete the
/// publisher before the signal is released, and subscribers must see the absence only after that.
struct Driver {
    caught: HashMap<SignalKind, Caught>,
    /// A source without events. The driver subscribes to it to keep the program running while it waits for signals.
    /// The sources of the signals are in the background, because a program that stops catches signals to its end and
    /// must not wait for them.
    work: EventSource,
    keeps_program_running: bool,
    is_stopping: bool,
}

impl Driver {
    fn catch(&mut self, cx: &mut Context<'_, Self>, kind: SignalKind) {
        let caught = match Caught::new(kind).with_context(|| format!("cannot catch {kind}")) {
            Ok(caught) => caught,
            Err(error) => return fail(cx, kind, &error.into()),
        };
        debug!(%kind, "caught");
        cx.publisher(topic!(Signal { kind })).named(publisher_name(kind));
        let source = caught.source();
        cx.on_event(&source.clone(), move |driver: &mut Self, cx, received: &Received| match received {
            Ok(()) => cx.send(Signal { kind }),
            Err(error) => driver.lost(cx, kind, &anyhow!("cannot receive {kind}: {error}").into()),
        })
        // This absence also occurs when the driver has released the signal, and perhaps caught it again.
        .on_absence(move |driver, cx, _, reason| {
            if driver.caught.get(&kind).is_some_and(|caught| caught.source() == source) {
                driver.lost(cx, kind, reason);
            }
        })
        .named(source_name(kind));
        self.caught.insert(kind, caught);
        self.update_keep_running(cx);
    }

    fn lost(&mut self, cx: &mut Context<'_, Self>, kind: SignalKind, reason: &Reason) {
        fail(cx, kind, reason);
        self.release(cx, kind, Some(reason));
    }

    fn release(&mut self, cx: &mut Context<'_, Self>, kind: SignalKind, reason: Option<&Reason>) {
        // There is no entry if the signal could not be caught.
        let Some(caught) = self.caught.remove(&kind) else { return };
        drop(caught);
        debug!(%kind, "released");
        cx.delete_because(publisher_name(kind), reason.cloned().unwrap_or_default());
        cx.delete(source_name(kind));
        self.update_keep_running(cx);
    }

    /// Keeps the program running while a signal is caught and no stop has been requested.
    fn update_keep_running(&mut self, cx: &mut Context<'_, Self>) {
        let keeps = !self.caught.is_empty() && !self.is_stopping;
        match (mem::replace(&mut self.keeps_program_running, keeps), keeps) {
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

/// The name of the endpoint that publishes a signal.
fn publisher_name(kind: SignalKind) -> Value {
    ("publisher", kind.name()).into()
}

/// The name of the endpoint that subscribes to a signal's source.
fn source_name(kind: SignalKind) -> Value {
    ("source", kind.name()).into()
}
