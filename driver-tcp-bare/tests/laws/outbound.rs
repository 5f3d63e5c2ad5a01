//! An outbound connection.

use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use anyhow::Context as _;
use driver_tcp_bare::{TcpAddress, TcpChannel, TcpDriver};
use marketplace_core::{Context, Role, Spawn};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Told, Up};
use marketplace_testing::{TestProgram, driver_laws, wait_until};
use socket2::{Domain, Socket, Type};

/// A remote host to which the driver connects. It serves one connection at a time.
struct Host {
    address: Mutex<SocketAddr>,
    seen: Arc<Seen>,
}

/// What the host has received.
#[derive(Default)]
struct Seen {
    is_connected: AtomicBool,
    /// The number of bytes from the newest connection.
    bytes: AtomicUsize,
    /// The address of the host.
    listens: Mutex<Vec<SocketAddr>>,
    is_over: AtomicBool,
}

/// Makes the host refuse connections, at an address where it does not listen yet.
struct Refusal {
    bound: Option<Socket>,
    seen: Arc<Seen>,
}

/// The pieces that a client sends.
const PIECES: usize = 16;
const PIECE: usize = 64 * 1024;

impl Host {
    fn new() -> anyhow::Result<Self> {
        let (socket, address) = bind()?;
        let seen = Arc::default();
        listen(socket, &seen)?;
        Ok(Self { address: Mutex::new(address), seen })
    }

    fn remote(&self) -> TcpAddress {
        (*lock(&self.address)).into()
    }
}

/// A socket that does not listen yet, and its address.
fn bind() -> anyhow::Result<(Socket, SocketAddr)> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    let address = socket.local_addr()?.as_socket().context("an address of IPv4")?;
    Ok((socket, address))
}

/// Accepts connections until the host is dropped.
fn listen(socket: Socket, seen: &Arc<Seen>) -> anyhow::Result<()> {
    socket.listen(16)?;
    let (listener, seen) = (TcpListener::from(socket), Arc::clone(seen));
    lock(&seen.listens).push(listener.local_addr()?);
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            if seen.is_over.load(Ordering::Acquire) {
                return;
            }
            seen.take(stream);
        }
    });
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Seen {
    /// Reads a connection until its end.
    fn take(&self, mut stream: TcpStream) {
        self.bytes.store(0, Ordering::Release);
        self.is_connected.store(true, Ordering::Release);
        let mut buffer = vec![0; PIECE];
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            self.bytes.fetch_add(count, Ordering::AcqRel);
        }
        drop(stream);
        self.is_connected.store(false, Ordering::Release);
    }
}

impl Drop for Refusal {
    fn drop(&mut self) {
        if let Some(Err(error)) = self.bound.take().map(|socket| listen(socket, &self.seen)) {
            eprintln!("the host does not listen: {error:#}");
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.seen.is_over.store(true, Ordering::Release);
        for address in &*lock(&self.seen.listens) {
            // Wakes the accepting thread, so that it checks whether the host is dropped.
            let _gone = TcpStream::connect(address);
        }
    }
}

fn us() -> TcpAddress {
    TcpAddress::handle("us")
}

impl Subject for Host {
    fn driver(&self) -> Spawn {
        TcpDriver::new().spawn()
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.publisher(TcpChannel::flow(&us(), &self.remote())).named("out");
        cx.subscriber(TcpChannel::flow(&self.remote(), &us())).named("in");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("out");
        cx.delete("in");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::publisher(TcpChannel::flow(&self.remote(), &us())))
    }

    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        Ok(self.seen.is_connected.load(Ordering::Acquire))
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        let (socket, address) = bind()?;
        *lock(&self.address) = address;
        let guard = Refusal { bound: Some(socket), seen: Arc::clone(&self.seen) };
        Ok(Obstacle::Put { guard: Box::new(guard), told: Told::Absence })
    }

    fn waits_for_clients(&self) -> Option<&'static str> {
        Some("a session that sees that nothing more comes may still send")
    }

    fn errand(&self) -> Errand {
        let (remote, seen) = (self.remote(), Arc::clone(&self.seen));
        Errand::Some {
            give: Box::new(move |cx| {
                (0..PIECES).for_each(|_| cx.send(TcpChannel::bytes(&us(), &remote, vec![1; PIECE])));
            }),
            arrived: Box::new(move || {
                wait_until(|| Ok(seen.bytes.load(Ordering::Acquire) == PIECES * PIECE))
                    .with_context(|| format!("{} bytes", seen.bytes.load(Ordering::Acquire)))
            }),
        }
    }
}

driver_laws!(Host::new);
