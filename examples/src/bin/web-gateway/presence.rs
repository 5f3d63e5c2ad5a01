//! The presence of stores and questions, as server-sent events.

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use marketplace_core::{Message, Pattern, PresenceChange, Request, RequestPattern, topic};

use crate::route::{Gateway, Refusal};
use crate::store::Get;

/// The maximum number of events that wait for a client. A slower client loses its connection. When it connects again, it
/// first receives everything that is present.
const CAPACITY: usize = 256;

type GetPattern = <Get as Message>::Pattern;

/// Reports the presence and absence of stores and questions until the ground has ended.
pub(crate) async fn presence(
    State(mut gateway): State<Gateway>,
) -> Result<Sse<impl Stream<Item = anyhow::Result<Event>>>, Refusal> {
    let topic = || Request::topic(topic!(Get { .. }));
    // A store subscribes to questions, and an asker publishes one.
    let stores = gateway.handle.observe_subscribers(topic(), CAPACITY).await?;
    let questions = gateway.handle.observe_publishers(topic(), CAPACITY).await?;
    let stores = stores.map(|told| Ok(event(told?, "stores")));
    let questions = questions.map(|told| Ok(event(told?, "questions")));
    Ok(Sse::new(stream::select(stores, questions)).keep_alive(KeepAlive::default()))
}

fn event(told: PresenceChange<RequestPattern<GetPattern>>, of: &str) -> Event {
    let (event, data) = match told {
        PresenceChange::Presence { conversation, .. } => ("presence", name(&conversation.question)),
        PresenceChange::Absence { conversation, reason, .. } => {
            ("absence", format!("{}: {reason:#}", name(&conversation.question)))
        }
        PresenceChange::Settled { peers } => ("settled", format!("{peers} {of}")),
    };
    Event::default().event(event).data(data)
}

/// The name of a question or a store: a question has a key, a store accepts any.
fn name(get: &GetPattern) -> String {
    let store = get.store.value().unwrap_or_default();
    match get.key.value() {
        Some(key) => format!("question {store}/{key}"),
        None => format!("store {store}"),
    }
}
