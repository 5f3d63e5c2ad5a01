//! On how many cores a server runs.

use std::num::NonZeroUsize;

use clap::Args;

/// On how many cores a server runs.
#[derive(Args, Clone, Copy, Debug)]
pub struct Cores {
    /// On how many cores to run: each has a program of its own, with limits of its own, and all share the port
    #[arg(long, value_name = "N", default_value = "1")]
    pub cores: NonZeroUsize,
}

impl Cores {
    /// One core.
    #[must_use]
    pub const fn one() -> Self {
        Self { cores: NonZeroUsize::MIN }
    }

    /// Whether drivers have to share their ports.
    #[must_use]
    pub const fn share_ports(self) -> bool {
        self.cores.get() > 1
    }
}
