//! A process in its VM: what it is, what it waits for, and how it leaves.

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
    /// Whether a VM may be inside it.
    pub(super) may_nest: bool,
    pub(super) endpoints: Endpoints,
    /// How many of its actions are pending.
    pub(super) pending: usize,
    /// How many turns it has taken.
    pub(super) turns: u64,
    /// The actions that are pending inside, if it is a VM.
    pub(super) inside: usize,
    /// The first reason for which the process leaves, once it does (rule S11).
    pub(super) leaving: Option<Reason>,
    /// Whether the queue has the step that removes it.
    is_going: bool,
    /// The requests that will be answered from outside, by the token that they have there.
    outstanding: Option<Box<Outstanding>>,
    /// How many processes it monitors.
    pub(super) monitored: usize,
    /// Gets the end of the process, if it is monitored.
    pub(super) monitor: Option<Box<Monitor>>,
}

/// Hardly any process has one.
type Outstanding = BTreeMap<usize, Option<CancelOnDrop>>;

/// Gets the end of a process.
pub(super) enum Monitor {
    /// Another process of the VM.
    Process(Pid, Token),
    /// Code outside the ground.
    Outside(oneshot::Sender<Reason>),
}

/// Cancels a task when its process or a VM that contains it ends.
pub(super) struct CancelOnDrop(pub(super) AbortHandle);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        // Dropped apart from the process, since a panic during another panic would abort the program.
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

    /// Makes the actor show what is inside it.
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
        // A user's reason may panic when it is formatted.
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

    /// Removes the process after all its actions have been performed (rule S11).
    #[inline(never)]
    pub(super) fn go(&mut self, queue: &mut Queue) {
        if !mem::replace(&mut self.is_going, true) {
            queue.push(Step::Leave(self.pid.slot));
        }
    }

    /// Removes a process to which nothing can happen any more (rule S12).
    #[inline]
    pub(super) fn go_if_idle(&mut self, queue: &mut Queue) {
        if self.pending == 0 && self.endpoints.is_empty() && self.outstanding.is_none() && self.monitored == 0
        {
            self.go(queue);
        }
    }

    /// Records a request that will be answered once, with this token.
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
