//! Whether a server can be looked at in a browser, as it runs.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::Args;
use driver_inspector::{Inspecting, Inspector, inspector};
use marketplace_core::{Ground, Pattern, Spawn, topic};

/// Whether a server can be looked at in a browser, and where.
#[derive(Args, Clone, Copy, Debug)]
pub struct InspectOptions {
    /// Show the program in a browser, as it runs; at 127.0.0.1:5990 if no address is given
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:5990")]
    pub inspect: Option<SocketAddr>,
}

/// Shows the grounds of a program, if it is to; a clone is the same one.
#[derive(Clone, Debug)]
pub struct Inspection {
    inspector: Option<Inspector>,
    /// Whether the program has told where, for one of its grounds.
    is_told: Arc<AtomicBool>,
}

impl InspectOptions {
    /// What the grounds of the program are to be watched by.
    #[must_use]
    pub fn inspection(self) -> Inspection {
        let inspector = self.inspect.map(|address| inspector().address(address));
        Inspection { inspector, is_told: Arc::default() }
    }
}

impl Inspection {
    /// Has a ground shown, if the program is to be. The first one tells on standard error where: `inspecting at URL`.
    #[must_use]
    pub fn watch(&self, ground: Ground) -> Ground {
        match &self.inspector {
            None => ground,
            Some(inspector) => inspector.watch(ground).spawn(self.announcer()),
        }
    }

    fn announcer(&self) -> Spawn {
        Spawn::new(Arc::clone(&self.is_told), |_, cx| {
            cx.observe_publishers(topic!(Inspecting { .. })).on_presence(
                |is_told: &mut Arc<AtomicBool>, _, peer| match peer.conversation.value() {
                    Some(Inspecting { url, .. }) if !is_told.swap(true, Ordering::Relaxed) => {
                        writeln!(io::stderr(), "inspecting at {url}").context("cannot write standard error")
                    }
                    _ => Ok(()),
                },
            );
        })
        .named("inspection announcer")
    }
}
