//! Carriers by zenoh, on addresses of this machine.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use driver_link::{Carrier, Zenoh, ZenohConfig};

use super::threads::Carriers;

/// Grounds that find each other by the first.
#[derive(Default)]
pub(crate) struct ByZenoh {
    seed: Option<SocketAddr>,
}

impl Carriers for ByZenoh {
    const SHARES_REASONS: bool = false;

    fn carrier(&mut self) -> anyhow::Result<impl Carrier> {
        let here = address()?;
        let seed = self.seed.replace(self.seed.unwrap_or(here));
        let endpoints = |address: Option<SocketAddr>| {
            format!("{:?}", Vec::from_iter(address.map(|at| format!("tcp/{at}"))))
        };
        let mut config = ZenohConfig::default();
        for (key, value) in [
            ("scouting/multicast/enabled", "false".to_owned()),
            ("listen/endpoints", endpoints(Some(here))),
            ("connect/endpoints", endpoints(seed)),
        ] {
            config.insert_json5(key, &value).map_err(|error| anyhow!("{key} as {value}: {error}"))?;
        }
        // Nobody is frozen for long, but a machine that runs many tests may be busy.
        Ok(Zenoh::new("laws").config(config).lease(Duration::from_secs(10)))
    }
}

/// An address that no other test uses, so that its port stays free until the carrier takes it.
fn address() -> anyhow::Result<SocketAddr> {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, 1 + high % 250, low, NEXT.fetch_add(1, Ordering::Relaxed));
    Ok(TcpListener::bind((host, 0))?.local_addr()?)
}
