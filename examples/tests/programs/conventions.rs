//! What all example servers have in common.

use std::net::{Ipv6Addr, TcpListener};

use crate::support::{
    CHAT_SERVER, ECHO_SERVER, FILE_SERVER, Program, connect, exchange, program, serve, server,
};

/// An existing file, for servers that send a file.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// Each server with its required arguments.
const SERVERS: [(&str, &[&str]); 3] = [(ECHO_SERVER, &[]), (FILE_SERVER, &[FILE]), (CHAT_SERVER, &[])];

#[test]
fn one_line_on_standard_output_has_the_port_that_the_kernel_picked() -> anyhow::Result<()> {
    for (binary, arguments) in SERVERS {
        let (program, address) = serve(server(binary).args(arguments))?;
        assert_ne!(address.port(), 0);
        assert!(address.ip().is_loopback());
        connect(address)?;
        let finished = program.terminate()?;
        assert_eq!((&*finished.output, &*finished.errors), ("", ""));
    }
    Ok(())
}

#[test]
fn help_lists_the_options_and_succeeds() -> anyhow::Result<()> {
    for (binary, _) in SERVERS {
        let finished = Program::start(program(binary).arg("--help"))?.finish()?;
        assert!(finished.status.success());
        for told in ["--bind", "127.0.0.1", "--port", "5999", "--max-connections", "--max-per-address"] {
            assert!(finished.output.contains(told), "{told} is not in: {}", finished.output);
        }
    }
    Ok(())
}

#[test]
fn a_port_in_use_is_a_failure_that_names_the_address() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let port = taken.local_addr()?.port().to_string();
    for (binary, arguments) in SERVERS {
        let command = &mut program(binary);
        let finished = Program::start(command.args(arguments).args(["--port", &port]))?.finish()?;
        assert_eq!(finished.status.code(), Some(1));
        assert_eq!(finished.output, "");
        let message = format!("Error: cannot listen on 127.0.0.1 port {port}\n");
        assert!(finished.errors.contains(&message), "{}", finished.errors);
        assert!(finished.errors.contains("in use"), "{}", finished.errors);
    }
    Ok(())
}

#[test]
fn a_file_that_cannot_be_sent_is_a_failure_that_names_it() -> anyhow::Result<()> {
    for name in ["/no/such/file", env!("CARGO_MANIFEST_DIR")] {
        let finished = Program::start(server(FILE_SERVER).arg(name))?.finish()?;
        assert_eq!(finished.status.code(), Some(1));
        assert_eq!(finished.output, "");
        assert!(finished.errors.contains(name), "{}", finished.errors);
    }
    Ok(())
}

#[test]
fn a_log_setting_that_makes_no_sense_is_warned_of_and_the_server_serves() -> anyhow::Result<()> {
    let (program, address) = serve(server(ECHO_SERVER).env("MARKETPLACE_LOG", "no=such=level"))?;
    exchange(&connect(address)?, b"hello")?;
    let finished = program.terminate()?;
    assert!(finished.status.success());
    assert!(finished.errors.contains("MARKETPLACE_LOG"), "{}", finished.errors);
    Ok(())
}

#[test]
fn the_log_goes_to_standard_error() -> anyhow::Result<()> {
    let (program, address) = serve(server(ECHO_SERVER).env("MARKETPLACE_LOG", "info"))?;
    let finished = program.terminate()?;
    assert_eq!(finished.output, "");
    assert!(finished.errors.contains(&address.to_string()), "{}", finished.errors);
    Ok(())
}

#[test]
fn a_server_listens_on_the_address_that_it_is_told() -> anyhow::Result<()> {
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("not tested: this machine has no IPv6");
        return Ok(());
    }
    let (_program, address) = serve(server(ECHO_SERVER).args(["--bind", "::1"]))?;
    assert_eq!(address.ip(), Ipv6Addr::LOCALHOST);
    exchange(&connect(address)?, b"hello")
}

#[test]
fn options_that_make_no_sense_are_refused() -> anyhow::Result<()> {
    for option in ["--port=65536", "--bind=nowhere", "--max-connections=0", "--max-per-address=many"] {
        let finished = Program::start(program(FILE_SERVER).args([FILE, option]))?.finish()?;
        assert_eq!(finished.status.code(), Some(2));
        assert!(finished.errors.starts_with("error: invalid value"), "{}", finished.errors);
    }
    Ok(())
}
