//! A program in which things go wrong, for the tests of the inspector's page. It sends each line of its standard input
//! in the lobby. Three words have effects of their own.

use std::thread::sleep;
use std::time::Duration;

use anyhow::bail;
use clap::Parser;
use driver_console::{InputLine, console_driver};
use examples::{InspectOptions, log_to_standard_error, run};
use marketplace_core::{Ground, Message, Spawn, topic};

/// Says each line of standard input in the lobby, until something goes wrong
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    inspect: InspectOptions,
}

/// A line in a room.
#[derive(Debug, Message)]
struct Said {
    room: String,
    words: String,
}

fn main() -> anyhow::Result<()> {
    let Options { inspect } = Options::parse();
    log_to_standard_error();
    let ground = Ground::new().spawn(console_driver()).main(speaker()).spawn(listener()).spawn(typist());
    run(inspect.inspection().watch(ground))
}

/// Sends what is typed. At the word `end` it ends the program with an error.
fn speaker() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.publisher(topic!(Said { room: "lobby".into(), .. }));
        cx.subscriber(topic!(InputLine { .. })).on_message(|(), cx, line| {
            let words = line.text().into_owned();
            if words == "end" {
                bail!("the speaker has lost the thread");
            }
            cx.send(Said { room: "lobby".to_owned(), words });
            anyhow::Ok(())
        });
    })
    .named("speaker")
}

/// Listens in the lobby. It fails at `boom`, and blocks the program at `think`.
fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Said { room: "lobby".into(), .. })).on_message(|(), _, said| {
            match &*said.words {
                "boom" => bail!("the listener cannot stand {:?}", said.words),
                "think" => sleep(Duration::from_secs(3)),
                _ => {}
            }
            anyhow::Ok(())
        });
    })
    .named("listener")
}

/// Listens in a room with a typo in its name, in which nobody speaks. It would repeat what it receives there.
fn typist() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Said { room: "loby".into(), .. })).on_message(|(), cx, said| {
            cx.send(Said { room: "loby".to_owned(), words: said.words.clone() });
        });
    })
    .named("typist")
}
