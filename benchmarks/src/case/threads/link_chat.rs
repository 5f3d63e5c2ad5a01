//! One chat room on two grounds, each with a thread of its own and a part of the clients: `chat-server --cores 2`.
//!
//! A line that is said on one ground crosses the link once, however many clients receive it on the other. The client
//! takes a core too.

use std::time::Instant;

use crate::case::chat::Room;
use crate::case::{Case, FIXED, Subject};
use crate::clock::raise_descriptor_limit;
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "threads-link-chat",
    about: "one chat room on two grounds that share a port and are joined by a link; all speak at once",
    parameter: "clients",
    values: &[20, 100, 400],
    rounds: 5,
    operations: FIXED,
    counting: None,
    ours: &[
        Subject::new("two grounds", |size| load(size.value, &["--cores", "2"])),
        Subject::new("one ground", |size| load(size.value, &[])),
    ],
    others: &[],
};

/// How many deliveries are timed, approximately.
const DELIVERIES: u64 = 300_000;

fn load(clients: u64, options: &[&str]) -> anyhow::Result<Vec<Figure>> {
    raise_descriptor_limit()?;
    let server = Server::example("chat-server", options)?;
    let mut room = Room::enter(&[&server], clients, clients * clients)?;
    let others = clients - 1;
    let times = (DELIVERIES / (clients * others)).max(1);
    let before = server.processor_time()?;
    let start = Instant::now();
    for _ in 0..times {
        (0..clients as usize).try_for_each(|speaker| room.say(speaker))?;
        room.hear(clients * others)?;
    }
    let (time, processor) = (start.elapsed(), server.processor_time()? - before);
    // The server ends before the clients do. Otherwise it would announce that the clients leave.
    drop(server);
    let deliveries = (times * clients * others) as f64;
    Ok(vec![
        Figure::more("deliveries", "thousand/s", deliveries / time.as_secs_f64() / 1e3),
        Figure::less("server's processor time", "µs", processor.as_secs_f64() / deliveries * 1e6),
    ])
}
