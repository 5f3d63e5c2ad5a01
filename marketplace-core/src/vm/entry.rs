//! A process as its VM has it: what it is, what it waits for, and how it leaves.

use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use futures::channel::oneshot;
use futures::future::AbortHandle;
use tracing::{error, info};

use crate::actions::{Endpoints, Queue, Step};
use crate::inspection::{Inspection, Look};
use crate::panic::{guard, guarded_drop};
use crate::trace::Tracers;
use crate::{Actor, Counters, Pid, Reason, Token};

/// A process.
pub(super) struct Entry {
    pub(super) pid: Pid,
    pub(super) name: Option<Arc<str>>,
    pub(super) actor: Box<dyn Actor>,
    /// Whether there may be a VM inside it.
    pub(super) may_nest: bool,
    pub(super) endpoints: Endpoints,
    /// How many of its actions are not done yet.
    pub(super) pending: usize,
    /// How many turns it has taken.
    pub(super) turns: u64,
    /// Actions waiting inside, where it is a VM.
    pub(super) inside: usize,
    /// Set once the process is leaving: the first reason (rule S11).
    pub(super) leaving: Option<Reason>,
    /// Whether its leaving is in the queue.
    is_going: bool,
    /// The requests whose answers will come from outside, by the token they have there.
    outstanding: Option<Box<Outstanding>>,
    /// How many processes there are of whose end it is to be told.
    pub(super) monitored: usize,
    /// Who is to be told of its end.
    pub(super) monitor: Option<Box<Monitor>>,
}

/// Hardly a process has any.
type Outstanding = BTreeMap<usize, Option<CancelOnDrop>>;

/// Who is told of the end of a process.
pub(super) enum Monitor {
    /// Another process of the VM.
    Process(Pid, Token),
    /// Somebody outside the ground.
    Outside(oneshot::Sender<Reason>),
}

/// Cancels a task when its process goes, or when a VM around it does.
pub(super) struct CancelOnDrop(pub(super) AbortHandle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Apart from the process: two panics at once would be the end of everything.
        guarded_drop(self.leaving.take(), "the reason of a process");
    }
}

impl Entry {
    #[inline(always)]
    pub(super) fn new(
        pid: Pid,
        name: Option<Arc<str>>,
        actor: Box<dyn Actor>,
        may_nest: bool,
        monitor: Option<Monitor>,
    ) -> Self {
        Self {
            pid,
            name,
            actor,
            may_nest,
            endpoints: Endpoints::default(),
            pending: 0,
            turns: 0,
            inside: 0,
            leaving: None,
            is_going: false,
            outstanding: None,
            monitored: 0,
            monitor: monitor.map(Box::new),
        }
    }

    /// Has the actor show what is inside it.
    pub(super) fn inspect(&mut self, look: Look<'_>) {
        if self.may_nest
            && let Err(error) = guard(|| self.actor.inspect(&mut Inspection(look)))
        {
            error!(pid = ?self.pid, %error, "an actor panicked while it was inspected");
        }
    }

    pub(super) fn quit(&mut self, reason: Reason, queue: &mut Queue, tracers: &Tracers) {
        self.leaving = Some(reason.clone());
        self.go(queue);
        // A reason of a user's may panic when it is shown.
        let _ = guard(|| info!(pid = ?self.pid, name = self.name.as_deref(), %reason, "process quits"));
        self.trace_leaving(tracers, false);
    }

    pub(super) fn fail(
        &mut self,
        error: anyhow::Error,
        queue: &mut Queue,
        counted: &mut Counters,
        tracers: &Tracers,
    ) {
        counted.crashes += 1;
        let reason = Reason::error(error);
        self.leaving = Some(reason.clone());
        self.go(queue);
        let _ = guard(|| {
            error!(pid = ?self.pid, name = self.name.as_deref(), error = format!("{reason:#}"), "process fails");
        });
        self.trace_leaving(tracers, true);
    }

    /// Has the process leave once all that it has asked for is done (rule S11).
    #[inline(never)]
    pub(super) fn go(&mut self, queue: &mut Queue) {
        if !mem::replace(&mut self.is_going, true) {
            queue.push(Step::Leave(self.pid.slot));
        }
    }

    /// Has a process leave to which nothing can ever happen any more (rule S12).
    #[inline]
    pub(super) fn go_if_idle(&mut self, queue: &mut Queue) {
        if self.pending == 0 && self.endpoints.is_empty() && self.outstanding.is_none() && self.monitored == 0
        {
            self.go(queue);
        }
    }

    /// Notes a request that will be answered once, under this token.
    pub(super) fn ask(&mut self, outside: Token, cancel: Option<CancelOnDrop>) {
        self.outstanding.get_or_insert_default().insert(outside.0 as usize, cancel);
    }

    pub(super) fn answered(&mut self, outside: Token) {
        if let Some(outstanding) = &mut self.outstanding {
            outstanding.remove(&(outside.0 as usize));
            if outstanding.is_empty() {
                self.outstanding = None;
            }
        }
    }
}
