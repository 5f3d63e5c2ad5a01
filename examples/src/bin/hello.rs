//! Two processes in one VM: presence, and one message.

use examples::print_line;
use marketplace_core::{Ground, Message, Spawn, topic};

#[derive(Debug, Message)]
struct Greeting {
    text: String,
}

/// Sends a greeting when a subscriber appears.
fn greeter() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Greeting { .. })).on_presence(|(), cx, _listener| {
            cx.send(Greeting { text: "hello, world".into() });
            cx.quit();
        });
    })
}

/// Prints the greetings that it receives, until the last publisher is gone.
fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Greeting { .. }))
            .on_message(|(), cx, greeting| print_line(cx, &greeting.text))
            .on_absence(|(), cx, _greeter, _reason| cx.quit());
    })
}

fn main() -> anyhow::Result<()> {
    futures::executor::block_on(Ground::new().spawn(greeter()).main(listener()).run())
}
