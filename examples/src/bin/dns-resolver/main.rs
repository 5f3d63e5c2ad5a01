//! A caching DNS server for UDP and TCP. It forwards questions to other servers, or resolves them from the root servers.
//!
//! Run it, and ask: `dig -p 5353 @127.0.0.1 example.com`. With `--inspect`, see it in a browser.
//!
//! The server is a nested virtual machine, whose messages are questions and answers. The clients' sockets stay outside.
//! The [`cache`](cache::cache) answers at once what it remembers. For other questions, a [`client`](client::client)
//! subscribes to the [`Answer`], and the cache subscribes to a [`Finding`](question::Finding), for which one [`query`] runs.
//! All clients with the same question share that query. In both cases the subscription is the demand. A query asks the
//! cache where to look, and asks each server through an [`Errand`](errand::Errand), which ends early if the query does.
//!
//! It does not validate (DNSSEC), knows no names itself (`localhost`), and shows the whole name to every server that it
//! asks. It is meant for well-behaved clients: a single client can use up the limit of questions, and recursion is
//! performed even if it is not desired.

mod answer;
mod cache;
mod client;
mod connections;
mod datagrams;
mod delegation;
mod errand;
mod frame;
mod hints;
mod outage;
mod over_tcp;
mod over_udp;
mod query;
mod question;
mod request;
mod resolution;
mod response;
mod store;

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::{ArgGroup, Parser};
use driver_event_relay::event_relay;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpDriver, TcpError};
use driver_udp::{UdpAddress, UdpBound, UdpDriver, UdpError};
use examples::{Announcement, Cores, InspectOptions, Inspection, log_to_standard_error, run_on};
use marketplace_core::{Context, Ground, Pattern, Reason, Spawn, topic};

use answer::Answer;
use cache::{Limits, cache};
use connections::connections;
use delegation::{Delegation, Servers};
use errand::errands;
use hints::read_hints;
use query::{Patience, queries};

/// A caching DNS server for UDP and TCP
#[derive(Clone, Debug, Parser)]
#[command(group(ArgGroup::new("servers").args(["upstream", "root_hints"]).required(true)))]
struct Options {
    /// The local address to listen on
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    bind: IpAddr,
    /// The port to listen on; 0 lets the kernel pick one
    #[arg(long, value_name = "N", default_value_t = 5353)]
    port: u16,
    /// A recursive server to forward questions to; may be given several times
    #[arg(long, value_name = "ADDR:PORT", value_parser = upstream)]
    upstream: Vec<SocketAddr>,
    /// The zone file with the root servers, to resolve questions from there
    #[arg(long, value_name = "FILE")]
    root_hints: Option<PathBuf>,
    /// The port of the servers that are asked when resolving from the root
    #[arg(long, value_name = "N", default_value = "53")]
    server_port: NonZeroU16,
    /// How long to wait for a server before asking another one, in milliseconds
    #[arg(long, value_name = "MS", default_value = "800")]
    server_timeout: NonZeroU64,
    /// How long to look for an answer in all, in milliseconds
    #[arg(long, value_name = "MS", default_value = "4000")]
    timeout: NonZeroU64,
    /// The memory for answers, in bytes
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    cache_size: usize,
    /// The maximum number of questions in flight
    #[arg(long, value_name = "N", default_value = "1000")]
    max_questions: NonZeroUsize,
    /// The maximum number of clients that wait for answers
    #[arg(long, value_name = "N", default_value = "10000")]
    max_waiting: NonZeroUsize,
    /// The maximum number of connections at a time; further ones are refused
    #[arg(long, value_name = "N", default_value = "1000")]
    max_connections: NonZeroUsize,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    inspect: InspectOptions,
}

/// The address of a server, with a valid port.
fn upstream(text: &str) -> anyhow::Result<SocketAddr> {
    let address: SocketAddr = text.parse()?;
    ensure!(address.port() != 0, "no server has port 0");
    Ok(address)
}

/// The maximum number of bytes that wait for a client that does not read: a few times the longest answers to all requests
/// that a connection may have at a time, since it takes a moment until a full connection is noticed.
const MOST_UNREAD: usize = 2 * 1024 * 1024;

/// How many ports are tried, if the kernel picks them: it picks a port that is free for TCP, which may be in use for UDP.
const MOST_TRIES: usize = 20;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    log_to_standard_error();
    let inspection = options.inspect.inspection();
    for _ in 1..MOST_TRIES {
        match options.serve(&inspection) {
            Err(error) if options.port == 0 && is_address_in_use(&error) => {}
            outcome => return outcome,
        }
    }
    options.serve(&inspection)
}

fn is_address_in_use(error: &anyhow::Error) -> bool {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes.any(|cause| cause.kind() == io::ErrorKind::AddrInUse)
}

impl Options {
    fn serve(&self, inspection: &Inspection) -> anyhow::Result<()> {
        let share_ports = self.cores.share_ports();
        let tcp = TcpDriver::new()
            .bind_address(self.bind)
            .share_port(share_ports)
            .max_connections(self.max_connections.get())
            .hard_limit(MOST_UNREAD);
        let udp = UdpDriver::new().bind_address(self.bind).share_port(share_ports);
        let announcement = Announcement::new(self.cores);
        let (options, inspection) = (self.clone(), inspection.clone());
        run_on(self.cores, move || {
            let resolver = options.resolver(&TcpAddress::listener(options.port), &announcement)?;
            let ground = Ground::new().spawn(tcp.clone().spawn()).spawn(udp.clone().spawn());
            Ok(inspection.watch(ground.main(resolver)))
        })
    }

    /// The virtual machine of questions and answers.
    fn resolver(&self, us: &TcpAddress, announcement: &Announcement) -> anyhow::Result<Spawn> {
        let (servers, start) = self.servers()?;
        let limits = Limits {
            size: self.cache_size,
            questions: self.max_questions.get(),
            waiting: self.max_waiting.get(),
        };
        let patience = Patience {
            server: Duration::from_millis(self.server_timeout.get()),
            question: Duration::from_millis(self.timeout.get()),
        };
        Ok(Spawn::nested([
            event_relay("dns-resolver"),
            // Errands may use any of the machine's addresses, independently of the address for clients.
            UdpDriver::new().spawn(),
            cache(start, limits, us.clone()),
            queries(servers, patience),
            errands(),
            connections(us.clone()),
            announcer(us.clone(), announcement.clone()),
        ])
        .named("resolver"))
    }

    fn servers(&self) -> anyhow::Result<(Servers, Delegation)> {
        Ok(match &self.root_hints {
            None => (Servers::Resolvers, Delegation::of_all(self.upstream.clone())),
            Some(file) => {
                let port = self.server_port.get();
                (Servers::Authorities { port }, read_hints(file, port)?)
            }
        })
    }
}

/// Prints where the server listens when both sockets are bound. Ends the program if one cannot be bound, if the line cannot
/// be printed, or if the cache fails, since the server cannot answer without it.
fn announcer(us: TcpAddress, announcement: Announcement) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Answer { question: _, .. }))
            .on_absence(|(), cx, _, reason| cx.meta().quit_because(reason.clone()));
        let mut outside = cx.meta();
        outside.observe_publishers(topic!(TcpBound { listener: us.clone(), address: _ })).on_presence(
            move |(), cx, bound| {
                if let Some(bound) = bound.conversation.value() {
                    announce(cx, bound.address, announcement.clone());
                }
            },
        );
        outside
            .subscriber(topic!(TcpError { local: us, remote: None, .. }))
            .on_message(|(), cx, error| cx.meta().quit_because(error.reason.clone()));
        outside
            .subscriber(topic!(UdpError { local: UdpAddress::Listener { port: _ }, remote: None, .. }))
            .on_message(|(), cx, error| cx.meta().quit_because(error.reason.clone()));
    })
    .named("announcer")
}

/// Prints `address` when its UDP port is bound too.
fn announce(cx: &mut Context<'_, ()>, address: SocketAddr, announcement: Announcement) {
    let local = UdpAddress::listener(address.port());
    cx.meta().observe_publishers(topic!(UdpBound { local, address: _ })).on_presence(move |(), cx, _| {
        if let Err(error) = announcement.tell(address) {
            cx.meta().quit_because(Reason::error(error));
        }
    });
}
