//! Two chat rooms with the examples' people behind one listener: on one thread, and with a thread for each room. They
//! are compared with the same two rooms on separate grounds with separate drivers, which is the program `chat-server`
//! twice.
//!
//! The client takes a core too, so that on two cores the rooms cannot have one each. The processor time outside the
//! rooms' own threads, which the ground and the driver use, shows how far more cores would help.

use std::time::{Duration, Instant};

use crate::case::chat::Room;
use crate::case::{Case, FIXED, Subject};
use crate::clock::raise_descriptor_limit;
use crate::elsewhere::THREAD;
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "threads-chat",
    about: "two chat rooms, each a nested VM, with a thread of its own or without; all speak at once",
    parameter: "clients",
    values: &[20, 100, 400],
    rounds: 5,
    operations: FIXED,
    counting: None,
    ours: &[
        Subject::new("elsewhere", |size| load(vec![Server::start("rooms", "elsewhere", 0)?], size.value)),
        Subject::new("in place", |size| load(vec![Server::start("rooms", "in place", 0)?], size.value)),
        Subject::new("a ground each", |size| load(vec![chat_server()?, chat_server()?], size.value)),
    ],
    others: &[],
};

/// How many deliveries are timed, approximately.
const DELIVERIES: u64 = 300_000;

fn chat_server() -> anyhow::Result<Server> {
    Server::example("chat-server", &[])
}

/// Half of the clients are in each room.
fn load(servers: Vec<Server>, clients: u64) -> anyhow::Result<Vec<Figure>> {
    raise_descriptor_limit()?;
    let mut room = Room::enter(&servers.iter().collect::<Vec<_>>(), clients, clients * (clients / 2))?;
    let others = clients / 2 - 1;
    let times = (DELIVERIES / (clients * others)).max(1);
    let before = processor_times(&servers)?;
    let start = Instant::now();
    for _ in 0..times {
        (0..clients as usize).try_for_each(|speaker| room.say(speaker))?;
        room.hear(clients * others)?;
    }
    let (time, after) = (start.elapsed(), processor_times(&servers)?);
    // The servers end before the clients do. Otherwise they would announce that the clients leave.
    drop(servers);
    let deliveries = (times * clients * others) as f64;
    let each = |time: Duration| time.as_secs_f64() / deliveries * 1e6;
    Ok(vec![
        Figure::more("deliveries", "thousand/s", deliveries / time.as_secs_f64() / 1e3),
        Figure::less("servers' processor time", "µs", each(after.all - before.all)),
        Figure::less("processor time outside the rooms", "µs", each(after.outside - before.outside)),
    ])
}

/// The processor time that servers have used: in all threads, and in the threads that do not belong to a room.
struct ProcessorTimes {
    all: Duration,
    outside: Duration,
}

fn processor_times(servers: &[Server]) -> anyhow::Result<ProcessorTimes> {
    let all = servers.iter().map(Server::processor_time).sum::<anyhow::Result<_>>()?;
    let outside = servers.iter().map(|server| server.processor_time_where(|thread| thread != THREAD));
    Ok(ProcessorTimes { all, outside: outside.sum::<anyhow::Result<_>>()? })
}
