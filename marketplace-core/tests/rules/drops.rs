//! S2: users' values that panic while they are dropped.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use anyhow::bail;
use futures::stream;
use marketplace_core::{Context, EventSource, Interest, Reason, Role, Spawn, Value, topic};

use super::fuse::{Deed, Fuse, Poke, Touchy, pokes};
use crate::support::{Go, Log, Say, Stage, ground, speaker};

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl Bomb {
    const fn hold(&self) {}
}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a bomb");
    }
}

/// An error that panics when it is dropped.
#[derive(Debug)]
struct Fault(Bomb);

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("a fault")
    }
}

impl Error for Fault {}

/// Asserts that others see the presence and the absence of this publisher, and are not affected otherwise.
fn assert_it_alone_goes(publisher: Spawn) -> anyhow::Result<()> {
    let log = Log::default();
    let watcher = log.watcher("a", Role::subscriber(topic!(Say(1, _))));
    let mut stage = Stage::new([watcher, publisher]);
    stage.go(1)?;
    stage.spawn(speaker(1, ["all is well"]))?;
    let lines = log.take();
    let told = |what: &str| lines.iter().filter(|line| line.starts_with(what)).count();
    assert!(told("a +") > 0, "{lines:?}");
    assert_eq!(told("a +"), told("a -"), "{lines:?}");
    assert_eq!(lines.last().map(String::as_str), Some("a: all is well"));
    Ok(())
}

#[test]
fn s02_a_name_that_panics_as_it_is_dropped_does_not_hide_the_absence() -> anyhow::Result<()> {
    // A small table compares names, a large one hashes them.
    for others in [0, 100] {
        assert_it_alone_goes(Spawn::new((), move |(), cx| {
            (0..others).for_each(|other| drop(cx.publisher(topic!(Say(2, _))).named(other)));
            let fuse = Fuse::default();
            cx.publisher(topic!(Say(1, _))).named(Value::of(Touchy::new(1, &fuse)));
            cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
                // This value equals the endpoint's name. It is dropped last.
                cx.delete(Value::of(Touchy::new(1, &fuse)));
                fuse.light(Deed::Drop);
            });
        }))?;
    }
    Ok(())
}

#[test]
fn s02_names_that_panic_as_a_failed_turn_is_forgotten_fail_no_other_process() -> anyhow::Result<()> {
    assert_it_alone_goes(Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| {
            let fuse = Fuse::default();
            for number in [1, 2] {
                cx.publisher(topic!(Say(2, _))).named(Value::of(Touchy::new(number, &fuse)));
            }
            fuse.light_for_ever(Deed::Drop);
            Err(anyhow::anyhow!("the turn fails"))
        });
    }))
}

/// Publishes with two handlers that panic when they are dropped.
fn armed(cx: &mut Context<'_, ()>) {
    let (one, two) = (Bomb, Bomb);
    cx.publisher(topic!(Say(1, _)))
        .named("armed")
        .on_presence(move |(), _, _| one.hold())
        .on_absence(move |(), _, _, _| two.hold());
}

#[test]
fn s02_handlers_that_panic_as_their_endpoint_goes_disturb_nobody() -> anyhow::Result<()> {
    assert_it_alone_goes(Spawn::new((), |(), cx| {
        armed(cx);
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.delete("armed"));
    }))
}

#[test]
fn s02_a_handler_that_panics_and_again_as_it_is_dropped_fails_only_its_process() -> anyhow::Result<()> {
    assert_it_alone_goes(Spawn::new((), |(), cx| {
        let bomb = Bomb;
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(move |(), _, Go(step)| {
            bomb.hold();
            assert_eq!(*step, 0, "the handler panics");
        });
    }))
}

#[test]
fn s02_processes_that_panic_as_they_are_dropped_before_they_boot_disturb_nobody() -> anyhow::Result<()> {
    let unbooted = || {
        let bomb = Bomb;
        Spawn::new(Bomb, move |_, _| bomb.hold())
    };
    assert_it_alone_goes(Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.spawn(unbooted());
            cx.spawn(Spawn::nested([unbooted(), unbooted()]));
            Err(anyhow::anyhow!("the turn fails"))
        });
    }))
}

/// Fails while it still has much to do.
fn failing() -> Spawn {
    Spawn::new(Bomb, |_, cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|_, cx, _| {
            (0..100_000).for_each(|_| cx.send(Say(2, "more")));
        });
        cx.meta().subscriber(topic!(Go(1))).on_message(|_, _, _| Err(anyhow::Error::new(Fault(Bomb))));
    })
}

#[test]
fn s02_a_process_that_panics_as_it_is_dropped_and_so_does_its_reason_disturbs_nobody() -> anyhow::Result<()> {
    assert_it_alone_goes(Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.spawn_then(Spawn::nested([failing()]), |(), cx, vm| {
            cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
                cx.kill(&vm, Reason::normal());
                cx.quit();
            });
        });
    }))
}

#[test]
fn s02_a_source_that_panics_as_it_is_dropped_does_not_disturb_the_end_of_the_program() {
    for is_ready in [false, true] {
        let program = Spawn::new((), move |(), cx| {
            let bomb = Bomb;
            let source = EventSource::repeatable("bomb", move || {
                bomb.hold();
                stream::poll_fn(move |_| if is_ready { Poll::Ready(Some(())) } else { Poll::Pending })
            });
            cx.on_event(&source, |(), _, ()| ());
        });
        let mut stage = Stage::of(ground([program]));
        assert!(stage.poll().is_pending());
        assert!(stage.poll().is_pending());
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(stage)));
        assert!(dropped.is_ok());
    }
}

#[test]
fn s02_the_reason_of_a_quit_that_fails_after_all_may_panic_as_it_is_dropped() -> anyhow::Result<()> {
    let fails = |(): &mut (), cx: &mut Context<'_, ()>| -> anyhow::Result<()> {
        cx.quit_because(anyhow::Error::new(Fault(Bomb)));
        bail!("failed after all")
    };
    let log = Log::default();
    let culprit = Spawn::new((), move |(), cx| {
        cx.publisher(topic!(Say(1, _)));
        cx.subscriber(topic!(Go(2))).on_message(move |(), cx, _| fails(&mut (), cx));
    });
    let sender = Spawn::new((), |(), cx| {
        cx.publisher(topic!(Say(3, _)));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Go(2)));
    });
    let mut stage = Stage::new([
        log.watcher("culprit", Role::subscriber(topic!(Say(1, _)))),
        log.watcher("sender", Role::subscriber(topic!(Say(3, _)))),
        culprit,
        sender,
        Spawn::new((), fails),
    ]);
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["culprit - Say(1, _), failed after all"]);
    Ok(())
}

#[test]
fn s02_a_topic_that_panics_as_an_update_drops_it_leaves_no_endpoint_behind() -> anyhow::Result<()> {
    let (fuse, log) = (Fuse::default(), Log::default());
    let first_fuse = fuse.clone();
    let first = Spawn::new((), move |(), cx| {
        cx.observe_publishers(pokes(1, &first_fuse));
        cx.subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.quit());
    });
    // Shares the topic of the first endpoint. The index holds the value of the first one.
    let second = Spawn::new((), move |(), cx| {
        cx.observe_publishers(pokes(1, &Fuse::default())).named("ears");
        cx.subscriber(topic!(Go(2))).on_message(move |(), cx, _| {
            fuse.light(Deed::Drop);
            cx.observe_publishers(pokes(1, &Fuse::default())).named("ears").on_message(|(), _, _| ());
        });
    });
    let sees_all = Role::publisher(pokes(1, &Fuse::default())).with_interest(Interest::Everything);
    let mut stage = Stage::new([log.watcher("a", sees_all), first, second]);
    stage.go(1)?;
    stage.go(2)?;
    let lines = log.take();
    for told in ["a +", "a -"] {
        assert_eq!(lines.iter().filter(|line| line.starts_with(told)).count(), 2, "{lines:?}");
    }
    Ok(())
}

#[test]
fn s02_many_conversations_that_panic_as_they_are_dropped_do_not_abort_the_program() -> anyhow::Result<()> {
    let (fuse, log) = (Fuse::default(), Log::default());
    let own = fuse.clone();
    let many = Spawn::new((), move |(), cx| {
        for number in 0..4 {
            cx.subscriber(pokes(number, &own));
        }
    });
    let lit = fuse.clone();
    let any = Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Go(1))).on_message(move |(), cx, _| {
            cx.publisher(topic!(Poke(_)));
            lit.light_for_ever(Deed::Drop);
        });
    });
    let mut stage = Stage::new([log.watcher("a", Role::subscriber(topic!(Say(1, _)))), many, any]);
    stage.go(1)?;
    // From here on only `Debug` panics, which nothing calls.
    fuse.light_for_ever(Deed::Debug);
    log.take();
    stage.spawn(speaker(1, ["all is well"]))?;
    assert_eq!(log.take(), ["a: all is well"]);
    Ok(())
}
