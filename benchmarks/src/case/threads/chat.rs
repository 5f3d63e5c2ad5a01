//! Two chat rooms of the examples' people behind one listener: on one thread, and with a thread for each room.
//!
//! The client takes a core too, so that on two cores the rooms cannot have one each.

use std::time::Instant;

use crate::case::chat::Room;
use crate::case::{Case, Subject};
use crate::clock::raise_descriptor_limit;
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "threads-chat",
    about: "two chat rooms, each a nested VM with a thread of its own; all speak at once",
    parameter: "clients",
    values: &[20, 100, 400],
    rounds: 5,
    subjects: &[
        Subject::new("elsewhere", |clients| load("elsewhere", clients)),
        Subject::new("in place", |clients| load("in place", clients)),
    ],
};

/// How many deliveries are timed, more or less.
const DELIVERIES: u64 = 100_000;

/// Half of the clients are in each room.
fn load(place: &str, clients: u64) -> anyhow::Result<Vec<Figure>> {
    raise_descriptor_limit()?;
    let server = Server::start("rooms", place, 0)?;
    let mut room = Room::enter(&server, clients, clients * (clients / 2))?;
    let others = clients / 2 - 1;
    let times = (DELIVERIES / (clients * others)).max(1);
    let processor = server.processor_time()?;
    let start = Instant::now();
    for _ in 0..times {
        (0..clients as usize).try_for_each(|speaker| room.say(speaker))?;
        room.hear(clients * others)?;
    }
    let (time, processor) = (start.elapsed(), server.processor_time()? - processor);
    let deliveries = (times * clients * others) as f64;
    Ok(vec![
        Figure::more("deliveries", "thousand/s", deliveries / time.as_secs_f64() / 1e3),
        Figure::less("server's processor time", "µs", processor.as_secs_f64() / deliveries * 1e6),
    ])
}
