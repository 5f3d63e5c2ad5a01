//! Grounds that are joined, in one of several ways.

use std::ops::Index;

use anyhow::Context as _;
use driver_link::{Link, Linked};
use marketplace_core::{Ground, Spawn, topic};
use marketplace_testing::TestProgram;

/// A way to join grounds: a transport, and how a test can wait until everything under way has arrived.
pub(crate) trait Way: Default {
    /// Whether a reason arrives as the same value. If not, its text does.
    const SHARES_REASONS: bool;

    /// Starts a ground with this link, and joins it with all others.
    fn start(&mut self, ground: Ground, link: Link) -> anyhow::Result<TestProgram>;

    /// Waits until everything that is under way between these grounds has arrived, and everything that is sent because
    /// of it. All of them are linked.
    fn flow(&mut self, grounds: &[&TestProgram]) -> anyhow::Result<()>;

    /// Makes a ground, by its number, so slow that nothing arrives.
    fn freeze(&mut self, number: usize, ground: &TestProgram) -> anyhow::Result<()>;

    /// Ends that.
    fn thaw(&mut self, number: usize) -> anyhow::Result<()>;
}

/// Grounds that are all joined with each other.
pub(crate) struct Joined<W> {
    pub(crate) way: W,
    grounds: Vec<Option<TestProgram>>,
}

impl<W: Way> Joined<W> {
    /// Starts a ground for each link, and joins them.
    pub(crate) fn of<const N: usize>(links: [Link; N]) -> anyhow::Result<Self> {
        let mut joined = Self { way: W::default(), grounds: Vec::new() };
        for link in links {
            joined.start(link)?;
        }
        joined.await_links()?;
        Ok(joined)
    }

    /// Starts one more ground, joins it with the others, and returns its number.
    pub(crate) fn start(&mut self, link: Link) -> anyhow::Result<usize> {
        self.start_with(link, [])
    }

    /// The same with processes that exist before the link.
    pub(crate) fn start_with<const N: usize>(
        &mut self,
        link: Link,
        processes: [Spawn; N],
    ) -> anyhow::Result<usize> {
        let ground = processes.into_iter().fold(Ground::new(), Ground::spawn);
        let ground = self.way.start(ground, link)?;
        self.grounds.push(Some(ground));
        Ok(self.grounds.len() - 1)
    }

    /// Waits until everything that is under way has arrived, and everything that is sent because of it.
    pub(crate) fn flow(&mut self) -> anyhow::Result<()> {
        let grounds: Vec<_> = self.grounds.iter().flatten().collect();
        self.way.flow(&grounds)
    }

    /// The same for all grounds but one, which is frozen or has no link any more.
    pub(crate) fn flow_but(&mut self, number: usize) -> anyhow::Result<()> {
        let others = self.grounds.iter().enumerate().filter(|(at, _)| *at != number);
        let others: Vec<_> = others.filter_map(|(_, ground)| ground.as_ref()).collect();
        self.way.flow(&others)
    }

    /// Waits until each ground is linked with each other one.
    pub(crate) fn await_links(&mut self) -> anyhow::Result<()> {
        self.flow()?;
        let others = self.grounds.iter().flatten().count().saturating_sub(1);
        for ground in self.grounds.iter().flatten() {
            let mut linked = ground.subscriber(topic!(Linked { .. }))?;
            for _ in 0..others {
                linked.presence().context("the grounds are not linked")?;
            }
        }
        Ok(())
    }

    pub(crate) fn freeze(&mut self, number: usize) -> anyhow::Result<()> {
        let ground = self.grounds[number].as_ref().context("the ground is gone")?;
        self.way.freeze(number, ground)
    }

    pub(crate) fn thaw(&mut self, number: usize) -> anyhow::Result<()> {
        self.way.thaw(number)
    }

    /// Takes a ground out of the list, to stop it or to drop it at once.
    pub(crate) fn take(&mut self, number: usize) -> anyhow::Result<TestProgram> {
        self.grounds[number].take().context("the ground is gone")
    }
}

impl<W> Index<usize> for Joined<W> {
    type Output = TestProgram;

    fn index(&self, number: usize) -> &TestProgram {
        self.grounds[number].as_ref().expect("the ground is there")
    }
}
