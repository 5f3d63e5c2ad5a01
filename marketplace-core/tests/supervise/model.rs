//! A slow model of a supervisor, written from OTP's documentation, with delays added. It knows the time, and applies
//! all consequences of an event at once.

use std::collections::HashMap;
use std::time::Duration;

use marketplace_core::{Restart, Strategy};

use super::play::Deed;

/// The settings of a supervisor.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) strategy: Strategy,
    pub(super) restarts: usize,
    pub(super) within: Duration,
    pub(super) first: Duration,
    pub(super) cap: Duration,
    pub(super) life: Duration,
    pub(super) children: Vec<(&'static str, Restart)>,
}

pub(super) struct Model {
    setup: Setup,
    now: Duration,
    /// The times of the restarts.
    restarts: Vec<Duration>,
    children: Vec<Child>,
    /// How many delays there have been, over all children.
    waits: u32,
    duds: HashMap<&'static str, u32>,
    is_stopping: bool,
    is_gone: bool,
    seen: Vec<String>,
}

struct Child {
    name: &'static str,
    kind: Restart,
    status: Status,
    /// How many delays there have been since it last lived long enough.
    delays: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Status {
    /// With the time at which it started.
    Alive(Duration),
    /// Dead, but the supervisor has not noticed yet. With the time at which it started, and what it did.
    Dead(Duration, Deed),
    /// With the time until which it waits, and the number of the delay.
    Delayed(Duration, u32),
    Pending,
    Finished,
}

impl Model {
    pub(super) fn new(setup: Setup) -> Self {
        let mut model = Self {
            setup: setup.clone(),
            now: Duration::ZERO,
            restarts: Vec::new(),
            children: Vec::new(),
            waits: 0,
            duds: HashMap::new(),
            is_stopping: false,
            is_gone: false,
            seen: Vec::new(),
        };
        for (name, kind) in setup.children {
            model.add(name, kind);
        }
        model
    }

    pub(super) fn seen(&mut self) -> String {
        std::mem::take(&mut self.seen).join(" ")
    }

    /// Whether it matters in which round the supervisor notices each of this number of simultaneous failures, because
    /// it might give up before it has noticed the last one.
    pub(super) fn is_touchy(&self, failures: usize) -> bool {
        let recent = self.restarts.iter().filter(|when| **when + self.setup.within > self.now).count();
        let is_close = self.setup.strategy == Strategy::OneForOne && recent + failures > self.setup.restarts;
        is_close || self.duds.values().any(|left| *left > 0)
    }

    /// Sorts what several children do at the same time into the order of the children.
    pub(super) fn sort(&self, deeds: &mut [(&'static str, Deed)]) {
        deeds.sort_by_key(|(name, _)| self.at(name));
    }

    pub(super) fn fail_boots(&mut self, name: &'static str, times: u32) {
        self.duds.insert(name, times);
    }

    pub(super) fn add(&mut self, name: &'static str, kind: Restart) {
        if !self.is_gone && !self.is_stopping && self.at(name).is_none() {
            self.children.push(Child { name, kind, status: Status::Pending, delays: 0 });
            self.start_pending();
        }
    }

    pub(super) fn remove(&mut self, name: &'static str) {
        if let Some(at) = self.at(name) {
            self.terminate(at);
            self.children.remove(at);
            self.start_pending();
            self.leave_if_stopped();
        }
    }

    /// Several children do something before the supervisor notices any of it.
    pub(super) fn tell(&mut self, deeds: &[(&'static str, Deed)]) {
        for (name, deed) in deeds {
            if let Some(at) = self.at(name)
                && let Status::Alive(since) = self.children[at].status
            {
                self.seen.push(format!("-{name}"));
                self.children[at].status = Status::Dead(since, *deed);
            }
        }
        for (name, _) in deeds {
            if let Some(at) = self.at(name)
                && let Status::Dead(since, deed) = self.children[at].status
            {
                self.note_life(at, since);
                match deed {
                    Deed::Fail => self.exit(at, &format!("{name} fails")),
                    Deed::Quit => self.exit(at, "normal"),
                }
            }
        }
    }

    pub(super) fn pass(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some((due, at)) = self.next_due().filter(|(due, _)| *due <= until) {
            self.now = due;
            self.children[at].status = Status::Pending;
            self.start_pending();
        }
        self.now = until;
    }

    pub(super) fn kill(&mut self) {
        if !self.is_gone {
            self.seen.push("[killed]".to_owned());
            self.terminate_all();
        }
    }

    pub(super) fn stop(&mut self) {
        if !self.is_gone {
            self.is_stopping = true;
            self.children.retain(|child| matches!(child.status, Status::Alive(_)));
            self.leave_if_stopped();
        }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.children.iter().position(|child| child.name == name)
    }

    fn next_due(&self) -> Option<(Duration, usize)> {
        let due = self.children.iter().enumerate().filter_map(|(at, child)| match child.status {
            Status::Delayed(due, wait) => Some((due, wait, at)),
            _ => None,
        });
        due.min().map(|(due, _, at)| (due, at))
    }

    /// The supervisor notices that a child is gone.
    fn exit(&mut self, at: usize, reason: &str) {
        if self.is_stopping {
            self.children.remove(at);
            return self.leave_if_stopped();
        }
        match self.children[at].kind {
            Restart::Permanent => self.restart(at, reason),
            Restart::Transient if reason != "normal" => self.restart(at, reason),
            Restart::Transient => self.children[at].status = Status::Finished,
            Restart::Temporary => drop(self.children.remove(at)),
        }
        self.start_pending();
    }

    fn restart(&mut self, at: usize, reason: &str) {
        let Setup { strategy, restarts, within, first, cap, .. } = self.setup;
        let Child { name, delays, .. } = self.children[at];
        self.restarts.retain(|when| *when + within > self.now);
        if self.restarts.len() == restarts {
            self.children.remove(at);
            self.terminate_all();
            let what = match restarts {
                0 => ", and no restart is allowed".to_owned(),
                1 => format!(" again after 1 restart within {within:?}"),
                _ => format!(" again after {restarts} restarts within {within:?}"),
            };
            return self.seen.push(format!("[supervisor `s`: `{name}` has ended{what}: {reason}]"));
        }
        self.restarts.push(self.now);
        let delay = cap.min(first * 2_u32.pow(delays.min(20)));
        self.waits += 1;
        self.children[at].delays += 1;
        self.children[at].status = match delay {
            Duration::ZERO => Status::Pending,
            delay => Status::Delayed(self.now + delay, self.waits),
        };
        match strategy {
            Strategy::OneForOne => {}
            Strategy::AllForOne => {
                self.terminate_siblings(at + 1..self.children.len());
                self.terminate_siblings(0..at);
            }
            Strategy::RestForOne => self.terminate_siblings(at + 1..self.children.len()),
        }
    }

    /// Terminates some children, the last one first. They are started again, except for temporary ones.
    fn terminate_siblings(&mut self, which: std::ops::Range<usize>) {
        for at in which.rev() {
            self.terminate(at);
            match (self.children[at].status, self.children[at].kind) {
                (Status::Delayed(..), _) => {}
                (Status::Pending, Restart::Temporary) => {}
                (_, Restart::Temporary) => drop(self.children.remove(at)),
                _ => self.children[at].status = Status::Pending,
            }
        }
    }

    fn terminate(&mut self, at: usize) {
        match self.children[at].status {
            Status::Alive(since) => {
                self.seen.push(format!("-{}", self.children[at].name));
                self.note_life(at, since);
            }
            Status::Dead(since, _) => self.note_life(at, since),
            Status::Delayed(..) | Status::Pending | Status::Finished => {}
        }
    }

    /// A child that has lived long enough begins with the first delay again.
    fn note_life(&mut self, at: usize, since: Duration) {
        if self.now - since >= self.setup.life {
            self.children[at].delays = 0;
        }
    }

    fn terminate_all(&mut self) {
        for at in (0..self.children.len()).rev() {
            self.terminate(at);
        }
        self.children.clear();
        self.is_gone = true;
    }

    /// Starts the children that may be started now, in order.
    fn start_pending(&mut self) {
        while let Some(at) = self.children.iter().position(|child| child.status == Status::Pending) {
            let waited_for = match self.setup.strategy {
                Strategy::OneForOne => 0..0,
                Strategy::RestForOne => 0..at,
                Strategy::AllForOne => 0..self.children.len(),
            };
            if self.children[waited_for].iter().any(|child| matches!(child.status, Status::Delayed(..))) {
                return;
            }
            let name = self.children[at].name;
            match self.duds.get_mut(name) {
                Some(left) if *left > 0 => {
                    *left -= 1;
                    self.seen.push(format!("!{name}"));
                    let reason = format!("{name} is a dud");
                    match self.children[at].kind {
                        Restart::Temporary => drop(self.children.remove(at)),
                        _ => self.restart(at, &reason),
                    }
                }
                _ => {
                    self.seen.push(format!("+{name}"));
                    self.children[at].status = Status::Alive(self.now);
                }
            }
        }
    }

    fn leave_if_stopped(&mut self) {
        if self.is_stopping && !self.is_gone && self.children.is_empty() {
            self.is_gone = true;
            self.seen.push("[normal]".to_owned());
        }
    }
}
