//! An echo server sends every byte back.

use std::io::Read as _;
use std::net::{Shutdown, TcpStream};
use std::thread;

use anyhow::ensure;

use crate::support::{Random, connect, data, echo_server, read_exact, read_to_end, write_all};

#[test]
fn sixty_four_mebibytes_in_pieces_of_any_size_come_back_byte_for_byte() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let client = connect(address)?;
    let sent = data(64 << 20);
    thread::scope(|scope| {
        let writer = scope.spawn(|| write_in_pieces(&client, &sent));
        let mut reader = &client;
        let mut piece = vec![0; 100_000];
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let count = reader.read(&mut piece)?;
            ensure!(count > 0, "the stream ends {} bytes early", rest.len());
            ensure!(
                rest.starts_with(&piece[..count]),
                "other bytes come back, {} before the end",
                rest.len()
            );
            rest = &rest[count..];
        }
        writer.join().expect("the writer must not panic")
    })
}

fn write_in_pieces(client: &TcpStream, mut bytes: &[u8]) -> anyhow::Result<()> {
    let mut random = Random(42);
    while !bytes.is_empty() {
        // Many small pieces, and some large ones.
        let most = 1 << random.up_to(18);
        let (piece, rest) = bytes.split_at(random.up_to(most).min(bytes.len()));
        write_all(client, piece)?;
        bytes = rest;
    }
    Ok(())
}

#[test]
fn a_client_that_shuts_down_its_writing_side_gets_everything_back() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let client = connect(address)?;
    let sent = data(300_000);
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            write_all(&client, &sent)?;
            anyhow::Ok(client.shutdown(Shutdown::Write)?)
        });
        assert!(read_to_end(&client)? == sent, "the echoed bytes are different");
        writer.join().expect("the writer must not panic")
    })
}

#[test]
fn a_hundred_thousand_writes_of_one_byte_come_back_byte_for_byte() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let client = connect(address)?;
    let sent = data(100_000);
    thread::scope(|scope| {
        let writer = scope.spawn(|| sent.chunks(1).try_for_each(|byte| write_all(&client, byte)));
        assert!(read_exact(&client, sent.len())? == sent, "the echoed bytes are different");
        writer.join().expect("the writer must not panic")
    })
}

#[test]
fn a_client_that_sends_nothing_gets_nothing_and_the_end() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let client = connect(address)?;
    client.shutdown(Shutdown::Write)?;
    assert_eq!(read_to_end(&client)?, b"");
    Ok(())
}

#[test]
fn each_of_a_hundred_clients_gets_its_own_bytes_back() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let clients = (0..100).map(|_| connect(address)).collect::<anyhow::Result<Vec<_>>>()?;
    for round in 0..3 {
        for (number, client) in clients.iter().enumerate() {
            write_all(client, format!("round {round} of client {number:02}").as_bytes())?;
        }
        for (number, mut client) in clients.iter().enumerate() {
            let mut back = [0; 20];
            client.read_exact(&mut back)?;
            assert_eq!(back, *format!("round {round} of client {number:02}").as_bytes());
        }
    }
    Ok(())
}
