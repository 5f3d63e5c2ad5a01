//! Accepting while no descriptor is left. A separate test program, because it lowers the limit of the process.

#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::net::TcpStream;
use std::os::fd::AsRawFd as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use driver_tcp_bare::TcpAddress;
use marketplace_testing::{ReasonKind, TIMEOUT, wait_until};
use rlimit::Resource;
use socket2::{Domain, Socket, Type};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use support::{CpuTime, SessionEvent, connect, echo_server, exchange};

/// How long the driver is observed while it cannot accept.
const WATCH: Duration = Duration::from_secs(1);

/// Counts warnings.
struct Warnings;

static WARNINGS: AtomicUsize = AtomicUsize::new(0);

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= tracing::Level::WARN
    }

    fn event(&self, _: &Event<'_>) {
        WARNINGS.fetch_add(1, Ordering::Relaxed);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Prevents further descriptors from being opened, until it is dropped.
struct Exhausted {
    before: u64,
}

impl Exhausted {
    fn new() -> anyhow::Result<Self> {
        let (before, hard) = Resource::NOFILE.get()?;
        // The next descriptor would have the lowest free number.
        let free = File::open("/dev/null")?.as_raw_fd();
        Resource::NOFILE.set(free.try_into()?, hard)?;
        Ok(Self { before })
    }
}

impl Drop for Exhausted {
    fn drop(&mut self) {
        let limits = Resource::NOFILE.get().and_then(|(_, hard)| Resource::NOFILE.set(self.before, hard));
        limits.expect("a limit may be raised as far as it was before");
    }
}

#[test]
fn accepting_pauses_while_no_descriptor_is_left_and_continues_afterwards() -> anyhow::Result<()> {
    tracing::subscriber::set_global_default(Warnings)?;
    let (program, address) = echo_server()?;
    let served = connect(address)?;
    exchange(&served, b"before")?;
    let waiting = (0..20).map(|_| Socket::new(Domain::IPV4, Type::STREAM, None));
    let waiting = waiting.collect::<Result<Vec<_>, _>>()?;
    let cpu_time = CpuTime::open()?;
    let before = WARNINGS.load(Ordering::Relaxed);

    let exhausted = Exhausted::new()?;
    for socket in &waiting {
        socket.connect_timeout(&address.into(), TIMEOUT)?;
    }
    wait_until(|| Ok(WARNINGS.load(Ordering::Relaxed) > before))?;
    let (start, used) = (Instant::now(), cpu_time.read()?);
    // This does not wait for an event: it is the time of the observation.
    thread::sleep(WATCH);
    let (took, used) = (start.elapsed(), cpu_time.read()? - used);
    assert!(used < took / 4, "{used:?} of processor time in {took:?}");
    let warnings = WARNINGS.load(Ordering::Relaxed) - before;
    assert!(warnings >= 2, "accepting must be tried again");
    let most = 2 + usize::try_from(took.as_millis())? / 50;
    assert!(warnings <= most, "{warnings} warnings in {took:?}");
    exchange(&served, b"in the meantime")?;

    // Only operations that need a descriptor fail.
    let outbound = program.session(&TcpAddress::handle("outbound"), &address.into())?;
    outbound.wait_until_open()?;
    assert!(matches!(outbound.inbound.next()?, SessionEvent::Absence(ReasonKind::Io(_))));

    drop(exhausted);
    for socket in waiting {
        let client = TcpStream::from(socket);
        client.set_read_timeout(Some(TIMEOUT))?;
        exchange(&client, b"at last")?;
    }
    exchange(&connect(address)?, b"and afterwards")?;
    exchange(&served, b"still here")?;
    Ok(())
}
