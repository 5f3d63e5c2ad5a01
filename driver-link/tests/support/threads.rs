//! Grounds on threads of their own, by any carrier that needs no help.

use std::collections::BTreeMap;
use std::sync::mpsc;

use anyhow::Context as _;
use driver_link::{Carrier, Link, Threads};
use marketplace_core::{Ground, topic};
use marketplace_testing::{TestProcess, TestProgram};

use super::Way;
use super::vocabulary::Mark;

/// Carriers that find each other.
pub(crate) trait Carriers: Default {
    /// See [`Way::SHARES_REASONS`].
    const SHARES_REASONS: bool;

    /// The carrier of one more ground.
    fn carrier(&mut self) -> anyhow::Result<impl Carrier>;
}

/// Grounds that run, and what tells that all that was under way has come.
#[derive(Default)]
pub(crate) struct Running<C> {
    carriers: C,
    marks: u32,
    frozen: BTreeMap<usize, (TestProcess, mpsc::Sender<()>)>,
}

impl Carriers for Threads {
    const SHARES_REASONS: bool = true;

    fn carrier(&mut self) -> anyhow::Result<impl Carrier> {
        Ok(self.clone())
    }
}

impl<C: Carriers> Way for Running<C> {
    const SHARES_REASONS: bool = C::SHARES_REASONS;

    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram> {
        let link = link.share(Mark::shared()).join(self.carriers.carrier()?);
        Ok(TestProgram::run(ground.spawn(link.spawn()))?)
    }

    /// A mark goes from each ground to each other one, twice: so what comes of what was under way has come too.
    fn flow(&mut self, grounds: &[&TestProgram]) -> anyhow::Result<()> {
        for _ in 0..2 {
            for (at, from) in grounds.iter().enumerate() {
                for to in grounds.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, to)| to) {
                    self.marks += 1;
                    pass(from, to, self.marks)?;
                }
            }
        }
        Ok(())
    }

    fn freeze(&mut self, number: usize, ground: &TestProgram) -> anyhow::Result<()> {
        let (begun, has_begun) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let process = ground.process(|_| {})?;
        process.order(move |_| {
            // The test may have failed meanwhile: then it goes on too.
            let _given_up = begun.send(());
            let _given_up = may_go_on.recv();
        })?;
        has_begun.recv().context("the ground does not freeze")?;
        self.frozen.insert(number, (process, go_on));
        Ok(())
    }

    fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.frozen.remove(&number);
        Ok(())
    }
}

/// That the ear is seen is a mark the other way.
fn pass(from: &TestProgram, to: &TestProgram, number: u32) -> anyhow::Result<()> {
    let mut ear = to.messages(topic!(Mark(number)))?;
    from.publisher(topic!(Mark(number)))?.presence()?;
    from.send(Mark(number))?;
    ear.message().map(drop)
}
