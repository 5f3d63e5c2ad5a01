//! The page Reconnecting: a client that connects again, with back-off, and keeps a bounded number of messages meanwhile.

use std::collections::VecDeque;
use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpError, tcp_driver};
use marketplace_core::{Child, Context, Ground, Limits, Message, Spawn, Strategy, Supervisor, Value, topic};

/// A line for the server. Its subscriber is the connection, and is present only while there is one.
#[derive(Clone, Debug, Message)]
struct Report(String);

/// One connection to the server. It fails when the connection cannot be made or is lost.
fn connection(server: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        // A fresh handle is a new connection.
        let us = TcpAddress::handle(Value::unique("reports"));
        cx.subscriber(topic!(TcpError { local: &us, .. }))
            .on_message(|(), _, error| error.reason.clone().into_result());
        let outbound = TcpChannel::flow(&us, &server);
        cx.subscriber(TcpChannel::flow(&server, &us))
            .on_presence(move |(), cx, _connected| {
                let (us, server) = (us.clone(), server.clone());
                cx.subscriber(topic!(Report(_))).on_message(move |(), cx, Report(line)| {
                    cx.send(TcpChannel::bytes(&us, &server, format!("{line}\n")));
                });
            })
            .on_absence(|(), cx, _, reason| cx.quit_because(reason.clone()));
        cx.publisher(outbound);
    })
}

/// Keeps a connection: makes it again after 1 s, 2 s, 4 s and so on, up to a minute, and never gives up.
fn reconnecting(server: TcpAddress) -> Spawn {
    let limits = Limits::new()
        .backoff(Duration::from_secs(1), Duration::from_secs(60))
        .restarts(usize::MAX, Duration::from_secs(60));
    Supervisor::new(Strategy::OneForOne)
        .named("reconnecting")
        .limits(limits)
        .child(Child::new("connection", move || connection(server.clone())))
        .spawn()
}

/// A measured value, from somewhere else in the program.
#[derive(Debug, Message)]
struct Measured(f64);

/// Reports what is measured. While there is no connection, it keeps the last hundred reports.
fn reporter() -> Spawn {
    Spawn::new(Reporter::default(), |_, cx| {
        cx.publisher(topic!(Report(_)))
            .on_arrival(|reporter: &mut Reporter, cx, _connection| {
                reporter.is_connected = true;
                reporter.waiting.drain(..).for_each(|report| cx.send(report));
            })
            .on_departure(|reporter, _, _, reason| {
                reporter.is_connected = false;
                tracing::warn!("reports wait: {reason:#}");
            });
        cx.subscriber(topic!(Measured(_)))
            .on_message(|reporter, cx, Measured(value)| reporter.report(cx, Report(value.to_string())));
    })
    .named("reporter")
}

#[derive(Default)]
struct Reporter {
    is_connected: bool,
    waiting: VecDeque<Report>,
}

impl Reporter {
    fn report(&mut self, cx: &mut Context<'_, Self>, report: Report) {
        if self.is_connected {
            return cx.send(report);
        }
        if self.waiting.len() == 100 {
            let lost = self.waiting.pop_front();
            tracing::warn!("a report is lost: {lost:?}");
        }
        self.waiting.push_back(report);
    }
}

fn program(server: TcpAddress) -> Ground {
    let ground = Ground::new().with_sleep(async_std::task::sleep);
    ground.spawn(tcp_driver()).spawn(reporter()).spawn(reconnecting(server))
}

mod tests {
    use std::io::{self, BufRead as _, BufReader, ErrorKind};
    use std::net::{TcpListener, TcpStream};

    use anyhow::Context as _;
    use driver_tcp_bare::TcpSubPacket;
    use marketplace_core::{Pattern as _, Reason};
    use marketplace_testing::{Inbox, InboxEvent, TIMEOUT, TestProcess, TestProgram, wait_until};

    use super::*;

    const SERVER: (&str, u16) = ("server.example", 7);

    /// The program by hand, with the test in the place of the driver.
    struct Scene {
        program: TestProgram,
        /// The attempts to connect, as the driver sees them.
        attempts: Inbox<TcpChannel>,
        server: TcpAddress,
    }

    impl Scene {
        fn new() -> anyhow::Result<Self> {
            let server = TcpAddress::remote(SERVER.0, SERVER.1);
            let program = TestProgram::by_hand(Ground::new());
            let attempts =
                program.observe_publishers(topic!(TcpChannel { source: _, destination: &server, .. }))?;
            program.spawn(reporter())?;
            program.spawn(reconnecting(server.clone()))?;
            Ok(Self { program, attempts, server })
        }

        /// There is an attempt to connect: its local end.
        fn attempt(&mut self) -> anyhow::Result<TcpAddress> {
            self.attempts.presence()?.source.value().context("an attempt has a local end")
        }

        /// The connection is up: what comes over it.
        fn accept(&self, us: &TcpAddress) -> anyhow::Result<(TestProcess, Inbox<TcpChannel>)> {
            let received = self.program.messages(TcpChannel::flow(us, &self.server))?;
            let inbound = TcpChannel::flow(&self.server, us);
            let driver = self.program.process(|cx| {
                cx.publisher(inbound);
            })?;
            Ok((driver, received))
        }

        fn refuse(&mut self, us: &TcpAddress) -> anyhow::Result<()> {
            let reason = Reason::error(io::Error::from(ErrorKind::ConnectionRefused));
            let (local, remote) = (us.clone(), Some(self.server.clone()));
            self.program.send(TcpError { local, remote, reason })?;
            self.lost()
        }

        /// The connection, or the attempt, has gone. Before that the observer may have seen what was sent over it.
        fn lost(&mut self) -> anyhow::Result<()> {
            self.attempts.find(|seen| matches!(seen, InboxEvent::Absence { .. }).then_some(()))
        }
    }

    fn text(packet: &TcpChannel) -> String {
        match &packet.subpacket {
            TcpSubPacket::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            TcpSubPacket::Eof => String::new(),
        }
    }

    #[test]
    fn each_attempt_waits_longer_than_the_one_before_up_to_a_minute() -> anyhow::Result<()> {
        let mut scene = Scene::new()?;
        for full in [1, 2, 4, 8, 16, 32, 60, 60] {
            let us = scene.attempt()?;
            scene.refuse(&us)?;
            let full = Duration::from_secs(full);
            // Up to a fifth of it is taken off at random.
            scene.program.advance(full.mul_f64(0.79));
            scene.attempts.nothing()?;
            scene.program.advance(full.mul_f64(0.21));
        }
        scene.attempt()?;
        Ok(())
    }

    #[test]
    fn what_is_measured_meanwhile_is_reported_in_order_once_there_is_a_connection() -> anyhow::Result<()> {
        let mut scene = Scene::new()?;
        let us = scene.attempt()?;
        scene.program.send(Measured(1.5))?;
        scene.refuse(&us)?;
        scene.program.send(Measured(2.5))?;
        scene.program.advance(Duration::from_secs(1));
        let us = scene.attempt()?;
        let (driver, mut received) = scene.accept(&us)?;
        scene.program.send(Measured(3.5))?;
        for expected in ["1.5\n", "2.5\n", "3.5\n"] {
            assert_eq!(text(&*received.message()?), expected);
        }
        driver.fail("the cable is cut")?;
        scene.lost()?;
        scene.program.send(Measured(4.5))?;
        received.nothing()?;
        // It has lived for less than half a minute, so it waits for twice as long as the last time.
        scene.program.advance(Duration::from_secs(2));
        let us = scene.attempt()?;
        let (_driver, mut received) = scene.accept(&us)?;
        assert_eq!(text(&*received.message()?), "4.5\n");
        Ok(())
    }

    #[test]
    fn the_hundred_last_reports_wait() -> anyhow::Result<()> {
        let mut scene = Scene::new()?;
        let us = scene.attempt()?;
        (0..150_u32).try_for_each(|value| scene.program.send(Measured(value.into())))?;
        let (_driver, mut received) = scene.accept(&us)?;
        for value in 50..150 {
            assert_eq!(text(&*received.message()?), format!("{value}\n"));
        }
        received.nothing()
    }

    #[test]
    fn a_connection_that_has_lasted_is_made_again_after_the_first_delay() -> anyhow::Result<()> {
        let mut scene = Scene::new()?;
        for _ in 0..3 {
            let us = scene.attempt()?;
            let (driver, _received) = scene.accept(&us)?;
            scene.program.advance(Duration::from_secs(30));
            driver.quit()?;
            scene.lost()?;
            scene.program.advance(Duration::from_secs(1));
        }
        scene.attempt()?;
        Ok(())
    }

    #[test]
    fn a_program_that_stops_does_not_connect_again() -> anyhow::Result<()> {
        let mut scene = Scene::new()?;
        let us = scene.attempt()?;
        scene.refuse(&us)?;
        scene.program.stop()
    }

    #[test]
    fn it_connects_again_to_a_real_server() -> anyhow::Result<()> {
        let server = TcpListener::bind("127.0.0.1:0")?;
        server.set_nonblocking(true)?;
        let program = TestProgram::run(program(server.local_addr()?.into()))?;
        program.send(Measured(1.5))?;
        let mut first = accepted(&server)?;
        assert_eq!(line(&mut first)?, "1.5\n");
        let mut connections = program.publisher(topic!(Report(_)))?;
        connections.presence()?;
        drop(first);
        connections.absence()?;
        program.send(Measured(2.5))?;
        assert_eq!(line(&mut accepted(&server)?)?, "2.5\n");
        program.stop()
    }

    #[test]
    fn an_attempt_that_the_driver_reports_as_failed_is_never_seen_as_a_connection() -> anyhow::Result<()> {
        let ground = Ground::new().with_sleep(async_std::task::sleep).spawn(tcp_driver());
        let program = TestProgram::run(ground)?;
        let mut connections = program.observe_subscribers(topic!(Report(_)))?;
        let mut errors = program.messages(topic!(TcpError { .. }))?;
        // Nobody listens there.
        program.spawn(reconnecting(TcpAddress::remote("127.0.0.1", 1)))?;
        errors.message()?;
        // What the first attempt has done has been seen before the second one fails.
        errors.message()?;
        connections.nothing()?;
        program.stop()
    }

    fn accepted(server: &TcpListener) -> anyhow::Result<TcpStream> {
        let mut accepted = None;
        wait_until(|| match server.accept() {
            Ok((stream, _)) => {
                accepted = Some(stream);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error.into()),
        })?;
        let stream = accepted.context("no connection")?;
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        Ok(stream)
    }

    fn line(stream: &mut TcpStream) -> anyhow::Result<String> {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line)?;
        Ok(line)
    }
}
