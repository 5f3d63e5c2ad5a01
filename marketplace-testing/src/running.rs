//! A running ground: on a thread of its own, or moved whenever its test waits for something.

use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

use anyhow::anyhow;
use futures::FutureExt;
use futures::future::{BoxFuture, Fuse};
use marketplace_core::{FlightRecorder, Ground, Handle, Topic};

use crate::io::block_on;
use crate::timeout::timeout;

/// The number of last events in the error of a wait.
const LAST: usize = 50;

/// A running ground, with everything that a waiting test needs.
#[derive(Debug)]
pub(crate) struct Running {
    /// A weak handle: the test decides what keeps the program running.
    handle: Handle,
    recorder: Option<FlightRecorder>,
    by_hand: Option<ByHand>,
}

/// Whether events are recorded for the errors of waits.
#[derive(Clone, Copy)]
pub(crate) enum Recording {
    On,
    Off,
}

/// A ground that is polled by its test.
struct ByHand {
    ground: Mutex<Fuse<BoxFuture<'static, anyhow::Result<()>>>>,
    woken: Arc<Woken>,
}

/// Whether the ground or the awaited future was woken.
#[derive(Default)]
struct Woken(AtomicBool);

/// Wakes the waiting thread.
struct Unpark(Thread);

impl Running {
    /// Runs a ground on a thread of its own.
    pub(crate) fn on_thread(ground: Ground, recording: Recording) -> io::Result<Self> {
        let (ground, running) = Self::of(ground, recording);
        // Nobody joins this thread: the handle reports the end of the ground and its outcome.
        thread::Builder::new().name("ground".to_owned()).spawn(move || block_on(ground.run()))?;
        Ok(running)
    }

    /// A ground that moves while its test waits, and at no other time.
    pub(crate) fn by_hand(ground: Ground, recording: Recording) -> Self {
        let (ground, running) = Self::of(ground, recording);
        let ground = Mutex::new(ground.run().boxed().fuse());
        Self { by_hand: Some(ByHand { ground, woken: Arc::default() }), ..running }
    }

    fn of(ground: Ground, recording: Recording) -> (Ground, Self) {
        let handle = ground.handle().weak();
        match recording {
            Recording::Off => (ground, Self { handle, recorder: None, by_hand: None }),
            Recording::On => {
                // A failure that a test expects must not be logged.
                let recorder = FlightRecorder::new(LAST).to(io::sink());
                let running = Self { handle, recorder: Some(recorder.clone()), by_hand: None };
                (ground.with_trace(recorder), running)
            }
        }
    }

    /// A weak handle to the program.
    pub(crate) fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits for a future, until the time-out of this thread, or until a program that is moved by hand is at rest.
    pub(crate) fn wait<T>(&self, future: impl Future<Output = T>) -> anyhow::Result<T> {
        match &self.by_hand {
            Some(by_hand) => by_hand.wait(future),
            None => wait(future),
        }
    }

    pub(crate) const fn is_by_hand(&self) -> bool {
        self.by_hand.is_some()
    }

    /// Moves a program that is moved by hand until it is at rest.
    pub(crate) fn settle(&self) {
        if let Some(by_hand) = &self.by_hand {
            by_hand.settle();
        }
    }

    /// The report for an error: an explanation of the topic or a snapshot, and the last events.
    pub(crate) fn report(&self, topic: Option<&Topic>) -> String {
        let mut handle = self.handle();
        let explained = match self.wait(async move { handle.snapshot().await }) {
            Ok(Ok(snapshot)) => match topic {
                Some(topic) => snapshot.explain(&[], topic.clone()).to_string(),
                None => format!("processes and endpoints:\n{snapshot}"),
            },
            Ok(Err(_)) => match self.wait(self.handle.closed()) {
                Ok(Err(reason)) => format!("the program has ended: {reason}"),
                _ => "the program has ended".to_owned(),
            },
            Err(_) => "the program does not answer: one of its turns takes too long".to_owned(),
        };
        match &self.recorder {
            Some(recorder) => format!("{explained}\nthe last events:\n{}", recorder.dump()),
            None => explained,
        }
    }
}

/// Waits for a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> anyhow::Result<T> {
    let (began, limit) = (Instant::now(), timeout());
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return Ok(output);
        }
        match limit.checked_sub(began.elapsed()) {
            Some(left) if !left.is_zero() => thread::park_timeout(left),
            _ => return Err(anyhow!("it did not happen within {limit:?}")),
        }
    }
}

impl ByHand {
    fn wait<T>(&self, future: impl Future<Output = T>) -> anyhow::Result<T> {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut future = pin!(future);
        loop {
            self.settle();
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
                self.settle();
                return Ok(output);
            }
            if !self.woken.0.swap(false, Ordering::AcqRel) {
                return Err(anyhow!("the program is at rest, and it did not happen"));
            }
        }
    }

    /// Polls the ground until it waits for something outside or has ended.
    fn settle(&self) {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut ground = self.ground.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let polled = Pin::new(&mut *ground).poll(&mut Context::from_waker(&waker));
            if polled.is_ready() || !self.woken.0.swap(false, Ordering::AcqRel) {
                return;
            }
        }
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

impl std::fmt::Debug for ByHand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ByHand(..)")
    }
}
