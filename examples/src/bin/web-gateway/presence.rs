//! Who can be asked, and who asks, as server-sent events.

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use marketplace_core::{Message, Pattern, PresenceChange, Request, RequestPattern, topic};

use crate::route::{Gateway, Refusal};
use crate::store::Get;

/// How many events may wait for a client. One that is slower loses its connection; as it comes back, it is told anew of
/// all who are there.
const CAPACITY: usize = 256;

type GetPattern = <Get as Message>::Pattern;

/// Tells which stores and which questions are there, come and go, until the ground has ended.
pub(crate) async fn presence(
    State(mut gateway): State<Gateway>,
) -> Result<Sse<impl Stream<Item = anyhow::Result<Event>>>, Refusal> {
    let topic = || Request::topic(topic!(Get { .. }));
    // Who answers subscribes to questions, who asks publishes one.
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

/// Whoever asks, asks for one key; a store can be asked for any.
fn name(get: &GetPattern) -> String {
    let store = get.store.value().unwrap_or_default();
    match get.key.value() {
        Some(key) => format!("question {store}/{key}"),
        None => format!("store {store}"),
    }
}
