//! Servers that are restarted when they fail while their demand lasts.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use futures::future::AbortHandle;
use tracing::{error, warn};

use super::DemandMatcher;
use super::demands::{CancelOnDrop, Restarts, Verdict};
use super::shared::with;
use crate::Reason;
use crate::context::Context;
use crate::limits::Limits;
use crate::panic::shown;

/// A server that is restarted if it fails.
#[derive(Clone)]
pub(super) struct Server<K> {
    pub(super) key: K,
    /// The generation of the demand. A later demand for the same key does not concern this server.
    pub(super) generation: u64,
    /// For diagnostics.
    pub(super) name: Arc<str>,
    pub(super) limits: Limits,
}

impl<K: Eq + Hash + Clone + Send + 'static> DemandMatcher<K> {
    /// Restarts a server, if it has failed and its demand lasts.
    pub(super) fn ended<S: 'static>(&self, cx: &mut Context<'_, S>, server: Server<K>, reason: Reason) {
        if reason.as_error().is_none() {
            return;
        }
        let (error, name) = (shown(&reason), &*server.name);
        match with(&self.demands, |demands| demands.fail(&server.key, server.generation, &server.limits)) {
            Verdict::Nothing => {}
            Verdict::GiveUp => error!(name, error, "a server has failed too often, and is not restarted"),
            Verdict::Again(delay) => {
                warn!(name, error, ?delay, "a server has failed, and is restarted");
                self.serve_again(cx, server, delay, reason);
            }
        }
    }

    fn serve_again<S: 'static>(
        &self,
        cx: &mut Context<'_, S>,
        server: Server<K>,
        delay: Duration,
        reason: Reason,
    ) {
        let Server { key, generation, name, limits } = server;
        let window =
            self.wait(cx, limits.window(), &key, generation, |restarts| drop(restarts.recent.pop_front()));
        self.note(&key, generation, |restarts| restarts.recent.push_back(CancelOnDrop(window)));
        let (matcher, theirs) = (self.clone(), key.clone());
        let again = move |cx: &mut Context<'_, S>| {
            cx.trace_restart(&name, &reason);
            matcher.serve(cx, theirs, generation);
        };
        if delay.is_zero() {
            return again(cx);
        }
        let sleep = cx.sleep_then(delay, move |_, cx| again(cx));
        self.note(&key, generation, |restarts| restarts.wait = Some(CancelOnDrop(sleep)));
    }

    /// Waits until a server that has failed has lived for long enough.
    pub(super) fn await_life<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, generation: u64) {
        let has_failed = with(&self.demands, |demands| demands.restarts(key, generation).is_some());
        if let Some(limits) = self.limits.filter(|_| has_failed) {
            let life = self.wait(cx, limits.lifetime(), key, generation, |restarts| restarts.failures = 0);
            self.note(key, generation, |restarts| restarts.wait = Some(CancelOnDrop(life)));
        }
    }

    /// Changes the record of a server after `duration`.
    fn wait<S: 'static>(
        &self,
        cx: &mut Context<'_, S>,
        duration: Duration,
        key: &K,
        generation: u64,
        then: impl FnOnce(&mut Restarts) + Send + 'static,
    ) -> AbortHandle {
        let (demands, key) = (Arc::clone(&self.demands), key.clone());
        cx.sleep_then(duration, move |_, _| {
            with(&demands, |demands| demands.restarts(&key, generation).map(then));
        })
    }

    fn note(&self, key: &K, generation: u64, work: impl FnOnce(&mut Restarts)) {
        with(&self.demands, |demands| demands.restarts(key, generation).map(work));
    }
}
