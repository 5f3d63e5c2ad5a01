//! Servers that run on several cores with one port.

use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{
    Cycle, ECHO_SERVER, FILE_SERVER, Program, TestFile, connect, exchange, is_refused, is_turned_away,
    program, serve, server, wait_until,
};

/// So many clients that each of two cores gets some. Only once in 2^63 runs does one core get all of them.
const MANY: usize = 64;

/// More than the system's buffers hold.
const LENGTH: usize = 32 * Cycle::PIECE;

#[test]
fn clients_are_served_on_each_core_which_has_limits_of_its_own() -> anyhow::Result<()> {
    let (_program, address) = serve(server(ECHO_SERVER).args(["--cores", "2", "--max-connections", "1"]))?;
    let mut served = Vec::new();
    for _ in 0..MANY {
        let client = connect(address)?;
        if exchange(&client, b"hello").is_ok() {
            served.push(client);
        }
    }
    assert_eq!(served.len(), 2);
    served.iter().try_for_each(|client| exchange(client, b"still here"))
}

/// Downloads that have begun and then stall, one on each of two cores.
fn downloads(address: SocketAddr) -> anyhow::Result<Vec<TcpStream>> {
    let mut begun = Vec::new();
    for _ in 0..MANY {
        let client = connect(address)?;
        match client.peek(&mut [0]) {
            Ok(1..) => begun.push(client),
            Ok(0) => {}
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
            Err(error) => return Err(error.into()),
        }
    }
    assert_eq!(begun.len(), 2);
    Ok(begun)
}

/// A file server with a download on each of its two cores.
fn with_downloads(name: &str) -> anyhow::Result<(Program, SocketAddr, TestFile, Vec<TcpStream>)> {
    let file = TestFile::new(name, LENGTH)?;
    let command = &mut server(FILE_SERVER);
    let (program, address) = serve(command.arg(&file.path).args(["--cores", "2", "--max-connections", "1"]))?;
    let clients = downloads(address)?;
    Ok((program, address, file, clients))
}

#[test]
fn a_file_is_sent_from_each_core_and_what_has_begun_is_finished_when_a_signal_stops_all() -> anyhow::Result<()>
{
    let (program, address, _file, clients) = with_downloads("cores")?;
    program.signal(Signal::TERM)?;
    wait_until(|| is_refused(address))?;
    let (cycle, mut buffer) = (Cycle::new(), vec![0; Cycle::PIECE]);
    for mut client in clients {
        let mut received = 0;
        loop {
            let count = client.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            cycle.check(received, &buffer[..count])?;
            received += count;
        }
        assert_eq!(received, LENGTH);
    }
    let finished = program.finish()?;
    assert!(finished.status.success());
    assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    Ok(())
}

#[test]
fn a_second_signal_ends_all_cores_at_once() -> anyhow::Result<()> {
    let (program, address, _file, _clients) = with_downloads("cores-stalled")?;
    program.signal(Signal::INT)?;
    wait_until(|| is_refused(address))?;
    let asked = Instant::now();
    program.signal(Signal::INT)?;
    assert!(program.finish()?.status.success());
    // Otherwise it would wait for ten seconds.
    assert!(asked.elapsed() < Duration::from_secs(8));
    Ok(())
}

#[test]
fn a_signal_ends_the_connections_of_all_cores_and_the_program_succeeds() -> anyhow::Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let (program, address) = serve(server(ECHO_SERVER).args(["--cores", "2"]))?;
        let mut clients = Vec::new();
        for _ in 0..MANY {
            let client = connect(address)?;
            exchange(&client, b"hello")?;
            clients.push(client);
        }
        program.signal(signal)?;
        for client in &clients {
            assert!(is_turned_away(client)?);
        }
        drop(clients);
        let finished = program.finish()?;
        assert!(finished.status.success());
        // It prints only once that it listens.
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

#[test]
fn a_port_in_use_is_a_failure_of_all_that_names_the_address() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    let command = &mut program(ECHO_SERVER);
    let finished = Program::start(command.args(["--cores", "2", "--port", &port]))?.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.output, "");
    for part in ["Error: ground ", &format!(": cannot listen on 127.0.0.1 port {port}\n"), "in use"] {
        assert!(finished.errors.contains(part), "{part} is not in {}", finished.errors);
    }
    Ok(())
}

#[test]
fn zero_cores_are_refused() -> anyhow::Result<()> {
    let finished = Program::start(program(ECHO_SERVER).args(["--cores", "0"]))?.finish()?;
    assert_eq!(finished.status.code(), Some(2));
    assert!(finished.errors.starts_with("error: invalid value"), "{}", finished.errors);
    Ok(())
}
