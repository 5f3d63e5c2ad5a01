//! Two processes and a message.

use marketplace_core::{Ground, Message, Spawn, topic};

#[derive(Debug, Message)]
struct Greeting {
    text: String,
}

fn greeter() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Greeting { .. })).on_presence(|(), cx, _listener| {
            cx.send(Greeting { text: "hello, world".to_owned() });
            cx.quit();
        });
    })
}

fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Greeting { .. }))
            .on_message(|(), _, greeting| println!("{}", greeting.text))
            .on_absence(|(), cx, _greeter, _reason| cx.quit());
    })
}

fn main() -> anyhow::Result<()> {
    async_std::task::block_on(Ground::new().spawn(greeter()).spawn(listener()).run())
}
