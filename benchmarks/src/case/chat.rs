//! A chat room: how fast clients join, and how fast each line is delivered to all the others.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::bail;
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::{Case, FIXED, Subject};
use crate::clock::raise_descriptor_limit;
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "chat",
    about: "the examples' chat room; a line is delivered to everybody but its speaker",
    parameter: "clients",
    values: &[10, 50, 200, 1_000],
    rounds: 5,
    operations: FIXED,
    counting: None,
    ours: &[Subject::new("marketplace", |size| load(Server::example("chat-server", &[])?, size.value))],
    others: &[Subject::new("tokio, one thread", |size| {
        load(Server::start("chat", "tokio, one thread", 0)?, size.value)
    })],
};

/// How many deliveries are timed, approximately.
const DELIVERIES: u64 = 60_000;

fn load(server: Server, clients: u64) -> anyhow::Result<Vec<Figure>> {
    raise_descriptor_limit()?;
    let start = Instant::now();
    let mut room = Room::enter(&[&server], clients, clients * clients)?;
    let joining = start.elapsed();

    let others = clients - 1;
    let utterances = (DELIVERIES / others).clamp(50, 1_000);
    let start = Instant::now();
    for speaker in 0..utterances {
        room.say((speaker % clients) as usize)?;
        room.hear(others)?;
    }
    let in_turn = per_second("one speaks in turn", utterances * others, start.elapsed());

    let times = (DELIVERIES / (clients * others)).max(1);
    let processor = server.processor_time()?;
    let start = Instant::now();
    for _ in 0..times {
        (0..clients as usize).try_for_each(|speaker| room.say(speaker))?;
        room.hear(clients * others)?;
    }
    let deliveries = times * clients * others;
    let all = per_second("all speak at once", deliveries, start.elapsed());
    let processor = (server.processor_time()? - processor).as_secs_f64() / deliveries as f64;
    Ok(vec![
        in_turn,
        all,
        Figure::less("server's processor time, all speaking", "µs", processor * 1e6),
        Figure::less("all join", "ms", joining.as_secs_f64() * 1e3),
    ])
}

fn per_second(what: &str, deliveries: u64, time: Duration) -> Figure {
    Figure::more(what, "thousand/s", deliveries as f64 / time.as_secs_f64() / 1e3)
}

/// The clients of a chat room. They count the lines that they receive.
pub(super) struct Room {
    poll: OwnedFd,
    clients: Vec<TcpStream>,
    heard: u64,
    buffer: Vec<u8>,
}

impl Room {
    /// Connects all clients, to the servers in turn, and waits until they have received `lines` lines. Each client
    /// receives a greeting and one line about each other client.
    pub(super) fn enter(servers: &[&Server], clients: u64, lines: u64) -> anyhow::Result<Self> {
        let poll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut room = Self { poll, clients: Vec::new(), heard: 0, buffer: vec![0; 64 * 1024] };
        for (number, server) in (0..clients).zip(servers.iter().cycle()) {
            let stream = TcpStream::connect(server.address)?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&room.poll, &stream, EventData::new_u64(number), EventFlags::IN)?;
            room.clients.push(stream);
        }
        room.hear(lines)?;
        Ok(room)
    }

    /// Sends a line. A line this short fits into the socket, because all earlier lines have been received.
    pub(super) fn say(&mut self, speaker: usize) -> anyhow::Result<()> {
        Ok(self.clients[speaker].write_all(b"hello, everybody\n")?)
    }

    /// Waits until `lines` more lines have been received.
    pub(super) fn hear(&mut self, lines: u64) -> anyhow::Result<()> {
        let mut events: Vec<Event> = Vec::with_capacity(1_024);
        let enough = self.heard + lines;
        while self.heard < enough {
            events.clear();
            epoll::wait(&self.poll, spare_capacity(&mut events), None)?;
            for event in &events {
                match self.clients[event.data.u64() as usize].read(&mut self.buffer) {
                    Ok(0) => bail!("the server closed a client's connection"),
                    Ok(read) => {
                        self.heard +=
                            self.buffer[..read].iter().filter(|byte| **byte == b'\n').count() as u64;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        if self.heard > enough {
            bail!("{} lines too many", self.heard - enough);
        }
        self.heard = enough;
        Ok(())
    }
}
