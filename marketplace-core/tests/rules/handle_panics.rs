//! S2 from outside: panics in code outside harm neither the ground nor other code outside.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Wake, Waker};

use anyhow::Context as _;
use futures::{FutureExt, Stream, StreamExt};
use marketplace_core::{Handle, PresenceChange, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, ground, publisher, speaker};

/// A waker that panics when it is woken or dropped.
struct Mad {
    panics_on_wake: bool,
    panics: Arc<AtomicUsize>,
}

impl Mad {
    /// A waker that panics when it is woken, with a count of how often that has happened.
    fn on_wake() -> (Waker, Arc<AtomicUsize>) {
        let panics = Arc::new(AtomicUsize::new(0));
        (Waker::from(Arc::new(Self { panics_on_wake: true, panics: Arc::clone(&panics) })), panics)
    }

    /// A waker that panics when it is dropped, with such a count.
    fn on_drop() -> (Waker, Arc<AtomicUsize>) {
        let panics = Arc::new(AtomicUsize::new(0));
        (Waker::from(Arc::new(Self { panics_on_wake: false, panics: Arc::clone(&panics) })), panics)
    }

    fn panic(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
        panic!("a mad waker");
    }
}

impl Wake for Mad {
    fn wake(self: Arc<Self>) {
        if self.panics_on_wake {
            self.panic();
        }
    }
}

impl Drop for Mad {
    fn drop(&mut self) {
        if !self.panics_on_wake {
            self.panic();
        }
    }
}

/// Polls a stream that has nothing yet.
fn wait(stream: &mut (impl Stream + Unpin), waker: &Waker) {
    assert!(stream.poll_next_unpin(&mut Context::from_waker(waker)).is_pending());
}

/// Asserts that the ground is not affected.
fn assert_it_gets_on(mut stage: Stage) -> anyhow::Result<()> {
    let asked = stage.handle.subscribe(topic!(Say(9, _)), 1).now_or_never();
    let mut messages = asked.context("the ground is behind")??;
    stage.spawn(speaker(9, ["all is well"]))?;
    let heard = messages.next().now_or_never().flatten().context("nothing is heard")??;
    assert_eq!(*heard, Say(9, "all is well"));
    drop(messages);
    stage.end()
}

#[test]
fn s02_a_subscription_goes_on_after_a_panic_of_its_readers_waker() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let asked = stage.handle.subscribe(topic!(Say(1, _)), 4).now_or_never();
    let mut messages = asked.context("the ground is behind")??;
    let (waker, panics) = Mad::on_wake();
    for word in ["x", "y"] {
        wait(&mut messages, &waker);
        stage.spawn(speaker(1, [word]))?;
        let heard = messages.next().now_or_never().flatten().context("nothing is heard")??;
        assert_eq!(*heard, Say(1, word));
    }
    assert_eq!(panics.load(Ordering::Relaxed), 2);
    drop(messages);
    assert_it_gets_on(stage)
}

#[test]
fn s02_an_observation_goes_on_after_a_panic_of_its_readers_waker() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let asked = stage.handle.observe_publishers(topic!(Say(1, _)), 4).now_or_never();
    let mut publishers = asked.context("the ground is behind")??;
    let (waker, panics) = Mad::on_wake();
    wait(&mut publishers, &waker);
    stage.spawn(publisher(1, 1))?;
    stage.go(1)?;
    let told = Vec::from_iter(std::iter::from_fn(|| publishers.next().now_or_never().flatten()));
    assert!(
        matches!(
            told[..],
            [
                Ok(PresenceChange::Settled { peers: 0 }),
                Ok(PresenceChange::Presence { .. }),
                Ok(PresenceChange::Absence { .. })
            ]
        ),
        "{told:?}"
    );
    assert_eq!(panics.load(Ordering::Relaxed), 1);
    drop(publishers);
    assert_it_gets_on(stage)
}

#[test]
fn s02_a_panic_of_one_waker_keeps_no_other_from_hearing_of_an_end() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let asked = stage.handle.spawn(publisher(1, 1)).now_or_never();
    let process = asked.context("the ground is behind")??;
    let (waker, panics) = Mad::on_wake();
    let mut mad = Vec::new();
    let mut sane = Vec::new();
    let wakes = Arc::new(Count::default());
    for _ in 0..3 {
        for (waiting, waker) in [(&mut mad, &waker), (&mut sane, &Waker::from(Arc::clone(&wakes)))] {
            let (mut pid, mut ended) = (process.pid().boxed(), process.ended().boxed());
            let mut cx = Context::from_waker(waker);
            assert!(pid.poll_unpin(&mut cx).is_pending() && ended.poll_unpin(&mut cx).is_pending());
            waiting.push((pid, ended));
        }
    }
    stage.rest()?;
    stage.go(1)?;
    assert_eq!((panics.load(Ordering::Relaxed), wakes.0.load(Ordering::Relaxed)), (6, 6));
    for (pid, ended) in mad.into_iter().chain(sane) {
        assert!(pid.now_or_never().is_some_and(|pid| pid.is_ok()));
        assert!(ended.now_or_never().is_some_and(|reason| reason.is_ok()));
    }
    assert_it_gets_on(stage)
}

#[test]
fn s02_a_panic_of_one_waker_keeps_no_other_from_hearing_of_the_grounds_end() -> anyhow::Result<()> {
    for is_dropped in [false, true] {
        let stage = Stage::new([publisher(1, 1)]);
        let handle = stage.handle.weak();
        let (waker, panics) = Mad::on_wake();
        let wakes = Arc::new(Count::default());
        let sane = Waker::from(Arc::clone(&wakes));
        let mut waiting = Vec::from_iter((0..6).map(|_| handle.closed().boxed()));
        for (place, closed) in waiting.iter_mut().enumerate() {
            let waker = if place % 2 == 0 { &waker } else { &sane };
            assert!(closed.poll_unpin(&mut Context::from_waker(waker)).is_pending());
        }
        if is_dropped {
            drop(stage)
        } else {
            stage.end()?
        }
        assert_eq!((panics.load(Ordering::Relaxed), wakes.0.load(Ordering::Relaxed)), (3, 3));
    }
    Ok(())
}

#[test]
fn s02_a_look_at_the_program_is_taken_for_all_that_the_waker_of_whoever_asked_panics() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut handle = stage.handle.weak();
    let (waker, panics) = Mad::on_wake();
    let mut looking = pin!(handle.counters());
    assert!(looking.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    stage.rest()?;
    assert_eq!(panics.load(Ordering::Relaxed), 1);
    assert!(looking.now_or_never().is_some_and(|counters| counters.is_ok()));
    assert_it_gets_on(stage)
}

/// Counts how often it is woken.
#[derive(Default)]
struct Count(AtomicUsize);

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends this number of messages, for which there may not be enough room at once.
async fn send_all(mut handle: Handle, count: u32) -> anyhow::Result<()> {
    for step in 0..count {
        handle.send(Go(step)).await?;
    }
    Ok(())
}

#[test]
fn s02_no_request_is_lost_by_a_panic_of_the_waker_of_one_who_waits_for_room() -> anyhow::Result<()> {
    let log = Log::default();
    let hears = log.events("a");
    let mut stage = Stage::of(ground([Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(_))).on(marketplace_core::EventKinds::MESSAGE, hears);
    })]));
    let (waker, panics) = Mad::on_wake();
    let mut sending = pin!(send_all(stage.handle.clone(), 1_000));
    while sending.as_mut().poll(&mut Context::from_waker(&waker))?.is_pending() {
        stage.rest()?;
    }
    stage.rest()?;
    assert!(panics.load(Ordering::Relaxed) > 1);
    assert_eq!(log.take(), Vec::from_iter((0..1_000).map(|step| format!("a: Go({step})"))));
    assert_it_gets_on(stage)
}

#[test]
fn s02_a_ground_that_goes_wakes_all_who_wait_for_room_even_if_their_wakers_panic() -> anyhow::Result<()> {
    let stage = Stage::of(ground([]));
    let (waker, panics) = Mad::on_wake();
    let mut waiting = Vec::from_iter((0..3).map(|_| send_all(stage.handle.clone(), 1_000).boxed()));
    for sending in &mut waiting {
        assert!(sending.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    }
    drop(stage);
    assert_eq!(panics.load(Ordering::Relaxed), 3);
    for sending in waiting {
        assert!(sending.now_or_never().is_some_and(|sent| sent.is_err()));
    }
    Ok(())
}

#[test]
fn s02_a_readers_waker_that_panics_as_the_ground_drops_it_disturbs_nobody() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let asked = stage.handle.subscribe(topic!(Say(1, _)), 4).now_or_never();
    let mut messages = asked.context("the ground is behind")??;
    let (waker, panics) = Mad::on_drop();
    wait(&mut messages, &waker);
    // Only the one in the channel is left.
    drop((messages, waker));
    assert_eq!(panics.load(Ordering::Relaxed), 0);
    stage.rest()?;
    assert_eq!(panics.load(Ordering::Relaxed), 1);
    assert_it_gets_on(stage)
}

#[test]
fn s02_the_waker_of_a_request_that_was_given_up_may_panic_as_the_ground_drops_it() -> anyhow::Result<()> {
    let mut stage = Stage::of(ground([]));
    let (waker, panics) = Mad::on_drop();
    let mut sending = send_all(stage.handle.clone(), 1_000).boxed();
    assert!(sending.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    drop((sending, waker));
    assert_eq!(panics.load(Ordering::Relaxed), 0);
    stage.rest()?;
    assert_eq!(panics.load(Ordering::Relaxed), 1);
    assert_it_gets_on(stage)
}

/// An error that panics when it is formatted and when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Display for Bomb {
    fn fmt(&self, _: &mut Formatter<'_>) -> fmt::Result {
        panic!("a bomb that is shown");
    }
}

impl Error for Bomb {}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bomb");
    }
}

#[test]
fn s02_a_kill_whose_reason_panics_disturbs_nobody() -> anyhow::Result<()> {
    // Before the process starts, while it runs, and after it has ended.
    for steps in 0..3 {
        let mut stage = Stage::of(ground([]));
        let asked = stage.handle.spawn(publisher(1, 1)).now_or_never();
        let mut process = asked.context("the ground is behind")??;
        if steps > 0 {
            stage.rest()?;
        }
        if steps > 1 {
            stage.go(1)?;
        }
        process.kill(anyhow::Error::new(Bomb));
        // Nothing holds the reason any more.
        drop(process);
        stage.rest()?;
        assert_it_gets_on(stage)?;
    }
    Ok(())
}

#[test]
fn s02_a_process_and_a_reason_that_panic_as_they_are_dropped_do_not_disturb_the_end_of_the_ground()
-> anyhow::Result<()> {
    let mut stage = Stage::of(ground([]));
    let bomb = anyhow::Error::new(Bomb);
    let mut process =
        stage.handle.spawn(Spawn::new(bomb, |_, _| ())).now_or_never().context("the ground is behind")??;
    process.kill(anyhow::Error::new(Bomb));
    drop(process);
    let handle = stage.handle.weak();
    drop(stage);
    assert!(handle.closed().now_or_never().is_some_and(|outcome| outcome.is_err()));
    Ok(())
}
