//! The option that shows a running server in a browser.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use clap::Args;
use driver_inspector::{Inspecting, Inspector, inspector};
use marketplace_core::{Ground, Pattern, Spawn, topic};

/// Whether and where a server is shown in a browser.
#[derive(Args, Clone, Copy, Debug)]
pub struct InspectOptions {
    /// Show the running program in a browser; at 127.0.0.1:5990 if no address is given
    #[arg(long, value_name = "ADDR:PORT", num_args = 0..=1, default_missing_value = "127.0.0.1:5990")]
    pub inspect: Option<SocketAddr>,
}

/// Shows the grounds of a program, if the option was given. Clones are the same inspection.
#[derive(Clone, Debug)]
pub struct Inspection {
    inspector: Option<Inspector>,
    /// Whether the address has been printed already, for one of the grounds.
    is_told: Arc<AtomicBool>,
}

impl InspectOptions {
    /// The inspection for the grounds of the program.
    #[must_use]
    pub fn inspection(self) -> Inspection {
        let inspector = self.inspect.map(|address| inspector().address(address));
        Inspection { inspector, is_told: Arc::default() }
    }
}

impl Inspection {
    /// Adds the inspector to a ground, if the option was given. The first ground prints `inspecting at URL` to standard error.
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
