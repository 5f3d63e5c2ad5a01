//! The code of `from/erlang.md`: what Erlang's and OTP's most used things are here.

use std::collections::HashMap;
use std::time::Duration;

use marketplace_core::{
    AskError, Child, Context, Ground, Message, Pattern, Question, Spawn, Stopping, Strategy, Supervisor,
    topic,
};
use marketplace_testing::TestProgram;

#[derive(Debug, Message)]
struct Put {
    store: &'static str,
    key: String,
    value: u32,
}

#[derive(Debug, Message)]
struct Get {
    store: &'static str,
    key: String,
}

impl Question for Get {
    type Answer = Option<u32>;
}

fn store(name: &'static str) -> Spawn {
    Spawn::new(HashMap::new(), move |_, cx| {
        cx.subscriber(topic!(Put { store: name, .. })).on_message(|values, _, put| {
            values.insert(put.key.clone(), put.value);
        });
        cx.on_question(topic!(Get { store: name, .. }), |values, _, get, reply| {
            reply.send(values.get(&get.key).copied());
        });
    })
    .named(name)
}

fn client() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.send(Put { store: "prices", key: "tea".into(), value: 3 });
        cx.ask(Get { store: "prices", key: "tea".into() }).within(Duration::from_secs(5)).then(
            |(), cx, price| {
                assert_eq!(price?, Some(3));
                cx.quit();
                Ok(())
            },
        );
    })
}

#[test]
fn a_store_takes_values_and_answers() -> anyhow::Result<()> {
    TestProgram::by_hand(Ground::new().spawn(store("prices")).main(client())).end()
}

#[derive(Debug, Message)]
struct Noted(String);

fn hopeful() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.ask(Get { store: "prices", key: "tea".into() }).then(|(), cx, price| match price {
            Err(AskError::NoAnswerer { .. }) => cx.send(Noted("nobody sells tea".into())),
            other => cx.send(Noted(format!("{other:?}"))),
        });
    })
}

#[test]
fn a_question_to_nobody_ends_at_once() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new());
    let mut notes = program.messages(topic!(Noted(_)))?;
    program.spawn(hopeful())?;
    assert_eq!(notes.message()?.0, "nobody sells tea");
    Ok(())
}

fn watcher() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(Put { .. }))
            .on_presence(|(), cx, peer| cx.send(Noted(format!("up: {:?}", peer.conversation.store.value()))))
            .on_absence(|(), cx, _peer, reason| cx.send(Noted(format!("down: {reason}"))));
    })
}

#[test]
fn a_watcher_is_told_of_stores_that_start_and_end() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(watcher()));
    let mut notes = program.messages(topic!(Noted(_)))?;
    let store = program.process(|cx| {
        cx.subscriber(topic!(Put { store: "prices", .. }));
    })?;
    assert_eq!(notes.message()?.0, r#"up: Some("prices")"#);
    store.fail("out of stock")?;
    assert_eq!(notes.message()?.0, "down: out of stock");
    Ok(())
}

fn linked_to_stores() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_subscribers(topic!(Put { store: "prices", .. }))
            .on_absence(|(), cx, _store, reason| cx.quit_because(reason.clone()));
    })
}

#[test]
fn a_process_ends_with_another_for_its_reason() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().main(linked_to_stores()));
    let store = program.process(|cx| {
        cx.subscriber(topic!(Put { store: "prices", .. }));
    })?;
    store.fail("out of stock")?;
    let error = program.end().err().map(|error| error.to_string());
    assert_eq!(error.as_deref(), Some("out of stock"));
    Ok(())
}

fn shop() -> Supervisor {
    Supervisor::new(Strategy::RestForOne)
        .named("shop")
        .child(Child::new("prices", || store("prices")))
        .child(Child::new("stock", || store("stock")))
}

#[test]
fn a_supervisor_keeps_two_stores() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(shop().spawn()));
    let mut stores = program.observe_subscribers(topic!(Put { .. }))?;
    assert_eq!(stores.presence()?.store.value(), Some("prices"));
    assert_eq!(stores.presence()?.store.value(), Some("stock"));
    Ok(())
}

fn tick(cx: &mut Context<'_, u32>) {
    cx.sleep_then(Duration::from_secs(1), |ticks, cx| {
        *ticks += 1;
        cx.send(Noted(format!("tick {ticks}")));
        tick(cx);
    });
}

fn clerk() -> Spawn {
    Spawn::new(0, |_, cx| {
        tick(cx);
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|ticks, cx, _| {
            cx.send(Noted(format!("closed after {ticks}")));
            cx.quit();
        });
    })
}

#[test]
fn a_clerk_ticks_until_the_program_stops() -> anyhow::Result<()> {
    let program = TestProgram::by_hand(Ground::new().spawn(clerk()));
    let mut notes = program.messages(topic!(Noted(_)))?;
    program.advance(Duration::from_secs(2));
    assert_eq!((notes.message()?.0.as_str(), notes.message()?.0.as_str()), ("tick 1", "tick 2"));
    program.ask_to_stop()?;
    assert_eq!(notes.message()?.0, "closed after 2");
    Ok(())
}
