//! A question, processes that ask it, and processes that answer it.

use marketplace_core::{AskError, Context, Message, Question, Spawn, topic};

use super::Log;

/// Asks for the word that goes with a number.
#[derive(Debug, Message)]
pub(crate) struct Get(pub(crate) u32);

impl Question for Get {
    type Answer = &'static str;
}

/// The result of a question, in a word.
pub(crate) fn show(outcome: &Result<&'static str, AskError>) -> String {
    match outcome {
        Ok(answer) => (*answer).to_owned(),
        Err(AskError::NoAnswerer { .. }) => "nobody".to_owned(),
        Err(AskError::Left { reason, .. }) => format!("left: {reason}"),
        Err(AskError::Declined { .. }) => "declined".to_owned(),
        Err(AskError::TimedOut { within, .. }) => format!("not within {within:?}"),
        Err(other) => format!("{other:?}"),
    }
}

/// Asks for the word of a number, and logs the result.
pub(crate) fn ask<S: 'static>(cx: &mut Context<'_, S>, number: u32, log: &Log) {
    let log = log.clone();
    cx.ask(Get(number)).then(move |_, _, outcome| log.add(show(&outcome)));
}

/// A process that asks once, logs the result, and ends.
pub(crate) fn ask_once(number: u32, log: &Log) -> Spawn {
    let log = log.clone();
    Spawn::new((), move |(), cx| ask(cx, number, &log)).named("asker")
}

/// A process that always answers at once with this word.
pub(crate) fn reply_with(word: &'static str) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.on_question(topic!(Get(_)), move |(), _, _, reply| reply.send(word));
    })
}
