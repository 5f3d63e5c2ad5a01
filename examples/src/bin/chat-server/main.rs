//! A chat room: what anybody says is heard by everybody else.
//!
//! Run it, and meet yourself: `nc localhost 5999`, twice.
//!
//! The room is a nested virtual machine, whose network speaks of people and of what they say. TCP stays
//! outside: each [`person`](person::person) takes part in both. Nobody waits for anybody: for whom too much
//! is waiting to be heard, the driver closes the connection, and the person departs.

mod line;
mod person;

use clap::Parser;
use driver_tcp_bare::{TcpAddress, TcpChannel};
use examples::{ServerOptions, announce_tcp, log_to_standard_error, run};
use marketplace_core::{Ground, Message, Spawn, topic};

use person::person;

/// A chat room: what anybody says is heard by everybody else
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    server: ServerOptions,
}

fn main() -> anyhow::Result<()> {
    let Options { server } = Options::parse();
    log_to_standard_error();
    let us = TcpAddress::listener(server.port);
    let tcp = server.tcp_driver().spawn();
    run(Ground::new().spawn(tcp).main(announcer(us.clone())).spawn(room(doorkeeper(us))))
}

/// Published outside the room while clients are let in.
#[derive(Debug, Message)]
struct Open {}

/// Says where clients are listened for; ends the program if they are not let in any more.
fn announcer(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        announce_tcp(cx, &us);
        cx.observe_publishers(topic!(Open {}))
            .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
    })
    .named("announcer")
}

fn room(doorkeeper: Spawn) -> Spawn {
    Spawn::nested([doorkeeper]).named("room")
}

/// Lets a person in for each client that is outside.
fn doorkeeper(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        let mut people = 0;
        let mut outside = cx.meta();
        outside.publisher(topic!(Open {}));
        outside
            .observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(move |conversation| {
                let (them, us) = conversation.ends()?;
                people += 1;
                Some(person(format!("user{people}"), them, us))
            });
    })
    .named("doorkeeper")
}

#[cfg(test)]
mod tests {
    use anyhow::bail;
    use async_std::task::block_on;
    use marketplace_core::{Actions, Actor, Event};

    use super::*;

    /// A doorkeeper who fails at the first client.
    struct Failing(Box<dyn Actor>);

    impl Actor for Failing {
        fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
            match event {
                Event::Presence { .. } => bail!("the doorkeeper fails"),
                event => self.0.handle(event, actions),
            }
        }
    }

    #[test]
    fn the_program_ends_with_the_reason_for_which_nobody_is_let_in_any_more() {
        let us = TcpAddress::listener(0);
        let client = TcpChannel::flow(&TcpAddress::remote("client", 1), &us);
        let client = Spawn::new((), move |(), cx| {
            cx.publisher(client);
        });
        let room = room(doorkeeper(us.clone()).wrap(Failing));
        let outcome = block_on(Ground::new().main(announcer(us)).spawn(room).spawn(client).run());
        assert_eq!(outcome.map_err(|error| error.to_string()), Err("the doorkeeper fails".to_owned()));
    }
}
