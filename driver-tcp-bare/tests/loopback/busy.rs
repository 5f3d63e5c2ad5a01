//! A program that is so busy that the ground polls the sockets between any two turns.

use std::net::{Shutdown, SocketAddr};
use std::thread;
use std::time::Duration;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpChannelPattern, TcpPressure, TcpSubPacket};
use marketplace_core::{Context, Spawn};
use marketplace_testing::Reporter;

use crate::support::{Program, connect, data, echo_server, listen, options, read_to_end, write_all};

const MARK: usize = 64 * 1024;

/// A process that yields in every turn. A round with many of these takes longer than the ground waits.
fn restless() -> Spawn {
    fn proceed(cx: &mut Context<'_, ()>) {
        cx.yield_then(|(), cx| proceed(cx));
    }
    Spawn::new((), |(), cx| proceed(cx))
}

/// A session that sends one piece in each turn, except while its connection is full.
struct Obedient {
    message: TcpChannel,
    /// The number of pieces that are left.
    left: usize,
    is_full: bool,
}

impl Obedient {
    fn spawn(them: &TcpAddress, us: &TcpAddress, pieces: usize) -> Spawn {
        let message = TcpChannel::bytes(us, them, data(2 * MARK));
        let (flow, pressure) = (TcpChannel::flow(us, them), TcpPressure::flow(us, them));
        Spawn::new(Self { message, left: pieces, is_full: false }, move |obedient, cx| {
            cx.publisher(flow);
            cx.publisher(pressure)
                .on_message(|sender: &mut Self, _, pressure| sender.is_full = pressure.full);
            obedient.proceed(cx);
        })
    }

    fn proceed(&mut self, cx: &mut Context<'_, Self>) {
        if self.left == 0 {
            return cx.quit();
        }
        if !self.is_full {
            self.left -= 1;
            cx.send(self.message.clone());
        }
        cx.yield_then(Self::proceed);
    }
}

#[test]
fn no_session_that_waits_while_full_waits_forever() -> anyhow::Result<()> {
    const PIECES: usize = 50;
    let program = Program::with(options().high_water_mark(MARK).low_water_mark(MARK / 4))?;
    let us = TcpAddress::listener(0);
    program.spawn(listen(us.clone(), |them, us| Obedient::spawn(&them, &us, PIECES)))?;
    let address = program.bound(&us)?;
    let mut clients = Vec::new();
    for _ in 0..16 {
        clients.push(connect(address)?);
        (0..40).try_for_each(|_| program.spawn(restless()))?;
    }
    thread::scope(|scope| {
        let received: Vec<_> = clients.iter().map(|client| scope.spawn(|| read_to_end(client))).collect();
        for received in received {
            let received = received.join().expect("a client must not panic")?;
            assert_eq!(received.len(), PIECES * 2 * MARK);
        }
        Ok(())
    })
}

/// A process that uses one handle again and again: it leaves its connection and adds new demand in the same turn.
struct Fickle {
    inbound: TcpChannelPattern,
    /// The number of connections that it sees.
    present: usize,
    /// How many times it will still leave.
    left: usize,
    violations: Reporter<&'static str>,
}

impl Fickle {
    fn come(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscriber(self.inbound.clone())
            .named("in")
            .on_presence(|fickle, _, _| {
                fickle.present += 1;
                if fickle.present > 1 {
                    fickle.violations.report("two connections at once");
                }
            })
            .on_absence(|fickle, _, _, _| fickle.present -= 1)
            .on_message(|fickle, cx, _| {
                if fickle.present == 0 {
                    fickle.violations.report("a message of a connection that is gone");
                }
                fickle.leave(cx);
            });
    }

    fn leave(&mut self, cx: &mut Context<'_, Self>) {
        if self.left == 0 {
            return cx.quit();
        }
        self.left -= 1;
        cx.delete("in");
        self.come(cx);
    }

    /// Leaves after a few turns, again and again.
    fn leave_often(&mut self, cx: &mut Context<'_, Self>, turns: usize) {
        let turns = if turns == 0 {
            self.leave(cx);
            self.left % 7
        } else {
            turns - 1
        };
        cx.yield_then(move |fickle, cx| fickle.leave_often(cx, turns));
    }
}

/// The errors that such a session has noticed by the time it quits.
fn violations(
    server: SocketAddr,
    boot: impl FnOnce(&mut Fickle, &mut Context<'_, Fickle>) + Send + 'static,
) -> anyhow::Result<Vec<&'static str>> {
    let program = Program::with(options().linger(Duration::ZERO))?;
    (0..640).try_for_each(|_| program.spawn(restless()))?;
    let inbound = TcpChannel::flow(&server.into(), &TcpAddress::handle("fickle"));
    let (reporter, violations) = program.reports();
    let fickle = Fickle { inbound, present: 0, left: 300, violations: reporter };
    program.spawn(Spawn::new(fickle, move |fickle, cx| {
        fickle.come(cx);
        boot(fickle, cx);
    }))?;
    violations.all()
}

/// A session that sends without end.
fn talker(them: TcpAddress, us: TcpAddress) -> Spawn {
    fn proceed(message: &TcpChannel, cx: &mut Context<'_, TcpChannel>) {
        cx.send(message.clone());
        cx.yield_then(|message, cx| proceed(message, cx));
    }
    Spawn::new(TcpChannel::bytes(&us, &them, "and"), move |message, cx| {
        cx.publisher(TcpChannel::flow(&us, &them)).on_absence(|_, cx, _, _| cx.quit());
        proceed(message, cx);
    })
}

#[test]
fn nothing_is_received_from_a_former_connection() -> anyhow::Result<()> {
    let server = Program::start()?;
    let us = TcpAddress::listener(0);
    server.spawn(listen(us.clone(), talker))?;
    assert_eq!(violations(server.bound(&us)?, |_, _| ())?, [""; 0]);
    Ok(())
}

#[test]
fn a_handle_never_has_two_connections() -> anyhow::Result<()> {
    let (_server, address) = echo_server()?;
    assert_eq!(violations(address, |fickle, cx| fickle.leave_often(cx, 0))?, [""; 0]);
    Ok(())
}

/// A session that reads one message at a time, and waits some turns before it reads the next.
struct Pausing {
    inbound: TcpChannelPattern,
    received: Reporter<Vec<u8>>,
}

impl Pausing {
    fn read(&mut self, cx: &mut Context<'_, Self>) {
        cx.subscriber(self.inbound.clone()).named("in").on_message(|pausing, cx, channel| {
            match &channel.subpacket {
                TcpSubPacket::Bytes(bytes) => pausing.received.report(bytes.to_vec()),
                TcpSubPacket::Eof => cx.quit(),
            }
            cx.delete("in");
            pausing.pause(cx, 5);
        });
    }

    fn pause(&mut self, cx: &mut Context<'_, Self>, turns: usize) {
        if turns == 0 {
            return self.read(cx);
        }
        cx.yield_then(move |pausing, cx| pausing.pause(cx, turns - 1));
    }
}

#[test]
fn nothing_is_lost_for_a_session_that_reads_one_message_at_a_time() -> anyhow::Result<()> {
    const SENT: usize = 8 << 20;
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let client = connect(listening.address)?;
    let (them, us) = listening.next()?;
    let (reporter, received) = program.reports();
    let pausing = Pausing { inbound: TcpChannel::flow(&them, &us), received: reporter };
    (0..320).try_for_each(|_| program.spawn(restless()))?;
    program.spawn(Spawn::new(pausing, move |pausing, cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        pausing.read(cx);
    }))?;
    (0..320).try_for_each(|_| program.spawn(restless()))?;
    write_all(&client, &data(SENT))?;
    client.shutdown(Shutdown::Write)?;
    let all = received.all()?.concat();
    assert!(all == data(SENT), "{} of {SENT} bytes", all.len());
    Ok(())
}
