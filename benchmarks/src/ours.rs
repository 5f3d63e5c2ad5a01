//! How Marketplace runs in the cases without sockets: on a ground, like any program.

use std::sync::mpsc::{Sender, channel};

use futures::executor::block_on;
use marketplace_core::{Ground, Spawn};

/// Runs processes until nothing is left to do, and returns what one of them sent into the channel.
pub(crate) fn told<T>(processes: impl FnOnce(Sender<T>) -> Vec<Spawn>) -> anyhow::Result<T> {
    let (tell, told) = channel();
    let ground = processes(tell).into_iter().fold(Ground::new(), Ground::spawn);
    block_on(ground.run())?;
    Ok(told.recv()?)
}
