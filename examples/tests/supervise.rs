//! Supervision of real drivers and servers, with a real clock.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use async_std::task;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver};
use driver_timer::timer_driver;
use futures::executor::block_on;
use marketplace_core::{
    Child, Ground, Handle, Limits, Message, Pattern, Restart, Spawn, Strategy, Supervisor, topic,
};
use marketplace_testing::TIMEOUT;

/// Restarts count for longer than any test takes.
const HOUR: Duration = Duration::from_secs(3_600);

/// Makes the listener fail.
#[derive(Debug, Message)]
struct Crash;

/// An echo server over TCP. The drivers and the listener are children of a supervisor. `bound` receives the address
/// each time that the server listens.
fn program(strategy: Strategy, bound: mpsc::Sender<SocketAddr>) -> Ground {
    let limits = Limits::new().restarts(2, HOUR).backoff(Duration::from_millis(10), HOUR).reset_after(HOUR);
    let server = Supervisor::new(strategy)
        .named("server")
        .limits(limits)
        .child(Child::new("tcp", || TcpDriver::new().bind_address([127, 0, 0, 1]).spawn()))
        .child(Child::new("timer", timer_driver).restart(Restart::Transient))
        .child(Child::new("listener", listener));
    let witness = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { .. })).on_presence(move |(), _, peer| {
            bound.send(peer.conversation.address.value().context("a bound port has an address")?)?;
            Ok(())
        });
    });
    Ground::new().with_sleep(task::sleep).spawn(witness).main(server.spawn())
}

fn listener() -> Spawn {
    Spawn::new((), |(), cx| {
        let us = TcpAddress::listener(0);
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| echoer(them, us)));
        cx.subscriber(topic!(Crash)).on_message(|(), _, _| bail!("as it was told to"));
    })
}

fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|(), cx, packet| cx.send(packet.reply()))
            .on_absence(|(), cx, _, _| cx.quit());
    })
}

/// The running program.
struct Running {
    handle: Handle,
    bound: mpsc::Receiver<SocketAddr>,
    ended: mpsc::Receiver<anyhow::Result<()>>,
}

impl Running {
    fn new(strategy: Strategy) -> Self {
        let (binds, bound) = mpsc::channel();
        let (ends, ended) = mpsc::channel();
        let program = program(strategy, binds);
        let handle = program.handle();
        thread::spawn(move || ends.send(task::block_on(program.run())));
        Self { handle, bound, ended }
    }

    /// Waits until it listens, and checks an echo.
    fn echo(&self) -> anyhow::Result<TcpStream> {
        let mut socket = TcpStream::connect(self.bound.recv_timeout(TIMEOUT)?)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        socket.write_all(b"hello")?;
        let mut echo = [0; 5];
        socket.read_exact(&mut echo)?;
        ensure!(&echo == b"hello", "{echo:?} is no echo");
        Ok(socket)
    }
}

#[test]
fn a_server_works_again_after_it_has_failed_and_a_stop_waits_for_nothing() -> anyhow::Result<()> {
    let mut running = Running::new(Strategy::RestForOne);
    let first = running.echo()?;
    block_on(running.handle.send(Crash))?;
    let second = running.echo()?;
    drop((first, second));
    block_on(running.handle.stop(Instant::now() + HOUR, task::sleep(HOUR)))?;
    running.ended.recv_timeout(TIMEOUT)?
}

#[test]
fn a_listener_that_takes_its_driver_along_closes_its_connections_and_serves_new_ones_once()
-> anyhow::Result<()> {
    let mut running = Running::new(Strategy::AllForOne);
    let mut first = running.echo()?;
    block_on(running.handle.send(Crash))?;
    match first.read(&mut [0]) {
        Ok(read) => assert_eq!(read, 0),
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    let mut second = running.echo()?;
    second.shutdown(Shutdown::Write)?;
    assert_eq!(second.read(&mut [0])?, 0, "nothing is echoed twice");
    block_on(running.handle.stop(Instant::now() + HOUR, task::sleep(HOUR)))?;
    running.ended.recv_timeout(TIMEOUT)?
}

#[test]
fn a_server_that_fails_again_and_again_ends_the_program_with_the_whole_story() -> anyhow::Result<()> {
    let mut running = Running::new(Strategy::RestForOne);
    for _ in 0..3 {
        drop(running.echo()?);
        block_on(running.handle.send(Crash))?;
    }
    let error = running.ended.recv_timeout(TIMEOUT)?.err().context("the main process has failed")?;
    let story =
        "supervisor `server`: `listener` has ended again after 2 restarts within 3600s: as it was told to";
    assert_eq!(format!("{error:#}"), story);
    Ok(())
}
