//! Signals that stop a server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use rustix::process::Signal;

use crate::support::{
    Cycle, ECHO_SERVER, FILE_SERVER, Program, TIMEOUT, TestFile, connect, exchange, is_refused, serve,
    server, wait_until,
};

/// More than the system's buffers hold.
const LENGTH: usize = 32 * Cycle::PIECE;

#[test]
fn a_server_that_is_asked_to_stop_ends_its_connections_and_succeeds() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (program, address) = serve(&mut server(ECHO_SERVER))?;
        let mut client = connect(address)?;
        exchange(&client, b"hello")?;
        program.signal(signal)?;
        assert_eq!(client.read(&mut [0])?, 0);
        drop(client);
        let finished = program.finish()?;
        assert!(finished.status.success());
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

#[test]
fn what_was_received_from_clients_that_keep_sending_is_echoed_before_the_end() -> anyhow::Result<()> {
    let (program, address) = serve(&mut server(ECHO_SERVER))?;
    let (begun, beginnings) = channel();
    let clients: Vec<_> = (0..8)
        .map(|_| {
            let begun = begun.clone();
            thread::spawn(move || stream_until_the_end(address, &begun))
        })
        .collect();
    for _ in &clients {
        beginnings.recv_timeout(TIMEOUT).context("the clients do not stream")?;
    }
    program.signal(Signal::TERM)?;
    for client in clients {
        client.join().map_err(|_| anyhow!("a client panicked"))??;
    }
    assert!(program.finish()?.status.success());
    Ok(())
}

/// Sends without end, and checks that the first of these bytes come back, up to a proper end.
fn stream_until_the_end(address: SocketAddr, begun: &Sender<()>) -> anyhow::Result<()> {
    let mut stream = connect(address)?;
    let writing = stream.try_clone()?;
    let writer = thread::spawn(move || send_without_end(&writing));
    let cycle = Cycle::new();
    let (mut buffer, mut received) = (vec![0; Cycle::PIECE], 0);
    loop {
        let count = stream.read(&mut buffer).context("not a proper end")?;
        if count == 0 {
            break;
        }
        cycle.check(received, &buffer[..count])?;
        if received < Cycle::PIECE && received + count >= Cycle::PIECE {
            begun.send(())?;
        }
        received += count;
    }
    stream.shutdown(Shutdown::Both)?;
    let sent = writer.join().map_err(|_| anyhow!("the writer panicked"))?;
    ensure!(received <= sent, "{received} bytes came back of {sent}");
    Ok(())
}

/// Sends until that fails. Returns how many bytes were sent.
fn send_without_end(mut stream: &TcpStream) -> usize {
    let (cycle, mut sent) = (Cycle::new(), 0);
    while let Ok(count) = stream.write(cycle.piece(sent, Cycle::PIECE)) {
        sent += count;
    }
    sent
}

#[test]
fn a_download_that_has_begun_is_finished_and_no_other_begins() -> anyhow::Result<()> {
    let (program, _file, mut client) = stopping_with_a_download("finished")?;
    let (cycle, mut buffer, mut received) = (Cycle::new(), vec![0; Cycle::PIECE], 0);
    loop {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        cycle.check(received, &buffer[..count])?;
        received += count;
    }
    assert_eq!(received, LENGTH);
    drop(client);
    assert!(program.finish()?.status.success());
    Ok(())
}

#[test]
fn a_second_signal_ends_a_server_that_still_waits_for_a_client() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (program, _file, _client) = stopping_with_a_download(&format!("stalled-{signal:?}"))?;
        let asked = Instant::now();
        program.signal(signal)?;
        assert!(program.finish()?.status.success());
        // Otherwise it would wait for ten seconds.
        assert!(asked.elapsed() < Duration::from_secs(8));
    }
    Ok(())
}

/// A server that is stopping, and a client that has read nothing yet.
fn stopping_with_a_download(name: &str) -> anyhow::Result<(Program, TestFile, TcpStream)> {
    let file = TestFile::new(name, LENGTH)?;
    let (program, address) = serve(server(FILE_SERVER).arg(&file.path))?;
    let client = connect(address)?;
    client.peek(&mut [0])?;
    program.signal(Signal::TERM)?;
    wait_until(|| is_refused(address))?;
    Ok((program, file, client))
}
