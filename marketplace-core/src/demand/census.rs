//! Counted presence: the first arrival and the last departure of each kind of peer.

use std::collections::HashMap;
use std::sync::Arc;

use super::shared::{shared, with};
use crate::context::Context;
use crate::endpoint::{Endpoint, Peer};
use crate::handler_result::HandlerResult;
use crate::{Interest, Message, Pattern, Reason, Topic};

/// The number of peers of each conversation and interest.
struct Census(HashMap<(Topic, Interest), usize>);

impl Census {
    /// Counts one more. Returns whether it is the first of its kind.
    fn arrive<P>(&mut self, peer: Peer<'_, P>) -> bool {
        let count = self.0.entry((peer.topic.clone(), peer.interest)).or_default();
        *count += 1;
        *count == 1
    }

    /// Counts one less. Returns whether it was the last of its kind.
    fn depart<P>(&mut self, peer: Peer<'_, P>) -> bool {
        let kind = (peer.topic.clone(), peer.interest);
        let Some(count) = self.0.get_mut(&kind) else { return false };
        *count -= 1;
        let is_last = *count == 0;
        if is_last {
            self.0.remove(&kind);
        }
        is_last
    }
}

impl<S, P> Endpoint<'_, S, P>
where
    S: 'static,
    P: Pattern<Value: Message<Pattern = P>>,
{
    /// Handles the first arrival of a peer in each distinct conversation, counted separately for each interest (rule
    /// S7). If two equal peers exist and one of them leaves, nothing is reported.
    ///
    /// It cannot be used on an endpoint that replaces the handlers of an existing one (rule S8). Such an endpoint
    /// gets no presence of the peers that exist already, so it could not count them, and the turn fails.
    ///
    /// # Examples
    ///
    /// ```
    /// use marketplace_core::{Message, Spawn, topic};
    ///
    /// #[derive(Debug, Message)]
    /// struct Job(u32);
    ///
    /// let boss = Spawn::new((), |(), cx| {
    ///     cx.observe_subscribers(topic!(Job(_)))
    ///         .on_arrival(|(), _, _worker| println!("the first worker is here"))
    ///         .on_departure(|(), _, _worker, reason| println!("the last worker has left: {reason}"));
    /// });
    /// ```
    pub fn on_arrival<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, Peer<'_, P>) -> R + Send + 'static,
    ) -> Self {
        let arriving = shared(Census(HashMap::new()));
        let departing = Arc::clone(&arriving);
        let counting = self.counting().on_presence(move |state, cx, peer| {
            let is_first = with(&arriving, |census| census.arrive(peer));
            if is_first { handler(state, cx, peer).into_result() } else { Ok(()) }
        });
        counting.on_absence(move |_, _, peer, _| {
            with(&departing, |census| census.depart(peer));
        })
    }

    /// Handles the last departure of a peer from each distinct conversation, counted separately for each interest
    /// (rule S7).
    ///
    /// It cannot be used on an endpoint that replaces the handlers of an existing one, like
    /// [`on_arrival`](Self::on_arrival).
    pub fn on_departure<R: HandlerResult>(
        self,
        mut handler: impl FnMut(&mut S, &mut Context<'_, S>, Peer<'_, P>, &Reason) -> R + Send + 'static,
    ) -> Self {
        let arriving = shared(Census(HashMap::new()));
        let departing = Arc::clone(&arriving);
        let counting = self.counting().on_presence(move |_, _, peer| {
            with(&arriving, |census| census.arrive(peer));
        });
        counting.on_absence(move |state, cx, peer, reason| {
            let is_last = with(&departing, |census| census.depart(peer));
            if is_last { handler(state, cx, peer, reason).into_result() } else { Ok(()) }
        })
    }
}
