//! The relay: it forwards questions from a nested VM to the containing VM.

use std::any::type_name;
use std::sync::Arc;

use super::error::AskError;
use super::question::Question;
use super::request::Request;
use crate::context::Context;
use crate::{EndpointId, Event, EventKinds, Message, Pattern, Spawn, topic};

/// Makes a process that forwards the questions that match `topic` from its VM to the containing VM, and returns the
/// answers. Put it into a nested VM whose processes ask questions that are answered outside.
///
/// While there is an answerer outside, the relay is an answerer inside. The asker inside gets the same result as the
/// question has outside, including errors. If the asker gives up, so does the relay. To forward through several VMs,
/// put a relay into each of them.
///
/// # Examples
///
/// ```
/// use marketplace_core::{Ground, Message, Question, Spawn, ask_relay, topic};
///
/// #[derive(Debug, Message)]
/// struct Name;
///
/// impl Question for Name {
///     type Answer = &'static str;
/// }
///
/// # fn main() -> anyhow::Result<()> {
/// let namer = Spawn::new((), |(), cx| {
///     cx.on_question(topic!(Name), |(), _, _, reply| reply.send("ground"));
/// });
/// let client = Spawn::new((), |(), cx| {
///     // The relay answers only while there is an answerer outside.
///     cx.observe_subscribers(Request::topic(topic!(Name))).on_presence(|(), cx, _relay| {
///         cx.ask(Name).then(|(), cx, name| {
///             assert_eq!(name?, "ground");
///             cx.meta().quit();
///             Ok(())
///         });
///     });
/// });
/// let nested = Spawn::nested([ask_relay(topic!(Name)), client]);
/// futures::executor::block_on(Ground::new().spawn(namer).main(nested).run())
/// # }
/// # use marketplace_core::Request;
/// ```
pub fn ask_relay<P>(topic: P) -> Spawn
where
    P: Pattern<Value: Question + Message<Pattern = P>>,
{
    Spawn::new(0_usize, move |_, cx| {
        let inside = topic.clone();
        cx.meta()
            .observe_subscribers(Request::topic(topic))
            .on_presence(move |answerers, cx, _| {
                *answerers += 1;
                if *answerers == 1 {
                    answer(cx, inside.clone());
                }
            })
            .on_absence(|answerers, cx, _, reason| {
                *answerers -= 1;
                if *answerers == 0 {
                    cx.delete_because(INSIDE, reason.clone());
                }
            });
    })
    .named(format!("relay of {}", type_name::<P::Value>()))
}

/// The endpoint that answers inside.
const INSIDE: &str = "inside";

/// Answers inside. Each question is forwarded by a process of its own.
///
/// This does not use a [`Reply`](crate::Reply), which is polled by the ground and could come too late: if an answerer
/// outside answers and leaves at once, the result is known here at once.
fn answer<P>(cx: &mut Context<'_, usize>, topic: P)
where
    P: Pattern<Value: Question + Message<Pattern = P>>,
{
    let mut own = None;
    cx.subscriber(Request::topic(topic)).named(INSIDE).on(
        EventKinds::MESSAGE | EventKinds::SETTLED,
        move |_, cx, event| {
            match event {
                Event::Settled { endpoint, .. } => own = Some(*endpoint),
                Event::Message { message, .. } => {
                    if let (Some(request), Some(own)) = (message.downcast_ref::<Request<P::Value>>(), own) {
                        forward(cx, request, own);
                    }
                }
                _ => {}
            }
            Ok(())
        },
    );
}

fn forward<Q: Question>(cx: &mut Context<'_, usize>, request: &Request<Q>, own: EndpointId) {
    let answered = request.answered(own);
    let failed = answered.again();
    cx.spawn_monitored(
        forwarder(answered, own),
        |_, _, _| {},
        move |_, cx, _, reason| {
            if reason.as_error().is_some() {
                failed.exchange.reply(own, Err(AskError::left::<Q>(&reason)));
                cx.send_feedback(failed);
            }
        },
    );
}

/// Asks a question outside, for as long as it is asked inside.
fn forwarder<Q: Question>(answered: Request<Q>, own: EndpointId) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(answered))
            .on_settled(|(), cx, askers| {
                if askers == 0 {
                    cx.quit();
                }
            })
            .on_absence(|(), cx, _, _| cx.quit());
        cx.meta().ask_shared(Arc::clone(&answered.exchange.question)).then(move |(), cx, outcome| {
            answered.exchange.reply(own, outcome);
            cx.send_feedback(answered);
            cx.quit();
        });
    })
    .named(format!("relay of a {}", type_name::<Q>()))
}
