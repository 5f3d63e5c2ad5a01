//! The relay: asks the VM around what is asked in this one.

use std::any::type_name;
use std::sync::Arc;

use super::error::AskError;
use super::question::Question;
use super::request::Request;
use crate::context::Context;
use crate::{EndpointId, Event, EventKinds, Message, Pattern, Spawn, topic};

/// Hands questions that `topic` describes from the VM in which it runs to the VM around, and the answers back.
///
/// While somebody answers them outside, the relay answers them inside. Whoever asks inside gets the outcome that the
/// question has outside, errors too; when it gives up, so does the relay. To lead through several VMs, each needs a relay.
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
///     // The relay answers once it has seen that there is somebody to ask.
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

/// Answers inside, each question by a process of its own.
///
/// A [`Reply`](crate::Reply) would take the way over the ground, and might come too late: what an answerer outside does
/// as its last is known here at once.
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
                    if let (Some(asked), Some(own)) = (message.downcast_ref::<Request<P::Value>>(), own) {
                        forward(cx, asked, own);
                    }
                }
                _ => {}
            }
            Ok(())
        },
    );
}

fn forward<Q: Question>(cx: &mut Context<'_, usize>, asked: &Request<Q>, own: EndpointId) {
    let answered = asked.answered(own);
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

/// Asks a question outside for as long as it is asked inside.
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
