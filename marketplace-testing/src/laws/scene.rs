//! A program with the driver and its clients.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use marketplace_core::{Context, Ground, HandlerResult, Role, Stopping, topic};

use super::census::Census;
use super::turns::Turns;
use super::watcher::Watched;
use super::{Subject, Up};
use crate::io::sleep;
use crate::{TestProcess, TestProgram, TestVm, wait_until};

/// A program with the driver, somebody who watches it, and as many clients as a law wants.
pub(super) struct Scene<S> {
    pub(super) subject: Arc<S>,
    pub(super) program: TestProgram,
    pub(super) up: Watched,
    pub(super) turns: Turns,
    vm: TestVm,
    /// What there is while nobody asks.
    at_rest: Census,
}

/// Somebody who can ask for the service.
pub(super) struct Client<S> {
    subject: Arc<S>,
    process: TestProcess,
}

/// The name of the processes that watch.
pub(super) const OWN: &str = "kept by the laws";

/// How many turns others take while something must not happen.
const ROUNDS: usize = 20;

/// Whether a process of this name is the test's own: one of those that watch or are clients, the ground's, the relays that
/// there are for nobody else.
pub(super) fn is_own(name: &str) -> bool {
    name == OWN || name == crate::process::NAME || name == "ground" || is_relay(name)
}

/// What an event relay consists of as long as nobody asks for a source.
fn is_relay(name: &str) -> bool {
    name.starts_with("event relay") || name == "relay of the stop"
}

impl<S: Subject> Scene<S> {
    /// A program with the driver so many nested VMs down.
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

    /// Somebody who does not ask for the service yet. It leaves when the program stops.
    pub(super) fn client(&self) -> anyhow::Result<Client<S>> {
        self.client_who(|cx| {
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
        })
    }

    /// The same, but one that stays until it is gone with the program.
    pub(super) fn client_who_stays(&self) -> anyhow::Result<Client<S>> {
        self.client_who(|_| ())
    }

    fn client_who(&self, boot: fn(&mut Context<'_, ()>)) -> anyhow::Result<Client<S>> {
        Ok(Client { subject: Arc::clone(&self.subject), process: self.vm.process(boot)? })
    }

    /// Watches a role beside the one that says that the service is up.
    pub(super) fn watch(&self, role: &Role) -> anyhow::Result<Watched> {
        let (watched, watcher) = Watched::new(role);
        self.vm.spawn(watcher)?;
        self.pass_time()?;
        Ok(watched)
    }

    pub(super) fn is_open(&self) -> anyhow::Result<bool> {
        self.subject.is_open(&self.program).context("cannot see whether the service is open")
    }

    /// Waits until the service is open, and its clients see that it is up.
    pub(super) fn opens(&self) -> anyhow::Result<()> {
        self.wait_until("the service does not open", || self.is_open())?;
        self.wait_until("nobody says that the service is up", || Ok(self.up.sight().present > 0))
    }

    /// Waits until the service is closed and nothing is left of it.
    pub(super) fn closes(&self) -> anyhow::Result<()> {
        self.wait_until("the service does not close", || Ok(!self.is_open()?))?;
        if let Up::WhileOpen(_) = self.subject.up() {
            let told = || Ok(self.up.sight().present == 0);
            self.wait_until("the service is closed, and still said to be up", told)?;
        }
        self.leaves_nothing()
    }

    /// Waits until there is no more than there was at rest.
    pub(super) fn leaves_nothing(&self) -> anyhow::Result<()> {
        let mut left = self.census()?;
        let gone = wait_until(|| {
            left = self.census()?;
            Ok(left == self.at_rest)
        });
        gone.with_context(|| {
            format!("there was {:?} at first, and now there is {left:?}\n{}", self.at_rest, self.report())
        })
    }

    /// Has others take some turns, and fails unless the service is open or closed all the time.
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

    /// Waits until the service is open and up for a while, whatever it does before that.
    pub(super) fn comes_to_be_open(&self) -> anyhow::Result<()> {
        let is_up = || Ok(self.is_open()? && self.up.sight().present > 0);
        self.comes_to_be("the service does not come to be open", is_up)
    }

    /// Waits until the service is closed for a while, whatever it does before that: of one that is far away, demand may
    /// still be on its way there.
    pub(super) fn comes_to_be_closed(&self) -> anyhow::Result<()> {
        self.comes_to_be("the service does not come to be closed", || Ok(!self.is_open()?))
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

    /// What there is, once it is the same for a while.
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

    /// Waits for something outside; if it does not happen, says what there is in the program.
    pub(super) fn wait_until(
        &self,
        failure: &'static str,
        holds: impl FnMut() -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        wait_until(holds).with_context(|| format!("{failure}\n{}", self.report()))
    }

    /// What there is in the program, and what has happened last.
    pub(super) fn report(&self) -> String {
        self.program.running().report(None)
    }

    /// Ends the program: no turn may have taken too long.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.turns.check()
    }

    /// What there is now.
    pub(super) fn census(&self) -> anyhow::Result<Census> {
        Ok(Census::new(&self.program.snapshot()?))
    }

    /// Has the program take a few turns.
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

    /// Demands the service no longer.
    pub(super) fn withdraws(&self) -> anyhow::Result<()> {
        self.does(|subject, cx| subject.withdraw(cx))
    }

    /// Does something in a turn.
    pub(super) fn does<R: HandlerResult>(
        &self,
        work: impl FnOnce(&S, &mut Context<'_, ()>) -> R + Send + 'static,
    ) -> anyhow::Result<()> {
        let subject = Arc::clone(&self.subject);
        self.process.run(move |cx| work(&subject, cx))
    }

    /// Crashes.
    pub(super) fn crashes(self) -> anyhow::Result<()> {
        self.process.fail("a client crashes, as the law wants it")
    }
}
