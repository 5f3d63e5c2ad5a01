//! A client for `chat-server`: sends standard input to a server, and writes what the server sends to standard output.

use clap::Parser;
use driver_console::{InputBytes, OutputBytes, OutputReady, OutputStream, PauseInput, console_driver};
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpPressure, TcpSubPacket, tcp_driver};
use examples::{log_to_standard_error, quit_with_output, run};
use marketplace_core::{Context, Ground, Spawn, Stopping, topic};

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
    run(Ground::new().spawn(tcp_driver()).spawn(console_driver()).main(client))
}

const OUTPUT: OutputStream = OutputStream::Stdout;

/// The endpoint that pauses the input.
const PAUSE: &str = "pause";

/// The endpoint that receives from the connection.
const INBOUND: &str = "inbound";

/// Connects the console with a connection, and ends when one of the two ends.
fn client(us: TcpAddress, them: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        receive(cx, &us, &them);
        send(cx, us, them);
    })
    .named("client")
}

/// Sends the input. It is paused until the connection is open, and while the connection is full.
fn send(cx: &mut Context<'_, ()>, us: TcpAddress, them: TcpAddress) {
    cx.publisher(TcpPressure::flow(&us, &them)).on_message(|(), cx, pressure| {
        if pressure.full {
            cx.publisher(topic!(PauseInput)).named(PAUSE);
        } else {
            cx.delete(PAUSE);
        }
    });
    cx.publisher(TcpChannel::flow(&us, &them))
        .on_presence(move |(), cx, _| send_input(cx, us.clone(), them.clone()))
        .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
}

fn send_input(cx: &mut Context<'_, ()>, us: TcpAddress, them: TcpAddress) {
    cx.subscriber(topic!(InputBytes { .. }))
        .on_message(move |(), cx, piece| cx.send(TcpChannel::bytes(&us, &them, piece.bytes.clone())))
        .on_absence(|(), cx, _, reason| {
            eprintln!("chat-client: the input has ended");
            cx.quit_because(reason.clone());
        });
}

/// Writes what the server sends, while the output has room. While it has none, data waits in the socket.
fn receive(cx: &mut Context<'_, ()>, us: &TcpAddress, them: &TcpAddress) {
    let inbound = TcpChannel::flow(them, us);
    cx.publisher(OutputBytes::to(OUTPUT)).on_absence(|(), cx, _, reason| quit_with_output(cx, reason));
    cx.observe_publishers(topic!(OutputReady { stream: OUTPUT }))
        .on_presence(move |(), cx, _| {
            cx.subscriber(inbound.clone()).named(INBOUND).on_message(|(), cx, packet| {
                match &packet.subpacket {
                    TcpSubPacket::Bytes(bytes) => cx.send(OutputBytes::new(OUTPUT, bytes.clone())),
                    TcpSubPacket::Eof => {
                        eprintln!("chat-client: the server has closed the connection");
                        cx.quit();
                    }
                }
            });
        })
        .on_absence(|(), cx, _, _| cx.delete(INBOUND));
}
