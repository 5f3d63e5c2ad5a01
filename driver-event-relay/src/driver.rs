//! The relay: a process for a VM, and one for each source that is demanded in it.

use anyhow::anyhow;
use marketplace_core::{
    Context, DemandMatcher, EventSource, GroundEvent, Message, Pattern, Reason, Spawn, Stopping, Value, topic,
};

/// Has the events of the ground, and its stop, reach the processes of the VM that it runs in.
///
/// A source is relayed while a participant in the VM subscribes to it; [`Stopping`] is while anybody watches
/// for it. `self_id` names the relay in logs and errors; relays of one name in several VMs are strangers to
/// each other.
///
/// (`event-relay` in the original.)
///
/// # Errors
///
/// The process quits with a reason if the VM has a relay already. It is not for the ground, which has no VM
/// around it: there the relaying of each source fails.
pub fn event_relay(self_id: impl Into<Value>) -> Spawn {
    let relay = self_id.into();
    let name = format!("event relay {relay:?}");
    Spawn::new((), move |(), cx| {
        let own = topic!(Relaying { relay: relay.clone() });
        cx.observe_publishers(topic!(Relaying { .. })).on_settled(move |(), cx, others| {
            if others > 0 {
                let error = anyhow!("the VM has an event relay already, {relay:?} is one too many");
                return cx.quit_because(Reason::error(error));
            }
            relay_sources(cx);
            relay_stop(cx);
        });
        // At once, so that of two relays that start together the second finds the first.
        cx.publisher(own);
    })
    .named(name)
}

/// Present in a VM while it has a relay.
#[derive(Debug, Message)]
struct Relaying {
    relay: Value,
}

fn relay_sources(cx: &mut Context<'_, ()>) {
    cx.observe_subscribers(topic!(GroundEvent { source: _, .. }))
        .for_each_conversation(|conversation| conversation.source.value().map(relay_source));
}

fn relay_source(source: EventSource) -> Spawn {
    let name = format!("relay of {source:?}");
    Spawn::new((), move |(), cx| {
        let inside = topic!(GroundEvent { source: source.clone(), .. });
        cx.meta()
            .subscriber(inside.clone())
            .on_presence(move |(), cx, _| {
                cx.publisher(inside.clone()).named(INSIDE);
            })
            .on_absence(|(), cx, _, reason| cx.delete_because(INSIDE, reason.clone()))
            .on_message(|(), cx, GroundEvent { source, value }| {
                cx.send(GroundEvent { source: source.clone(), value: value.clone() });
            });
    })
    .named(name)
}

/// The endpoint that offers a source's events in the VM.
const INSIDE: &str = "inside";

fn relay_stop(cx: &mut Context<'_, ()>) {
    let watched = DemandMatcher::new(|()| Some(stop_relay()));
    cx.observe_subscribers_everything(topic!(Stopping { .. })).match_demand(&watched, |_| Some(()));
}

fn stop_relay() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, stopping| {
            cx.publisher(stopping.conversation.clone());
        });
    })
    .named("relay of the stop")
}
