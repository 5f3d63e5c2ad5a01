//! Other DNS servers, with one thread each: NSD serves a zone; Unbound and dnsmasq forward to it and cache.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use rustix::process::Signal;

use super::{Server, command};
use crate::folder::Folder;
use crate::program::Program;

pub(crate) const NSD: Program = Program { name: "nsd", package: "nsd" };
pub(crate) const UNBOUND: Program = Program { name: "unbound", package: "unbound" };
pub(crate) const DNSMASQ: Program = Program { name: "dnsmasq", package: "dnsmasq-base" };

/// How long to wait between two queries that find out whether a server is ready.
const AGAIN: Duration = Duration::from_millis(20);

/// `ready.example. IN A`, with recursion desired.
const QUERY: &[u8] = b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x05ready\x07example\0\0\x01\0\x01";

/// The server of the zone `example.`, in which every name has an address. It has no rate limit.
pub(crate) fn nsd(folder: &Folder) -> anyhow::Result<Server> {
    let address = free_address()?;
    folder.write("zone", "@ 3600 IN SOA ns host 1 3600 600 86400 3600\n@ NS ns\n* 3600 A 192.0.2.1\n")?;
    let configuration = format!(
        "server:\n ip-address: {}@{}\n username: \"\"\n chroot: \"\"\n zonesdir: {folder}\n xfrdir: {folder}\n \
         xfrdfile: xfrd\n zonelistfile: zones\n database: \"\"\n pidfile: \"\"\n server-count: 1\n \
         rrl-ratelimit: 0\n\
         remote-control:\n control-enable: no\n\
         zone:\n name: \"example.\"\n zonefile: zone\n",
        address.ip(),
        address.port(),
        folder = folder.path().display(),
    );
    let mut command = NSD.command()?;
    command.arg("-d").arg("-c").arg(folder.write("nsd.conf", &configuration)?);
    answering(command, address, folder)
}

/// Unbound, which forwards to `upstream` what is not in its cache. It does not validate, and neither does ours.
pub(crate) fn unbound(upstream: SocketAddr, folder: &Folder) -> anyhow::Result<Server> {
    let address = free_address()?;
    let configuration = format!(
        "server:\n interface: {}@{}\n username: \"\"\n chroot: \"\"\n directory: {}\n pidfile: \"\"\n \
         use-syslog: no\n num-threads: 1\n module-config: iterator\n do-not-query-localhost: no\n\
         forward-zone:\n name: \".\"\n forward-addr: {}@{}\n",
        address.ip(),
        address.port(),
        folder.path().display(),
        upstream.ip(),
        upstream.port(),
    );
    let mut command = command(&UNBOUND.path().context("`unbound` is not installed")?)?;
    command.arg("-d").arg("-c").arg(folder.write("unbound.conf", &configuration)?);
    answering(command, address, folder)
}

/// dnsmasq, which forwards to `upstream` what is not in its cache. The cache has room for all the names.
pub(crate) fn dnsmasq(upstream: SocketAddr, names: u64, folder: &Folder) -> anyhow::Result<Server> {
    let address = free_address()?;
    let mut command = command(&DNSMASQ.path().context("`dnsmasq` is not installed")?)?;
    command.args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"]);
    command.args(["--bind-interfaces", "--user=root", "--pid-file=", "--log-facility=-"]);
    command.arg(format!("--listen-address={}", address.ip())).arg(format!("--port={}", address.port()));
    command.arg(format!("--server={}#{}", upstream.ip(), upstream.port()));
    // Its default is 150. The extra name is that of the query that finds out whether it is ready.
    command.arg(format!("--cache-size={}", 150.max(names + 1)));
    answering(command, address, folder)
}

/// An address that was free for both transports a moment ago. The kernel picks a port that is free for TCP, because
/// more ports are in use by TCP, among them those of connections that were closed a while ago.
fn free_address() -> anyhow::Result<SocketAddr> {
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = tcp.local_addr()?;
    UdpSocket::bind(address)?;
    Ok(address)
}

/// Starts a server, and waits until it answers.
fn answering(mut command: Command, address: SocketAddr, folder: &Folder) -> anyhow::Result<Server> {
    let path = folder.path().join(format!("log-{}", address.port()));
    let log = File::create(&path)?;
    let process = command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
    // It is ended by SIGTERM, because it may have children of its own.
    let mut server = Server { process, address, end: Signal::TERM };
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    socket.connect(address)?;
    socket.set_read_timeout(Some(AGAIN))?;
    while !is_ready(&socket) {
        if server.process.try_wait()?.is_some() {
            bail!("{command:?} has ended: {}", fs::read_to_string(&path).context("no log")?);
        }
        thread::sleep(AGAIN);
    }
    Ok(server)
}

/// Sends a query, and returns whether the answer has found the name.
fn is_ready(socket: &UdpSocket) -> bool {
    let mut answer = [0; 512];
    let asked = socket.send(QUERY).and_then(|_| socket.recv(&mut answer));
    asked.is_ok() && answer[3] & 15 == 0
}
