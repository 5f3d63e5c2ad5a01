//! The option for the number of cores of a server.

use std::num::NonZeroUsize;

use clap::Args;

/// The number of cores on which a server runs.
#[derive(Args, Clone, Copy, Debug)]
pub struct Cores {
    /// The number of cores to run on; each has a program with limits of its own, and all share the port
    #[arg(long, value_name = "N", default_value = "1")]
    pub cores: NonZeroUsize,
}

impl Cores {
    /// One core.
    #[must_use]
    pub const fn one() -> Self {
        Self { cores: NonZeroUsize::MIN }
    }

    /// Whether the drivers must share their ports.
    #[must_use]
    pub const fn share_ports(self) -> bool {
        self.cores.get() > 1
    }
}
