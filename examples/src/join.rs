//! The options by which a program finds other programs, on this machine or on others.

use clap::Args;
use driver_link::Link;
#[cfg(feature = "zenoh")]
use driver_link::{Zenoh, ZenohConfig};

/// The other programs to join.
#[derive(Args, Clone, Debug)]
pub struct JoinOptions {
    /// Join all programs that are given this name, on any machine
    #[arg(long, value_name = "NAME")]
    pub join: Option<String>,
    /// Where others can reach this program, such as tcp/192.0.2.1:7447 [default: any port]
    #[arg(long, value_name = "ENDPOINT", requires = "join")]
    pub listen: Vec<String>,
    /// Where another program listens; needed if there is no multicast
    #[arg(long, value_name = "ENDPOINT", requires = "join")]
    pub connect: Vec<String>,
}

impl JoinOptions {
    /// Makes a link join the others.
    ///
    /// # Errors
    ///
    /// If there is a name to join and this was built without the feature `zenoh`, or if zenoh does not accept an endpoint.
    pub fn join(&self, link: Link) -> anyhow::Result<Link> {
        match &self.join {
            None => Ok(link),
            Some(name) => self.join_machines(name, link),
        }
    }

    #[cfg(not(feature = "zenoh"))]
    fn join_machines(&self, _: &str, _: Link) -> anyhow::Result<Link> {
        anyhow::bail!(
            "`--join` needs zenoh, which was not built in: `cargo run -p examples --features zenoh …`"
        )
    }

    /// Joins by zenoh. If addresses are given, it does not look for others by multicast.
    #[cfg(feature = "zenoh")]
    fn join_machines(&self, name: &str, link: Link) -> anyhow::Result<Link> {
        let mut config = ZenohConfig::default();
        let mut set = |key, value: String| {
            let set = config.insert_json5(key, &value);
            set.map_err(|error| anyhow::anyhow!("zenoh does not accept {value} as {key}: {error}"))
        };
        if !self.listen.is_empty() {
            set("listen/endpoints", format!("{:?}", self.listen))?;
        }
        if !self.connect.is_empty() {
            set("connect/endpoints", format!("{:?}", self.connect))?;
        }
        if !(self.listen.is_empty() && self.connect.is_empty()) {
            set("scouting/multicast/enabled", "false".to_owned())?;
        }
        Ok(link.join(Zenoh::new(name).config(config)))
    }
}
