//! S15 and S18 from outside: the end of the ground, and its result.

use std::future::pending;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use futures::FutureExt;
use futures::executor::block_on;
use marketplace_core::{Ground, GroundDropped, Handle, Reason, Spawn, topic};

use crate::support::{Go, Log, Stage, ground, publisher};

/// The future of the end of a ground.
fn outcome(handle: &Handle) -> Option<Result<(), String>> {
    Some(handle.closed().now_or_never()?.map_err(|reason| reason.to_string()))
}

/// A main process that fails.
fn failing() -> Spawn {
    Spawn::new((), |(), _| Err(std::io::Error::from(std::io::ErrorKind::AddrInUse).into()))
}

/// A program, and how it ends.
type End = (fn() -> Ground, Result<(), String>);

#[test]
fn s15_the_end_of_a_ground_is_told_to_all_who_wait_and_to_whoever_asks_later() -> anyhow::Result<()> {
    let ends: [End; 4] = [
        (Ground::new, Ok(())),
        (|| Ground::new().spawn(Spawn::new((), |(), _| bail!("not the main one"))), Ok(())),
        (|| Ground::new().main(Spawn::new((), |(), _| bail!("broken"))), Err("broken".into())),
        (|| Ground::new().main(Spawn::new((), |(), _| -> () { panic!("mad") })), Err("panic: mad".into())),
    ];
    for (program, told) in ends {
        let mut stage = Stage::of(program());
        let weak = stage.handle.weak();
        let before = Vec::from_iter((0..3).map(|_| weak.closed()));
        assert_eq!(outcome(&weak), None);
        stage.handle = weak.clone();
        let ended = stage.settle().map_err(|error| error.to_string());
        assert_eq!(ended, std::task::Poll::Ready(told.clone()));
        for closed in before {
            let heard = closed.now_or_never().context("nothing is told")?;
            assert_eq!(heard.map_err(|reason| reason.to_string()), told);
        }
        assert_eq!(outcome(&weak), Some(told));
    }
    Ok(())
}

#[test]
fn s15_the_error_of_the_main_process_is_shared_with_whoever_ran_the_ground() -> anyhow::Result<()> {
    let program = Ground::new().main(failing());
    let handle = program.handle().weak();
    let error = block_on(program.run()).err().context("no error")?;
    let told = handle.closed().now_or_never().context("nothing is told")?.err().context("no error")?;
    let returned = error.downcast_ref::<Reason>().context("not a reason")?;
    for reason in [returned, &told] {
        let io = reason.downcast_ref::<std::io::Error>().context("another error")?;
        assert_eq!(io.kind(), std::io::ErrorKind::AddrInUse);
    }
    Ok(())
}

#[test]
fn s15_to_wait_for_the_end_does_not_keep_the_ground() -> anyhow::Result<()> {
    let program = ground([publisher(1, 1)]);
    let closed = program.handle().closed();
    block_on(program.run())?;
    assert!(closed.now_or_never().is_some_and(|outcome| outcome.is_ok()));
    Ok(())
}

#[test]
fn s18_a_stop_is_an_end_like_another() -> anyhow::Result<()> {
    let stubborn = || Spawn::new((), |(), cx| cx.perform(pending::<()>(), |(), _, ()| ()));
    let mut stage = Stage::new([stubborn()]);
    let weak = stage.handle.weak();
    let expired = std::future::ready(());
    stage.handle.stop(Instant::now(), expired).now_or_never().context("the ground is behind")??;
    assert_eq!(outcome(&weak), None);
    assert!(stage.settle().is_ready());
    assert_eq!(outcome(&weak), Some(Ok(())));
    Ok(())
}

/// The error after a ground was dropped.
fn is_dropped(handle: &Handle) -> bool {
    let told = handle.closed().now_or_never().and_then(Result::err);
    told.is_some_and(|reason| reason.downcast_ref::<GroundDropped>().is_some())
}

#[test]
fn s15_a_ground_that_is_dropped_before_its_end_says_so() -> anyhow::Result<()> {
    let unrun = ground([publisher(1, 1)]);
    let handle = unrun.handle();
    assert!(!is_dropped(&handle));
    drop(unrun);
    assert!(is_dropped(&handle));

    let unpolled = ground([publisher(1, 1)]);
    let handle = unpolled.handle();
    drop(unpolled.run());
    assert!(is_dropped(&handle));

    let mut running = Stage::new([publisher(1, 1)]);
    let handle = running.handle.weak();
    running.go(2)?;
    assert!(!is_dropped(&handle));
    drop(running);
    assert!(is_dropped(&handle));
    Ok(())
}

/// Writes a line when it is woken.
struct Bell(Log);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.add("woken");
    }
}

#[test]
fn s15_the_end_is_told_after_all_that_was_in_the_ground_is_gone() -> anyhow::Result<()> {
    for is_dropped in [false, true] {
        let log = Log::default();
        let process = Spawn::new(log.epitaph("process is gone"), |_, cx| {
            cx.subscriber(topic!(Go(1)));
        });
        let stage = Stage::new([process]);
        let (waker, mut closed) = (Waker::from(Arc::new(Bell(log.clone()))), stage.handle.closed().boxed());
        assert!(closed.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
        if is_dropped {
            drop(stage)
        } else {
            stage.end()?
        }
        assert_eq!(log.take(), ["process is gone", "woken"]);
    }
    Ok(())
}

#[test]
fn the_end_is_reported_on_other_threads() -> anyhow::Result<()> {
    let program = Ground::new().main(Spawn::new((), |(), cx| {
        cx.subscriber(topic!(Go(1))).on_message(|(), _, _| bail!("broken"));
    }));
    let mut handle = program.handle();
    let waiters = Vec::from_iter((0..4).map(|_| {
        let closed = handle.closed();
        thread::spawn(|| block_on(closed))
    }));
    let ground = thread::spawn(|| block_on(program.run()));
    block_on(handle.send(Go(1)))?;
    for waiter in waiters {
        let told = waiter.join().map_err(|_| anyhow!("a waiter panicked"))?;
        assert_eq!(told.map_err(|reason| reason.to_string()), Err("broken".into()));
    }
    let ended = ground.join().map_err(|_| anyhow!("the ground panicked"))?;
    assert_eq!(ended.map_err(|error| error.to_string()), Err("broken".into()));
    Ok(())
}
