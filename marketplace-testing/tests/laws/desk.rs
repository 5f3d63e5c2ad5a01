//! A driver for the laws to look at: a desk that takes letters and hands them on to a street that it opens. It can be given
//! one fault each.

#![allow(dead_code, reason = "each test binary has other faults")]

use std::any::Any;
use std::collections::VecDeque;
use std::fs::File;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::thread;

use anyhow::ensure;
use futures::stream;
use marketplace_core::{Context, EventSource, Message, Reason, Role, Spawn, Stopping, Topic, topic};
use marketplace_testing::TestProgram;
use marketplace_testing::laws::{Errand, LONGEST_TURN, Obstacle, Subject, Told, Up};

/// What a client gives the desk. While the street is open, the desk subscribes.
#[derive(Clone, Debug, Message)]
struct Letter {
    #[message(skip)]
    text: String,
}

/// The street could not be opened.
#[derive(Debug, Message)]
struct Closed {}

/// What nobody wants to hear.
#[derive(Debug, Message)]
#[message(lossy)]
struct Hello;

/// What a driver can do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    OpensAtOnce,
    SaysHello,
    OpensForEach,
    SaysNothing,
    ClosesWithTheFirst,
    NeverCloses,
    FailsInSilence,
    FailsLoudly,
    LeavesAProcess,
    GivesUp,
    FailsWithItsClient,
    LeaksAProcess,
    LeaksMemory,
    /// No fault: what is made after hundreds of openings, and is used again.
    KeepsMemoryOnce,
    LeaksADescriptor,
    DropsAtStop,
    IgnoresTheStop,
    WaitsForItsClients,
    IsUpBeforeItOpens,
    Blocks,
}

/// The subject: a desk, and the street on which its letters arrive.
pub(crate) struct Desk {
    fault: Option<Fault>,
    street: Street,
}

/// The outside, as real as it can be without a system. Clones are the same.
#[derive(Clone, Default)]
struct Street(Arc<Mutex<Traffic>>);

#[derive(Default)]
struct Traffic {
    /// How often it has been opened and not closed again.
    open: usize,
    is_blocked: bool,
    /// Whether the letters may arrive: they are collected when the desk closes.
    is_collected: bool,
    /// The letters on their way, and those that have arrived.
    under_way: VecDeque<String>,
    arrived: Vec<String>,
    waker: Option<Waker>,
}

/// Says what has arrived: how many letters.
#[derive(Debug)]
struct Arrival;

/// Keeps the street open.
struct Opened(Street);

impl Street {
    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens it.
    fn open(&self) -> Option<Opened> {
        let mut traffic = self.traffic();
        if traffic.is_blocked {
            return None;
        }
        traffic.open += 1;
        traffic.is_collected = false;
        Some(Opened(self.clone()))
    }

    fn give(&self, letter: String) {
        self.traffic().under_way.push_back(letter);
    }

    fn collect(&self) {
        let mut traffic = self.traffic();
        traffic.is_collected = true;
        if let Some(waker) = traffic.waker.take() {
            drop(traffic);
            waker.wake();
        }
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.0.traffic().open -= 1;
    }
}

/// Has the letters arrive while it is polled.
fn arrivals(opened: Opened) -> EventSource {
    EventSource::once(
        "street",
        stream::poll_fn(move |cx| {
            let mut traffic = opened.0.traffic();
            let letter = if traffic.is_collected { traffic.under_way.pop_front() } else { None };
            let Some(letter) = letter else {
                traffic.waker = Some(cx.waker().clone());
                return Poll::Pending;
            };
            traffic.arrived.push(letter);
            Poll::Ready(Some(Arrival))
        }),
    )
}

/// What the desk's process knows.
struct Clerk {
    fault: Option<Fault>,
    street: Street,
    clients: usize,
    /// Letters that have not arrived.
    waiting: usize,
    is_open: bool,
    is_stopping: bool,
    has_failed: bool,
    openings: usize,
    leaked: Vec<Vec<u8>>,
    files: Vec<File>,
}

impl Clerk {
    fn has(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    fn open(&mut self, cx: &mut Context<'_, Self>) {
        if self.has(Fault::GivesUp) && self.has_failed {
            return;
        }
        if self.has(Fault::IsUpBeforeItOpens) {
            cx.subscriber(topic!(Letter { .. })).named("letters");
        }
        let Some(opened) = self.street.open() else { return self.fail(cx) };
        self.is_open = true;
        self.openings += 1;
        let source = arrivals(opened);
        cx.on_event(&source, |clerk: &mut Self, cx, _: &Arrival| {
            clerk.waiting -= 1;
            clerk.end(cx);
        })
        .named("street");
        if self.has(Fault::Blocks) {
            thread::sleep(LONGEST_TURN);
        }
        match self.fault {
            Some(Fault::LeaksAProcess) => cx.spawn(idler()),
            Some(Fault::LeaksMemory) => self.leaked.push(vec![1; 350]),
            Some(Fault::KeepsMemoryOnce) if self.openings == 500 => self.leaked.push(vec![1; 1 << 20]),
            Some(Fault::LeaksADescriptor) => {
                self.files.extend(File::open(file!()).or_else(|_| File::open(".")))
            }
            _ => {}
        }
        if !self.has(Fault::SaysNothing) {
            cx.subscriber(topic!(Letter { .. })).named("letters").on_message(
                |clerk: &mut Self, _, letter| {
                    clerk.waiting += 1;
                    clerk.street.give(letter.text.clone());
                },
            );
        }
    }

    fn fail(&mut self, cx: &mut Context<'_, Self>) {
        self.has_failed = true;
        cx.delete("letters");
        match self.fault {
            Some(Fault::FailsInSilence) => {}
            Some(Fault::FailsLoudly) => (0..2).for_each(|_| cx.send(Closed {})),
            _ => cx.send(Closed {}),
        }
        if self.has(Fault::LeavesAProcess) {
            cx.spawn(idler());
        }
    }

    fn arrive(&mut self, cx: &mut Context<'_, Self>) {
        self.clients += 1;
        if !self.is_open || self.has(Fault::OpensForEach) {
            self.open(cx);
        }
        if self.has(Fault::OpensForEach) {
            cx.spawn(idler());
        }
    }

    fn depart(&mut self, cx: &mut Context<'_, Self>, reason: &Reason) -> anyhow::Result<()> {
        self.clients -= 1;
        ensure!(!self.has(Fault::FailsWithItsClient) || reason.as_error().is_none(), "{reason}");
        if self.clients == 0 && !self.has(Fault::NeverCloses) || self.has(Fault::ClosesWithTheFirst) {
            self.close(cx);
        }
        self.end(cx);
        Ok(())
    }

    /// Takes no more letters, and has those it took collected.
    fn close(&mut self, cx: &mut Context<'_, Self>) {
        cx.delete("letters");
        self.is_open = self.has(Fault::IgnoresTheStop) && self.is_stopping;
        self.street.collect();
    }

    /// Closes the street once nobody needs it any more, and goes once the program stops.
    fn end(&mut self, cx: &mut Context<'_, Self>) {
        let is_done = self.waiting == 0;
        if !self.is_open && is_done {
            cx.delete("street");
        }
        if self.is_stopping && is_done && !self.is_open {
            cx.quit();
        }
    }
}

/// A process that stays.
fn idler() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
    .named("idler")
}

impl Desk {
    pub(crate) fn new(fault: Option<Fault>) -> Self {
        Self { fault, street: Street::default() }
    }
}

impl Subject for Desk {
    fn driver(&self) -> Spawn {
        let (fault, street) = (self.fault, self.street.clone());
        let clerk = Clerk {
            fault,
            street,
            clients: 0,
            waiting: 0,
            is_open: false,
            is_stopping: false,
            has_failed: false,
            openings: 0,
            leaked: Vec::new(),
            files: Vec::new(),
        };
        Spawn::new(clerk, |clerk, cx| {
            cx.observe_publishers(topic!(Letter { .. }))
                .on_presence(|clerk: &mut Clerk, cx, _| clerk.arrive(cx))
                .on_absence(|clerk, cx, _, reason| clerk.depart(cx, reason));
            cx.observe_publishers(topic!(Stopping { .. })).on_presence(|clerk: &mut Clerk, cx, _| {
                if clerk.has(Fault::WaitsForItsClients) {
                    return;
                }
                clerk.is_stopping = true;
                clerk.close(cx);
                if clerk.has(Fault::DropsAtStop) {
                    cx.quit();
                }
                clerk.end(cx);
            });
            match clerk.fault {
                Some(Fault::OpensAtOnce) => clerk.open(cx),
                Some(Fault::SaysHello) => cx.send(Hello),
                _ => {}
            }
        })
        .named("desk clerk")
    }

    fn demand(&self, cx: &mut Context<'_, ()>) {
        cx.publisher(topic!(Letter { .. })).named("writes");
    }

    fn withdraw(&self, cx: &mut Context<'_, ()>) {
        cx.delete("writes");
    }

    fn up(&self) -> Up {
        Up::WhileOpen(Role::subscriber(topic!(Letter { .. })))
    }

    fn is_open(&self, _: &TestProgram) -> anyhow::Result<bool> {
        Ok(self.street.traffic().open > 0)
    }

    fn obstruct(&self) -> anyhow::Result<Obstacle> {
        self.street.traffic().is_blocked = true;
        let guard: Box<dyn Any + Send> = Box::new(Blockade(self.street.clone()));
        Ok(Obstacle::Put { guard, told: Told::Message(Topic::new(topic!(Closed {}))) })
    }

    fn errand(&self) -> Errand {
        let street = self.street.clone();
        Errand::Some {
            give: Box::new(|cx| {
                for number in 0..100 {
                    cx.send(Letter { text: number.to_string() });
                }
            }),
            arrived: Box::new(move || {
                let arrived = street.traffic().arrived.len();
                ensure!(arrived == 100, "{arrived} of 100 letters");
                Ok(())
            }),
        }
    }
}

/// Keeps the street blocked.
struct Blockade(Street);

impl Drop for Blockade {
    fn drop(&mut self) {
        self.0.traffic().is_blocked = false;
    }
}
