//! Servers with an inspector, seen in a browser.

use std::net::TcpListener;

use anyhow::Context as _;

use crate::support::{
    CHAT_SERVER, ECHO_SERVER, FILE_SERVER, Program, UDP_ECHO, WEB_GATEWAY, connect, exchange, program, serve,
    server, wait_until,
};

/// An existing file, for servers that send a file.
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");

/// The address of the page, as the program prints it.
fn page(program: &Program) -> anyhow::Result<String> {
    let line = program.error_line().context("the server says nothing")?;
    let url = line.trim_end().strip_prefix("inspecting at ").with_context(|| line.clone())?;
    Ok(url.to_owned())
}

fn get(url: &str) -> anyhow::Result<String> {
    Ok(ureq::get(url).call()?.body_mut().read_to_string()?)
}

#[test]
fn each_server_prints_the_address_of_its_page_and_stops_as_without_it() -> anyhow::Result<()> {
    let servers: [(&str, &[&str]); 5] =
        [(ECHO_SERVER, &[]), (FILE_SERVER, &[FILE]), (CHAT_SERVER, &[]), (UDP_ECHO, &[]), (WEB_GATEWAY, &[])];
    for (binary, arguments) in servers {
        let (program, _) = serve(server(binary).args(arguments).args(["--inspect", "127.0.0.1:0"]))?;
        let page = page(&program)?;
        assert!(get(&page)?.contains("main.js"), "{binary}");
        let finished = program.terminate()?;
        assert!(finished.status.success() && finished.errors.is_empty(), "{binary}: {finished:?}");
    }
    Ok(())
}

#[test]
fn the_cores_of_a_server_are_on_one_page() -> anyhow::Result<()> {
    let (program, _) = serve(server(ECHO_SERVER).args(["--cores", "2", "--inspect", "127.0.0.1:0"]))?;
    let recording = page(&program)? + "recording.json?text=listen";
    // Both cores have begun, but the inspector may not have received that yet.
    wait_until(|| Ok(get(&recording)?.matches(r#""process_name":"listen""#).count() >= 2))?;
    let finished = program.terminate()?;
    // Only one of them prints the address.
    assert_eq!(finished.errors, "");
    Ok(())
}

#[test]
fn a_server_whose_page_cannot_be_served_serves_all_the_same() -> anyhow::Result<()> {
    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let (program, server) = serve(server(ECHO_SERVER).args(["--inspect", &address]))?;
    exchange(&connect(server)?, b"hello")?;
    let finished = program.terminate()?;
    assert!(finished.status.success());
    assert!(finished.errors.contains(&format!("cannot listen on {address}")), "{}", finished.errors);
    assert!(finished.errors.contains("in use"), "{}", finished.errors);
    Ok(())
}

#[test]
fn the_address_can_be_left_out() -> anyhow::Result<()> {
    let finished = Program::start(program(ECHO_SERVER).arg("--help"))?.finish()?;
    assert!(finished.output.contains("--inspect [<ADDR:PORT>]"), "{}", finished.output);
    assert!(finished.output.contains("127.0.0.1:5990"), "{}", finished.output);
    Ok(())
}
