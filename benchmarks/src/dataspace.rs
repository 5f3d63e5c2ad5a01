//! How Syndicate runs: actors that communicate through a dataspace, all on one thread.
//!
//! The messages are records `<note TO TEXT>`. An observer subscribes to the records with a certain `TO`, and receives
//! their `TEXT`.

use std::sync::Arc;
use std::time::Duration;

use syndicate::actor::{Activation, Actor, ActorResult, AnyValue, Cap, Entity};
use syndicate::dataspace::Dataspace;
use syndicate::preserves::{Map, ValueImpl};
use syndicate::schemas::dataspace::Observe;
use syndicate::schemas::dataspace_patterns::{AnyAtom, GroupType, Pattern};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::others::on_tokio;

/// The channel into which actors send the time that they measured.
pub(crate) type Tell = UnboundedSender<Duration>;

/// Runs actors that share a dataspace until one of them sends a time, and returns the time.
pub(crate) fn told(
    boot: impl FnOnce(&mut Activation, Arc<Cap>, Tell) -> ActorResult + Send + 'static,
) -> anyhow::Result<Duration> {
    on_tokio(async {
        let (tell, mut told) = unbounded_channel();
        // The actor runs while the time is awaited, and ends together with the runtime.
        let _running = Actor::top(None, move |t| {
            let _ = t.prevent_inert_check();
            let dataspace = Dataspace::new(t, None);
            boot(t, dataspace, tell)
        });
        told.recv().await.ok_or_else(|| anyhow::anyhow!("the actors ended without sending a time"))
    })
}

/// A record `<note TO TEXT>`.
pub(crate) fn note(to: u64, text: u64) -> AnyValue {
    AnyValue::record(AnyValue::symbol("note"), vec![AnyValue::new(to), AnyValue::new(text)])
}

/// Subscribes an entity to the records with this `TO`, or with any.
pub(crate) fn observe(t: &mut Activation, dataspace: &Arc<Cap>, to: Option<u64>, entity: Arc<Cap>) {
    let text = Pattern::Bind { pattern: Box::new(Pattern::Discard) };
    let to = match to {
        Some(to) => Pattern::Lit { value: AnyAtom::Int(to.into()) },
        None => Pattern::Discard,
    };
    let pattern = Pattern::Group {
        type_: GroupType::Rec { label: AnyValue::symbol("note") },
        entries: Map::from([(AnyValue::new(0_u64), to), (AnyValue::new(1_u64), text)]),
    };
    dataspace.assert(t, &Observe { pattern, observer: entity });
}

/// The `TEXT` of a record, from the values that an observer receives.
pub(crate) fn text(captured: &AnyValue) -> Option<u64> {
    captured.index(0).as_u64()?.ok()
}

/// An entity that handles the texts of messages.
pub(crate) struct OnText<F>(pub(crate) F);

impl<F: FnMut(&mut Activation, u64) + Send> Entity<AnyValue> for OnText<F> {
    fn message(&mut self, t: &mut Activation, captured: AnyValue) -> ActorResult {
        if let Some(text) = text(&captured) {
            (self.0)(t, text);
        }
        Ok(())
    }
}
