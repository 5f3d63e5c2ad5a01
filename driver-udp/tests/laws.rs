//! The laws of a driver, checked on the UDP driver. Its service is the socket of a port.

#![cfg(target_os = "linux")]

use std::fs;
use std::net::{Ipv4Addr, UdpSocket};
use std::sync::Arc;

use anyhow::{Context as _, ensure};
use driver_udp::{UdpAddress, UdpBound, UdpDriver, UdpError, UdpPacket};
use marketplace_core::{Context, Role, Spawn, Topic, topic};
use marketplace_testing::laws::{Errand, Obstacle, Subject, Told, Up};
use marketplace_testing::{TIMEOUT, TestProgram, driver_laws};

struct Socket {
    port: u16,
    /// Shared with the other drivers on the port.
    taken: Arc<()>,
}

const PACKETS: usize = 100;

impl Socket {
    /// A free port.
    fn new() -> anyhow::Result<Self> {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        Ok(Self { port, taken: Arc::default() })
    }

    fn local(&self) -> UdpAddress {
        UdpAddress::listener(self.port)
    }
}

impl Subject for Socket {
    fn driver(&self) -> Spawn {
        UdpDriver::new().bind_address(Ipv4Addr::LOCALHOST).spawn()
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.publisher(UdpPacket::outbound(&self.local())).named("out");
        cx.subscriber(UdpPacket::inbound(&self.local())).named("in");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("out");
        cx.delete("in");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::publisher(topic!(UdpBound { local: self.local(), address: _ })))
    }

    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        let entry = format!("0100007F:{:04X} ", self.port);
        let is_bound = fs::read_to_string("/proc/self/net/udp")?.contains(&entry);
        Ok(is_bound && Arc::strong_count(&self.taken) == 1)
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        let guard = (UdpSocket::bind((Ipv4Addr::LOCALHOST, self.port))?, Arc::clone(&self.taken));
        let told = topic!(UdpError { local: self.local(), remote: None, .. });
        Ok(Obstacle::Put { guard: Box::new(guard), told: Told::Message(Topic::new(told)) })
    }

    fn waits_for_clients(&self) -> Option<&'static str> {
        Some("who publishes packets may finish")
    }

    fn errand(&self) -> Errand {
        // A packet that cannot be received fails like one that has not arrived.
        let remote = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0));
        let port = remote.as_ref().ok().and_then(|remote| Some(remote.local_addr().ok()?.port()));
        let (us, them) = (self.local(), UdpAddress::remote("127.0.0.1", port.unwrap_or_default()));
        Errand::Some {
            give: Box::new(move |cx| {
                (0..PACKETS).for_each(|number| cx.send(UdpPacket::new(&us, &them, number.to_string())));
            }),
            arrived: Box::new(move || {
                let remote = remote?;
                remote.set_read_timeout(Some(TIMEOUT))?;
                for number in 0..PACKETS {
                    let mut packet = [0; 16];
                    let length = remote.recv(&mut packet).with_context(|| format!("packet {number}"))?;
                    ensure!(packet[..length] == *number.to_string().as_bytes(), "not packet {number}");
                }
                Ok(())
            }),
        }
    }
}

driver_laws!(Socket::new);
