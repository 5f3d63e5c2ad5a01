//! A port that several grounds share.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use marketplace_core::{Spawn, topic};
use marketplace_testing::ReasonKind;

use crate::support::{Program, connect, exchange, is_cut_off, listen, next_error, options, read_exact};

/// So many that each of two grounds gets some. One ground gets all of them once in 2^63 runs.
const MANY: usize = 64;

/// The clients, by the letters that they received.
type Clients = BTreeMap<u8, Vec<TcpStream>>;

/// A ground whose server greets its clients with a letter, and its address.
fn greeter(letter: u8, driver: TcpDriver, port: u16) -> anyhow::Result<(Program, SocketAddr)> {
    let program = Program::with(driver)?;
    let us = TcpAddress::listener(port);
    program.spawn(listen(us.clone(), move |them, us| greet(letter, them, us)))?;
    let address = program.bound(&us)?;
    Ok((program, address))
}

/// A session that sends the letter, and then echoes.
fn greet(letter: u8, them: TcpAddress, us: TcpAddress) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.publisher(TcpChannel::flow(&us, &them));
        cx.subscriber(TcpChannel::flow(&them, &us))
            .on_message(|(), cx, packet| cx.send(packet.reply()))
            .on_absence(|(), cx, _, _| cx.quit());
        cx.send(TcpChannel::bytes(&us, &them, vec![letter]));
    })
}

/// Connects many clients.
fn clients(address: SocketAddr) -> anyhow::Result<Clients> {
    let mut clients = Clients::new();
    for _ in 0..MANY {
        let client = connect(address)?;
        let letter = read_exact(&client, 1)?[0];
        clients.entry(letter).or_default().push(client);
    }
    Ok(clients)
}

fn letters(clients: &Clients) -> String {
    clients.keys().copied().map(char::from).collect()
}

/// The reason why a driver cannot listen on a port.
fn refusal(driver: TcpDriver, port: u16) -> anyhow::Result<ReasonKind> {
    let program = Program::with(driver)?;
    let mut errors = program.errors()?;
    let us = TcpAddress::listener(port);
    let _demand = program.process(move |cx| {
        cx.observe_publishers(topic!(TcpChannel { source: _, destination: us, .. }));
    })?;
    Ok(next_error(&mut errors)?.2)
}

#[cfg(target_os = "linux")]
#[test]
fn grounds_of_one_builder_share_the_port_that_the_kernel_picks_and_each_gets_connections()
-> anyhow::Result<()> {
    let driver = options().share_port(true);
    let counters = driver.counters();
    let (_a, address) = greeter(b'a', driver.clone(), 0)?;
    let (_b, same) = greeter(b'b', driver, 0)?;
    assert_eq!(same, address);
    let clients = clients(address)?;
    assert_eq!(letters(&clients), "ab");
    for client in clients.values().flatten() {
        exchange(client, b"whoever it is")?;
    }
    assert_eq!(counters.accepted(), MANY as u64);
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn drivers_of_builders_of_their_own_share_a_port_that_is_given() -> anyhow::Result<()> {
    let (_a, address) = greeter(b'a', options().share_port(true), 0)?;
    let (_b, same) = greeter(b'b', options().share_port(true), address.port())?;
    assert_eq!(same, address);
    assert_eq!(letters(&clients(address)?), "ab");
    Ok(())
}

#[cfg(target_os = "linux")]
#[test]
fn when_one_ground_ends_the_other_goes_on_and_gets_all_connections() -> anyhow::Result<()> {
    let driver = options().share_port(true);
    let (a, address) = greeter(b'a', driver.clone(), 0)?;
    let (_b, _) = greeter(b'b', driver.clone(), 0)?;
    let before = clients(address)?;
    drop(a);
    for client in &before[&b'a'] {
        assert!(is_cut_off(client)?);
    }
    for client in &before[&b'b'] {
        exchange(client, b"still there")?;
    }
    assert_eq!(letters(&clients(address)?), "b");
    // The other drivers still use the port.
    let (_c, same) = greeter(b'c', driver, 0)?;
    assert_eq!(same, address);
    assert_eq!(letters(&clients(address)?), "bc");
    Ok(())
}

#[test]
fn after_the_last_driver_has_released_the_shared_port_the_kernel_picks_again() -> anyhow::Result<()> {
    let driver = options().share_port(true);
    let (former, address) = greeter(b'a', driver.clone(), 0)?;
    drop(former);
    // In use by this socket, or by another one that was faster.
    let _kept = TcpListener::bind((Ipv4Addr::LOCALHOST, address.port()));
    let (_next, other) = greeter(b'b', driver, 0)?;
    assert_ne!(other, address);
    Ok(())
}

#[test]
fn a_driver_without_the_option_shares_no_port() -> anyhow::Result<()> {
    let (_alone, address) = greeter(b'a', options(), 0)?;
    let (_sharing, shared) = greeter(b'b', options().share_port(true), 0)?;
    let in_use = ReasonKind::Io(ErrorKind::AddrInUse);
    assert_eq!(refusal(options(), shared.port())?, in_use);
    assert_eq!(refusal(options().share_port(true), address.port())?, in_use);
    // The option is set and reset.
    assert_eq!(refusal(options().share_port(true).share_port(false), shared.port())?, in_use);
    let twice = options();
    let (_one, one) = greeter(b'c', twice.clone(), 0)?;
    let (_two, two) = greeter(b'd', twice, 0)?;
    assert_ne!(one, two);
    Ok(())
}
