//! How Syndicate runs: a dataspace on one thread, spoken to by actors.
//!
//! What travels are records `<note TO TEXT>`; an observer asks for those with a `TO` and is given their `TEXT`.

use std::sync::Arc;
use std::time::Duration;

use syndicate::actor::{Activation, Actor, ActorResult, AnyValue, Cap, Entity};
use syndicate::dataspace::Dataspace;
use syndicate::preserves::{Map, ValueImpl};
use syndicate::schemas::dataspace::Observe;
use syndicate::schemas::dataspace_patterns::{AnyAtom, GroupType, Pattern};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::others::on_tokio;

/// By what actors tell the time that they measured.
pub(crate) type Tell = UnboundedSender<Duration>;

/// Runs actors that share a dataspace until one of them tells a time.
pub(crate) fn told(
    boot: impl FnOnce(&mut Activation, Arc<Cap>, Tell) -> ActorResult + Send + 'static,
) -> anyhow::Result<Duration> {
    on_tokio(async {
        let (tell, mut told) = unbounded_channel();
        // It goes on while the answer is waited for; with the runtime it ends.
        let _running = Actor::top(None, move |t| {
            let _ = t.prevent_inert_check();
            let dataspace = Dataspace::new(t, None);
            boot(t, dataspace, tell)
        });
        told.recv().await.ok_or_else(|| anyhow::anyhow!("the actors ended and told nothing"))
    })
}

/// A record.
pub(crate) fn note(to: u64, text: u64) -> AnyValue {
    AnyValue::record(AnyValue::symbol("note"), vec![AnyValue::new(to), AnyValue::new(text)])
}

/// Asks for the records with that `TO`, or with any, on behalf of an entity.
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

/// What an observer is given of a record: its `TEXT`.
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
