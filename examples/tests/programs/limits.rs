//! The options that limit what clients can cost.

use std::io::Write as _;

use crate::support::{ECHO_SERVER, connect, exchange, is_turned_away, serve, server, wait_until};

#[test]
fn above_the_limit_of_connections_clients_are_refused_until_one_leaves() -> anyhow::Result<()> {
    let (_program, address) = serve(server(ECHO_SERVER).args(["--max-connections", "2"]))?;
    let (first, second) = (connect(address)?, connect(address)?);
    exchange(&first, b"first")?;
    exchange(&second, b"second")?;
    assert!(is_turned_away(&connect(address)?)?);
    drop(first);
    wait_until(|| Ok(exchange(&connect(address)?, b"third").is_ok()))?;
    exchange(&second, b"still here")
}

// Other systems have no second loopback address by default.
#[cfg(target_os = "linux")]
#[test]
fn above_the_limit_of_one_address_its_clients_are_refused_and_others_are_not() -> anyhow::Result<()> {
    let (_program, address) = serve(server(ECHO_SERVER).args(["--max-per-address", "1"]))?;
    let first = connect(address)?;
    exchange(&first, b"first")?;
    assert!(is_turned_away(&connect(address)?)?);
    exchange(&connect_from([127, 0, 0, 2], address)?, b"another")?;
    exchange(&first, b"still here")
}

#[test]
fn a_client_for_which_too_much_waits_is_cut_off_and_others_are_not() -> anyhow::Result<()> {
    let (_program, address) = serve(server(ECHO_SERVER).args(["--max-buffered", "1000"]))?;
    let (modest, mut greedy) = (connect(address)?, connect(address)?);
    exchange(&modest, &[1; 100])?;
    greedy.write_all(&[2; 10_000])?;
    assert!(is_turned_away(&greedy)?);
    exchange(&modest, &[3; 100])
}

#[cfg(target_os = "linux")]
fn connect_from(own: [u8; 4], address: std::net::SocketAddr) -> anyhow::Result<std::net::TcpStream> {
    use std::net::SocketAddr;

    use socket2::{Domain, Socket, Type};

    use crate::support::TIMEOUT;

    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((own, 0)).into())?;
    socket.connect_timeout(&address.into(), TIMEOUT)?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    Ok(socket.into())
}
