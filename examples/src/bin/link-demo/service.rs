//! A service, for users in any program.

use std::sync::Arc;

use examples::print_line;
use marketplace_core::{Context, Pattern, Peer, Spawn, Stopping, topic};

use crate::factors::{Factors, Task, TaskPattern, factors};

/// Answers the questions of users until it is asked to stop.
pub(crate) fn service(name: Arc<str>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        cx.publisher(topic!(Factors { service: name.clone(), .. }));
        cx.subscriber(topic!(Task { service: name.clone(), .. }))
            .on_message(|(), cx, task| {
                let Task { service, user, number } = task.clone();
                cx.send(Factors { user, number, service, factors: factors(number) });
            })
            .on_arrival(|(), cx, peer| tell(cx, peer, "has come"))
            .on_departure(|(), cx, peer, _| tell(cx, peer, "has gone"));
        print_line(cx, format!("{name} serves"))
    })
    .named("service")
}

fn tell(cx: &mut Context<'_, ()>, peer: Peer<'_, TaskPattern>, what: &str) -> anyhow::Result<()> {
    let user = peer.conversation.user.value();
    user.map_or(Ok(()), |user| print_line(cx, format!("user {user:016x} {what}")))
}
