//! The address at which zenoh joins a ground with others.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use anyhow::anyhow;
use driver_link::{Zenoh, ZenohConfig};

/// The lease in most tests.
pub(crate) const LEASE: Duration = Duration::from_secs(1);

/// The address at which a ground listens, and those to which it connects.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    pub(crate) listen: Vec<SocketAddr>,
    pub(crate) connect: Vec<SocketAddr>,
}

/// An address of this machine with a port that the kernel has picked. No other test uses the address, so the port stays
/// free.
pub(crate) fn address() -> anyhow::Result<SocketAddr> {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    let [_, _, high, low] = process::id().to_be_bytes();
    let host = Ipv4Addr::new(127, 1 + high % 250, low, NEXT.fetch_add(1, Ordering::Relaxed));
    Ok(TcpListener::bind((host, 0))?.local_addr()?)
}

impl Place {
    /// A place from which these others are known.
    pub(crate) fn knowing(others: &[SocketAddr]) -> anyhow::Result<Self> {
        Ok(Self { listen: vec![address()?], connect: others.to_vec() })
    }

    /// The transport of a ground at this place.
    pub(crate) fn transport(&self) -> anyhow::Result<Zenoh> {
        Ok(Zenoh::new("test").config(self.config("peer")?).lease(LEASE))
    }

    /// Zenoh's configuration, without scouting in the local network.
    pub(crate) fn config(&self, mode: &str) -> anyhow::Result<ZenohConfig> {
        let mut config = ZenohConfig::default();
        set(&mut config, "mode", &format!("{mode:?}"))?;
        set(&mut config, "scouting/multicast/enabled", "false")?;
        set(&mut config, "listen/endpoints", &endpoints("tcp", &self.listen))?;
        set(&mut config, "connect/endpoints", &endpoints("tcp", &self.connect))?;
        // So that a reconnection does not take long.
        set(&mut config, "connect/retry", "{ period_init_ms: 100, period_max_ms: 200 }")?;
        Ok(config)
    }
}

pub(crate) fn endpoints(protocol: &str, addresses: &[SocketAddr]) -> String {
    let all: Vec<String> = addresses.iter().map(|address| format!("{protocol}/{address}")).collect();
    format!("{all:?}")
}

pub(crate) fn set(config: &mut ZenohConfig, key: &str, value: &str) -> anyhow::Result<()> {
    config.insert_json5(key, value).map_err(|error| anyhow!("{key} as {value}: {error}"))
}
