//! A running resolver, and ways to ask it.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use hickory_proto::op::Message;
use hickory_proto::rr::RecordType;

use super::packet::{question, with_size};
use super::upstream::{read_framed, write_framed};
use crate::support::{Program, TIMEOUT, connect, serve, server};

pub(crate) const DNS_RESOLVER: &str = env!("CARGO_BIN_EXE_dns-resolver");

/// A running resolver. It is killed when this value is dropped.
pub(crate) struct Resolver {
    pub(crate) program: Program,
    pub(crate) address: SocketAddr,
}

/// Time-outs for a resolver whose servers do not answer.
const IMPATIENT: [&str; 4] = ["--server-timeout", "700", "--timeout", "30000"];

/// Time-outs for other resolvers. They are longer than any test takes.
pub(crate) const PATIENT: [&str; 4] = ["--server-timeout", "30000", "--timeout", "30000"];

impl Resolver {
    /// A resolver that forwards to these servers.
    pub(crate) fn forwarding(upstreams: &[SocketAddr]) -> anyhow::Result<Self> {
        Self::start(|command| _ = command.args(PATIENT).args(options(upstreams)))
    }

    /// The same with short time-outs.
    pub(crate) fn impatient(upstreams: &[SocketAddr]) -> anyhow::Result<Self> {
        Self::start(|command| _ = command.args(IMPATIENT).args(options(upstreams)))
    }

    /// A resolver that starts at a root server on this address.
    pub(crate) fn iterating(root: SocketAddr) -> anyhow::Result<Self> {
        let hints = Hints::new(root.ip())?;
        Self::start(|command| {
            command.args(PATIENT).arg("--root-hints").arg(&hints.path);
            command.args(["--server-port", &root.port().to_string()]);
        })
    }

    /// A resolver with arguments from the test.
    pub(crate) fn start(arguments: impl FnOnce(&mut Command)) -> anyhow::Result<Self> {
        let mut command = server(DNS_RESOLVER);
        arguments(&mut command);
        let (program, address) = serve(&mut command)?;
        Ok(Self { program, address })
    }

    /// Asks for the addresses of a name.
    pub(crate) fn ask(&self, name: &str) -> anyhow::Result<Message> {
        self.exchange(&with_size(question(name, RecordType::A), 1232))
    }

    /// Asks over UDP.
    pub(crate) fn exchange(&self, query: &Message) -> anyhow::Result<Message> {
        let socket = client()?;
        socket.send_to(&query.to_vec()?, self.address)?;
        receive(&socket, query)
    }

    /// Asks over TCP.
    pub(crate) fn exchange_by_tcp(&self, query: &Message) -> anyhow::Result<Message> {
        let mut stream = connect(self.address)?;
        write_framed(&mut stream, &query.to_vec()?)?;
        check(&read_framed(&mut stream)?, query)
    }
}

fn options(upstreams: &[SocketAddr]) -> Vec<String> {
    upstreams.iter().flat_map(|upstream| ["--upstream".into(), upstream.to_string()]).collect()
}

/// A socket to ask from.
pub(crate) fn client() -> anyhow::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(TIMEOUT))?;
    Ok(socket)
}

/// Makes clients ask, each from a socket of its own.
pub(crate) fn ask(
    resolver: &Resolver,
    names: impl IntoIterator<Item = String>,
) -> anyhow::Result<Vec<(UdpSocket, Message)>> {
    let asking = names.into_iter().map(|name| {
        let (socket, query) = (client()?, question(&name, RecordType::A));
        socket.send_to(&query.to_vec()?, resolver.address)?;
        Ok((socket, query))
    });
    asking.collect()
}

/// Receives the answer to a question.
pub(crate) fn receive(socket: &UdpSocket, query: &Message) -> anyhow::Result<Message> {
    let mut buffer = [0; 4096];
    let (length, _) = socket.recv_from(&mut buffer).context("no answer")?;
    check(&buffer[..length], query)
}

fn check(bytes: &[u8], query: &Message) -> anyhow::Result<Message> {
    let answer = Message::from_vec(bytes)?;
    ensure!(answer.metadata.id == query.metadata.id, "an answer of another id: {answer}");
    ensure!(answer.queries == query.queries, "an answer to another question: {answer}");
    ensure!(answer.edns.is_some() == query.edns.is_some(), "with EDNS or without: {answer}");
    Ok(answer)
}

/// A file with the root server's address. It is deleted when this value is dropped.
pub(crate) struct Hints {
    pub(crate) path: PathBuf,
}

impl Hints {
    pub(crate) fn new(root: IpAddr) -> anyhow::Result<Self> {
        let path = scratch(&format!("hints-{root}"));
        fs::write(&path, format!(". 3600 IN NS ns.root.test.\nns.root.test. 3600 IN A {root}\n"))?;
        Ok(Self { path })
    }
}

impl Drop for Hints {
    fn drop(&mut self) {
        // This fails if a test has deleted it.
        let _deleted = fs::remove_file(&self.path);
    }
}

/// A path for a file that no other test uses.
pub(crate) fn scratch(name: &str) -> PathBuf {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or("test").replace("::", "-");
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("dns-{test}-{name}-{}", std::process::id()))
}

/// An address for records. Nothing uses it.
pub(crate) const fn host(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, number)
}
