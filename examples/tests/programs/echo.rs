//! `echo-server` echoes.

use std::io::{Read as _, Write as _};
use std::net::Shutdown;

use crate::support::{Cycle, ECHO_SERVER, connect, exchange, serve, server};

#[test]
fn every_client_gets_back_what_it_sends() -> anyhow::Result<()> {
    let (_program, address) = serve(&mut server(ECHO_SERVER))?;
    let clients = [connect(address)?, connect(address)?, connect(address)?];
    for round in 0..10 {
        for (number, client) in clients.iter().enumerate() {
            exchange(client, format!("{round}: hello from {number}").as_bytes())?;
        }
    }
    exchange(&clients[0], Cycle::new().piece(0, Cycle::PIECE / 8))
}

#[test]
fn a_client_that_sends_no_more_gets_all_of_it_back_and_then_the_end() -> anyhow::Result<()> {
    let (_program, address) = serve(&mut server(ECHO_SERVER))?;
    let mut client = connect(address)?;
    client.write_all(b"the last words")?;
    client.shutdown(Shutdown::Write)?;
    let mut back = Vec::new();
    client.read_to_end(&mut back)?;
    assert_eq!(back, b"the last words");
    Ok(())
}
