//! The relay: a process for a VM, and one for each source that is demanded in it.

use anyhow::anyhow;
use marketplace_core::{
    Context, DemandMatcher, EventSource, GroundEvent, Message, Pattern, Reason, Spawn, Stopping, Value, topic,
};

/// The process that relays the events of the ground, and its stop, into the nested VM in which it runs.
///
/// Spawn it once in each nested VM whose processes subscribe to event sources, or that contains a driver. A source is
/// relayed while a participant in the VM subscribes to it. [`Stopping`] is relayed while any process in the VM observes
/// it or subscribes to it.
///
/// `self_id` appears in names, logs and errors only: relays with the same `self_id` in several VMs do not interfere.
///
/// (`event-relay` in the original.)
///
/// # Examples
///
/// ```
/// use driver_event_relay::event_relay;
/// use futures::stream;
/// use marketplace_core::{EventSource, Ground, Spawn};
///
/// let source = EventSource::once("numbers", stream::iter([1_u32, 2, 3]));
/// let adder = Spawn::new(0, move |_, cx| {
///     cx.on_event(&source, |sum, _, number: &u32| *sum += number).on_absence(|sum, cx, _, _| {
///         assert_eq!(*sum, 6);
///         cx.quit();
///     });
/// });
/// let vm = Spawn::nested([event_relay("relay"), adder]);
/// futures::executor::block_on(Ground::new().spawn(vm).run())?;
/// # anyhow::Ok(())
/// ```
///
/// # Errors
///
/// If the VM already has a relay, the process quits with an error as the reason. The relay cannot be used at the
/// ground, which has no containing VM: there the relaying of each source fails.
pub fn event_relay(self_id: impl Into<Value>) -> Spawn {
    let relay = self_id.into();
    let name = format!("event relay {relay:?}");
    Spawn::new((), move |(), cx| {
        let own = topic!(Relaying { relay: relay.clone() });
        cx.observe_publishers(topic!(Relaying { .. })).on_settled(move |(), cx, others| {
            if others > 0 {
                let error = anyhow!("this VM already has an event relay, so the relay {relay:?} quits");
                return cx.quit_because(Reason::error(error));
            }
            relay_sources(cx);
            relay_stop(cx);
        });
        // Published in the boot turn, so that the second of two relays that start together notices the first.
        cx.publisher(own);
    })
    .named(name)
}

/// Published by the relay of a VM, so that a second one notices it.
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

/// The name of the endpoint that publishes a source's events in the VM.
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
