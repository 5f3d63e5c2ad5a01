//! A UDP client.

use driver_udp::{UdpAddress, UdpError, UdpPacket};
use marketplace_core::{Message, Spawn, topic};

/// The server's answer.
#[derive(Debug, Message)]
struct Answer {
    text: String,
}

/// Sends one packet to a server, and passes on the answer.
fn client(server: UdpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = UdpAddress::handle("client");
        cx.subscriber(topic!(UdpError { local: &us, .. }))
            .on_message(|(), _, error| error.reason.clone().into_result());
        cx.publisher(UdpPacket::flow(&us, &server));
        cx.subscriber(UdpPacket::inbound(&us)).on_message(|(), cx, packet| {
            cx.send(Answer { text: String::from_utf8_lossy(&packet.body).into_owned() });
            cx.quit();
        });
        cx.send(UdpPacket::new(&us, &server, "what time is it?"));
    })
}

mod tests {
    use std::net::UdpSocket;

    use driver_udp::udp_driver;
    use marketplace_core::Ground;
    use marketplace_testing::{TIMEOUT, TestProgram};

    use super::*;

    #[test]
    fn the_client_asks_and_passes_on_the_answer() -> anyhow::Result<()> {
        let server = UdpSocket::bind("127.0.0.1:0")?;
        server.set_read_timeout(Some(TIMEOUT))?;
        let program = TestProgram::run(Ground::new().spawn(udp_driver()))?;
        let mut answers = program.messages(topic!(Answer { .. }))?;
        program.spawn(client(UdpAddress::remote("127.0.0.1", server.local_addr()?.port())))?;

        let mut question = [0; 100];
        let (length, from) = server.recv_from(&mut question)?;
        assert_eq!(&question[..length], b"what time is it?");
        server.send_to(b"noon", from)?;
        assert_eq!(answers.message()?.text, "noon");
        program.stop()
    }
}
