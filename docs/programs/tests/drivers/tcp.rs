//! A TCP client.

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpError, TcpSubPacket};
use marketplace_core::{Message, Spawn, Value, topic};

/// A piece of what the server has sent.
#[derive(Debug, Message)]
struct Received {
    #[message(skip)]
    bytes: Vec<u8>,
}

/// Connects to a server, sends a line, and passes on what comes back.
fn client(server: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = TcpAddress::handle(Value::unique("client"));
        // If the connection cannot be made, this process fails with the reason.
        cx.subscriber(topic!(TcpError { local: &us, .. }))
            .on_message(|(), _, error| error.reason.clone().into_result());
        cx.publisher(TcpChannel::flow(&us, &server));
        cx.subscriber(TcpChannel::flow(&server, &us))
            .on_message(|(), cx, packet| {
                if let TcpSubPacket::Bytes(bytes) = &packet.subpacket {
                    cx.send(Received { bytes: bytes.to_vec() });
                }
            })
            .on_absence(|(), cx, _server, reason| cx.quit_because(reason.clone()));
        cx.send(TcpChannel::bytes(&us, &server, "hello\n"));
    })
}

mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;
    use std::time::Duration;

    use driver_tcp_bare::tcp_driver;
    use marketplace_core::Ground;
    use marketplace_testing::{TIMEOUT, TestProgram, wait_until};

    use super::*;

    #[test]
    fn the_client_sends_its_line_and_receives_the_answer() -> anyhow::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let program = TestProgram::run(Ground::new().spawn(tcp_driver()))?;
        let mut received = program.messages(topic!(Received { .. }))?;
        program.spawn(client(TcpAddress::remote("127.0.0.1", listener.local_addr()?.port())))?;

        let mut accepted = None;
        wait_until(|| {
            accepted = listener.accept().ok();
            Ok(accepted.is_some())
        })?;
        let (mut socket, _) = accepted.expect("a client");
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        let mut line = [0; 6];
        socket.read_exact(&mut line)?;
        assert_eq!(&line, b"hello\n");
        socket.write_all(b"welcome\n")?;
        let mut answer: Vec<u8> = Vec::new();
        while answer.len() < 8 {
            answer.extend(&received.message()?.bytes);
        }
        assert_eq!(answer, b"welcome\n");
        program.ask_to_stop_within(Duration::ZERO)?;
        program.end()
    }

    #[test]
    fn the_client_fails_with_the_reason_if_nobody_listens() -> anyhow::Result<()> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let client = client(TcpAddress::remote("127.0.0.1", port));
        let program = TestProgram::run(Ground::new().spawn(tcp_driver()).main(client))?;
        let error = program.end().expect_err("nobody listens");
        let error = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
        assert_eq!(error.map(std::io::Error::kind), Some(std::io::ErrorKind::ConnectionRefused));
        Ok(())
    }
}
