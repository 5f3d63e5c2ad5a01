//! Connections are served in turn.

use std::collections::HashMap;
use std::net::TcpStream;
use std::thread;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpSubPacket};

use crate::support::{Program, connect, data, write_all};

const CONNECTIONS: usize = 60;

/// Enough for several reads of a connection, which return at most 64 KiB each.
const EACH: usize = 1 << 20;

/// An event of a connection: it begins to be read, or a part of its data is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Taken(usize),
    Served(usize, usize),
}

#[test]
fn no_connection_is_served_twice_while_another_that_is_ready_waits() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let clients: Vec<TcpStream> =
        (0..CONNECTIONS).map(|_| connect(listening.address)).collect::<anyhow::Result<_>>()?;
    let ends = (0..CONNECTIONS).map(|_| listening.next()).collect::<anyhow::Result<Vec<_>>>()?;
    // All connections are ready before one is read.
    let sent = data(EACH);
    for client in &clients {
        write_all(client, &sent[..32 * 1024])?;
    }
    let turns = thread::scope(|scope| {
        for client in &clients {
            scope.spawn(|| write_all(client, &sent[32 * 1024..]));
        }
        served(&program, ends)
    })?;
    assert_in_turn(&turns);
    Ok(())
}

/// The events until all data has been delivered. One process serves all connections.
fn served(program: &Program, ends: Vec<(TcpAddress, TcpAddress)>) -> anyhow::Result<Vec<Turn>> {
    let (reporter, turns) = program.reports();
    let _kept = program.process(move |cx| {
        for (number, (them, us)) in ends.into_iter().enumerate() {
            let (taken, served) = (reporter.clone(), reporter.clone());
            cx.subscriber(TcpChannel::flow(&them, &us))
                .on_settled(move |(), _, _| taken.report(Turn::Taken(number)))
                .on_message(move |(), _, channel| {
                    if let TcpSubPacket::Bytes(bytes) = &channel.subpacket {
                        served.report(Turn::Served(number, bytes.len()));
                    }
                });
        }
    })?;
    let mut seen = Vec::new();
    let mut received = 0;
    while received < CONNECTIONS * EACH {
        let turn = turns.next()?;
        if let Turn::Served(_, count) = turn {
            received += count;
        }
        seen.push(turn);
    }
    Ok(seen)
}

/// Each connection is ready from the moment that a process uses it until it is first served. Later it may have to
/// wait for its client, which does not depend on the driver.
fn assert_in_turn(turns: &[Turn]) {
    let mut waiting: HashMap<usize, HashMap<usize, usize>> = HashMap::new();
    let mut first = 0;
    for turn in turns {
        match *turn {
            Turn::Taken(number) => {
                waiting.insert(number, HashMap::new());
            }
            Turn::Served(number, _) => {
                first += usize::from(waiting.remove(&number).is_some());
                for (waiter, served) in &mut waiting {
                    let times = served.entry(number).or_default();
                    *times += 1;
                    assert!(*times <= 1, "{number} is served {times} times while {waiter} waits: {turns:?}");
                }
            }
        }
    }
    assert_eq!(first, CONNECTIONS, "each connection must be served");
}
