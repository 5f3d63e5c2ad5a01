//! What the tests share: a small vocabulary, a log that processes write to, and a stage to run them on.

mod ask;
mod lives;
mod log;
mod stage;
mod traces;
mod unspeakable;

use marketplace_core::{Context, Ground, Message, Spawn, topic};

pub(crate) use ask::{Get, ask, ask_once, reply_with, show};
pub(crate) use lives::Lives;
pub(crate) use log::{Epitaph, Log};
pub(crate) use stage::Stage;
pub(crate) use traces::with_traces;
pub(crate) use unspeakable::Unspeakable;

/// One turn of a process without state.
pub(crate) type Turn = fn(&mut Context<'_, ()>);

/// One turn of a process without state, which may fail.
pub(crate) type FallibleTurn = fn(&mut Context<'_, ()>) -> anyhow::Result<()>;

/// A message with a number to match on and a word to recognise it.
#[derive(Clone, Debug, PartialEq, Eq, Message)]
pub(crate) struct Say(pub(crate) u32, pub(crate) &'static str);

/// Tells the processes that wait for this step to take it.
#[derive(Debug, Message)]
pub(crate) struct Go(pub(crate) u32);

/// Runs processes at a ground until nothing can happen any more.
pub(crate) fn run(processes: impl IntoIterator<Item = Spawn>) -> anyhow::Result<()> {
    futures::executor::block_on(ground(processes).run())
}

/// Runs a program until nothing can happen any more, and returns its log.
pub(crate) fn trace<P: IntoIterator<Item = Spawn>>(program: impl FnOnce(&Log) -> P) -> Vec<String> {
    let log = Log::default();
    let outcome = run(program(&log));
    assert!(outcome.is_ok(), "a program without a main process ends well: {outcome:?}");
    log.lines()
}

/// A ground with these processes.
pub(crate) fn ground(processes: impl IntoIterator<Item = Spawn>) -> Ground {
    processes.into_iter().fold(Ground::new(), Ground::spawn)
}

/// Sends these words about `to`, and ends.
pub(crate) fn speaker<const N: usize>(to: u32, words: [&'static str; N]) -> Spawn {
    Spawn::new((), move |(), cx| words.into_iter().for_each(|word| cx.send(Say(to, word))))
}

/// Publishes about `about` until the step `until`.
pub(crate) fn publisher(about: u32, until: u32) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(about, _)));
        cx.subscriber(topic!(Go(until))).on_message(|(), cx, _| cx.quit());
    })
}
