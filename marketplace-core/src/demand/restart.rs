//! Servers that are made again when they fail while their demand lasts.

use std::any::type_name;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use futures::future::AbortHandle;
use tracing::{error, warn};

use super::DemandMatcher;
use super::demands::{CallOff, Restarts, Verdict};
use super::shared::with;
use crate::Reason;
use crate::context::Context;
use crate::limits::Limits;

impl<K: Eq + Hash + Clone + Send + 'static> DemandMatcher<K> {
    /// Has a server made again, if it has failed and its demand lasts.
    pub(super) fn ended<S: 'static>(
        &self,
        cx: &mut Context<'_, S>,
        key: K,
        generation: u64,
        limits: &Limits,
        reason: &Reason,
    ) {
        let Some(error) = reason.as_error() else { return };
        let (error, demand) = (format!("{error:#}"), type_name::<K>());
        match with(&self.demands, |demands| demands.fail(&key, generation, limits)) {
            Verdict::Nothing => {}
            Verdict::GiveUp => {
                error!(demand, error, "a server has failed too often, and is given up while its demand lasts")
            }
            Verdict::Again(delay) => {
                warn!(demand, error, ?delay, "a server has failed, and is made again");
                self.serve_again(cx, key, generation, delay, limits);
            }
        }
    }

    fn serve_again<S: 'static>(
        &self,
        cx: &mut Context<'_, S>,
        key: K,
        generation: u64,
        delay: Duration,
        limits: &Limits,
    ) {
        let window =
            self.wait(cx, limits.window(), &key, generation, |restarts| drop(restarts.recent.pop_front()));
        self.note(&key, generation, |restarts| restarts.recent.push_back(CallOff(window)));
        if delay.is_zero() {
            return self.serve(cx, key, generation);
        }
        let (matcher, theirs) = (self.clone(), key.clone());
        let sleep = cx.sleep_then(delay, move |_, cx| matcher.serve(cx, theirs, generation));
        self.note(&key, generation, |restarts| restarts.wait = Some(CallOff(sleep)));
    }

    /// Waits for a server that has failed to live for long enough.
    pub(super) fn await_life<S: 'static>(&self, cx: &mut Context<'_, S>, key: &K, generation: u64) {
        let has_failed = with(&self.demands, |demands| demands.restarts(key, generation).is_some());
        if let Some(limits) = self.limits.filter(|_| has_failed) {
            let life = self.wait(cx, limits.lifetime(), key, generation, |restarts| restarts.failures = 0);
            self.note(key, generation, |restarts| restarts.wait = Some(CallOff(life)));
        }
    }

    /// Notes something after a while.
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
