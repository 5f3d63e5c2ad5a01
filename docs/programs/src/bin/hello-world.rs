//! Two processes in one virtual machine: presence, and one message.

use marketplace_core::{Ground, Message, Spawn, topic};

#[derive(Debug, Message)]
struct Greeting {
    text: String,
}

/// Sends one greeting when a subscriber is present, and quits.
fn greeter() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Greeting { .. })).on_presence(|(), cx, _subscriber| {
            cx.send(Greeting { text: "hello, world".into() });
            cx.quit();
        });
    })
}

/// Prints what it receives, and quits when the greeter is gone.
fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Greeting { .. }))
            .on_presence(|(), _, _publisher| println!("a publisher is present"))
            .on_message(|(), _, greeting| println!("{}", greeting.text))
            .on_absence(|(), cx, _publisher, reason| {
                println!("the publisher is absent: {reason}");
                cx.quit();
            });
    })
}

fn main() -> anyhow::Result<()> {
    let program = Ground::new().spawn(greeter()).spawn(listener());
    futures::executor::block_on(program.run())
}
