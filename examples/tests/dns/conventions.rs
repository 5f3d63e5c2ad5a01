//! What it has in common with all example servers.

use std::io::pipe;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::process::Stdio;

use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RecordType;

use super::packet::question;
use super::resolver::{DNS_RESOLVER, Hints, Resolver, ask, receive};
use super::upstream::{Upstream, read_framed, silent, write_framed};
use crate::support::{Program, connect, program, server, wait_until};

/// Any address will do, because the test asks no server.
const NOBODY: &str = "127.0.0.1:9";

#[test]
fn it_stops_on_a_signal_and_answers_those_who_wait_with_an_error() -> anyhow::Result<()> {
    let upstream = Upstream::start(silent)?;
    let resolver = Resolver::forwarding(&[upstream.address])?;
    let mut by_tcp = connect(resolver.address)?;
    write_framed(&mut by_tcp, &question("www.test.", RecordType::A).to_vec()?)?;
    let by_udp = ask(&resolver, (0..100).map(|number| format!("n{number}.test.")))?;
    wait_until(|| Ok(upstream.asked().len() == 101))?;
    let finished = resolver.program.terminate()?;
    assert!(finished.status.success() && finished.errors.is_empty(), "{finished:?}");
    let answer = Message::from_vec(&read_framed(&mut by_tcp)?)?;
    assert_eq!(answer.metadata.response_code, ResponseCode::ServFail);
    for (socket, query) in by_udp {
        assert_eq!(receive(&socket, &query)?.metadata.response_code, ResponseCode::ServFail);
    }
    Ok(())
}

#[test]
fn it_says_when_a_port_is_taken() -> anyhow::Result<()> {
    let udp = UdpSocket::bind("127.0.0.1:0")?;
    let tcp = TcpListener::bind("127.0.0.1:0")?;
    for taken in [udp.local_addr()?, tcp.local_addr()?] {
        let mut command = program(DNS_RESOLVER);
        command.args(["--upstream", NOBODY, "--port", &taken.port().to_string()]);
        let finished = Program::start(&mut command)?.finish()?;
        assert!(!finished.status.success());
        assert!(finished.errors.contains("in use") && finished.output.is_empty(), "{finished:?}");
    }
    Ok(())
}

#[test]
fn it_fails_if_it_cannot_print_where_it_listens() -> anyhow::Result<()> {
    let (_, output) = pipe()?;
    let mut command = server(DNS_RESOLVER);
    let finished =
        Program::start_with(command.args(["--upstream", NOBODY]), Stdio::null(), output)?.finish()?;
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.errors.contains("Error: cannot write standard output\n"), "{finished:?}");
    Ok(())
}

#[test]
fn it_requires_the_servers_to_ask() -> anyhow::Result<()> {
    let hints = Hints::new(Ipv4Addr::LOCALHOST.into())?;
    let path = hints.path.to_string_lossy();
    let both = ["--upstream", NOBODY, "--root-hints", &path];
    for (arguments, message) in [
        (&[][..], "--upstream <ADDR:PORT>|--root-hints <FILE>"),
        (&both, "cannot be used with"),
        (&["--upstream", "localhost"], "invalid"),
        (&["--upstream", "127.0.0.1:0"], "no server has port 0"),
        (&["--root-hints", "/nowhere"], "cannot read the root servers from /nowhere"),
    ] {
        let finished = Program::start(program(DNS_RESOLVER).args(arguments))?.finish()?;
        assert!(!finished.status.success());
        assert!(finished.errors.contains(message), "{finished:?}");
    }
    Ok(())
}

#[test]
fn it_refuses_limits_that_would_prevent_every_answer() -> anyhow::Result<()> {
    for limit in ["--timeout", "--server-timeout", "--max-questions", "--max-waiting", "--max-connections"] {
        let mut command = program(DNS_RESOLVER);
        command.args(["--upstream", NOBODY, "--port", "0", limit, "0"]);
        let finished = Program::start(&mut command)?.finish()?;
        assert!(!finished.status.success());
        assert!(finished.errors.contains("invalid value '0'"), "{finished:?}");
    }
    Ok(())
}

#[test]
fn it_explains_its_options() -> anyhow::Result<()> {
    let finished = Program::start(program(DNS_RESOLVER).arg("--help"))?.finish()?;
    assert!(finished.status.success());
    assert!(finished.output.contains("--root-hints"), "{finished:?}");
    Ok(())
}
