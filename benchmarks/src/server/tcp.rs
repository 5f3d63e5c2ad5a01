//! Servers that send the bytes of each connection back.
//!
//! Each listens on a port of 127.0.0.1 that the kernel picks, and sends without delay.

mod epoll;

use std::net::{Ipv4Addr, TcpListener};

use anyhow::Context;
use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver};
use marketplace_core::{Ground, Pattern, Spawn, topic};

use super::announce;

pub(super) fn serve(name: &str, buffer: usize) -> anyhow::Result<()> {
    match name {
        "marketplace" => marketplace(),
        "async-std" => async_std::task::block_on(on_async_std(listener()?.into(), buffer)),
        "smol, one thread" => smol_on_one_thread(buffer),
        "tokio, one thread" => tokio_on_one_thread(buffer),
        "bare epoll" => epoll::serve(&listener()?, buffer),
        name => anyhow::bail!("there is no server `{name}`"),
    }
}

fn listener() -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    announce(listener.local_addr()?);
    Ok(listener)
}

/// The driver reads into one buffer for all connections, of a size that it knows itself.
fn marketplace() -> anyhow::Result<()> {
    fn echoer(them: TcpAddress, us: TcpAddress) -> Spawn {
        Spawn::new((), move |(), cx| {
            cx.publisher(TcpChannel::flow(&us, &them));
            cx.subscriber(TcpChannel::flow(&them, &us))
                .on_message(|(), cx, packet| cx.send(packet.reply()))
                .on_absence(|(), cx, _peer, _reason| cx.quit());
        })
    }

    let us = TcpAddress::listener(0);
    let listen = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(TcpBound { listener: &us, address: _ })).on_presence(|(), _, bound| {
            let bound = bound.conversation.value().context("a bound listener has an address")?;
            announce(bound.address);
            Ok(())
        });
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }))
            .for_each_conversation(|conversation| conversation.ends().map(|(them, us)| echoer(them, us)));
    });
    let driver = TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST);
    let ground = Ground::new().spawn(driver.spawn()).main(listen);
    async_std::task::block_on(ground.run())
}

/// With as many threads as async-std makes by itself.
async fn on_async_std(listener: async_std::net::TcpListener, buffer: usize) -> anyhow::Result<()> {
    use async_std::io::{ReadExt, WriteExt};

    loop {
        let (mut stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        async_std::task::spawn(async move {
            let mut buffer = vec![0; buffer];
            while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..read]).await.is_err() {
                    break;
                }
            }
        });
    }
}

fn smol_on_one_thread(buffer: usize) -> anyhow::Result<()> {
    use smol::io::{AsyncReadExt, AsyncWriteExt};

    let listener = smol::Async::new(listener()?)?;
    let executor = smol::LocalExecutor::new();
    smol::block_on(executor.run(async {
        loop {
            let (mut stream, _) = listener.accept().await?;
            stream.get_ref().set_nodelay(true)?;
            executor
                .spawn(async move {
                    let mut buffer = vec![0; buffer];
                    while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                        if stream.write_all(&buffer[..read]).await.is_err() {
                            break;
                        }
                    }
                })
                .detach();
        }
    }))
}

fn tokio_on_one_thread(buffer: usize) -> anyhow::Result<()> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        announce(listener.local_addr()?);
        loop {
            let (mut stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(async move {
                let mut buffer = vec![0; buffer];
                while let Ok(read @ 1..) = stream.read(&mut buffer).await {
                    if stream.write_all(&buffer[..read]).await.is_err() {
                        break;
                    }
                }
            });
        }
    })
}
