//! Short messages and their echoes, one in flight on each connection.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};

use super::{BUFFER, MESSAGE, processor_time, server};
use crate::case::{Case, Counted, Counting, Size, Subject, Tool};
use crate::clock::Stopwatch;
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "tcp-echo",
    about: "64 bytes there and back, one in flight on each connection",
    parameter: "connections",
    values: &[1, 100, 1_000, 10_000],
    rounds: 5,
    operations: |connections| if connections == 1 { 15_000 } else { 50_000 },
    counting: Some(Counting::of_server(
        "round trip",
        &[
            Counted::at(100, 8_000, &[Tool::Callgrind]),
            // The number of sockets that are ready when the server polls depends on what else the machine does.
            Counted::at(100, 8_000, &[Tool::Strace]).unchecked(),
            Counted::at(1_000, 8_000, &[Tool::Callgrind]).unchecked(),
            Counted::at(1_000, 8_000, &[Tool::Strace]).unchecked(),
            Counted::at(10_000, 10_000, &[Tool::Caches]).unchecked(),
        ],
    )),
    ours: &[
        Subject::new("marketplace", |size| load("marketplace", size)),
        Subject::new("two grounds", |size| load("two grounds", size)).uncounted(),
    ],
    others: &[
        Subject::new("async-std", |size| load("async-std", size)),
        Subject::new("smol, one thread", |size| load("smol, one thread", size)),
        Subject::new("tokio, one thread", |size| load("tokio, one thread", size)),
        Subject::new("bare epoll", |size| load("bare epoll", size)),
    ],
};

fn load(server_name: &str, Size { value, operations }: Size) -> anyhow::Result<Vec<Figure>> {
    load_figures(Load::put(&server(server_name, BUFFER)?, value, operations)?)
}

pub(in crate::case) fn load_figures(load: Load) -> anyhow::Result<Vec<Figure>> {
    let Load { count, time, mut times, server, .. } = load;
    times.sort_unstable();
    Ok(vec![
        Figure::more("round trips", "thousand/s", count as f64 / time.as_secs_f64() / 1e3),
        Figure::less("p99", "µs", times[times.len() * 99 / 100].as_secs_f64() * 1e6),
        processor_time("server's processor time", count, server),
    ])
}

/// The results of the round trips.
pub(in crate::case) struct Load {
    pub(in crate::case) count: u64,
    pub(in crate::case) time: Duration,
    /// The time that each round trip took.
    times: Vec<Duration>,
    /// The processor time of the server, and of its client, which is this process.
    pub(in crate::case) server: Duration,
    pub(in crate::case) client: Duration,
}

impl Load {
    /// Makes round trips on this number of connections. One more round trip on each, before these, is not timed.
    pub(in crate::case) fn put(server: &Server, connections: u64, round_trips: u64) -> anyhow::Result<Self> {
        let mut clients = Vec::new();
        for _ in 0..connections {
            let mut stream = TcpStream::connect(server.address)?;
            stream.set_nodelay(true)?;
            stream.write_all(&[0; MESSAGE])?;
            stream.read_exact(&mut [0; MESSAGE])?;
            clients.push(Client { stream, sent: Instant::now() });
        }
        let processor = server.processor_time()?;
        let (own, start) = (Stopwatch::start(), Instant::now());
        let times = exchange(&mut clients, round_trips)?;
        let (time, client) = (start.elapsed(), own.elapsed());
        let server = server.processor_time()? - processor;
        Ok(Self { count: times.len() as u64, time, times, server, client })
    }
}

struct Client {
    stream: TcpStream,
    sent: Instant,
}

impl Client {
    fn send(&mut self) -> anyhow::Result<()> {
        self.sent = Instant::now();
        // So few bytes always fit into an empty socket buffer.
        Ok(self.stream.write_all(&[0; MESSAGE])?)
    }

    fn receive(&mut self) -> anyhow::Result<Duration> {
        self.stream.read_exact(&mut [0; MESSAGE])?;
        Ok(self.sent.elapsed())
    }
}

/// Sends on every connection, and again whenever an echo has arrived. Returns the time of each round trip.
fn exchange(clients: &mut [Client], round_trips: u64) -> anyhow::Result<Vec<Duration>> {
    let poll = epoll::create(CreateFlags::CLOEXEC)?;
    for (number, client) in clients.iter_mut().enumerate() {
        epoll::add(&poll, &client.stream, EventData::new_u64(number as u64), EventFlags::IN)?;
        client.send()?;
    }
    let mut times = Vec::with_capacity(round_trips as usize);
    let mut unsent = round_trips.saturating_sub(clients.len() as u64);
    let mut events: Vec<Event> = Vec::with_capacity(1_024);
    while (times.len() as u64) < round_trips {
        events.clear();
        epoll::wait(&poll, spare_capacity(&mut events), None)?;
        for event in &events {
            let client = &mut clients[event.data.u64() as usize];
            times.push(client.receive()?);
            if unsent > 0 {
                unsent -= 1;
                client.send()?;
            }
        }
    }
    Ok(times)
}
