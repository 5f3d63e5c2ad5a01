//! Two grounds on separate threads, joined by a link: how ours runs in the `threads-link` cases.

use std::sync::mpsc::{Sender, channel};
use std::thread;

use anyhow::anyhow;
use driver_link::{Link, SharedType, Threads};
use futures::executor::block_on;
use marketplace_core::{Ground, Spawn};

/// Runs processes on two grounds that share some types until nothing is left to do, and returns what one of them sent
/// into the channel.
pub(super) fn told<T>(
    shared: impl Fn() -> Vec<SharedType>,
    processes: impl FnOnce(Sender<T>) -> [Spawn; 2],
) -> anyhow::Result<T> {
    let (tell, told) = channel();
    let threads = Threads::new();
    let [here, there] = processes(tell).map(|process| {
        let link = Link::new("ground").join(threads.clone());
        let link = shared().into_iter().fold(link, Link::share);
        Ground::new().spawn(link.spawn()).spawn(process)
    });
    let there = thread::spawn(|| block_on(there.run()));
    block_on(here.run())?;
    there.join().map_err(|_| anyhow!("the other ground has panicked"))??;
    Ok(told.recv()?)
}
