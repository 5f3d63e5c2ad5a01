//! S15: the ground, and how a program ends.

use std::future::pending;
use std::task::Poll;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use futures::FutureExt;
use futures::channel::{mpsc, oneshot};
use marketplace_core::{EventSource, Ground, Role, Spawn, Stopping, topic};

use crate::support::{Go, Log, Say, Stage, ground, publisher, run, speaker, trace};

/// Subscribes to a source that has no events, until the program stops.
fn waiting() -> Spawn {
    Spawn::new((), |(), cx| {
        let silence = EventSource::once("silence", futures::stream::pending::<()>());
        cx.on_event(&silence, |(), _, &()| {});
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(|(), cx, _| cx.quit());
    })
}

#[test]
fn s15_the_ground_has_no_meta_level() {
    let lines = trace(|log| {
        let process = Spawn::new((), |(), cx| {
            cx.send(Say(1, "never"));
            cx.meta().send(Say(1, "never"));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), process]
    });
    assert_eq!(lines, ["a settled, 0"]);
}

#[test]
fn s15_processes_start_in_the_order_given_and_the_main_one_last() -> anyhow::Result<()> {
    let log = Log::default();
    let [main, first, second] = ["main", "first", "second"].map(|who| {
        let log = log.clone();
        Spawn::new((), move |(), _| log.add(who))
    });
    futures::executor::block_on(Ground::new().main(main).spawn(first).spawn(second).run())?;
    assert_eq!(log.lines(), ["first", "second", "main"]);
    Ok(())
}

#[test]
fn s15_a_program_ends_when_nothing_can_happen_any_more() -> anyhow::Result<()> {
    run([])?;
    run([publisher(1, 1), publisher(1, 2), Spawn::nested([publisher(1, 3)])])
}

#[test]
fn s15_a_program_does_what_is_pending_before_it_ends() {
    let lines = trace(|log| {
        let process = Spawn::new((), |(), cx| {
            cx.yield_then(|(), cx| {
                cx.yield_then(|(), cx| cx.spawn(Spawn::nested([speaker(2, []), speaker(1, [])])))
            });
            cx.yield_then(|(), cx| cx.send(Say(1, "x")));
        });
        [log.watcher("a", Role::subscriber(topic!(Say(1, _)))), process]
    });
    assert_eq!(lines, ["a settled, 0", "a: x"]);
}

#[test]
fn s15_a_program_goes_on_while_an_event_source_is_subscribed_to() -> anyhow::Result<()> {
    let log = Log::default();
    let (sender, receiver) = mpsc::unbounded();
    let source = EventSource::once("source", receiver);
    let hears = log.clone();
    let mut stage = Stage::new([Spawn::new((), move |(), cx| {
        cx.on_event(&source, move |(), _, word: &&str| hears.add(word));
    })]);
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_pending());
    sender.unbounded_send("x")?;
    assert!(stage.settle().is_pending());
    drop(sender);
    assert!(stage.settle().is_ready());
    assert_eq!(log.lines(), ["x"]);
    Ok(())
}

#[test]
fn s15_a_program_goes_on_while_there_is_a_future() -> anyhow::Result<()> {
    let log = Log::default();
    let (sender, receiver) = oneshot::channel();
    let then = log.clone();
    let process = Spawn::new((), move |(), cx| {
        cx.perform(receiver, move |(), _, word| then.add(word.unwrap_or("lost")))
    });
    let mut stage = Stage::new([Spawn::nested([process])]);
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_pending());
    assert!(sender.send("done").is_ok());
    assert!(stage.settle().is_ready());
    assert_eq!(log.lines(), ["done"]);
    Ok(())
}

#[test]
fn s15_a_program_goes_on_while_there_is_a_strong_handle() {
    let mut stage = Stage::new([publisher(1, 1)]);
    let other = stage.handle.clone();
    stage.handle = stage.handle.weak();
    assert!(stage.settle().is_pending());
    drop(other);
    assert!(stage.settle().is_ready());
}

#[test]
fn s15_a_program_ends_with_its_main_process() -> anyhow::Result<()> {
    let main = Spawn::new((), |(), cx| cx.quit());
    futures::executor::block_on(Ground::new().spawn(waiting()).main(main).run())
}

#[test]
fn s15_an_error_of_the_main_process_is_the_programs() -> anyhow::Result<()> {
    let mains: [fn() -> Spawn; 4] = [
        || Spawn::new((), |(), _| bail!("broken")),
        || Spawn::new((), |(), cx| cx.quit_because(anyhow!("broken"))),
        || Spawn::new((), |(), cx| cx.yield_then(|(), _| bail!("broken"))),
        || {
            Spawn::new((), |(), cx| {
                let pid = cx.pid().clone();
                cx.subscriber(topic!(Go(1))).on_settled(move |(), cx, _| cx.kill(&pid, anyhow!("broken")));
            })
        },
    ];
    for main in mains {
        let outcome = futures::executor::block_on(Ground::new().spawn(waiting()).main(main()).run());
        assert_eq!(outcome.err().context("no error")?.to_string(), "broken");
    }
    Ok(())
}

#[test]
fn s15_a_panic_of_the_main_process_is_the_programs_error() -> anyhow::Result<()> {
    let main = Spawn::new((), |(), _| -> () { panic!("broken") });
    let outcome = futures::executor::block_on(Ground::new().main(main).run());
    assert_eq!(outcome.err().context("no error")?.to_string(), "panic: broken");
    Ok(())
}

#[test]
fn s15_the_programs_error_is_the_very_error_of_the_main_process() -> anyhow::Result<()> {
    let main = Spawn::new((), |(), _| Err(std::io::Error::from(std::io::ErrorKind::AddrInUse).into()));
    let outcome = futures::executor::block_on(Ground::new().main(main).run());
    let error = outcome.err().context("no error")?;
    let io = error.downcast_ref::<std::io::Error>().context("another error")?;
    assert_eq!(io.kind(), std::io::ErrorKind::AddrInUse);
    Ok(())
}

#[test]
fn s15_an_error_of_the_main_process_as_the_deadline_passes_is_the_programs() -> anyhow::Result<()> {
    let (expire, expired) = oneshot::channel::<()>();
    let main = Spawn::new(Some(expire), |_, cx| {
        cx.subscriber(topic!(Go(1))).on_message(|expire, _, _| {
            expire.take();
            bail!("broken")
        });
        cx.perform(pending::<()>(), |_, _, ()| {});
    });
    let mut stage = Stage::of(Ground::new().main(main));
    let request = stage.handle.stop(Instant::now(), expired.map(|_| ())).now_or_never();
    assert_eq!(request, Some(Ok(())));
    assert!(stage.settle().is_pending());
    assert_eq!(stage.handle.send(Go(1)).now_or_never(), Some(Ok(())));
    let Poll::Ready(Err(error)) = stage.settle() else { bail!("no error") };
    assert_eq!(error.to_string(), "broken");
    Ok(())
}

#[test]
fn s15_an_error_of_another_process_is_not_the_programs() -> anyhow::Result<()> {
    run([Spawn::new((), |(), _| bail!("broken"))])?;
    let main = Spawn::new((), |(), cx| cx.quit());
    let failing = Spawn::new((), |(), _| bail!("broken"));
    futures::executor::block_on(ground([failing]).main(main).run())
}

#[test]
fn s15_a_main_process_that_is_collected_ends_nothing() -> anyhow::Result<()> {
    let log = Log::default();
    let stays = log.clone();
    let stopping = log.clone();
    let other = Spawn::new((), move |(), cx| {
        cx.observe_publishers(topic!(Stopping { .. })).on_presence(move |(), _, _| stopping.add("stopping"));
        cx.subscriber(topic!(Go(1))).on_message(move |(), _, _| stays.add("goes on"));
    });
    let mut stage = Stage::of(ground([other]).main(speaker(1, ["x"])));
    assert!(stage.settle().is_pending());
    stage.go(1)?;
    stage.end()?;
    assert_eq!(log.lines(), ["goes on"]);
    Ok(())
}

#[test]
fn s15_what_is_left_is_dropped_as_the_program_ends() -> anyhow::Result<()> {
    let log = Log::default();
    let process = Spawn::new(log.epitaph("gone"), |_, cx| {
        cx.publisher(topic!(Say(1, _)));
    });
    run([process])?;
    assert_eq!(log.lines(), ["gone"]);
    let process = Spawn::new(log.epitaph("gone too"), |_, cx| cx.perform(pending::<()>(), |_, _, ()| {}));
    drop(Stage::new([process]));
    assert_eq!(log.lines(), ["gone", "gone too"]);
    Ok(())
}
