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
use examples::{ServerOptions, announce, log_to_standard_error, run};
use marketplace_core::{Ground, Spawn, topic};

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
    let room = Spawn::nested([doorkeeper(us.clone())]).named("room");
    let announcer = Spawn::new((), move |(), cx| announce(cx, &us)).named("announcer");
    run(Ground::new().spawn(server.tcp_driver().spawn()).spawn(room).main(announcer))
}

/// Lets a person in for each client that is outside.
fn doorkeeper(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        let mut people = 0;
        cx.meta()
            .observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(move |conversation| {
                let (them, us) = conversation.ends()?;
                people += 1;
                Some(person(format!("user{people}"), them, us))
            });
    })
    .named("doorkeeper")
}
