//! The page The inspector: how it is added to a program.

use driver_inspector::inspector;
use marketplace_core::Ground;

/// The program, with a page at `http://127.0.0.1:PORT/` while it runs.
fn inspected(program: Ground, port: u16) -> Ground {
    inspector().address(([127, 0, 0, 1], port)).watch(program)
}

mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpStream;

    use anyhow::Context as _;
    use driver_inspector::Inspecting;
    use marketplace_core::{Pattern as _, topic};
    use marketplace_testing::{TIMEOUT, TestProgram};

    use super::*;

    #[test]
    fn the_page_of_an_inspected_program_is_served_where_the_driver_says() -> anyhow::Result<()> {
        let program = TestProgram::run(inspected(Ground::new(), 0))?;
        let inspecting = program.observe_publishers(topic!(Inspecting { .. }))?.presence()?;
        let address = inspecting.address.value().context("no address")?;
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        write!(stream, "GET / HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("<title>Inspector</title>"),
            "{answer}"
        );
        program.stop()
    }
}
