//! A nested VM behaves the same on a thread of its own as on the ground's thread.

use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

use anyhow::bail;
use marketplace_core::{Context, Ground, Message, Spawn, topic};

use super::*;

/// The time after which a test fails that would otherwise hang.
const DEADLINE: Duration = Duration::from_secs(30);

#[derive(Debug, Message)]
struct Ping(u64);

#[derive(Debug, Message)]
struct Pong(u64);

/// Answers the pings that are sent outside its VM.
fn ponger() -> Spawn {
    Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Ping(_))).on_message(|(), cx, Ping(n)| cx.meta().send(Pong(*n)));
    })
}

/// Sends pings and reports the answers. At the first absence it reports the reason and quits.
fn pinger(tell: Sender<String>) -> Spawn {
    Spawn::new(tell, |_, cx| {
        cx.subscriber(topic!(Pong(_))).on_message(|tell, _, Pong(n)| Ok(tell.send(format!("pong {n}"))?));
        cx.publisher(topic!(Ping(_)))
            .on_presence(|_, cx, _| (1..=3).for_each(|n| cx.send(Ping(n))))
            .on_absence(|tell, cx, _, reason| {
                cx.quit();
                Ok(tell.send(format!("absence: {reason}"))?)
            });
    })
}

#[test]
fn messages_come_and_go_in_order_and_the_program_ends_when_nothing_is_left_to_do() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let vm = Spawn::nested([ponger()]).wrap(Elsewhere::new);
    block_on(Ground::new().spawn(vm).spawn(pinger(tell)).run())?;
    assert_eq!(told.iter().collect::<Vec<_>>(), ["pong 1", "pong 2", "pong 3"]);
    Ok(())
}

#[test]
fn a_vm_that_quits_does_what_it_asked_before_and_its_reason_reaches_its_peers() -> anyhow::Result<()> {
    let (tell, told) = channel();
    let leaving = Spawn::new((), |(), cx| {
        cx.meta().subscriber(topic!(Ping(_))).on_message(|(), cx, Ping(n)| {
            cx.meta().send(Pong(*n));
            if *n == 2 {
                cx.meta().quit_because(anyhow!("enough"));
            }
        });
    });
    let vm = Spawn::nested([leaving]).wrap(Elsewhere::new);
    block_on(Ground::new().spawn(vm).spawn(pinger(tell)).run())?;
    assert_eq!(told.iter().collect::<Vec<_>>(), ["pong 1", "pong 2", "absence: enough"]);
    Ok(())
}

#[test]
fn a_busy_vm_that_is_killed_is_dropped_with_its_thread() -> anyhow::Result<()> {
    fn go_on(cx: &mut Context<'_, Sender<()>>) {
        cx.yield_then(|_, cx| go_on(cx));
    }

    let (kept, dropped) = channel();
    let busy = Spawn::new(kept, |_, cx| go_on(cx));
    let killer = Spawn::new((), |(), cx| {
        let vm = Spawn::nested([busy]).wrap(Elsewhere::new);
        cx.spawn_then(vm, |(), cx, pid| cx.kill(&pid, Reason::normal()));
    });
    block_on(Ground::new().spawn(killer).run())?;
    assert_eq!(dropped.recv_timeout(DEADLINE), Err(RecvTimeoutError::Disconnected));
    Ok(())
}

/// Fails, or panics, at the first message.
struct Faulty(Box<dyn Actor>, bool);

impl Actor for Faulty {
    fn handle(&mut self, event: Event<'_>, actions: &mut Actions) -> anyhow::Result<()> {
        match event {
            Event::Message { .. } if self.1 => panic!("a fault that this test makes"),
            Event::Message { .. } => bail!("broken"),
            event => self.0.handle(event, actions),
        }
    }
}

#[test]
fn a_failure_and_a_panic_elsewhere_are_absences_with_the_reason() -> anyhow::Result<()> {
    for (panics, reason) in [(false, "broken"), (true, "the thread of a process has panicked")] {
        let (tell, told) = channel();
        let vm = Spawn::nested([ponger()]).wrap(|actor| Faulty(actor, panics)).wrap(Elsewhere::new);
        block_on(Ground::new().spawn(vm).spawn(pinger(tell)).run())?;
        assert_eq!(told.iter().collect::<Vec<_>>(), [format!("absence: {reason}")]);
    }
    Ok(())
}
