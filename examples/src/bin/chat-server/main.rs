//! A chat room: what anybody says is heard by everybody else.
//!
//! Run it, and meet yourself: `nc localhost 5999`, twice. With `--inspect`, see it in a browser.
//!
//! The [`room`](room::room) is a nested virtual machine, whose network speaks of people and of what they say. TCP stays
//! outside: each [`person`](person::person) takes part in both. Nobody waits for anybody: for whom too much
//! is waiting to be heard, the driver closes the connection, and the person departs.
//!
//! A room can be in several places: on several threads (`--cores N`), or in several programs (`--join NAME`). A link in
//! each place joins them, and nothing else changes: who is in another place has a mirror here. See
//! [`one_of_several`] for what holds across.

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

/// A chat room: what anybody says is heard by everybody else
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
    // The program of each core is reached by itself.
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

/// Says where clients are listened for; ends the program if they are not let in any more.
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
