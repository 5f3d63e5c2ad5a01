//! Grounds on separate threads, in real time. They are joined by `Threads` or by another transport.

use std::collections::BTreeMap;
use std::sync::mpsc;

use anyhow::Context as _;
use driver_link::{Link, Threads};
use marketplace_core::{Ground, Message, topic};
use marketplace_testing::{TestProcess, TestProgram};
use serde::{Deserialize, Serialize};

use super::{Way, shared};

/// Grounds on separate threads, and what shows that everything under way has arrived.
#[derive(Default)]
pub(crate) struct OnThreads<R = Threads> {
    reach: R,
    marks: u32,
    frozen: BTreeMap<usize, Frozen>,
}

/// A transport between grounds on threads.
pub(crate) trait Reach: Default {
    /// As [`Way::SHARES_REASONS`].
    const SHARES_REASONS: bool;

    /// Joins a ground's link with the others.
    fn join(&mut self, link: Link) -> anyhow::Result<Link>;
}

/// A message that arrives after everything that was sent before it.
#[derive(Clone, Debug, Message, Serialize, Deserialize)]
#[message(serde)]
struct Mark(u32);

impl Reach for Threads {
    const SHARES_REASONS: bool = true;

    fn join(&mut self, link: Link) -> anyhow::Result<Link> {
        Ok(link.join(self.clone()))
    }
}

impl<R: Reach> Way for OnThreads<R> {
    const SHARES_REASONS: bool = R::SHARES_REASONS;

    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram> {
        let link = self.reach.join(link.share(shared::<Mark>()))?;
        Ok(TestProgram::run(ground.spawn(link.spawn()))?)
    }

    fn flow(&mut self, grounds: &[&TestProgram]) -> anyhow::Result<()> {
        flow(grounds, &mut self.marks)
    }

    fn freeze(&mut self, number: usize, ground: &TestProgram) -> anyhow::Result<()> {
        self.frozen.insert(number, freeze(ground)?);
        Ok(())
    }

    fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.frozen.remove(&number);
        Ok(())
    }
}

/// A process in whose turn a ground stays. The turn ends when this value is dropped.
type Frozen = (TestProcess, mpsc::Sender<()>);

/// Blocks a ground that runs on a separate thread.
fn freeze(ground: &TestProgram) -> anyhow::Result<Frozen> {
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let process = ground.process(|_| {})?;
    process.start(move |_| {
        // If the test has failed, the turn ends too.
        let _given_up = begun.send(());
        let _given_up = may_go_on.recv();
    })?;
    has_begun.recv().context("the ground does not freeze")?;
    Ok((process, go_on))
}

/// Sends a mark from each ground to each other one, twice, so that everything that was sent because of earlier messages
/// has arrived too.
fn flow(grounds: &[&TestProgram], marks: &mut u32) -> anyhow::Result<()> {
    for _ in 0..2 {
        for (at, from) in grounds.iter().enumerate() {
            for to in grounds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, to)| to) {
                *marks += 1;
                pass(from, to, *marks)?;
            }
        }
    }
    Ok(())
}

/// The presence of the subscriber is a mark in the other direction.
fn pass(from: &TestProgram, to: &TestProgram, number: u32) -> anyhow::Result<()> {
    let mut ear = to.messages(topic!(Mark(number)))?;
    from.publisher(topic!(Mark(number)))?.presence()?;
    from.send(Mark(number))?;
    ear.message().map(drop)
}
