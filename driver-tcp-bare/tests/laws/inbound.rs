//! A listener.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;

use driver_tcp_bare::{TcpAddress, TcpBound, TcpChannel, TcpDriver, TcpError};
use marketplace_core::{Context, Role, Spawn, Topic, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Told, Up};
use marketplace_testing::{TestProgram, driver_laws};

struct Listener {
    port: u16,
    /// Shared with the other drivers on the port.
    taken: Arc<()>,
}

impl Listener {
    /// A free port.
    fn new() -> anyhow::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        Ok(Self { port, taken: Arc::default() })
    }

    fn address(&self) -> TcpAddress {
        TcpAddress::listener(self.port)
    }
}

impl Subject for Listener {
    fn driver(&self) -> Spawn {
        TcpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn()
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        let inbound = topic!(TcpChannel { source: _, destination: self.address(), .. });
        cx.observe_publishers(inbound).named("clients");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("clients");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::publisher(topic!(TcpBound { listener: self.address(), address: _ })))
    }

    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        // Listening sockets, in the state 0A, come first. Thousands of other sockets may follow.
        let sockets = BufReader::with_capacity(4096, File::open("/proc/self/net/tcp")?).lines().skip(1);
        let mut listening = sockets.map_while(Result::ok).take_while(|line| line.contains(":0000 0A "));
        let entry = format!(" 0100007F:{:04X} ", self.port);
        let listens = listening.any(|line| line.contains(&entry));
        Ok(listens && Arc::strong_count(&self.taken) == 1)
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        let guard = (TcpListener::bind((Ipv4Addr::LOCALHOST, self.port))?, Arc::clone(&self.taken));
        let told = topic!(TcpError { local: self.address(), remote: None, .. });
        Ok(Obstacle::Put { guard: Box::new(guard), told: Told::Message(Topic::new(told)) })
    }

    fn errand(&self) -> Errand {
        Errand::None("who only listens sends nothing")
    }
}

driver_laws!(Listener::new);
