//! The page Idle connections: a server that closes a connection when its client has sent nothing for a while.

use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use futures::future::AbortHandle;
use marketplace_core::{Context, Ground, Spawn, topic};

struct Session {
    idle: Duration,
    /// Cancels the time-out that is running.
    time_out: Option<AbortHandle>,
}

impl Session {
    /// Starts the time-out again from the beginning.
    fn restart_time_out(&mut self, cx: &mut Context<'_, Self>) {
        let next = cx.sleep_then(self.idle, |_, cx| cx.quit());
        if let Some(previous) = self.time_out.replace(next) {
            previous.abort();
        }
    }
}

/// Echoes what a client sends, and quits when the client has sent nothing for `idle`.
fn session(them: TcpAddress, us: TcpAddress, idle: Duration) -> Spawn {
    Spawn::new(Session { idle, time_out: None }, move |session, cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|session: &mut Session, cx, packet| {
                session.restart_time_out(cx);
                cx.send(packet.reply());
            })
            .on_absence(|_, cx, _peer, _reason| cx.quit());
        session.restart_time_out(cx);
    })
    .named("session")
}

fn listen(us: TcpAddress, idle: Duration) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(move |flow| flow.ends().map(|(them, us)| session(them, us, idle)));
    })
    .named("listener")
}

fn server(us: TcpAddress, idle: Duration) -> Ground {
    let tcp = TcpDriver::new().bind_address([127, 0, 0, 1]);
    Ground::new().with_sleep(async_std::task::sleep).spawn(tcp.spawn()).spawn(listen(us, idle))
}

use driver_tcp_bare::TcpSubPacket;

/// Closes a connection that has not sent a whole request after `limit`, however often it sends a byte.
fn impatient_session(them: TcpAddress, us: TcpAddress, limit: Duration) -> Spawn {
    Spawn::new(Vec::new(), move |_, cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        let time_out = cx.sleep_then(limit, |_, cx| cx.quit());
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(move |request: &mut Vec<u8>, cx, packet| {
                if let TcpSubPacket::Bytes(bytes) = &packet.subpacket {
                    request.extend_from_slice(bytes);
                }
                if request.len() > 1024 {
                    cx.quit();
                } else if request.ends_with(b"\n") {
                    time_out.abort();
                    cx.send(TcpChannel::bytes(&packet.destination, &packet.source, "thank you\n"));
                }
            })
            .on_absence(|_, cx, _peer, _reason| cx.quit());
    })
}

mod tests {
    use std::io::Read as _;
    use std::net::TcpStream;

    use anyhow::Context as _;
    use driver_tcp_bare::TcpBound;
    use marketplace_core::Pattern as _;
    use marketplace_testing::{Inbox, TIMEOUT, TestProcess, TestProgram};

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    /// A client's end of a session, in the place of the driver.
    struct Client {
        process: TestProcess,
        received: Inbox<TcpChannel>,
        flow: (TcpAddress, TcpAddress),
    }

    impl Client {
        fn of(
            program: &TestProgram,
            session: impl FnOnce(TcpAddress, TcpAddress) -> Spawn,
        ) -> anyhow::Result<Self> {
            let (them, us) = (TcpAddress::remote("client", 1), TcpAddress::listener(1));
            let received = program.subscriber(TcpChannel::flow(&us, &them))?;
            let flow = TcpChannel::flow(&them, &us);
            let process = program.process(|cx| {
                cx.publisher(flow);
            })?;
            program.spawn(session(them.clone(), us.clone()))?;
            let mut client = Self { process, received, flow: (them, us) };
            client.received.presence()?;
            Ok(client)
        }

        fn send(&self, text: &'static str) -> anyhow::Result<()> {
            let packet = TcpChannel::bytes(&self.flow.0, &self.flow.1, text);
            self.process.run(|cx| cx.send(packet))
        }
    }

    #[test]
    fn a_session_ends_when_its_client_has_sent_nothing_for_the_whole_time() -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new());
        let mut client = Client::of(&program, |them, us| session(them, us, MINUTE))?;
        for _ in 0..3 {
            program.advance(MINUTE - Duration::from_nanos(1));
            client.send("hello")?;
            client.received.message()?;
        }
        program.advance(MINUTE - Duration::from_nanos(1));
        client.received.nothing()?;
        program.advance(Duration::from_nanos(1));
        assert!(client.received.absence()?.as_error().is_none());
        assert_eq!(program.clock().waiting(), 0);
        Ok(())
    }

    #[test]
    fn a_session_has_one_time_out_however_much_comes_and_none_once_its_client_has_gone() -> anyhow::Result<()>
    {
        let program = TestProgram::by_hand(Ground::new());
        let client = Client::of(&program, |them, us| session(them, us, MINUTE))?;
        (0..100).try_for_each(|_| client.send("hello"))?;
        assert_eq!(program.clock().waiting(), 1);
        client.process.quit()?;
        assert_eq!(program.clock().waiting(), 0);
        Ok(())
    }

    #[test]
    fn a_client_that_sends_byte_by_byte_does_not_put_off_the_end_of_an_impatient_session()
    -> anyhow::Result<()> {
        let program = TestProgram::by_hand(Ground::new());
        let mut slow = Client::of(&program, |them, us| impatient_session(them, us, MINUTE))?;
        for _ in 0..59 {
            program.advance(Duration::from_secs(1));
            slow.send("x")?;
        }
        slow.received.nothing()?;
        program.advance(Duration::from_secs(1));
        slow.received.absence()?;
        let mut quick = Client::of(&program, |them, us| impatient_session(them, us, MINUTE))?;
        quick.send("hello\n")?;
        quick.received.message()?;
        program.advance(2 * MINUTE);
        quick.received.nothing()
    }

    #[test]
    fn a_client_of_the_server_reads_the_end_of_the_connection() -> anyhow::Result<()> {
        let program = TestProgram::run(server(TcpAddress::listener(0), Duration::from_millis(20)))?;
        let bound = program.observe_publishers(topic!(TcpBound { .. }))?.presence()?;
        let mut client = TcpStream::connect(bound.address.value().context("no address")?)?;
        client.set_read_timeout(Some(TIMEOUT))?;
        assert_eq!(client.read(&mut [0])?, 0);
        drop(client);
        program.stop()
    }
}
