//! Standard input to a server, and what the server sends to standard output: the other end of `chat-server`.
//!
//! The console is two processes of its own; the end of the input is the absence of one of them.

mod console;

use clap::Parser;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpPressure, TcpSubPacket, tcp_driver};
use examples::{log_to_standard_error, run};
use marketplace_core::{Context, Ground, Spawn, Stopping, topic};

use console::{Input, Output, Room, input, output};

/// Sends standard input to a server, and writes what the server sends
#[derive(Debug, Parser)]
struct Options {
    /// The server's name or address
    #[arg(long, value_name = "HOST", default_value = "localhost")]
    host: String,
    /// The server's port
    #[arg(long, value_name = "N", default_value_t = 5999)]
    port: u16,
}

fn main() -> anyhow::Result<()> {
    let Options { host, port } = Options::parse();
    log_to_standard_error();
    let client = client(TcpAddress::handle("chat-client"), TcpAddress::remote(host.as_str(), port));
    run(Ground::new().spawn(tcp_driver()).spawn(output()).spawn(input()).main(client))
}

/// The endpoint that lets the input come.
const ROOM: &str = "room outside";

/// The endpoint that lets the connection be read.
const INBOUND: &str = "inbound";

/// Joins the console and a connection, and ends with the first of them that does.
fn client(us: TcpAddress, them: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        receive(cx, &us, &them);
        send(cx, us, them);
    })
    .named("client")
}

/// Sends the input; it waits until the connection is up, and while it is full.
fn send(cx: &mut Context<'_, ()>, us: TcpAddress, them: TcpAddress) {
    cx.publisher(TcpChannel::flow(&us, &them))
        .on_presence(|(), cx, _| let_input_come(cx))
        .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
    cx.publisher(topic!(TcpPressure { source: us.clone(), destination: them.clone(), .. })).on_message(
        |(), cx, pressure| {
            if pressure.full { cx.delete(ROOM) } else { let_input_come(cx) }
        },
    );
    cx.subscriber(topic!(Input { .. }))
        .on_message(move |(), cx, Input { bytes }| cx.send(TcpChannel::bytes(&us, &them, bytes.clone())))
        .on_absence(|(), cx, _, reason| {
            eprintln!("chat-client: the input has ended");
            cx.quit_because(reason.clone());
        });
}

fn let_input_come(cx: &mut Context<'_, ()>) {
    cx.publisher(topic!(Room::Outside)).named(ROOM);
}

/// Shows what comes, while the output has room for it; until then it waits in the socket.
fn receive(cx: &mut Context<'_, ()>, us: &TcpAddress, them: &TcpAddress) {
    let inbound = TcpChannel::flow(them, us);
    cx.publisher(topic!(Output { .. })).on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
    cx.observe_publishers(topic!(Room::Inside))
        .on_presence(move |(), cx, _| {
            cx.subscriber(inbound.clone()).named(INBOUND).on_message(|(), cx, packet| {
                match &packet.subpacket {
                    TcpSubPacket::Bytes(bytes) => cx.send(Output { bytes: bytes.clone() }),
                    TcpSubPacket::Eof => {
                        eprintln!("chat-client: the server has closed the connection");
                        cx.quit();
                    }
                }
            });
        })
        .on_absence(|(), cx, _, _| cx.delete(INBOUND));
}
