//! The echo servers from the documentation of the others: a task for each connection.

use std::net::Ipv4Addr;

use super::{announce, listener};

pub(super) fn serve(name: &str, buffer: usize) -> anyhow::Result<()> {
    match name {
        "async-std" => async_std::task::block_on(on_async_std(listener()?.into(), buffer)),
        "smol, one thread" => smol_on_one_thread(buffer),
        "tokio, one thread" => tokio_on_one_thread(buffer),
        name => anyhow::bail!("there is no server `{name}`"),
    }
}

/// Uses async-std's default number of threads.
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
