//! A program with the driver under test and its clients.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use marketplace_core::{Context, Ground, HandlerResult, Role, Stopping, topic};

use super::census::Census;
use super::turns::Turns;
use super::watcher::Watched;
use super::{Subject, Up};
use crate::io::sleep;
use crate::{TestProcess, TestProgram, TestVm, wait_until};

/// A program with the driver, a process that watches it, and the clients of a law.
pub(super) struct Scene<S> {
    pub(super) subject: Arc<S>,
    pub(super) program: TestProgram,
    pub(super) up: Watched,
    pub(super) turns: Turns,
    vm: TestVm,
    /// The census without demand.
    at_rest: Census,
}

/// A client of the service.
pub(super) struct Client<S> {
    subject: Arc<S>,
    process: TestProcess,
}

/// The name of the watching processes.
pub(super) const OWN: &str = "kept by the laws";

/// The number of turns for which something must not happen.
const ROUNDS: usize = 20;

/// Whether a process with this name belongs to the test: a watcher, a client, the ground, or a relay that serves only these.
pub(super) fn is_own(name: &str) -> bool {
    name == OWN || name == crate::process::NAME || name == "ground" || is_relay(name)
}

/// The processes of an event relay without subscribers.
fn is_relay(name: &str) -> bool {
    name.starts_with("event relay") || name == "relay of the stop"
}

impl<S: Subject> Scene<S> {
    /// A program with the driver in a VM nested this deep.
    pub(super) fn new(subject: S, depth: usize) -> anyhow::Result<Self> {
        let turns = Turns::default();
        let ground = Ground::new().with_sleep(sleep).with_trace(turns.clone());
        let program = TestProgram::run(ground)?;
        let vm = subject.place(&program, depth)?;
        let (Up::WhileOpen(role) | Up::Always(role, _)) = subject.up();
        let (up, watcher) = Watched::new(&role);
        vm.spawn(watcher)?;
        let at_rest = Census { processes: Vec::new(), endpoints: 0, sources: Vec::new() };
        let mut scene = Self { subject: Arc::new(subject), program, up, turns, vm, at_rest };
        scene.at_rest = scene.settled()?;
        Ok(scene)
    }

    /// A client without demand. It quits when the program stops.
    pub(super) fn client(&self) -> anyhow::Result<Client<S>> {
        self.client_who(|cx| {
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        })
    }

    /// A client that does not quit when the program stops.
    pub(super) fn client_who_stays(&self) -> anyhow::Result<Client<S>> {
        self.client_who(|_| ())
    }

    fn client_who(&self, boot: fn(&mut Context<'_, ()>)) -> anyhow::Result<Client<S>> {
        Ok(Client { subject: Arc::clone(&self.subject), process: self.vm.process(boot)? })
    }

    /// Watches a role besides the one that announces the service.
    pub(super) fn watch(&self, role: &Role) -> anyhow::Result<Watched> {
        let (watched, watcher) = Watched::new(role);
        self.vm.spawn(watcher)?;
        self.pass_time()?;
        Ok(watched)
    }

    pub(super) fn is_open(&self) -> anyhow::Result<bool> {
        self.subject.is_open(&self.program).context("`is_open` of the subject failed")
    }

    /// Waits until the service is open and announced.
    pub(super) fn opens(&self) -> anyhow::Result<()> {
        self.wait_until("the service does not open", || self.is_open())?;
        self.wait_until("the service is open, and not announced", || Ok(self.up.sight().present > 0))
    }

    /// Waits until the service is closed and not announced any more.
    pub(super) fn closes(&self) -> anyhow::Result<()> {
        self.wait_until("the service does not close", || Ok(!self.is_open()?))?;
        if let Up::WhileOpen(_) = self.subject.up() {
            let told = || Ok(self.up.sight().present == 0);
            self.wait_until("the service is closed, and still announced", told)?;
        }
        self.leaves_nothing()
    }

    /// Waits until the census is that without demand.
    pub(super) fn leaves_nothing(&self) -> anyhow::Result<()> {
        let mut left = self.census()?;
        let gone = wait_until(|| {
            left = self.census()?;
            Ok(left == self.at_rest)
        });
        gone.with_context(|| {
            format!("before the demand: {:?}, after it: {left:?}\n{}", self.at_rest, self.report())
        })
    }

    /// Lets other processes take some turns, and fails unless the service stays open, or closed, all the time.
    pub(super) fn stays(&self, open: bool) -> anyhow::Result<()> {
        for _ in 0..ROUNDS {
            self.pass_time()?;
            let is_open = self.is_open()?;
            ensure!(
                is_open == open,
                "the service {}\n{}",
                if open { "closes" } else { "opens" },
                self.report()
            );
        }
        Ok(())
    }

    /// Waits until the service stays open and announced for a while, whatever it does before that.
    pub(super) fn comes_to_be_open(&self) -> anyhow::Result<()> {
        let is_up = || Ok(self.is_open()? && self.up.sight().present > 0);
        self.comes_to_be("the service does not stay open", is_up)
    }

    /// Waits until the service stays closed for a while, whatever it does before that. Demand may still be on its way to a
    /// service that is far away.
    pub(super) fn comes_to_be_closed(&self) -> anyhow::Result<()> {
        self.comes_to_be("the service does not stay closed", || Ok(!self.is_open()?))
    }

    fn comes_to_be(
        &self,
        failure: &'static str,
        holds: impl Fn() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        let mut times = 0;
        self.wait_until(failure, || {
            self.pass_time()?;
            times = if holds()? { times + 1 } else { 0 };
            Ok(times == ROUNDS)
        })
    }

    /// The census, when it has been the same for a while.
    pub(super) fn settled(&self) -> anyhow::Result<Census> {
        let (mut last, mut same) = (self.census()?, 0);
        self.wait_until("the program does not come to rest", || {
            self.pass_time()?;
            let now = self.census()?;
            same = if now == last { same + 1 } else { 0 };
            last = now;
            Ok(same == ROUNDS)
        })?;
        Ok(last)
    }

    /// Waits for something outside. The error has a report of the program.
    pub(super) fn wait_until(
        &self,
        failure: &'static str,
        holds: impl FnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        wait_until(holds).with_context(|| format!("{failure}\n{}", self.report()))
    }

    /// A report of the program: its processes and its last events.
    pub(super) fn report(&self) -> String {
        self.program.running().report(None)
    }

    /// Ends the program, and checks that no turn has taken too long.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.turns.check()
    }

    /// The census of this moment.
    pub(super) fn census(&self) -> anyhow::Result<Census> {
        Ok(Census::new(&self.program.snapshot()?))
    }

    /// Lets the program take a few turns.
    fn pass_time(&self) -> anyhow::Result<()> {
        self.program.counters()?;
        Ok(())
    }
}

impl<S: Subject> Client<S> {
    /// Demands the service.
    pub(super) fn demands(&self) -> anyhow::Result<()> {
        self.does(|subject, cx| subject.demand(cx))
    }

    /// Withdraws the demand.
    pub(super) fn withdraws(&self) -> anyhow::Result<()> {
        self.does(|subject, cx| subject.withdraw(cx))
    }

    /// Runs `work` in a turn of the client.
    pub(super) fn does<R: HandlerResult>(
        &self,
        work: impl FnOnce(&S, &mut Context<'_, ()>) -> R + Send + 'static,
    ) -> anyhow::Result<()> {
        let subject = Arc::clone(&self.subject);
        self.process.run(move |cx| work(&subject, cx))
    }

    /// Makes the client crash.
    pub(super) fn crashes(self) -> anyhow::Result<()> {
        self.process.fail("this client crashes, since the law tests crashes")
    }
}
