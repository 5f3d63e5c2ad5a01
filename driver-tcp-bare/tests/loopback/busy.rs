//! A program so busy that the ground looks at the sockets between any two turns.

use std::thread;

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpPressure};
use marketplace_core::{Context, Spawn};

use crate::support::{Program, connect, data, listen, options, read_to_end};

const MARK: usize = 64 * 1024;

/// Asks for a turn in every turn: a round of many such takes longer than the ground waits for.
fn restless() -> Spawn {
    fn proceed(cx: &mut Context<'_, ()>) {
        cx.yield_then(|(), cx| proceed(cx));
    }
    Spawn::new((), |(), cx| proceed(cx))
}

/// Sends one piece a turn, except while it has been told to wait.
struct Obedient {
    message: TcpChannel,
    /// Pieces.
    left: usize,
    is_full: bool,
}

impl Obedient {
    fn spawn(them: &TcpAddress, us: &TcpAddress, pieces: usize) -> Spawn {
        let message = TcpChannel::bytes(us, them, data(2 * MARK));
        let (flow, pressure) = (TcpChannel::flow(us, them), TcpPressure::flow(us, them));
        Spawn::new(Self { message, left: pieces, is_full: false }, move |obedient, cx| {
            cx.publisher(flow);
            cx.publisher(pressure).on_message(|obedient: &mut Self, _, told| obedient.is_full = told.full);
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
fn no_session_that_waits_as_told_waits_for_ever() -> anyhow::Result<()> {
    const PIECES: usize = 50;
    let mut program = Program::with(options().high_water_mark(MARK).low_water_mark(MARK / 4));
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
