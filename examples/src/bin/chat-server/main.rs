//! A chat room: everybody receives what the others say.
//!
//! Run it, and chat with yourself: `nc localhost 5999` in two terminals. With `--inspect`, see it in a browser.
//!
//! The [`room`](room::room) is a nested virtual machine. The messages in its network are what people say. TCP stays
//! outside: each [`person`](person::person) takes part in both networks. A slow client does not delay the others: if too
//! much data waits for it, the driver closes its connection, and the person leaves the room.
//!
//! A room can have several places: several threads (`--cores N`), or several programs (`--join NAME`). A link in each
//! place joins them, and nothing else changes: a person in another place appears here as a mirror. [`one_of_several`] says
//! what is guaranteed between places.

mod line;
mod person;
mod room;
mod speaker;

use std::num::NonZeroUsize;

use anyhow::ensure;
use clap::Parser;
use driver_link::{Link, Threads};
use driver_tcp_bare::TcpAddress;
use examples::{
    Announcement, Cores, InspectOptions, JoinOptions, ServerOptions, log_to_standard_error, run_on,
};
use marketplace_core::{Ground, Spawn, topic};

use room::{Open, one_of_several, room};

/// A chat room: everybody receives what the others say
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    inspect: InspectOptions,
    #[command(flatten)]
    others: JoinOptions,
}

fn main() -> anyhow::Result<()> {
    let Options { server, cores, inspect, others } = Options::parse();
    log_to_standard_error();
    // Each core has a program with an address of its own.
    let is_shared = others.listen.iter().any(|endpoint| !endpoint.ends_with(":0"));
    ensure!(cores.cores == NonZeroUsize::MIN || !is_shared, "with `--cores`, `--listen` needs port 0");
    let us = TcpAddress::listener(server.port);
    let driver = server.tcp_driver().share_port(cores.share_ports());
    let (announcement, threads) = (Announcement::new(cores), Threads::new());
    let inspection = inspect.inspection();
    run_on(cores, move || {
        let room = match &others.join {
            None if cores.cores == NonZeroUsize::MIN => room(us.clone()),
            name => {
                let link = Link::new(name.as_deref().unwrap_or("chat")).join(threads.clone());
                one_of_several(others.join(link)?, us.clone())
            }
        };
        let announcer = announcer(us.clone(), announcement.clone());
        Ok(inspection.watch(Ground::new().spawn(driver.clone().spawn()).main(announcer).spawn(room)))
    })
}

/// Prints where the server listens. Ends the program if clients are not accepted any more.
fn announcer(us: TcpAddress, announcement: Announcement) -> Spawn {
    Spawn::new((), move |(), cx| {
        announcement.of_tcp(cx, &us);
        cx.observe_publishers(topic!(Open {}))
            .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
    })
    .named("announcer")
}

#[cfg(test)]
mod tests {
    use anyhow::bail;
    use async_std::task::block_on;
    use driver_tcp_bare::TcpChannel;
    use marketplace_core::{Actions, Actor, Event};

    use super::*;
    use crate::room::doorkeeper;
    use crate::speaker::Place;

    /// A doorkeeper that fails at the first client.
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
        let room = Spawn::nested([doorkeeper(Place::Only, us.clone()).wrap(Failing)]);
        let outcome = block_on(
            Ground::new()
                .main(announcer(us, Announcement::new(Cores::one())))
                .spawn(room)
                .spawn(client)
                .run(),
        );
        assert_eq!(outcome.map_err(|error| error.to_string()), Err("the doorkeeper fails".to_owned()));
    }
}
