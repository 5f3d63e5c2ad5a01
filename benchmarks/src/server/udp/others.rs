//! The same with the UDP sockets of the others.

use super::socket;

pub(super) fn serve(name: &str, buffer: usize) -> anyhow::Result<()> {
    match name {
        "async-std" => async_std::task::block_on(async_std::task::spawn(on_async_std(buffer))),
        "smol, one thread" => smol_on_one_thread(buffer),
        "tokio, one thread" => tokio_on_one_thread(buffer),
        name => anyhow::bail!("there is no server `{name}`"),
    }
}

async fn on_async_std(buffer: usize) -> anyhow::Result<()> {
    let socket = async_std::net::UdpSocket::from(socket()?);
    let mut buffer = vec![0; buffer];
    loop {
        let (length, peer) = socket.recv_from(&mut buffer).await?;
        socket.send_to(&buffer[..length], peer).await?;
    }
}

fn smol_on_one_thread(buffer: usize) -> anyhow::Result<()> {
    smol::block_on(async {
        let socket = smol::Async::new(socket()?)?;
        let mut buffer = vec![0; buffer];
        loop {
            let (length, peer) = socket.recv_from(&mut buffer).await?;
            socket.send_to(&buffer[..length], peer).await?;
        }
    })
}

fn tokio_on_one_thread(buffer: usize) -> anyhow::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_io().build()?.block_on(async {
        let socket = socket()?;
        socket.set_nonblocking(true)?;
        let socket = tokio::net::UdpSocket::from_std(socket)?;
        let mut buffer = vec![0; buffer];
        loop {
            let (length, peer) = socket.recv_from(&mut buffer).await?;
            socket.send_to(&buffer[..length], peer).await?;
        }
    })
}
