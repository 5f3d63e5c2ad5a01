//! The echo server of `tcp-echo`, with an inspector.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use super::open_page;
use crate::case::tcp::echo::{Load, load_figures};
use crate::case::{Case, Size, Subject};
use crate::clock::raise_descriptor_limit;
use crate::figure::Figure;
use crate::server::Server;

pub(crate) const CASE: Case = Case {
    name: "inspected-echo",
    about: "64 bytes there and back, one in flight on each connection, to a server with an inspector",
    parameter: "connections",
    values: &[100, 10_000],
    rounds: 5,
    operations: |_| 500_000,
    counting: None,
    ours: &[
        Subject::new("no page open", |size| load(size, false)),
        Subject::new("not inspected", |size| {
            raise_descriptor_limit()?;
            load_figures(Load::put(&Server::start("tcp", "marketplace", 0)?, size.value, size.operations)?)
        }),
        Subject::new("a page open", |size| load(size, true)),
    ],
    others: &[],
};

fn load(Size { value, operations }: Size, is_page_open: bool) -> anyhow::Result<Vec<Figure>> {
    raise_descriptor_limit()?;
    let inspector = free_address()?;
    let server = Server::start("inspected", &inspector.to_string(), 0)?;
    if is_page_open {
        open_page(inspector)?;
    }
    load_figures(Load::put(&server, value, operations)?)
}

/// An address that was free a moment ago.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
