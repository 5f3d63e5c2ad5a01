//! S10 to S12 from outside: the beginning and the end of a process that a handle has created.

use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread;

use anyhow::{Context as _, anyhow, bail};
use futures::executor::block_on;
use futures::{FutureExt, SinkExt, StreamExt};
use marketplace_core::{Ground, GroundEnded, ProcessHandle, Reason, Role, Spawn, topic};

use crate::support::{Go, Log, Say, Stage, ground, publisher};

/// Requests a process.
fn spawn(stage: &mut Stage, spawn: Spawn) -> anyhow::Result<ProcessHandle> {
    Ok(stage.handle.spawn(spawn).now_or_never().context("the ground is behind")??)
}

/// The end of a process, if it has ended.
fn end(spawned: &ProcessHandle) -> Option<Result<String, GroundEnded>> {
    Some(spawned.ended().now_or_never()?.map(|reason| reason.to_string()))
}

/// A process, and the reason with which it ends.
type End = (fn() -> Spawn, &'static str);

#[test]
fn s11_whoever_spawned_a_process_from_outside_is_told_of_its_end_and_of_the_reason() -> anyhow::Result<()> {
    let ends: [End; 6] = [
        (|| Spawn::new((), |(), cx| cx.quit()), "normal"),
        (|| Spawn::new((), |(), cx| cx.quit_because(anyhow!("bored"))), "bored"),
        (|| Spawn::new((), |(), _| bail!("broken")), "broken"),
        (|| Spawn::new((), |(), _| -> () { panic!("mad") }), "panic: mad"),
        // It is collected, because nothing can happen to it any more.
        (|| Spawn::new((), |(), _| ()), "normal"),
        (|| Spawn::nested([]), "normal"),
    ];
    for (process, reason) in ends {
        let mut stage = Stage::new([]);
        let spawned = spawn(&mut stage, process())?;
        assert_eq!(end(&spawned), None);
        stage.rest()?;
        assert_eq!(end(&spawned), Some(Ok(reason.into())));
        assert_eq!(end(&spawned), Some(Ok(reason.into())), "as often as it is asked");
        stage.end()?;
        assert_eq!(end(&spawned), Some(Ok(reason.into())), "after the ground's end too");
    }
    Ok(())
}

#[test]
fn s11_the_reason_that_is_told_outside_is_the_very_one() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let in_use = || std::io::Error::from(std::io::ErrorKind::AddrInUse);
    let spawned = spawn(&mut stage, Spawn::new((), move |(), _| Err(anyhow!(in_use()))))?;
    stage.rest()?;
    let reason = spawned.ended().now_or_never().context("it goes on")??;
    let io = reason.downcast_ref::<std::io::Error>().context("another error")?;
    assert_eq!(io.kind(), std::io::ErrorKind::AddrInUse);
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
fn s11_the_end_is_told_outside_after_the_absences() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("peer", Role::subscriber(topic!(Say(1, _))))]);
    let spawned = spawn(&mut stage, publisher(1, 1))?;
    stage.rest()?;
    let (waker, mut ended) = (Waker::from(Arc::new(Bell(log.clone()))), spawned.ended().boxed());
    assert!(ended.poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    log.take();
    stage.go(1)?;
    assert_eq!(log.take(), ["peer - Say(1, _), normal", "woken"]);
    Ok(())
}

#[test]
fn s10_the_pid_is_told_once_the_process_has_taken_its_first_turn() -> anyhow::Result<()> {
    let log = Log::default();
    let own = log.clone();
    let mut stage = Stage::new([]);
    let spawned = spawn(&mut stage, Spawn::new((), move |(), cx| own.add(format_args!("{:?}", cx.pid()))))?;
    assert!(spawned.pid().now_or_never().is_none());
    stage.rest()?;
    let pid = spawned.pid().now_or_never().context("it has not begun")??;
    assert_eq!(log.take(), [format!("{pid:?}")]);
    Ok(())
}

#[test]
fn s01_the_pid_is_known_at_the_ground() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let victim = spawn(&mut stage, publisher(1, 1))?;
    stage.rest()?;
    let pid = victim.pid().now_or_never().context("it has not begun")??;
    stage.spawn(Spawn::new((), move |(), cx| cx.kill(&pid, anyhow!("in the way"))))?;
    assert_eq!(end(&victim), Some(Ok("in the way".into())));
    Ok(())
}

#[test]
fn s11_the_first_reason_of_a_kill_from_outside_reaches_the_peers_and_the_waiters() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("peer", Role::subscriber(topic!(Say(1, _))))]);
    let mut spawned = spawn(&mut stage, publisher(1, 1))?;
    stage.rest()?;
    log.take();
    spawned.kill(anyhow!("in the way"));
    spawned.kill(anyhow!("too late"));
    stage.rest()?;
    assert_eq!(log.take(), ["peer - Say(1, _), in the way"]);
    assert_eq!(end(&spawned), Some(Ok("in the way".into())));
    Ok(())
}

#[test]
fn s11_a_kill_before_the_ground_has_taken_the_process_comes_after_its_first_turn() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([log.watcher("peer", Role::subscriber(topic!(Say(1, _))))]);
    log.take();
    spawn(&mut stage, publisher(1, 1))?.kill(anyhow!("changed our mind"));
    stage.rest()?;
    assert_eq!(log.take(), ["peer + Say(1, _)", "peer - Say(1, _), changed our mind"]);
    Ok(())
}

#[test]
fn s01_a_kill_from_outside_spares_a_process_that_has_taken_the_place_of_one_that_is_gone()
-> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let mut first = spawn(&mut stage, publisher(1, 1))?;
    stage.rest()?;
    stage.go(1)?;
    let second = spawn(&mut stage, publisher(1, 2))?;
    stage.rest()?;
    first.kill(anyhow!("too late"));
    stage.rest()?;
    assert_eq!((end(&first), end(&second)), (Some(Ok("normal".into())), None));
    Ok(())
}

#[test]
fn s12_nobody_need_wait_for_a_process_and_it_goes_on() -> anyhow::Result<()> {
    let log = Log::default();
    let mut stage = Stage::new([]);
    let epitaph = log.epitaph("gone");
    drop(spawn(
        &mut stage,
        Spawn::new(epitaph, |_, cx| {
            cx.subscriber(topic!(Go(1))).on_message(|_, cx, _| cx.quit());
        }),
    )?);
    stage.rest()?;
    assert!(log.take().is_empty());
    stage.go(1)?;
    assert_eq!(log.take(), ["gone"]);
    Ok(())
}

#[test]
fn s15_to_wait_for_a_process_does_not_keep_the_ground_whose_end_is_told() -> anyhow::Result<()> {
    let mut stage = Stage::new([]);
    let spawned = spawn(&mut stage, publisher(1, 1))?;
    stage.rest()?;
    let ended = spawned.ended();
    stage.end()?;
    assert_eq!(ended.now_or_never().map(|told| told.map(|_| ())), Some(Err(GroundEnded)));
    assert_eq!(end(&spawned), Some(Err(GroundEnded)));
    assert!(spawned.pid().now_or_never().is_some_and(|pid| pid.is_ok()), "it had begun");
    Ok(())
}

#[test]
fn s15_a_ground_that_is_dropped_tells_those_who_wait_for_its_processes() -> anyhow::Result<()> {
    for has_begun in [false, true] {
        let mut stage = Stage::of(ground([]));
        let mut spawned = spawn(&mut stage, publisher(1, 1))?;
        if has_begun {
            stage.rest()?;
        }
        drop(stage);
        assert_eq!(end(&spawned), Some(Err(GroundEnded)));
        let pid = spawned.pid().now_or_never().context("nothing is told")?;
        assert_eq!(pid.is_ok(), has_begun);
        // Nobody is left who could receive the event.
        spawned.kill(Reason::normal());
    }
    Ok(())
}

#[test]
fn a_wait_that_is_given_up_leaves_nothing_behind() -> anyhow::Result<()> {
    let bell = Arc::new(Bell(Log::default()));
    let waker = Waker::from(Arc::clone(&bell));
    let wakers = Arc::strong_count(&bell);
    let mut stage = Stage::new([]);
    let spawned = spawn(&mut stage, publisher(1, 1))?;
    stage.rest()?;
    for _ in 0..100 {
        assert!(spawned.ended().boxed().poll_unpin(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!(Arc::strong_count(&bell), wakers);
    Ok(())
}

#[test]
fn any_number_of_threads_can_wait_for_one_process() -> anyhow::Result<()> {
    let program = Ground::new();
    let mut handle = program.handle();
    let ground = thread::spawn(|| block_on(program.run()));
    let mut spawned = block_on(handle.spawn(publisher(1, 1)))?;
    let (waiting, mut waits) = futures::channel::mpsc::channel(0);
    let waiters = Vec::from_iter((0..8).map(|_| {
        let (mut ended, mut waiting) = (spawned.ended().boxed(), waiting.clone());
        thread::spawn(move || {
            block_on(async {
                let is_pending = (&mut ended).now_or_never().is_none();
                waiting.send(is_pending).await?;
                anyhow::Ok(ended.await?.to_string())
            })
        })
    }));
    for _ in &waiters {
        assert_eq!(block_on(waits.next()), Some(true));
    }
    spawned.kill(anyhow!("enough"));
    for waiter in waiters {
        assert_eq!(waiter.join().map_err(|_| anyhow!("a waiter panicked"))??, "enough");
    }
    drop(handle);
    ground.join().map_err(|_| anyhow!("the ground panicked"))?
}
