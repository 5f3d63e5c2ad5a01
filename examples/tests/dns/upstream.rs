//! A server that the resolver asks. It answers as a test says, and records the questions.

use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use anyhow::bail;
use hickory_proto::op::Message;

use super::packet::asked;
use crate::support::TIMEOUT;

/// A question that a server has received.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) from: SocketAddr,
    pub(crate) id: u16,
    pub(crate) name: String,
    pub(crate) transport: Transport,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    Udp,
    Tcp,
}

/// A server on 127.0.0.x for UDP and TCP. It is stopped when this value is dropped.
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    all: Arc<Mutex<Vec<Request>>>,
    is_ended: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

/// Maps a question to the packets that the server sends.
pub(crate) trait Behaviour: Fn(&Message, Transport) -> Vec<Vec<u8>> + Send + Sync + 'static {}

impl<B: Fn(&Message, Transport) -> Vec<Vec<u8>> + Send + Sync + 'static> Behaviour for B {}

/// The behaviour of a server that answers each question.
pub(crate) fn answering(answer: impl Fn(&Message) -> Message + Send + Sync + 'static) -> impl Behaviour {
    move |query: &Message, _| vec![answer(query).to_vec().unwrap()]
}

/// The behaviour of a server that never answers.
pub(crate) fn silent(_: &Message, _: Transport) -> Vec<Vec<u8>> {
    Vec::new()
}

type Sockets = (UdpSocket, TcpListener);

impl Upstream {
    pub(crate) fn start(behaviour: impl Behaviour) -> anyhow::Result<Self> {
        let sockets = bind_all(&[Ipv4Addr::LOCALHOST])?.remove(0);
        Self::serve(sockets, behaviour)
    }

    pub(crate) fn serve((udp, tcp): Sockets, behaviour: impl Behaviour) -> anyhow::Result<Self> {
        let (address, all, is_ended) = (udp.local_addr()?, Arc::default(), Arc::new(AtomicBool::new(false)));
        let behaviour = Arc::new(behaviour);
        let (datagrams, connections) = (Arc::clone(&behaviour), behaviour);
        let (by_udp, by_tcp) = (Arc::clone(&all), Arc::clone(&all));
        let (no_udp, no_tcp) = (Arc::clone(&is_ended), Arc::clone(&is_ended));
        let threads = vec![
            thread::spawn(move || serve_datagrams(&udp, &*datagrams, &by_udp, &no_udp)),
            thread::spawn(move || serve_connections(&tcp, &*connections, &by_tcp, &no_tcp)),
        ];
        Ok(Self { address, all, is_ended, threads })
    }

    /// All questions that it has received so far.
    pub(crate) fn asked(&self) -> Vec<Request> {
        self.all.lock().unwrap().clone()
    }

    /// The names in the questions so far.
    pub(crate) fn names(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.name).collect()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.is_ended.store(true, Ordering::Release);
        // This wakes the threads. If it fails, they have ended.
        let _woken = UdpSocket::bind("0.0.0.0:0").and_then(|socket| socket.send_to(&[], self.address));
        let _woken = TcpStream::connect(self.address);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                eprintln!("a server of the test has panicked");
            }
        }
    }
}

/// Sockets on several addresses, on one port that the kernel picks.
pub(crate) fn bind_all(addresses: &[Ipv4Addr]) -> anyhow::Result<Vec<Sockets>> {
    for _ in 0..100 {
        let first = UdpSocket::bind((addresses[0], 0))?;
        let port = first.local_addr()?.port();
        let mut first = Some(first);
        let bind = |address: &Ipv4Addr| {
            let address = SocketAddr::new(IpAddr::V4(*address), port);
            let udp = first.take().map_or_else(|| UdpSocket::bind(address), Ok)?;
            Ok((udp, TcpListener::bind(address)?))
        };
        match addresses.iter().map(bind).collect::<io::Result<_>>() {
            Ok(sockets) => return Ok(sockets),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error.into()),
        }
    }
    bail!("there is no port that is free on each of {addresses:?}")
}

fn serve_datagrams(
    socket: &UdpSocket,
    behaviour: &dyn Behaviour,
    all: &Mutex<Vec<Request>>,
    end: &AtomicBool,
) {
    let mut buffer = [0; 4096];
    while let Ok((length, from)) = socket.recv_from(&mut buffer) {
        if end.load(Ordering::Acquire) {
            return;
        }
        for answer in take_in(&buffer[..length], from, Transport::Udp, behaviour, all) {
            socket.send_to(&answer, from).unwrap();
        }
    }
}

fn serve_connections(
    listener: &TcpListener,
    behaviour: &dyn Behaviour,
    all: &Mutex<Vec<Request>>,
    end: &AtomicBool,
) {
    while let Ok((mut stream, from)) = listener.accept() {
        if end.load(Ordering::Acquire) {
            return;
        }
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        // The client may be gone by now.
        let _served = serve_connection(&mut stream, from, behaviour, all);
    }
}

fn serve_connection(
    stream: &mut TcpStream,
    from: SocketAddr,
    behaviour: &dyn Behaviour,
    all: &Mutex<Vec<Request>>,
) -> io::Result<()> {
    let query = read_framed(stream)?;
    for answer in take_in(&query, from, Transport::Tcp, behaviour, all) {
        write_framed(stream, &answer)?;
    }
    Ok(())
}

fn take_in(
    bytes: &[u8],
    from: SocketAddr,
    transport: Transport,
    behaviour: &dyn Behaviour,
    all: &Mutex<Vec<Request>>,
) -> Vec<Vec<u8>> {
    let query = Message::from_vec(bytes).unwrap();
    let (id, name) = (query.metadata.id, asked(&query));
    all.lock().unwrap().push(Request { from, id, name, transport });
    behaviour(&query, transport)
}

/// Reads a message from a stream.
pub(crate) fn read_framed(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message)?;
    Ok(message)
}

/// Writes a message to a stream.
pub(crate) fn write_framed(stream: &mut TcpStream, message: &[u8]) -> io::Result<()> {
    let length = u16::try_from(message.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), message].concat())
}
