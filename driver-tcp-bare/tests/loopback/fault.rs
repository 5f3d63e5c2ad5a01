//! Faults of the original implementation that concern TCP, as far as no other file tests them.

use std::io::Read as _;
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use driver_tcp_bare::TcpAddress;
use marketplace_testing::TIMEOUT;

use crate::support::{
    Program, SessionEvent, connect, data, echo_server, echoer, exchange, listen, read_to_end, reset,
    unanswered, write_all,
};

#[test]
fn a_connect_that_is_not_answered_does_not_block_the_program() -> anyhow::Result<()> {
    let (program, address) = echo_server()?;
    let (them, _full) = unanswered()?;
    let hanging = program.session(&TcpAddress::handle("hanging"), &them)?;
    for _ in 0..10 {
        exchange(&connect(address)?, b"in the meantime")?;
    }
    assert_eq!(hanging.outbound.rest(), [], "the connection must not be open");
    Ok(())
}

#[test]
fn a_look_up_does_not_block_the_program() -> anyhow::Result<()> {
    let (program, address) = echo_server()?;
    let client = connect(address)?;
    let looked_up: Vec<_> = (0..5)
        .map(|number| {
            let them = TcpAddress::remote(format!("name{number}.invalid"), 80);
            program.session(&TcpAddress::handle(number), &them)
        })
        .collect::<anyhow::Result<_>>()?;
    exchange(&client, b"in the meantime")?;
    for session in looked_up {
        session.wait_until_open()?;
        assert!(matches!(session.inbound.next()?, SessionEvent::Absence(_)));
    }
    exchange(&client, b"and afterwards")
}

#[test]
fn a_client_that_reads_nothing_does_not_delay_others() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let slow = connect(address)?;
    let fast = connect(address)?;
    let sent = data(8 << 20);
    write_all(&slow, &sent)?;
    exchange(&fast, b"in the meantime")?;
    slow.shutdown(Shutdown::Write)?;
    assert!(read_to_end(&slow)? == sent, "the echoed bytes are different");
    Ok(())
}

#[test]
fn a_reset_ends_only_its_own_connection() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let staying = connect(address)?;
    for _ in 0..10 {
        let client = connect(address)?;
        exchange(&client, b"here")?;
        write_all(&client, &data(100_000))?;
        reset(client)?;
        exchange(&staying, b"still here")?;
    }
    exchange(&connect(address)?, b"and here")
}

#[test]
fn connections_that_are_reset_before_they_are_accepted_do_no_harm() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    for _ in 0..50 {
        reset(connect(address)?)?;
    }
    exchange(&connect(address)?, b"still here")
}

#[test]
fn the_end_of_file_comes_after_all_the_data() -> anyhow::Result<()> {
    let program = Program::start()?;
    let listening = program.listening(&TcpAddress::listener(0))?;
    let sent = data(200_000);
    for _ in 0..20 {
        let client = connect(listening.address)?;
        let session = listening.session()?;
        write_all(&client, &sent)?;
        drop(client);
        assert!(session.receive(sent.len())? == sent, "the received bytes are different");
        assert_eq!(session.inbound.next()?, SessionEvent::Eof);
        assert_eq!(session.inbound.next()?, SessionEvent::NORMAL_ABSENCE);
    }
    Ok(())
}

#[test]
fn small_messages_to_and_fro_do_not_wait_for_each_other() -> anyhow::Result<()> {
    let (_program, address) = echo_server()?;
    let client = connect(address)?;
    let start = Instant::now();
    for _ in 0..200 {
        exchange(&client, b"ping")?;
    }
    // Nagle's algorithm against delayed acknowledgements would take 40 ms each.
    assert!(start.elapsed() < Duration::from_secs(4), "200 round trips took {:?}", start.elapsed());
    Ok(())
}

#[test]
fn two_hundred_clients_can_wait_to_be_accepted() -> anyhow::Result<()> {
    let program = Program::start()?;
    let us = TcpAddress::listener(0);
    let busy = program.process(|_| ())?;
    program.spawn(listen(us.clone(), echoer))?;
    let address = program.bound(&us)?;
    let (release, released) = mpsc::channel::<()>();
    // Nothing is accepted while a handler blocks the program.
    busy.start(move |_| Ok(released.recv_timeout(TIMEOUT)?))?;
    let clients: Vec<TcpStream> = (0..200).map(|_| connect(address)).collect::<anyhow::Result<_>>()?;
    release.send(())?;
    for mut client in &clients {
        write_all(client, b"hello")?;
        let mut back = [0; 5];
        client.read_exact(&mut back)?;
        assert_eq!(&back, b"hello");
    }
    Ok(())
}
