//! `udp-echo` sends packets back.

use std::net::{SocketAddr, UdpSocket};

use crate::support::{Program, TIMEOUT, UDP_ECHO, program, serve, server};

fn client(server: SocketAddr) -> anyhow::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    Ok(socket)
}

/// Sends a packet, and receives the same one.
fn exchange(client: &UdpSocket, body: &[u8]) -> anyhow::Result<()> {
    client.send(body)?;
    let mut back = vec![0; body.len() + 1];
    let length = client.recv(&mut back)?;
    assert_eq!(&back[..length], body);
    Ok(())
}

#[test]
fn every_client_gets_its_packets_back_and_a_signal_ends_it() -> anyhow::Result<()> {
    let (program, address) = serve(&mut server(UDP_ECHO))?;
    assert!(address.ip().is_loopback());
    let clients = [client(address)?, client(address)?];
    for body in [&b"hello"[..], b"", &[7; 60_000]] {
        for client in &clients {
            exchange(client, body)?;
        }
    }
    let finished = program.terminate()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn on_all_addresses_it_answers_from_the_one_that_was_asked() -> anyhow::Result<()> {
    for all in ["0.0.0.0", "::"] {
        let (_program, address) = serve(server(UDP_ECHO).args(["--bind", all]))?;
        // A connected socket receives only from this address.
        let client = client(SocketAddr::from(([127, 0, 0, 2], address.port())))?;
        exchange(&client, b"hello")?;
    }
    Ok(())
}

#[test]
fn a_port_in_use_is_a_failure_that_names_the_address() -> anyhow::Result<()> {
    let taken = UdpSocket::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let finished = Program::start(program(UDP_ECHO).args(["--port", &port]))?.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.output, "");
    for told in ["Error: cannot", "127.0.0.1", &port, "in use"] {
        assert!(finished.errors.contains(told), "{told} is not in: {}", finished.errors);
    }
    Ok(())
}
