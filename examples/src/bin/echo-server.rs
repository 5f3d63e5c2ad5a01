//! Sends every client's bytes back to it.
//!
//! Run it, and talk to it: `nc localhost 5999`. With `--inspect`, see it in a browser.

use clap::Parser;
use driver_tcp_bare::{TcpAddress, TcpChannel};
use examples::{Announcement, Cores, InspectOptions, ServerOptions, log_to_standard_error, run_on};
use marketplace_core::{Ground, Spawn, topic};

/// Sends every client's bytes back to it
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    server: ServerOptions,
    #[command(flatten)]
    cores: Cores,
    #[command(flatten)]
    inspect: InspectOptions,
    /// The maximum number of bytes that wait for one client; its connection is closed above that
    #[arg(long, value_name = "BYTES", default_value_t = 16 * 1024 * 1024)]
    max_buffered: usize,
}

fn main() -> anyhow::Result<()> {
    let Options { server, cores, inspect, max_buffered } = Options::parse();
    log_to_standard_error();
    let driver = server.tcp_driver().hard_limit(max_buffered).share_port(cores.share_ports());
    let (announcement, inspection) = (Announcement::new(cores), inspect.inspection());
    run_on(cores, move || {
        let listen = listen(server.port, announcement.clone());
        Ok(inspection.watch(Ground::new().spawn(driver.clone().spawn()).main(listen)))
    })
}

/// Keeps one echoer for each client that is connected.
fn listen(port: u16, announcement: Announcement) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = TcpAddress::listener(port);
        announcement.of_tcp(cx, &us);
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| echoer(them, us)));
    })
    .named("listen")
}

/// Sends back what one client sends, until the client is gone.
fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|(), cx, packet| cx.send(packet.reply()))
            .on_absence(|(), cx, _, _| cx.quit());
    })
    .named("echoer")
}
