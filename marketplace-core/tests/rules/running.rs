//! Which process is running, asked on any thread, also while the program hangs.

use std::future;
use std::sync::mpsc::{self, Receiver, Sender};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use anyhow::{anyhow, bail};
use futures::executor::block_on;
use marketplace_core::{Pid, Snapshot, Spawn, topic};

use crate::support::{Go, Say, Stage, ground, publisher};

/// How long a test waits for an expected event.
const TIMEOUT: Duration = Duration::from_secs(60);

/// The names of the running processes, from the outermost one to the innermost.
fn running_processes(snapshot: &Snapshot) -> Vec<String> {
    let mut names = Vec::new();
    for process in &snapshot.processes {
        if process.pid.is_running() {
            names.push(process.name.as_deref().unwrap_or_default().to_owned());
        }
        names.extend(process.inside.as_deref().map(running_processes).unwrap_or_default());
    }
    names
}

/// When it is told to, it stays in its turn until the test releases it.
fn stuck(hangs: Sender<()>, let_go: Receiver<()>) -> Spawn {
    Spawn::new((), move |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(move |(), _, _| {
            hangs.send(())?;
            let_go.recv_timeout(TIMEOUT)?;
            anyhow::Ok(())
        });
    })
    .named("stuck")
}

/// Relays a step from outside into its VM.
fn bridge() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Go(1))).on_message(|(), cx, _| cx.send(Go(1)));
    })
    .named("bridge")
}

#[test]
fn a_process_that_hangs_is_seen_from_another_thread_with_the_vms_around_it() -> anyhow::Result<()> {
    let ((hangs, hanging), (let_go, gate)) = (mpsc::channel(), mpsc::channel());
    let inner = Spawn::nested([publisher(1, 9), stuck(hangs, gate), publisher(2, 9)]).named("inner");
    let room = Spawn::nested([bridge(), inner, publisher(3, 9)]).named("room");
    let idle = Spawn::nested([bridge()]).named("idle");
    let program = ground([publisher(4, 9).named("publisher"), room, idle]);
    let mut handle = program.handle();
    let running = thread::spawn(move || block_on(program.run()));
    let snapshot = block_on(handle.snapshot())?;
    // At that moment no turn was running.
    assert_eq!(running_processes(&block_on(handle.snapshot())?), [""; 0]);

    block_on(handle.send(Go(1)))?;
    hanging.recv_timeout(TIMEOUT)?;
    assert_eq!(running_processes(&snapshot), ["room", "inner", "stuck"]);
    let_go.send(())?;
    block_on(handle.snapshot())?;
    drop(handle);
    running.join().map_err(|_| anyhow!("it panicked"))??;
    assert_eq!(running_processes(&snapshot), [""; 0]);
    Ok(())
}

#[test]
fn no_process_is_running_in_an_idle_program() -> anyhow::Result<()> {
    let room = Spawn::nested([bridge(), publisher(1, 9)]);
    let mut stage = Stage::new([publisher(2, 1), room]);
    for step in 1..=2 {
        // A process that fails, one that panics, and one that is collected.
        stage.spawn(Spawn::new((), |(), _| bail!("broken")))?;
        stage.spawn(Spawn::new((), |(), _| -> () { panic!("mad") }))?;
        stage.spawn(publisher(3, 9))?;
        stage.go(step)?;
        assert_eq!(running_processes(&stage.snapshot()?), [""; 0]);
    }
    assert!(!Pid::detached().is_running());
    stage.stop()
}

#[test]
fn no_process_is_running_while_a_future_is_polled() -> anyhow::Result<()> {
    let (tell, told) = mpsc::channel();
    let asker = Spawn::new((), move |(), cx| {
        let pid = cx.pid().clone();
        assert!(pid.is_running());
        cx.perform(future::poll_fn(move |_| Poll::Ready(pid.is_running())), move |(), cx, was_at_work| {
            tell.send((was_at_work, cx.pid().is_running()))?;
            anyhow::Ok(())
        });
    });
    let stage = Stage::new([asker]);
    assert_eq!(told.try_recv()?, (false, true));
    drop(stage);
    Ok(())
}

#[test]
fn a_process_that_is_gone_is_not_running_when_its_successor_is() -> anyhow::Result<()> {
    let (tell, told) = mpsc::channel();
    let parent = Spawn::new((), move |(), cx| {
        cx.subscriber(topic!(Say(9, _)));
        cx.spawn_monitored(
            Spawn::new((), |(), cx| cx.quit()),
            |(), _, _| (),
            move |(), cx, gone, _| {
                // It reuses the free place.
                cx.spawn(Spawn::new((), move |(), cx| {
                    tell.send((gone.is_running(), cx.pid().is_running()))?;
                    anyhow::Ok(())
                }));
            },
        );
    });
    let stage = Stage::new([parent]);
    assert_eq!(told.try_recv()?, (false, true));
    drop(stage);
    Ok(())
}
