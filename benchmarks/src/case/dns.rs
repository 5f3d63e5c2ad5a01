//! Queries by `dnsperf` for names that are in a DNS server's cache.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, ensure};

use super::{Case, Counted, Counting, Size, Subject, Tool};
use crate::figure::Figure;
use crate::folder::Folder;
use crate::program::Program;
use crate::server::Server;
use crate::server::dns::{DNSMASQ, NSD, UNBOUND, dnsmasq, nsd, unbound};

pub(crate) const CASE: Case = Case {
    name: "dns",
    about: "names in a DNS server's cache, 100 queries in flight",
    parameter: "names",
    values: &[100, 10_000],
    rounds: 5,
    operations: |_| 100_000,
    counting: Some(Counting::of_server(
        "query",
        &[Counted::at(100, 1_000, &[Tool::Callgrind, Tool::Strace]).unchecked()],
    )),
    ours: &[Subject::new("marketplace", |size| load(size, |upstream, _| dns_resolver(upstream)))
        .needs(&[DNSPERF, NSD])],
    others: &[
        Subject::new("dnsmasq", |size| load(size, |upstream, folder| dnsmasq(upstream, size.value, folder)))
            .needs(&[DNSPERF, NSD, DNSMASQ]),
        Subject::new("unbound, one thread", |size| load(size, unbound)).needs(&[DNSPERF, NSD, UNBOUND]),
    ],
};

const DNSPERF: Program = Program { name: "dnsperf", package: "dnsperf" };

fn dns_resolver(upstream: SocketAddr) -> anyhow::Result<Server> {
    Server::example("dns-resolver", &["--upstream", &upstream.to_string()])
}

fn load(
    Size { value: names, operations: queries_timed }: Size,
    start: impl FnOnce(SocketAddr, &Folder) -> anyhow::Result<Server>,
) -> anyhow::Result<Vec<Figure>> {
    let folder = Folder::new()?;
    let queries: String = (0..names).map(|name| format!("host-{name}.example A\n")).collect();
    let queries = folder.write("queries", &queries)?;
    let upstream = nsd(&folder)?;
    let server = start(upstream.address, &folder)?;
    ask(&server, &queries, names, 1)?;
    // From here on, the answers can only come from the cache.
    drop(upstream);
    let processor = server.processor_time()?;
    let rate = ask(&server, &queries, names, queries_timed / names)?;
    let processor = (server.processor_time()? - processor).as_secs_f64() / queries_timed as f64;
    Ok(vec![
        Figure::more("queries", "thousand/s", rate / 1e3),
        Figure::less("server's processor time", "µs", processor * 1e6),
    ])
}

/// Queries every name `times` times, checks that every query was answered, and returns the queries per second.
fn ask(server: &Server, queries: &Path, names: u64, times: u64) -> anyhow::Result<f64> {
    let (address, port) = (server.address.ip().to_string(), server.address.port().to_string());
    let mut command = DNSPERF.command()?;
    command.args(["-s", &address, "-p", &port, "-n", &times.to_string(), "-d"]).arg(queries);
    let output = command.output()?;
    let text = String::from_utf8(output.stdout)?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let found = field(&text, "Response codes:");
    let all = format!("NOERROR {} (100.00%)", names * times);
    ensure!(output.status.success() && found == Some(&all), "not every name was found:\n{text}{errors}");
    field(&text, "Queries per second:").context("no rate")?.parse().context("the rate is not a number")
}

/// The value of a field in `dnsperf`'s output.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim)
}
