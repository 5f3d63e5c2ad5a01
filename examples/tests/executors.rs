//! A ground runs on any executor: sockets, timers, futures and handles wake it wherever it is polled.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;
use async_executor::Executor;
use async_std::task::spawn_blocking;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver};
use driver_timer::{SetTimer, TimerExpired, timer_driver};
use futures::executor::block_on;
use marketplace_core::{Context, Ground, Message, Pattern, Spawn, topic};
use tokio::runtime::Builder;

/// How many bytes are sent and echoed, one after the other.
const ROUNDS: u8 = 200;

/// Another thread sends this from outside.
#[derive(Debug, Message)]
struct Go(u8);

/// Sends bytes to itself over TCP, each after a timer, a future and a message from another thread. Then it ends.
fn program() -> Ground {
    let driver = TcpDriver::new().bind_address([127, 0, 0, 1]);
    let (asking, asked) = mpsc::channel();
    let ground = Ground::new().spawn(driver.spawn()).spawn(timer_driver()).main(listener(asking));
    let mut outside = ground.handle();
    thread::spawn(move || {
        for byte in asked {
            if block_on(outside.send(Go(byte))).is_err() {
                break;
            }
        }
    });
    ground
}

/// Listens, and connects to the port on which it listens.
fn listener(asking: mpsc::Sender<u8>) -> Spawn {
    Spawn::new((), move |(), cx| {
        let us = TcpAddress::listener(0);
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| echoer(them, us)));
        cx.observe_publishers(topic!(TcpBound { .. })).on_presence(move |(), cx, bound| {
            let port = bound.conversation.address.value().context("a bound port has an address")?.port();
            talk(cx, &TcpAddress::remote("127.0.0.1", port), asking.clone());
            Ok(())
        });
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

/// When a timer expires, requests the next byte with a future.
fn talk(cx: &mut Context<'_, ()>, them: &TcpAddress, asking: mpsc::Sender<u8>) {
    let us = TcpAddress::handle("talker");
    cx.subscriber(topic!(TimerExpired { label: "next".into(), .. })).on_message(move |(), cx, _| {
        let asking = asking.clone();
        cx.perform(spawn_blocking(|| 1), move |(), _, byte| Ok(asking.send(byte)?));
    });
    cx.publisher(TcpChannel::flow(&us, them));
    let mut echoed = 0;
    cx.subscriber(TcpChannel::flow(them, &us)).on_message(move |(), cx, _| {
        echoed += 1;
        if echoed < ROUNDS {
            cx.send(SetTimer::after("next", Duration::from_micros(200)));
        } else {
            cx.quit();
        }
    });
    let them = them.clone();
    cx.subscriber(topic!(Go(_))).on_message(move |(), cx, Go(byte)| {
        cx.send(TcpChannel::bytes(&us, &them, vec![*byte]));
    });
    cx.send(SetTimer::after("next", Duration::ZERO));
}

/// Runs the program on an executor, in a thread of its own. If a wake-up is lost, the program does not end.
fn run_by(executor: fn(Ground) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let (end, ended) = mpsc::channel();
    thread::spawn(move || end.send(executor(program())));
    ended.recv_timeout(Duration::from_secs(30)).context("the program does not end")?
}

#[test]
fn a_ground_runs_on_async_std() -> anyhow::Result<()> {
    run_by(|ground| async_std::task::block_on(ground.run()))?;
    run_by(|ground| async_std::task::block_on(async_std::task::spawn(ground.run())))
}

/// Smol consists of these two.
#[test]
fn a_ground_runs_on_smol() -> anyhow::Result<()> {
    run_by(|ground| async_io::block_on(ground.run()))?;
    run_by(|ground| {
        let executor = Executor::new();
        async_io::block_on(executor.run(executor.spawn(ground.run())))
    })
}

#[test]
fn a_ground_runs_on_tokio() -> anyhow::Result<()> {
    run_by(|ground| Builder::new_current_thread().build()?.block_on(ground.run()))?;
    run_by(|ground| {
        let runtime = Builder::new_multi_thread().worker_threads(2).build()?;
        runtime.block_on(runtime.spawn(ground.run()))?
    })
}

#[test]
fn a_ground_runs_without_an_executor() -> anyhow::Result<()> {
    run_by(|ground| block_on(ground.run()))
}
