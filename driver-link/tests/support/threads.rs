//! Grounds on threads of their own, in real time: joined by `Threads`, or by another transport.

use std::collections::BTreeMap;
use std::sync::mpsc;

use anyhow::Context as _;
use driver_link::{Link, Threads};
use marketplace_core::{Ground, Message, topic};
use marketplace_testing::{TestProcess, TestProgram};
use serde::{Deserialize, Serialize};

use super::{Way, shared};

/// Grounds on threads of their own, and what tells that all that was under way has come.
#[derive(Default)]
pub(crate) struct OnThreads<R = Threads> {
    reach: R,
    marks: u32,
    frozen: BTreeMap<usize, Frozen>,
}

/// How grounds on threads reach each other.
pub(crate) trait Reach: Default {
    /// As [`Way::SHARES_REASONS`].
    const SHARES_REASONS: bool;

    /// Has a ground's link join the others.
    fn join(&mut self, link: Link) -> anyhow::Result<Link>;
}

/// Comes behind all that was sent before it.
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

/// A process in whose turn a ground stays; it ends when this is dropped.
type Frozen = (TestProcess, mpsc::Sender<()>);

/// Has a ground on a thread of its own do nothing.
fn freeze(ground: &TestProgram) -> anyhow::Result<Frozen> {
    let (begun, has_begun) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel();
    let process = ground.process(|_| {})?;
    process.start(move |_| {
        // The test may have failed meanwhile: then it goes on too.
        let _given_up = begun.send(());
        let _given_up = may_go_on.recv();
    })?;
    has_begun.recv().context("the ground does not freeze")?;
    Ok((process, go_on))
}

/// Has a mark go from each ground to each other one, twice: so what comes of what was under way has come too.
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

/// That the ear is seen is a mark the other way.
fn pass(from: &TestProgram, to: &TestProgram, number: u32) -> anyhow::Result<()> {
    let mut ear = to.messages(topic!(Mark(number)))?;
    from.publisher(topic!(Mark(number)))?.presence()?;
    from.send(Mark(number))?;
    ear.message().map(drop)
}
