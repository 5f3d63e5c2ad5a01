//! A supervised program: children that follow instructions and log their starts and ends, and a clock.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use futures::FutureExt;
use marketplace_core::{Child, Ground, Limits, Message, Pid, Reason, Restart, Spawn, Supervisor, topic};
use marketplace_testing::Clock;

use crate::support::{Go, Log, Stage, Unspeakable};

/// Limits that no short program reaches, without anything random.
pub(crate) const LENIENT: Limits = Limits::new().restarts(1_000, SECOND).no_backoff().jitter(0.0);

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Tells the child with this name what to do.
#[derive(Debug, Message)]
pub(crate) struct Tell(pub(crate) &'static str, pub(crate) Deed);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Message)]
pub(crate) enum Deed {
    Fail,
    Quit,
}

/// A supervisor on a stage.
pub(crate) struct Play {
    pub(crate) stage: Stage,
    pub(crate) clock: Clock,
    pub(crate) cast: Cast,
}

/// Makes the children. They share a log, and fail in their first turn as often as the test wants.
#[derive(Clone, Default)]
pub(crate) struct Cast {
    pub(crate) log: Log,
    duds: Arc<Mutex<HashMap<&'static str, u32>>>,
}

impl Cast {
    /// A child that logs "+name" when it starts and "-name" when it ends, or "!name" when it fails in its first turn.
    pub(crate) fn child(&self, name: &'static str, restart: Restart) -> Child {
        let cast = self.clone();
        Child::new(name, move || cast.process(name)).restart(restart)
    }

    pub(crate) fn process(&self, name: &'static str) -> Spawn {
        let cast = self.clone();
        Spawn::new(None, move |role, cx| {
            anyhow::ensure!(!cast.is_dud(name), "{name} is a dud");
            cast.log.add(format_args!("+{name}"));
            *role = Some(Exit(cast.log, name));
            cx.subscriber(topic!(Tell(name, Deed::Fail)))
                .on_message(move |_, _, _| Err(anyhow!("{name} fails")));
            cx.subscriber(topic!(Tell(name, Deed::Quit))).on_message(|_, cx, _| cx.quit());
            Ok(())
        })
    }

    /// A process that logs "tick" and fails, with an error that panics when it is formatted.
    pub(crate) fn unspeakable(&self) -> Spawn {
        let log = self.log.clone();
        Spawn::new((), move |(), _| {
            log.add("tick");
            Err(Unspeakable.into())
        })
    }

    /// Makes the processes with this name fail in their first turn, this number of times.
    pub(crate) fn fail_boots(&self, name: &'static str, times: u32) {
        self.duds.lock().unwrap_or_else(PoisonError::into_inner).insert(name, times);
    }

    /// The lines of the log since the last call, separated by spaces.
    pub(crate) fn seen(&self) -> String {
        self.log.take().join(" ")
    }

    fn is_dud(&self, name: &'static str) -> bool {
        let mut duds = self.duds.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(left) = duds.get_mut(name).filter(|left| **left > 0) else { return false };
        *left -= 1;
        self.log.add(format_args!("!{name}"));
        true
    }
}

/// Logs that a child is gone.
struct Exit(Log, &'static str);

impl Drop for Exit {
    fn drop(&mut self) {
        self.0.add(format_args!("-{}", self.1));
    }
}

impl Play {
    /// Runs the supervisor that `direct` makes, and logs its end.
    pub(crate) fn new(direct: impl FnOnce(&Cast) -> Supervisor) -> anyhow::Result<Self> {
        Self::of(|cast| direct(cast).spawn())
    }

    /// The same for a process that contains a supervisor.
    pub(crate) fn of(direct: impl FnOnce(&Cast) -> Spawn) -> anyhow::Result<Self> {
        let (clock, cast) = (Clock::default(), Cast::default());
        let audience = audience(&cast.log, direct(&cast));
        let mut stage = Stage::of(Ground::new().with_sleep(clock.sleeper()).spawn(audience));
        stage.rest()?;
        Ok(Self { stage, clock, cast })
    }

    pub(crate) fn seen(&self) -> String {
        self.cast.seen()
    }

    pub(crate) fn tell(&mut self, name: &'static str, deed: Deed) -> anyhow::Result<String> {
        self.stage.send(Tell(name, deed))?;
        Ok(self.seen())
    }

    pub(crate) fn fail(&mut self, name: &'static str) -> anyhow::Result<String> {
        self.tell(name, Deed::Fail)
    }

    pub(crate) fn quit(&mut self, name: &'static str) -> anyhow::Result<String> {
        self.tell(name, Deed::Quit)
    }

    pub(crate) fn kill_supervisor(&mut self) -> anyhow::Result<String> {
        self.stage.go(KILL)?;
        Ok(self.seen())
    }

    /// Requests a stop, and lets the program settle.
    pub(crate) fn begin_stop(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(3_600);
        self.stage.handle.stop(deadline, pending()).now_or_never().context("the ground is behind")??;
        self.stage.rest()
    }

    /// Lets time pass. Everything that is due happens at its time.
    pub(crate) fn pass(&mut self, duration: Duration) -> anyhow::Result<String> {
        let mut left = duration;
        while let Some(next) = self.clock.next().filter(|next| *next <= left) {
            self.clock.advance(next);
            self.stage.rest()?;
            left -= next;
        }
        self.clock.advance(left);
        Ok(self.seen())
    }
}

const KILL: u32 = 1_000;

/// Spawns a supervisor, logs its end, and kills it at a step.
fn audience(log: &Log, supervisor: Spawn) -> Spawn {
    let log = log.clone();
    Spawn::new(None::<Pid>, move |_, cx| {
        cx.spawn_monitored(
            supervisor,
            |supervisor, _, pid| *supervisor = Some(pid),
            move |_, _, _, reason| log.add(format_args!("[{reason:#}]")),
        );
        cx.subscriber(topic!(Go(KILL))).on_message(|supervisor, cx, _| {
            if let Some(pid) = supervisor.take() {
                cx.kill(&pid, Reason::error(anyhow!("killed")));
            }
        });
    })
}
