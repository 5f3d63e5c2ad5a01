//! The cost of very small writes. A separate test program, because it counts the allocations of its thread.

use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use async_std::task;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpSubPacket};
use marketplace_core::{Ground, Pattern as _, Spawn, topic};

const WRITES: usize = 1_000_000;

/// The largest number of allocations for each read of the socket. The buffer for the bytes is one of them.
const MOST_ALLOCATIONS: u64 = 8;

/// The number of received bytes, and of messages.
#[derive(Clone, Copy, Default)]
struct Came {
    bytes: usize,
    messages: u64,
}

/// A process that counts the received bytes until the end of the stream.
fn sink(bound: Sender<SocketAddr>, came: Sender<Came>) -> Spawn {
    Spawn::new(Came::default(), move |_, cx| {
        let us = TcpAddress::listener(0);
        cx.observe_publishers(topic!(TcpBound { listener: &us, address: _ })).on_presence(
            move |_, _, peer| {
                peer.conversation.address.value().map_or(Ok(()), |address| Ok(bound.send(address)?))
            },
        );
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: &us, .. }));
        cx.subscriber(topic!(TcpChannel { source: _, destination: us, .. })).on_message(
            move |all, cx, channel| {
                match &channel.subpacket {
                    TcpSubPacket::Bytes(bytes) => {
                        all.bytes += bytes.len();
                        all.messages += 1;
                    }
                    TcpSubPacket::Eof => {
                        came.send(*all)?;
                        cx.quit();
                    }
                }
                anyhow::Ok(())
            },
        );
    })
}

fn write(bound: &Receiver<SocketAddr>) -> anyhow::Result<()> {
    let mut client = TcpStream::connect(bound.recv()?)?;
    client.set_nodelay(true)?;
    (0..WRITES).try_for_each(|_| client.write_all(b"x"))?;
    Ok(())
}

#[test]
fn a_million_writes_of_a_byte_cost_a_few_allocations_each() -> anyhow::Result<()> {
    let (sender, bound) = channel();
    let (came_sender, came) = channel();
    let driver = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST);
    let ground = Ground::new().spawn(driver.spawn()).main(sink(sender, came_sender));
    let client = thread::spawn(move || write(&bound));
    let mut outcome = Ok(());
    let counted = allocation_counter::measure(|| outcome = task::block_on(ground.run()));
    outcome?;
    client.join().map_err(|_| anyhow::anyhow!("the client panicked"))??;
    let came = came.recv()?;
    assert_eq!(came.bytes, WRITES);
    eprintln!("{} allocations for {} readings", counted.count_total, came.messages);
    // Some more for the start and the end of the program.
    assert!(counted.count_total <= MOST_ALLOCATIONS * came.messages + 5_000);
    Ok(())
}
