//! Two chat rooms behind one listener, with the people of the example `chat-server`.

#[path = "../../../examples/src/bin/chat-server/person.rs"]
mod person;

use std::net::Ipv4Addr;

use anyhow::Context;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver};
use marketplace_core::{Ground, Message, Pattern, Spawn, topic};

use super::announce;
use crate::elsewhere::Elsewhere;
use crate::speaker::{Place, Speaker};
use person::person;

pub(super) fn serve(place: &str) -> anyhow::Result<()> {
    let us = TcpAddress::listener(0);
    let tcp = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn();
    let mut ground = Ground::new().spawn(tcp).main(doorkeeper(us));
    for number in 0..ROOMS {
        let room = Spawn::nested([host(number)]);
        ground = ground.spawn(match place {
            "elsewhere" => room.wrap(Elsewhere::new),
            "in place" => room,
            place => anyhow::bail!("there is no place `{place}`"),
        });
    }
    async_std::task::block_on(async_std::task::spawn(ground.run()))
}

const ROOMS: u64 = 2;

/// A client is assigned to a room. An `usher` publishes this in the VM that contains the rooms.
#[derive(Debug, Message)]
struct Shown {
    room: u64,
    them: TcpAddress,
    us: TcpAddress,
}

/// Assigns clients to the rooms in turn.
fn doorkeeper(us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { listener: &us, address: _ })).on_presence(|(), _, bound| {
            let bound = bound.conversation.value().context("a bound listener has an address")?;
            announce(bound.address);
            Ok(())
        });
        let mut clients = 0;
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. })).for_each_conversation(
            move |conversation| {
                let (them, us) = conversation.ends()?;
                clients += 1;
                Some(usher(clients % ROOMS, them, us))
            },
        );
    })
}

/// Keeps a client in a room, by its presence.
fn usher(room: u64, them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Shown { room, them, us }));
    })
}

/// Spawns a person for each client that is assigned to the room.
fn host(room: u64) -> Spawn {
    Spawn::new((), move |(), cx| {
        let mut people = 0;
        cx.meta().observe_publishers(topic!(Shown { room, them: _, us: _ })).for_each_conversation(
            move |shown| {
                let Shown { them, us, .. } = shown.value()?;
                people += 1;
                Some(person(Speaker::new(Place::Only, &format!("user{people}")), them, us))
            },
        );
    })
}
