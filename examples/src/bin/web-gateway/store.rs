//! Stores of values by key, and the questions that they answer.

use std::time::Duration;

use anyhow::{Context as _, anyhow};
use marketplace_core::{Message, Question, Spawn, topic};

/// The question for the value of a key in a store.
#[derive(Debug, Message)]
pub(crate) struct Get {
    pub(crate) store: String,
    pub(crate) key: String,
}

impl Question for Get {
    type Answer = Option<String>;
}

/// The question that asks a store to close.
#[derive(Debug, Message)]
pub(crate) struct Close {
    pub(crate) store: String,
}

impl Question for Close {
    type Answer = ();
}

/// A store with the values of `lines`, each `key=value`. It takes `delay` for each answer.
///
/// It parses its lines only when it is asked, so an invalid line makes it fail only then.
pub(crate) fn store(name: &str, lines: String, delay: Duration) -> Spawn {
    let store = name.to_owned();
    Spawn::new(lines, move |_, cx| {
        cx.on_question(topic!(Get { store: &store, key: _ }), move |lines, cx, get, reply| {
            let value = look_up(lines, &get.key)?.map(str::to_owned);
            cx.sleep_then(delay, |_, _| reply.send(value));
            anyhow::Ok(())
        });
        cx.on_question(topic!(Close { store }), |_, cx, _, reply| {
            reply.send(());
            cx.quit_because(anyhow!("closed"));
        });
    })
    .named(format!("store {name}"))
}

fn look_up<'a>(lines: &'a str, key: &str) -> anyhow::Result<Option<&'a str>> {
    for line in lines.lines() {
        let (found, value) = line.split_once('=').with_context(|| format!("`{line}` is not `key=value`"))?;
        if found == key {
            return Ok(Some(value));
        }
    }
    Ok(None)
}
